"""A stand-in ad server: a tag and three creatives, to be served from an origin of its own."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from evenhand._assets import TEMPLATES
from evenhand.templating import environment

CREATIVES = (
    {
        "name": "Quay Street Bakery",
        "offer": "Two loaves before eight, and the second is on us.",
        "where": "Open from six. Follow the smell.",
        "tone": "bread",
    },
    {
        "name": "Mill Lane Cycles",
        "offer": "Brakes checked while you drink a tea.",
        "where": "Behind the chapel, green door.",
        "tone": "wheel",
    },
    {
        "name": "The Lantern Theatre",
        "offer": "A comedy about a lighthouse. It has its ups and downs.",
        "where": "Fridays at seven, until the lamp goes out.",
        "tone": "stage",
    },
)
HEADERS = {"cache-control": "no-store", "cross-origin-resource-policy": "cross-origin"}
CREATIVE_POLICY = {"content-security-policy": "default-src 'none'; style-src 'self'; img-src data:"}


def create_ad_server() -> Starlette:
    """The ad server: ``/adserve/tag.js`` fills every ``.ad-slot`` of the page it is on."""
    folder = TEMPLATES / "demo"
    template = environment(folder).get_template("creative.html")
    creatives = [template.render(creative) for creative in CREATIVES]
    tag = (folder / "tag.js").read_text(encoding="utf-8")
    style = (folder / "creative.css").read_text(encoding="utf-8")

    async def serve_tag(_: Request) -> Response:
        return Response(tag, media_type="text/javascript", headers=HEADERS)

    async def serve_style(_: Request) -> Response:
        return Response(style, media_type="text/css", headers=HEADERS)

    async def serve_creative(request: Request) -> Response:
        slot = int(request.path_params["slot"])
        page = creatives[slot % len(creatives)]
        return HTMLResponse(page, headers={**HEADERS, **CREATIVE_POLICY})

    return Starlette(
        routes=[
            Route("/adserve/tag.js", serve_tag),
            Route("/adserve/creative.css", serve_style),
            Route("/adserve/creative/{slot:int}", serve_creative),
        ]
    )
