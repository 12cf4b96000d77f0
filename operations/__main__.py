"""Writes the generated files of `deploy/`."""

from pathlib import Path

from operations.dashboards import dashboard_files
from operations.rulefiles import alerts_file, rules_file

DEPLOY = Path(__file__).parents[1] / "deploy"


def generated() -> dict[Path, str]:
    """Every generated file and what should be in it."""
    files = {
        DEPLOY / "prometheus" / "evenhand-rules.yml": rules_file(),
        DEPLOY / "prometheus" / "evenhand-alerts.yml": alerts_file(),
    }
    for name, text in dashboard_files().items():
        files[DEPLOY / "grafana" / name] = text
    return files


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
