"""Debian's Prometheus and promtool, as the tests use them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES, ALERTS = PROMETHEUS / "evenhand-rules.yml", PROMETHEUS / "evenhand-alerts.yml"


def program(name: str) -> str:
    """Where `prometheus` or `promtool` is; skips the test where it isn't."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (scripts/setup-prometheus.sh)")
    return found


def promtool(*arguments: str | Path) -> str:
    """What promtool says; an error of its own fails the test."""
    done = subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
