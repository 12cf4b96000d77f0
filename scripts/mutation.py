"""``python scripts/mutation.py [SECONDS]``: are the pure modules' tests able to fail? By mutmut.

mutmut changes one thing at a time in a copy of the modules below and runs the tests that reach it.
It goes on where it stopped, so that SECONDS can cut a long run into short ones; ``build/mutation``
holds what it has found, until a module or a test changes. Ends with the share of killed mutants by
module, and with the survivors.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
JOBS = os.environ.get("JOBS", "2")
STAGE = ROOT / "build" / "mutation"
MODULES = (
    "insertion/walk.py", "insertion/source.py", "insertion/charset.py", "insertion/csp.py",
    "report.py", "estimate.py", "judgement.py", "asking/policy.py", "asking/contrast.py", "keys.py",
    "addresses.py", "crowds.py", "bounds.py",
    "experiments/sequential.py", "experiments/findings.py",
)  # fmt: skip
TESTS = (
    "test_insertion.py", "test_insertion_properties.py", "test_checklist.py", "test_csp.py",
    "test_report.py", "test_estimate.py", "test_guard.py", "test_judgement.py", "test_policy.py",
    "test_theme.py", "test_keys.py", "test_fuzz.py", "test_addresses.py", "test_limits.py",
    "test_bounds.py", "test_sequential.py", "test_findings.py",
)  # fmt: skip
COPIED = ("tests", "static", "templates", "docs", "deploy", "benchmarks/results")
CONFIGURATION = """
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = "--import-mode=importlib -p no:randomly -p no:cacheprovider --deselect {slow}"
markers = ["browser", "server"]
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
timeout_constant = 5.0
"""
WORDS = {1: "killed", 3: "killed", 0: "survived", 33: "no tests", 34: "skipped", 35: "suspicious",
         36: "killed by time", 24: "killed by time", 152: "killed by time", 255: "killed by time",
         -24: "killed by time", 37: "type check", None: "not run"}  # fmt: skip


SLOW = "tests/test_insertion_properties.py::test_real_pages_stay_the_same_pages"
FORGETTING = """

def pytest_runtest_setup() -> None:  # a mutant must not pass by what was remembered before it
    import sys
    for name, module in list(sys.modules.items()):
        if name.startswith("evenhand"):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", int)()
"""


def stage() -> None:
    """A copy in the layout that mutmut knows; files that are the same stay as old as they are."""
    STAGE.mkdir(parents=True, exist_ok=True)
    _copy(ROOT / "middleware" / "evenhand", STAGE / "src" / "evenhand")
    for name in COPIED:
        _copy(ROOT / name, STAGE / name)
    with (STAGE / "tests" / "conftest.py").open("a") as file:
        file.write(FORGETTING)
    modules = [f"src/evenhand/{name}" for name in MODULES]
    tests = [f"tests/{name}" for name in TESTS]
    text = CONFIGURATION.format(slow=SLOW, modules=modules, copied=list(COPIED), tests=tests)
    (STAGE / "pyproject.toml").write_text(text.replace("'", '"'))


def _copy(source: Path, target: Path) -> None:
    skipped = shutil.ignore_patterns("__pycache__", "browser", "frameworks", "drill", "doctor-*")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=skipped)


def run(seconds: float | None) -> None:
    """Runs mutmut, for so many seconds at most."""
    environ = {**os.environ, "EVENHAND_EXAMPLES": "40", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", JOBS]
    # A mutant may never end, and then outlives mutmut: all of them go together.
    process = subprocess.Popen(command, cwd=STAGE, env=environ, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        print("\nended for want of time; the next run goes on from here")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def found() -> dict[str, dict[str, str]]:
    """By module, what became of each mutant."""
    told: dict[str, dict[str, str]] = {}
    for name in MODULES:
        meta = STAGE / "mutants" / "src" / "evenhand" / f"{name}.meta"
        if meta.exists():
            codes = json.loads(meta.read_text())["exit_code_by_key"]
            told[name] = {key: WORDS.get(code, f"exit {code}") for key, code in codes.items()}
    return told


def tell(told: dict[str, dict[str, str]]) -> None:
    """The table, and every survivor as a diff."""
    total: Counter[str] = Counter()
    for name, mutants in told.items():
        counts = Counter(re.sub(" by time$", "", word) for word in mutants.values())
        total += counts
        print(f"{name:<24}{_line(counts)}")
    print(f"{'all':<24}{_line(total)}")
    for mutants in told.values():
        for key, word in mutants.items():
            if word not in ("killed", "killed by time", "not run"):
                print(f"\n{word}: {key}\n{_diff(key)}")


def _line(counts: Counter[str]) -> str:
    judged = counts.total() - counts["not run"]
    share = counts["killed"] / judged if judged else 0.0
    others = ", ".join(f"{n} {word}" for word, n in sorted(counts.items()) if word != "killed")
    return f"{counts['killed']:>5} of {judged:>5} killed, {share:6.1%}; {others}"


def _diff(key: str) -> str:
    command = [str(Path(sys.executable).with_name("mutmut")), "show", key]
    shown = subprocess.run(command, cwd=STAGE, capture_output=True, text=True, check=False).stdout
    return "\n".join(line for line in shown.splitlines() if re.match(r"[-+@ ]", line))


if __name__ == "__main__":
    stage()
    run(float(sys.argv[1]) if len(sys.argv) > 1 else None)
    tell(found())
