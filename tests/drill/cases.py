"""The six kinds of trouble: what happens, and which alert must fire. All others must not."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.servers import Server
from tests.drill.edge import CACHES_HTML, EATS_BAITS, EATS_REPORTS, Edge
from tests.drill.readers import Readers
from tests.postgres import Server as Postgres


@dataclass(slots=True)
class Scene:
    """What a case may lay hands on."""

    name: str
    readers: Readers
    edge: Edge
    ads: Server
    database: Postgres


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of trouble."""

    name: str
    title: str
    alert: str  # the one that must fire; none: ""
    words: str  # in which the dashboard must name the cause
    begin: Callable[[Scene], None]


def _wave(scene: Scene) -> None:
    scene.readers.blocks["firefox"] = 0.65


def _ads_down(scene: Scene) -> None:
    scene.ads.process.terminate()


def _baits_eaten(scene: Scene) -> None:
    scene.edge.change(scene.name, EATS_BAITS)


def _reports_blocked(scene: Scene) -> None:
    scene.edge.change(scene.name, EATS_REPORTS)


def _database_gone(scene: Scene) -> None:
    scene.database.kill()


def _html_cached(scene: Scene) -> None:
    scene.edge.change(scene.name, CACHES_HTML % scene.edge.apps[scene.name])


CASES = (
    Case(
        "a",
        "a blocker wave in one browser family",
        "EvenhandBlockerWave",
        "blocking ads in Firefox since",
        _wave,
    ),
    Case(
        "b",
        "the ad server goes down",
        "EvenhandAdServerOutage",
        "The ad server has been failing for nearly everyone since",
        _ads_down,
    ),
    Case(
        "c",
        "a CDN starts to eat baits",
        "EvenhandBaitsStale",
        "Hardly any bait has arrived since",
        _baits_eaten,
    ),
    Case(
        "d",
        "the report path is blocked",
        "EvenhandCoverageLoss",
        "Reports have been missing since",
        _reports_blocked,
    ),
    Case(
        "e",
        "the database goes away",
        "EvenhandStoreStalled",
        "the database is away",
        _database_gone,
    ),
    Case(
        "f",
        "HTML is cached: the app sees 1 page in 1,000",
        "",
        "Most pages have come from a cache since",
        _html_cached,
    ),
)
