"""``python scripts/audit.py``: known weaknesses in what we depend on, by the registries' own lists.

Asks PyPI about every installed Python package (pip-audit) and npm about ``package-lock.json``.
Where a registry doesn't answer such questions, says so and checks what can be checked without:
that no dependency may resolve to less than the oldest release without a known weakness
(``FLOORS``). Exit status: 0 if nothing is known, 1 if something is, 2 if nobody could be asked.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]
FLOORS = {
    # package: the oldest release without a known weakness that concerns us, and the weakness
    "jinja2": ("3.1.6", "CVE-2025-27516: a sandbox left through |attr"),
    "starlette": ("0.49.1", "CVE-2025-62727: quadratic time for a Range header"),
    "h11": ("0.16.0", "CVE-2025-43859: a lenient chunked body lets requests be smuggled"),
    "click": ("8.2", "no known weakness; the oldest that we test"),
}


def main() -> int:
    """Asks both registries; the floors are checked in any case."""
    asked = [_asked("PyPI", _pip_audit()), _asked("npm", _npm_audit())]
    below = [
        f"{name} {version(name)} is below {floor} ({why})"
        for name, (floor, why) in FLOORS.items()
        if Version(version(name)) < Version(floor)
    ]
    for line in below or ["floors: every package is at or above the oldest sound release"]:
        print(line)  # noqa: T201
    if 1 in asked or below:
        return 1
    return 2 if None in asked else 0


def _asked(registry: str, done: subprocess.CompletedProcess[str]) -> int | None:
    """0 and 1 as above; None where the registry gave no answer."""
    said = (done.stdout + done.stderr).strip()
    answered = "vulnerabilit" in said.lower() and "error" not in said.lower()
    if not answered:
        print(f"{registry} was not asked: {(said.splitlines() or ['no answer'])[-1]}")  # noqa: T201
        return None
    print(f"{registry}:\n{said}")  # noqa: T201
    return min(done.returncode, 1)


def _pip_audit() -> subprocess.CompletedProcess[str]:
    # The package itself is not on PyPI as it stands here.
    return _run(sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off")


def _npm_audit() -> subprocess.CompletedProcess[str]:
    return _run("npm", "audit", "--audit-level", "low")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
