"""Writes the generated files of `deploy/`."""

import re
from pathlib import Path

from operations.dashboards import dashboard_files
from operations.outage_test import outage_test
from operations.rulefiles import alerts_file, rules_file

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
_LINK_ELSEWHERE = re.compile(r"\[([^\]]+)\]\([^#)][^)]*\)")


def generated() -> dict[Path, str]:
    """Every generated file and what should be in it."""
    files = {
        DEPLOY / "prometheus" / "evenhand-rules.yml": rules_file(),
        DEPLOY / "prometheus" / "evenhand-alerts.yml": alerts_file(),
        DEPLOY / "prometheus" / "evenhand-outage-test.yml": outage_test(),
        DEPLOY / "prometheus" / "runbook.md": _runbook(),
    }
    for name, text in dashboard_files().items():
        files[DEPLOY / "grafana" / name] = text
    return files


def _runbook() -> str:
    """The runbook for an operator's own wiki, where only its own sections can be linked to."""
    page = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    return _LINK_ELSEWHERE.sub(r"\1", page)


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
