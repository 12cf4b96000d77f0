"""Compares what is in dist/ with what should be: every tracked file in its place, and no other."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = frozenset(
    (
        ".css",
        ".html",
        ".js",
        ".json",
        ".md",
        ".mo",
        ".po",
        ".pot",
        ".py",
        ".ts",
        ".typed",
        ".yaml",
        ".yml",
    )
)
"""What kinds of files a wheel may carry."""
ABOUT = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")


def tracked() -> list[str]:
    """The files that Git knows, by their path."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return listed.stdout.decode().rstrip("\0").split("\0")


def in_wheel(files: Iterable[str], version: str) -> set[str]:
    """Names that a wheel should have, of these files."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    sources = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]
    found = {
        f"{place}{file.removeprefix(source)}"
        for file in files
        for source, place in sources.items()
        if file.startswith(f"{source}/")
    }
    return found | {f"evenhand-{version}.dist-info/{name}" for name in ABOUT}


def in_sdist(files: Iterable[str], version: str) -> set[str]:
    """Names that an sdist should have, of these files."""
    return {f"evenhand-{version}/{file}" for file in (*files, "PKG-INFO")}


def differences(name: str, actual: set[str], expected: set[str]) -> list[str]:
    """What is too much, what is missing, and what is of a kind that has no business there."""
    wrong = [f"{name}: {file} should not be in it" for file in sorted(actual - expected)]
    wrong += [f"{name}: {file} is missing" for file in sorted(expected - actual)]
    if name.endswith(".whl"):
        strange = (file for file in actual if Path(file).suffix not in KINDS)
        wrong += [
            f"{name}: what is {file}?" for file in sorted(strange) if ".dist-info/" not in file
        ]
    return wrong


def main(folder: Path) -> int:
    """Print every difference; 1 where there is one."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    version = wheel.name.split("-")[1]
    files = tracked()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        wrong = differences(wheel.name, names, in_wheel(files, version))
    with tarfile.open(sdist) as source:
        inside = {member.name for member in source if member.isfile()}
        wrong += differences(sdist.name, inside, in_sdist(files, version))
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{wheel.name}: {len(names)} files; {sdist.name}: {len(inside)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(ROOT / "dist"))
