"""A publisher's page with each notice that the tests look at, one below each path of its own."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware, Way
from evenhand.asking.theme import THEMES
from evenhand.languages.catalogues import FOLDER
from evenhand.languages.tags import direction
from evenhand.vocabulary import PLACEMENTS

from ..pseudo import TAG, pseudo_catalogue

WAYS = (
    Way(kind="allow"),
    Way(kind="subscribe", url="/subscribe"),
    Way(kind="donate", url="/donate"),
    Way(kind="newsletter", url="/newsletter"),
    Way(kind="not_now"),
    Way(kind="never"),
)
ARABIC: dict[str, Any] = {
    "lang": "ar",
    "title": "الإعلانات تموّل {name}",
    "text": "يبدو أنها محجوبة هنا. إن كان عملنا يعجبك، فنرجو أن تسمح بها في هذا الموقع. "
    "لن يتغيّر شيء إن لم تفعل.",
    "ways": (
        Way(kind="allow", label="كيف أسمح بالإعلانات هنا"),
        Way(kind="subscribe", url="/subscribe", label="اشترك"),
        Way(kind="not_now", label="ليس الآن"),
        Way(kind="never", label="لا تسألني مرة أخرى"),
    ),
}
LONG: dict[str, Any] = {  # 40 % more than we write, and a word that doesn't fit on a line
    "title": "Werbeanzeigen finanzieren {name} und die Donaudampfschifffahrtsberichterstattung",
    "text": "Sie scheinen hier blockiert zu werden. Wenn Ihnen gefällt, was wir tun, dann erwägen "
    "Sie bitte, sie auf dieser Website zuzulassen. Es ändert sich überhaupt nichts für Sie, wenn "
    "Sie es nicht tun; alles bleibt lesbar, vollständig und so schnell wie bisher. Danke!",
    "lang": "de",
}
PLAIN: dict[str, Any] = {"name": "The Gazette", "after_pages": 1, "logo": "/logo.svg"}
NOTICES: dict[str, Notice] = {
    **{
        f"{theme}-{placement}": Notice(**PLAIN, theme=theme, placement=placement, ways=WAYS)
        for theme, placement in itertools.product(THEMES, PLACEMENTS)
    },
    **{f"ar-{where}": Notice(**PLAIN, **ARABIC, placement=where) for where in PLACEMENTS},
    **{
        f"long-{where}": Notice(**PLAIN, **LONG, ways=WAYS, placement=where) for where in PLACEMENTS
    },
    "default": Notice(after_pages=1),
    "probable": Notice(after_pages=1, ask_probable=True, theme="slate"),
    "patient": Notice(after_pages=2, at_most=1),
    "at-night": Notice(after_pages=1, quiet_hours=("23:59-23:58", "23:58-23:59")),
    "not-here": Notice(after_pages=1, not_on=("/not-here",)),
}
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="6" fill="#9b2c1f"/><path d="M8 22V10h16v4H12v4h8v4z" fill="#fff"/></svg>'
)
STYLE = """body { margin: 0; font: 1rem/1.6 Georgia, serif; color: #222; background: #fff; }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
.ad-slot { width: 300px; max-width: 100%; height: 250px; margin: 1rem auto; background: #eee; }
#app { display: flex; flex-direction: column; justify-content: space-between; height: 100vh;
  max-width: none; margin: 0; box-sizing: border-box; overflow: hidden; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #111; } a { color: #9cf; } .ad-slot { background: #222; }
}
"""
TEXT = "<p>Jory Penhale casts off when he sees nobody running. " * 6
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The ferry that waited</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head><body>
<header><nav aria-label="Sections"><a id="first" href="#content">Today</a></nav></header>
<main id="content"><h1>The ferry that waited</h1>{TEXT}
<aside class="ad-slot" aria-label="Advertisement"><div></div></aside>{TEXT}{TEXT}{TEXT}</main>
<footer><a id="last" href="#content">Back to the top</a></footer></body></html>"""


APP = (
    PAGE[: PAGE.index("<body>")]
    + """<body>
<main id="app"><h1>Chess</h1><button id="first">New game</button>
<button id="last">Resign</button></main></body></html>"""
)
"""An app that fills the window and doesn't scroll, with a control at its foot."""


TEMPLATES = TemporaryDirectory()
"""The publisher's folder, with a language for tests."""
(Path(TEMPLATES.name) / FOLDER).mkdir()
(Path(TEMPLATES.name) / FOLDER / f"{TAG}.mo").write_bytes(pseudo_catalogue())


def publisher(notice: Notice, headers: dict[str, str]) -> ASGIApp:
    """The page, with a notice of its own."""

    async def page(request: Request) -> Response:
        text = PAGE
        if "block" in request.query_params:
            block = support.support_block(root_path=request.scope["root_path"])
            text = text.replace("</main>", f"{block}</main>")
        if "app" in request.query_params:
            text = APP
        if "rtl" in request.query_params:
            text = text.replace('<html lang="en">', '<html lang="ar" dir="rtl">')
        if lang := request.query_params.get("lang"):
            dir_ = direction(lang)
            text = text.replace('<html lang="en">', f'<html lang="{lang}" dir="{dir_}">')
        return HTMLResponse(text, headers=headers)

    support = ReaderSupport(notice=notice, ad_slots=[".ad-slot"], templates=TEMPLATES.name)
    app = Starlette(routes=[Route("/", page), Route("/{more:path}", page)])
    app.add_middleware(ReaderSupportMiddleware, support=support)
    return app


async def style(_: Request) -> Response:
    return Response(STYLE, media_type="text/css")


async def logo(_: Request) -> Response:
    return Response(LOGO, media_type="image/svg+xml")


async def ready(_: Request) -> Response:
    return PlainTextResponse("ready")


def mounts(notices: dict[str, Notice]) -> list[Mount]:
    """Each notice below its name, on a page without a policy and on one with a strict one."""
    strict = {"content-security-policy": STRICT}
    plain = [Mount(f"/{name}", publisher(notice, {})) for name, notice in notices.items()]
    return [*plain, Mount("/strict", publisher(NOTICES["plain-bar"], strict))]


app = Starlette(
    routes=[
        Route("/ready", ready),
        Route("/style.css", style),
        Route("/logo.svg", logo),
        *mounts(NOTICES),
    ]
)
