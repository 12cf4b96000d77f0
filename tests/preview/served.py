"""Publishers with one notice each, told apart by a header: what the middleware itself serves."""

from typing import Any

from starlette.types import Receive, Scope, Send

from evenhand import Arm, Experiment, Notice, ReaderSupport, Way

from ..apps import publisher

WAYS = (
    Way(kind="allow"),
    Way(kind="donate", url="/donate"),
    Way(kind="not_now"),
    Way(kind="never"),
)
NOTICES: dict[str, Notice] = {
    "default": Notice(),
    "dark-corner": Notice(theme="slate", placement="corner", ways=WAYS, logo="/logo.svg"),
    "probable": Notice(ask_probable=True, theme={"accent": "#7a1f5f"}, title="Hello, {name}"),
    "patient": Notice(after_pages=5, quiet_hours=("22:00-07:00",), not_on=("/checkout",)),
    "compared": Notice(
        experiment=Experiment(
            name="words",
            arms=(Arm("plain"), Arm("short", title="Hello", placement="corner", weight=2)),
            smallest=0.01,
            hold_out=0.1,
        )
    ),
    "arabic": Notice(lang="ar", title="الإعلانات تموّل {name}", placement="slot"),
}
OPTIONS: dict[str, Any] = {"site": "The Gazette", "ad_slots": [".ad-slot"]}


class Publishers:
    """An app for each notice, built when the first request comes."""

    def __init__(self) -> None:
        self._supports = {name: ReaderSupport(notice=n, **OPTIONS) for name, n in NOTICES.items()}
        self._apps = {name: publisher(support) for name, support in self._supports.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        name = dict(scope["headers"]).get(b"x-notice", b"default").decode()
        await self._apps[name](scope, receive, send)


def create_app() -> Publishers:
    """For uvicorn's ``--factory``."""
    return Publishers()
