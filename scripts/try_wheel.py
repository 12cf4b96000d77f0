"""Installs the built wheel, without extras, where nothing is yet, and runs the README's example."""

import re
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
# A page, as a reader of the README would add one, and a server's part, which needs no server.
VISIT = """
import asyncio
import sys
from starlette.responses import HTMLResponse
from evenhand import __file__ as place
from evenhand.testing import inserted, watch

assert place.startswith(sys.prefix), place
app.add_route("/", lambda _: HTMLResponse("<!doctype html><title>Hello</title>"))
sent = []


async def visit(path):
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await app({**scope, "root_path": "", "scheme": "http"}, receive, send)
    return b"".join(message.get("body", b"") for message in sent)


with watch(support) as seen:
    assert inserted(asyncio.run(visit("/")))
assert seen.pages == {"inserted": 1}, seen.pages
assert b"evenhand_pages_total" in asyncio.run(visit("/metrics/"))
print("the README's example inserts, counts and shows it")
"""


def main() -> None:
    """Raise where anything fails."""
    (wheel,) = (ROOT / "dist").glob("*.whl")
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert example is not None
    with TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        programs = folder / "venv" / "bin"

        def run(*words: str | Path, status: int = 0) -> str:
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == status, done.stdout + done.stderr
            return done.stdout + done.stderr

        run(programs / "pip", "install", "--quiet", wheel)
        run(programs / "pip", "check")
        (folder / "readme.py").write_text(example[1] + VISIT)
        sys.stdout.write(run(programs / "python", "-W", "error", "readme.py"))
        assert 'pip install "evenhand[cli]"' in run(programs / "evenhand", status=2)
        run(programs / "pip", "install", "--quiet", f"{wheel}[cli]")
        assert "doctor" in run(programs / "evenhand", "--help")
        sys.stdout.write("without extras `evenhand` says what to install, and with [cli] it runs\n")


if __name__ == "__main__":
    main()
