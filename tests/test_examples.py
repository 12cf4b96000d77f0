"""Each example, started as its first lines say: a page, the pair, a report, the count."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import httpx
import pytest
from click.testing import CliRunner

from evenhand.baits import baits
from evenhand.cli import app
from evenhand.testing import READER, inserted, report

from . import postgres, prometheus
from .browser.servers import Server, serving
from .doctor.nginx import program as nginx_program

pytestmark = pytest.mark.server

EXAMPLES = Path(__file__).parents[1] / "examples"
PREFIX = "/reader-support"
APPS = {
    "starlette_app": "starlette_app:app",
    "fastapi_app": "fastapi_app:app",
    "django_app": "django_app:application",
    "litestar_app": "litestar_app:app",
}


@contextmanager
def started(app: str, *options: str, **env: str) -> Iterator[Server]:
    command = ("-m", "uvicorn", "--app-dir", str(EXAMPLES), APPS[app], "--port", "{port}", *options)
    with serving(*command, env=env) as server:
        yield server


@contextmanager
def reader(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=READER, trust_env=False, timeout=10) as client:
        yield client


def visit(client: httpx.Client) -> httpx.Response:
    """One page view of a reader who blocks ads, as far as the server sees it."""
    page = client.get("/")
    assert inserted(page.content)
    (source,) = re.findall(r'<script defer src="([^"]+)"', page.text)
    assert b"use strict" in client.get(source).content
    counted = baits().pairs[0]
    assert client.get(f"{PREFIX}/pair/{counted.control}").headers["content-type"] == "image/gif"
    assert report(client, "blocked").status_code == 204
    return page


def counts(client: httpx.Client) -> dict[str, int]:
    """Page views, controls and blocks, as the metrics have them."""
    text = client.get("/metrics/").text
    patterns = {
        "pages": r'evenhand_pages_total{.*result="inserted".*} (\S+)',
        "controls": r'evenhand_pair_hits_total{.*browser="firefox".*kind="control".*} (\S+)',
        "blocked": r'evenhand_verdicts_total{.*verdict="blocked"} (\S+)',
    }
    found = {name: re.findall(pattern, text) for name, pattern in patterns.items()}
    return {name: int(sum(map(float, numbers))) for name, numbers in found.items()}


def examined(url: str) -> list[str]:
    """What doctor finds; that nothing is kept is what an example without a folder is told."""
    told = json.loads(CliRunner().invoke(app, ["doctor", url, "--json"]).stdout)
    return [finding["id"] for finding in told["findings"]]


@pytest.mark.parametrize("name", APPS)
def test_a_frameworks_example_inserts_counts_and_is_healthy(name: str) -> None:
    with started(name) as server, reader(server.at("127.0.0.1", "")) as client:
        before = counts(client)
        visit(client)
        after = counts(client)
        assert {key: after[key] - before[key] for key in after} == {
            "pages": 1,
            "controls": 1,
            "blocked": 1,
        }
        assert examined(server.url) == []


def test_every_app_is_started() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == APPS.keys()
    page = (EXAMPLES / "README.md").read_text("utf-8")
    for target in APPS.values():
        assert f"`uvicorn {target}`" in page
    for name, target in APPS.items():
        assert f"`uvicorn {target}`" in (EXAMPLES / f"{name}.py").read_text("utf-8")


@contextmanager
def in_front_of(server: Server) -> Iterator[str]:
    """nginx, with the example's own file but for the ports; its address."""
    program = nginx_program()
    if program is None:
        pytest.skip("nginx is not installed (scripts/setup-server.sh)")
    folder = Path(mkdtemp(prefix="evenhand-example-"))
    folder.chmod(0o755)
    text = (EXAMPLES / "behind_nginx" / "nginx.conf").read_text("utf-8")
    assert text.count(":8000;") == text.count(":8080;") == 1
    (folder / "example.conf").write_text(text.replace(":8000;", f":{server.port};"))
    own_port = "sed s/:8080/:{port}/ example.conf > nginx.conf"
    run = f"cd {folder} && {own_port} && exec {program} -p . -c nginx.conf -g 'daemon off;'"
    try:
        with serving("sh", "-c", run, ready="/metrics") as proxy:
            yield proxy.at("127.0.0.1", "")
    finally:
        shutil.rmtree(folder)


def test_behind_a_cache_every_page_view_is_counted_and_few_pages_are(tmp_path: Path) -> None:
    with ExitStack() as stack:
        env = {"EVENHAND_STATE_DIR": str(tmp_path), "EVENHAND_TRUSTED_PROXIES": "127.0.0.1"}
        server = stack.enter_context(started("starlette_app", "--workers", "2", **env))
        public = stack.enter_context(reader(stack.enter_context(in_front_of(server))))
        inside = stack.enter_context(reader(server.at("127.0.0.1", "")))
        before = counts(inside)
        states = [visit(public).headers["x-cache-status"] for _ in range(5)]
        after = counts(inside)
        assert states == ["MISS", *["HIT"] * 4]
        assert public.get("/metrics/").status_code == 404
        assert examined(str(public.base_url)) == []
        assert {key: after[key] - before[key] for key in after} == {
            "pages": 1,
            "controls": 5,
            "blocked": 5,
        }


def test_several_hosts_add_up_in_postgresql_and_in_prometheus(tmp_path: Path) -> None:
    with ExitStack() as stack:
        database = stack.enter_context(postgres.serving())
        cli = CliRunner(env={"EVENHAND_STORE": database.url, "COLUMNS": "100"})
        assert cli.invoke(app, ["migrate"]).exit_code == 0
        hosts = stack.enter_context(ExitStack())
        servers = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            env = {"EVENHAND_STATE_DIR": str(tmp_path / name), "EVENHAND_STORE": database.url}
            servers.append(hosts.enter_context(started("starlette_app", **env)))
        for server in servers:
            with reader(server.at("127.0.0.1", "")) as client:
                visit(client)
        scraped = stack.enter_context(prometheus.running(scraping(servers, tmp_path), "5s"))
        wait_for(scraped, 'sum(evenhand_verdicts_total{verdict="blocked"})', 2)
        hosts.close()  # the last batch of each host comes with its end
        told = cli.invoke(app, ["report", "--json"])
        assert (json.loads(told.stdout)["rate"] or {}).get("n") == 2, told.output


def scraping(servers: list[Server], folder: Path) -> Path:
    """The example's own configuration but for the addresses and the pace."""
    text = (EXAMPLES / "several_hosts" / "prometheus.yml").read_text("utf-8")
    for name, server in zip(("one", "two"), servers, strict=True):
        assert f"host-{name}.internal:8000" in text
        text = text.replace(f"host-{name}.internal:8000", f"127.0.0.1:{server.port}")
    path = folder / "prometheus.yml"
    path.write_text(text.replace("scrape_interval: 30s", "scrape_interval: 1s"))
    return path


def wait_for(scraped: prometheus.Api, query: str, expected: int) -> None:
    deadline = time.monotonic() + 30
    while not (found := scraped.query(query)) or int(found[0]["value"][1]) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
