"""Doctor finds nothing wrong with the apps that show how we are added."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenhand.cli import app

from ..browser.servers import Server, serving
from ..frameworks.fleet import Fleet

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
FRAMEWORKS = [
    "blacksheep",
    "django",
    "falcon",
    "fastapi",
    "litestar",
    "quart",
    "sanic",
    "starlette",
]


def examined(server: Server, page: str = "/") -> dict[str, object]:
    done = CliRunner().invoke(app, ["doctor", server.at("127.0.0.1", page), "--json"])
    assert done.stdout, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    assert done.exit_code == bool(told["findings"])
    return told


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_is_wrong_with_a_frameworks_app(framework: str, fleet: Fleet) -> None:
    told = examined(fleet.server(f"{framework}_app"))
    assert told["findings"] == []
    assert told["prefix"] == "/reader-support"


def test_nothing_is_wrong_with_the_demo(tmp_path: Path) -> None:
    command = ("-m", "evenhand", "demo", "--port", "{port}", "--state-dir", str(tmp_path))
    with serving(*command, ready="/favicon.svg") as server:
        for page in ("/", "/article", "/about-us"):
            assert examined(server, page)["findings"] == []


def test_nothing_is_wrong_with_the_readmes_example(tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert example is not None
    # It has no page yet: the least that a reader can add.
    page = (
        "from starlette.responses import HTMLResponse\n"
        'app.add_route("/", lambda _: HTMLResponse("<!doctype html><title>Hello</title>"))\n'
    )
    (tmp_path / "readme_example.py").write_text(example[1] + page)
    command = (
        "-m",
        "uvicorn",
        "readme_example:app",
        "--app-dir",
        str(tmp_path),
        "--port",
        "{port}",
    )
    with serving(*command) as server:
        assert examined(server)["findings"] == []
