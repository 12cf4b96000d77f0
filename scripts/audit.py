"""``python scripts/audit.py``: known weaknesses in what we depend on, by the registries' own lists.

Asks PyPI about every installed Python package (pip-audit) and npm about ``package-lock.json``. A
registry that can't be asked is named, and is no failure: a mirror without such lists says nothing
about anybody's weaknesses. Whether they can be asked or not, no package may be older than the
oldest release without a weakness that we know of (``FLOORS``). Exit status 1 if something is wrong.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[1]
FLOORS = {
    "jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox through |attr"),
    "starlette": ("0.49.1", "CVE-2025-62727: quadratic time for a Range header, in FileResponse"),
    "h11": ("0.16.0", "CVE-2025-43859: a lenient chunked body lets a request be smuggled"),
}
"""By package the oldest sound release, and what is wrong with the one before."""
NOT_ASKED = ("could not be audited", "audit endpoint returned an error", "connection")


def main() -> int:
    """Asks both registries and looks at the floors; gives the exit status."""
    # The package itself is not on PyPI as it stands here.
    python = (sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off")
    wrong = [_asked("PyPI", *python), _asked("npm", "npm", "audit", "--audit-level", "low")]
    for name, (floor, why) in FLOORS.items():
        installed = version(name)
        sound = Version(installed) >= Version(floor)
        print(f"{name} {installed}: {'sound' if sound else why}, from {floor} on")
        wrong.append(not sound)
    return int(any(wrong))


def _asked(registry: str, *command: str) -> bool:
    """Whether a registry knows of a weakness; prints its answer, or that there was none."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    said = (done.stdout + done.stderr).strip()
    if any(words in said.lower() for words in NOT_ASKED):
        print(f"{registry}: NOT ASKED, it has no list of weaknesses for us")
        return False
    print(f"{registry}:\n{said}")
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
