"""Debian's Prometheus and promtool, as the tests use them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from .browser.servers import serving

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES, ALERTS = PROMETHEUS / "evenhand-rules.yml", PROMETHEUS / "evenhand-alerts.yml"


def program(name: str) -> str:
    """Where `prometheus` or `promtool` is; skips the test where it isn't."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (scripts/setup-server.sh)")
    return found


def promtool(*arguments: str | Path) -> str:
    """What promtool says; an error of its own fails the test."""
    done = subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def configuration(targets: dict[str, str], interval: str, folder: Path, token: str = "") -> Path:
    """A configuration that scrapes one address for each job, with the rules in this folder."""
    scraped = [
        {
            "job_name": job,
            "metrics_path": "/metrics/",
            "static_configs": [{"targets": [address]}],
            **({"authorization": {"credentials": token}} if token else {}),
        }
        for job, address in targets.items()
    ]
    path = folder / "prometheus.yml"
    path.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": interval, "scrape_timeout": interval},
                "rule_files": [str(file) for file in folder.glob("evenhand-*.yml")],
                "scrape_configs": scraped,
            }
        )
    )
    return path


@contextmanager
def running(config: Path, lookback: str) -> Iterator[Api]:
    """A Prometheus on loopback that follows this configuration; its data are beside it."""
    data = config.parent / "data"
    command = (
        *(program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}"),
        *("--web.listen-address=127.0.0.1:{port}", f"--query.lookback-delta={lookback}"),
    )
    with (
        serving(*command, ready="/-/ready") as server,
        closing(Api(server.at("127.0.0.1", ""))) as api,
    ):
        yield api


class Api:
    """What one asks a Prometheus."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=30)

    def close(self) -> None:
        self._client.close()

    def query(self, expr: str) -> list[dict[str, Any]]:
        """An instant query's result."""
        return self._asked("/query", query=expr)["result"]  # type: ignore[no-any-return]  # JSON

    def label_values(self, label: str, series: str) -> list[str]:
        """The values of a label of these series."""
        return self._asked(f"/label/{label}/values", **{"match[]": series})  # type: ignore[no-any-return]  # JSON

    def firing(self) -> list[dict[str, Any]]:
        """The alerts that fire."""
        return [alert for alert in self._asked("/alerts")["alerts"] if alert["state"] == "firing"]

    def broken_rules(self) -> list[str]:
        """Rules that failed when they were last evaluated."""
        groups = self._asked("/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule.get("lastError")]

    def _asked(self, path: str, **parameters: str) -> Any:
        answer = self._client.get(path, params=parameters).json()
        assert answer["status"] == "success", answer
        return answer["data"]
