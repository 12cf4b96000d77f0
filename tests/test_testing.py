"""What `evenhand.testing` shows publishers is what the support counted and did."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from evenhand import Notice, ReaderSupport, testing
from evenhand.testing import ask, inserted, reasons, report, watch

from .apps import PAGE, publisher, supporting

ROOT = Path(__file__).parents[1]


@pytest.fixture(params=["memory", "folder"])
def support(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReaderSupport]:
    folder = tmp_path if request.param == "folder" else None
    options: dict[str, Any] = {"notice": Notice(not_on=("/checkout",)), "state_dir": folder}
    with supporting(exclude=["/data"], exempt=pays, **options) as built:
        yield built


def pays(scope: Mapping[str, Any]) -> bool:
    return (b"x-pays", b"1") in scope["headers"]


@pytest.fixture
def client(support: ReaderSupport) -> Iterator[TestClient]:
    with TestClient(publisher(support)) as made:
        yield made


def test_a_page_view_is_seen_at_once(support: ReaderSupport, client: TestClient) -> None:
    with watch(support) as seen:
        page = client.get("/")
        client.get("/data")
        report(client, "blocked")
        report(client, "loaded", ["ad_rendered"])
    assert inserted(page.content)
    assert inserted(page.text)
    assert seen.pages == {"inserted": 1}
    assert seen.verdicts == {"blocked": 1, "loaded": 1}
    assert seen.pairs == seen.notices == seen.refused == seen.faults == {}


def test_only_what_happens_within_the_block_is_seen(
    support: ReaderSupport, client: TestClient
) -> None:
    report(client, "loaded")
    with watch(support) as seen:
        assert seen.verdicts == {}
        report(client, "slow")
        assert seen.verdicts == {"slow": 1}
    report(client, "slow")
    assert seen.verdicts == {"slow": 1}


def test_the_notice_and_every_no_are_seen(support: ReaderSupport, client: TestClient) -> None:
    with watch(support) as seen:
        asked = ask(client, "/article")
        quiet = ask(client, "/checkout/pay")
        exempt = ask(client, headers={**testing.READER, "x-pays": "1"})
        unsure = ask(client, verdict="blocked_probable", signals=["ad_tags_failed"])
    assert asked.status_code == 200
    assert "<section" in asked.text
    assert reasons(asked) == []
    assert (quiet.status_code, reasons(quiet)) == (204, ["quiet_path"])
    assert (exempt.status_code, reasons(exempt)) == (204, ["exempt"])
    assert (unsure.status_code, reasons(unsure)) == (204, ["verdict"])
    assert seen.notices == {"withheld": 2}, "those that a publisher can do something about"


def test_refusals_and_faults_are_seen(support: ReaderSupport, client: TestClient) -> None:
    with watch(support) as seen:
        report(client, headers={**testing.READER, "sec-gpc": "1"})
        report(client, headers={**testing.READER, "user-agent": "Googlebot/2.1"})
        client.post("/reader-support/outcome", content=b"?", headers=dict(testing.READER))
    assert seen.refused == {"withheld": 1, "bot": 1, "malformed": 1}
    assert seen.verdicts == seen.faults == {}


def test_one_of_several_sites_is_watched() -> None:
    with supporting(sites={"a.example": "A", "b.example": "B"}) as support:
        app = publisher(support)
        with watch(support, site="A") as ours, watch(support) as all_of_them:
            for host in ("a", "b"):
                report(TestClient(app, base_url=f"http://{host}.example"))
        assert ours.verdicts == {"blocked": 1}
        assert all_of_them.verdicts == {"blocked": 2}
        with pytest.raises(ValueError, match=r"'C'.*'A', 'B', 'other'"), watch(support, site="C"):
            pass


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_async_client_is_awaited(support: ReaderSupport, anyio_backend: str) -> None:
    transport = httpx.ASGITransport(publisher(support))
    async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
        with watch(support) as seen:
            assert (await report(client, "unfilled")).status_code == 204
            assert reasons(await ask(client, "/checkout")) == ["quiet_path"]
    assert seen.verdicts == {"unfilled": 1}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (PAGE, False),
        ("<p>The attribute data-evenhand marks a tag.</p>", False),
        ('<script defer src="/x.js" data-evenhand></script>', True),
    ],
    ids=["a bare page", "a page about us", "our tag"],
)
def test_only_our_tag_is_found(page: str, expected: bool) -> None:
    assert inserted(page) is expected
    assert inserted(page.encode()) is expected


DJANGO = """
import sys
sys.path.insert(0, "examples")
import django_app
from django.test import Client
from starlette.testclient import TestClient
from evenhand.testing import ask, inserted, report, watch

with watch(django_app.support) as seen:
    assert not inserted(Client().get("/").content), "it calls the view itself"
    assert seen.pages == {}
    around = TestClient(django_app.application)
    assert inserted(around.get("/").content)
    report(around, "blocked")
    assert "Ads pay for The Gazette" in ask(around).text
assert seen.pages == {"inserted": 1}
assert seen.verdicts == {"blocked": 1}
"""


@pytest.mark.checkout
def test_djangos_own_client_sees_nothing_and_starlettes_sees_all() -> None:
    """In a process of its own: Django is set up once for each."""
    done = subprocess.run(
        [sys.executable, "-c", DJANGO], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
