"""A release's checks find what they are there for."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

SCRIPTS = Path(__file__).parents[1] / "scripts"
DIST = runpy.run_path(str(SCRIPTS / "check_dist.py"))
PROBLEMS = runpy.run_path(str(SCRIPTS / "check_release.py"))["problems"]

GOOD = "# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-11-28\n\n- New.\n\n## 1.1.0 - 2026-10-01\n"


@pytest.mark.parametrize(
    ("version", "changelog", "found"),
    [
        pytest.param("1.2.0", GOOD, "", id="all is well"),
        pytest.param("1.2.0", GOOD.replace("## Unreleased\n\n", ""), "", id="nothing to come"),
        pytest.param("1.3.0", GOOD, "is not 1.3.0", id="a forgotten section"),
        pytest.param("1.1.0", GOOD, "is not 1.1.0", id="a forgotten version"),
        pytest.param("1.2.0.dev1", GOOD, "not of a release", id="a version of work"),
        pytest.param(
            "1.2.0", GOOD.replace("eased\n", "eased\n\n- More.\n"), "Unreleased", id="more"
        ),
        pytest.param("1.2.0", GOOD.replace(" - 2026-11-28", ""), "no date", id="no date"),
        pytest.param("1.2.0", GOOD.replace("- New.\n", ""), "says nothing", id="an empty section"),
        pytest.param("1.2.0", "# Changelog\n", "is not 1.2.0", id="no section at all"),
    ],
)
def test_changelog_and_version_have_to_agree(version: str, changelog: str, found: str) -> None:
    problems = PROBLEMS(version, changelog)
    assert bool(problems) is bool(found)
    assert found in " ".join(problems)


def test_a_wheel_has_each_tracked_file_of_the_package_and_no_other() -> None:
    files = ["README.md", "middleware/evenhand/asgi.py", "static/js/probe.js", "tests/apps.py"]
    expected = DIST["in_wheel"](files, "1.0.0")
    about = {f"evenhand-1.0.0.dist-info/{name}" for name in DIST["ABOUT"]}
    assert expected == {"evenhand/asgi.py", "evenhand/static/js/probe.js", *about}
    actual = expected - {"evenhand/asgi.py"} | {"evenhand/notes.txt"}
    assert DIST["differences"]("x.whl", actual, expected) == [
        "x.whl: evenhand/notes.txt should not be in it",
        "x.whl: evenhand/asgi.py is missing",
        "x.whl: what is evenhand/notes.txt?",
    ]


def test_every_file_of_the_package_is_of_a_known_kind() -> None:
    names = DIST["in_wheel"](DIST["tracked"](), "1.0.0")
    assert len(names) > 100
    assert DIST["differences"]("x.whl", names, names) == []
