"""BlackSheep, wrapped."""

from blacksheep import Application, Content, Response, StreamedContent, json

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support

sheep = Application()
sheep.serve_files(SITE, root_path="static")


@sheep.on_start
async def start(_: Application) -> None:
    shared.start()


@sheep.router.route("/", methods=["GET", "HEAD"])
async def page() -> Response:
    return Response(200, [(b"etag", ETAG.encode())], Content(HTML.encode(), PAGE.encode()))


@sheep.router.get("/stream")
async def stream() -> Response:
    return Response(200, content=StreamedContent(HTML.encode(), shared.pieces))


@sheep.router.get("/broken")
async def broken() -> Response:
    return Response(200, content=StreamedContent(HTML.encode(), shared.broken_pieces))


@sheep.router.get("/data")
async def data() -> Response:
    return json(shared.data())


app = Watch(ReaderSupportMiddleware(sheep, support=support))
