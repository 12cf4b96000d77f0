"""``python -m tests.fuzz.routes EXAMPLES``: Schemathesis against a real server in two workers.

It sends what ``docs/openapi.yaml`` allows and what it doesn't, and holds the answers against it;
afterwards every request is accounted for, and the publisher's page is what it was.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
from tests.browser.servers import ROOT, serving

from evenhand.record.audit import audit

SITE = ("-m", "uvicorn", "tests.fuzz.site:app", "--app-dir", str(ROOT), "--workers", "2")
ENDLESS = 7  # operations whose inputs never run out; the others take a handful
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)


def main(examples: int) -> None:
    """Prints Schemathesis's own summary, and ours."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"EVENHAND_STATE_DIR": folder}
        options = ("--port", "{port}", "--no-access-log", "--log-level", "warning")
        with serving(*SITE, *options, env=env, ready="/favicon.svg") as server:
            page = httpx.get(server.at("127.0.0.1", "/article"), trust_env=False).content
            code = _schemathesis(server.at("127.0.0.1", "/reader-support"), examples // ENDLESS + 1)
            after = httpx.get(server.at("127.0.0.1", "/article"), trust_env=False)
            assert after.content == page, "the publisher's page is what it was"
            assert "Traceback" not in server.log, server.log
        found = audit(Path(folder))
    dropped = ", ".join(f"{reason} {n:,}" for reason, n in sorted(found.law.dropped.items()))
    print(f"received {found.law.received:,}, stored {found.law.stored:,}, dropped: {dropped}")
    assert found.holds, "received = stored + pending + dropped"
    sys.exit(code)


def _schemathesis(url: str, examples: int) -> int:
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        *(str(program), "run", str(ROOT / "docs/openapi.yaml")),
        *("--url", url, "--max-examples", str(examples), "--workers", "2", "--mode", "all"),
        *("--header", "sec-fetch-site: same-origin"),  # as a browser on the site says it
        *("--checks", CHECKS, "--continue-on-failure", "--no-color"),
        *("--phases", "examples,coverage,fuzzing", "--generation-database", "none"),
    ]  # fmt: skip
    environ = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    main(int(sys.argv[1]))
