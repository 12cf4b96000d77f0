"""Falcon's ASGI app, wrapped."""

from typing import Any

import falcon.asgi
from falcon.asgi import Request, Response

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support


class Page:
    async def on_get(self, _: Request, response: Response) -> None:
        response.content_type = HTML
        response.text = PAGE
        response.set_header("etag", ETAG)

    on_head = on_get


class Stream:
    async def on_get(self, _: Request, response: Response) -> None:
        response.content_type = HTML
        response.stream = shared.pieces()


class Broken:
    async def on_get(self, _: Request, response: Response) -> None:
        response.content_type = HTML
        response.stream = shared.broken_pieces()


class Data:
    async def on_get(self, _: Request, response: Response) -> None:
        response.media = shared.data()


class Start:
    async def process_startup(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        shared.start()


hooks: list[Any] = [Start()]
api = falcon.asgi.App(middleware=hooks)
api.add_route("/", Page())
api.add_route("/stream", Stream())
api.add_route("/broken", Broken())
api.add_route("/data", Data())
api.add_static_route("/static", str(SITE))
app = Watch(ReaderSupportMiddleware(api, support=support))
