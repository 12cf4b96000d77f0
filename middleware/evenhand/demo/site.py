"""The Gazette: a small newspaper with ads, measured by Evenhand if it is given a support."""

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from evenhand._assets import TEMPLATES
from evenhand.templating import environment

if TYPE_CHECKING:
    from evenhand.support import ReaderSupport

PAGES = {"/": "list.html", "/article": "article.html", "/about-us": "about-us.html"}

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="6" fill="#9b2c1f"/>'
    '<text x="16" y="24" font-family="Georgia, serif" font-size="24" font-weight="700" '
    'text-anchor="middle" fill="#fff">G</text></svg>'
)


def create_app(support: "ReaderSupport | None", ad_origin: str) -> Starlette:
    """The newspaper as an ASGI app, with ads from ``ad_origin``; bare without a ``support``."""
    folder = TEMPLATES / "demo"
    templates = environment(folder)
    values = {"ad_origin": ad_origin, "prefix": support.settings.prefix if support else ""}
    headers = {"content-security-policy": content_security_policy(ad_origin)}
    routes = [
        _page(path, templates.get_template(name).render(values), headers)
        for path, name in PAGES.items()
    ]
    style = (folder / "gazette.css").read_text(encoding="utf-8")
    routes.append(_file("/gazette.css", style, "text/css"))
    routes += [_file(f"/favicon.{end}", FAVICON, "image/svg+xml") for end in ("svg", "ico")]
    app = Starlette(routes=routes)
    if support is not None:
        _measure(app, support)
    return app


def content_security_policy(ad_origin: str) -> str:
    """A strict policy that lets in our own origin and the ad server's scripts and frames."""
    return (
        f"default-src 'self'; script-src 'self' {ad_origin}; frame-src {ad_origin}; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
    )


def _measure(app: Starlette, support: "ReaderSupport") -> None:
    # Only here: the bare app of a byte comparison must not need the rest of the package.
    from evenhand import ReaderSupportMiddleware

    metrics = support.metrics_app()
    app.router.routes += [Route("/metrics", metrics), Route("/metrics/", metrics)]
    app.add_middleware(ReaderSupportMiddleware, support=support)


def _page(path: str, page: str, headers: dict[str, str]) -> Route:
    async def serve(_: Request) -> Response:
        return HTMLResponse(page, headers=headers)

    return Route(path, serve)


def _file(path: str, text: str, media_type: str) -> Route:
    async def serve(_: Request) -> Response:
        return Response(text, media_type=media_type, headers={"cache-control": "max-age=3600"})

    return Route(path, serve)
