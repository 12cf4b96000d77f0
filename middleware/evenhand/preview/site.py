"""The preview as an ASGI app: the page with the form, and the stage that the notice stands on."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from evenhand._assets import TEMPLATES
from evenhand.asking.routes import REASON
from evenhand.lint.findings import Finding
from evenhand.preview.choice import SENT, WIDTHS, Choice, chosen, staged
from evenhand.preview.code import code_of
from evenhand.preview.figures import contrasts, weights
from evenhand.preview.form import groups, language_name
from evenhand.preview.showing import Showing
from evenhand.preview.stage import direction, free_minute, slot
from evenhand.preview.why import SENTENCES, reasons
from evenhand.settings import Settings
from evenhand.templating import environment, shown_name

_FOLDER = TEMPLATES / "preview"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
_HEADERS = {"content-security-policy": _POLICY, "cache-control": "no-store"}
_FILES = {"page.css": "text/css", "stage.css": "text/css"} | dict.fromkeys(
    ("page.js", "stage.js"), "text/javascript"
)
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="6" fill="#6b6b6b"/><path d="M6 24l7-9 5 6 3-4 5 7z" fill="#fff"/></svg>'
)


_PARTS = {
    "notice": "text/html; charset=utf-8",
    "notice.css": "text/css; charset=utf-8",
    "notice.js": "text/javascript; charset=utf-8",
}
_PICTURES = ("svg", "png", "jpg", "jpeg", "webp", "avif", "ico")


_NOTHING = Response("Not here.\n", 404, media_type="text/plain")


def create_app(settings: Settings, hosts: Sequence[str] = ("*",)) -> Starlette:
    """The preview of one app's settings, for requests to these hosts."""
    preview = Preview(settings)
    routes = [
        Route("/", preview.page),
        Route("/at/{choice}/", preview.stage),
        Route("/at/{choice}/{name}", preview.part),
        *(_file(name, kind) for name, kind in _FILES.items()),
        Route("/at/{path:path}", _nothing),
        Route("/{path:path}", preview.anything),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))]
    )


class Preview:
    """Answers for one app's settings; what is chosen stands in each address."""

    def __init__(self, settings: Settings) -> None:
        self._showing = Showing(settings)
        self._templates = environment(_FOLDER)
        self._templates.filters["code"] = _code

    async def page(self, request: Request) -> Response:
        """The form, and everything that follows from it."""
        choice = chosen(request.query_params, self._showing.base)
        return self._html("page.html", self._values(choice))

    async def stage(self, request: Request) -> Response:
        """The page that the notice stands on."""
        choice = self._choice(request)
        try:
            notice = self._showing.shown(choice).notice.decode() if choice.shown else ""
        except Exception:  # a publisher's template may raise anything: the page says what
            notice = ""
        language = self._showing.language(choice)
        values = {
            "lang": language,
            "dir": direction(choice, language),
            "scheme": choice.view.scheme,
            "placement": (choice.shown or choice.notice).placement,
            "slot": slot(self._showing.settings.ad_slots),
            "notice": notice,
            "told": json.dumps(
                {
                    "verdict": choice.verdict,
                    "signals": choice.blocking.signals,
                    "variant": choice.variant,
                    "minute": free_minute(choice.notice),
                    "scheme": choice.view.scheme,
                }
            ),
        }
        return self._html("stage.html", values)

    async def part(self, request: Request) -> Response:
        """The notice's own files, byte for byte what the middleware serves."""
        name = request.path_params["name"]
        if name not in _PARTS:
            return _NOTHING
        choice = self._choice(request)
        if name == "notice" and choice.shown is None:  # as the middleware tells a hold-out
            return Response(status_code=204, headers={REASON.decode(): "hold_out"})
        try:
            content = self._showing.shown(choice).files[name]
        except Exception:  # a publisher's template may raise anything: the page says what
            return _NOTHING
        return Response(content, media_type=_PARTS[name], headers={"cache-control": "no-store"})

    @staticmethod
    async def anything(request: Request) -> Response:
        """A stand-in for the publisher's pictures and pages: none of theirs are here."""
        path = request.url.path
        if path.rpartition(".")[2] in _PICTURES:
            return Response(_LOGO, media_type="image/svg+xml")
        return Response(f"{path} of your site would open here.\n", media_type="text/plain")

    def _values(self, choice: Choice) -> dict[str, Any]:
        notice, showing, settings = choice.notice, self._showing, self._showing.settings
        fault, sizes = "", []
        try:
            sizes = weights(showing.shown(choice).files)
        except Exception as error:  # a publisher's template may raise anything
            fault = f"{type(error).__name__}: {error}"
        now = datetime.now().astimezone()
        told = reasons(notice, choice.reader, settings.mode, now, off=settings.off)
        return {
            "site": notice.name or shown_name(showing.site),
            "groups": groups(choice.given, showing.base, showing.languages(choice)),
            "sent": SENT,
            "error": choice.error,
            "fault": fault,
            "stage": f"/at/{_token(staged(choice.given))}/",
            "width": choice.view.width,
            "height": WIDTHS[choice.view.width],
            "reader": choice.blocking.described,
            "signals": choice.blocking.signals,
            "verdict": choice.reader.verdict,
            "reasons": [(reason, SENTENCES[reason]) for reason in told],
            "contrasts": contrasts(notice.tokens()),
            "sizes": sizes,
            "findings": [_told(each) for each in showing.findings(choice)],
            "code": code_of(notice),
            "unspoken": self._unspoken(choice),
            "slotless": notice.placement == "slot" and not settings.ad_slots,
        }

    def _unspoken(self, choice: Choice) -> tuple[str, str] | None:
        """The chosen language and the one that its readers get, where that is another."""
        wanted, got = choice.view.language, self._showing.language(choice)
        return None if wanted == got else (language_name(wanted), language_name(got))

    def _choice(self, request: Request) -> Choice:
        return chosen(_query(request.path_params["choice"]), self._showing.base)

    def _html(self, name: str, values: Mapping[str, Any]) -> Response:
        text = self._templates.get_template(name).render(values)
        return HTMLResponse(text, headers=_HEADERS)


def _code(text: str) -> Markup:
    """A sentence whose `words` are code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _told(finding: Finding) -> dict[str, str]:
    entry = finding.entry
    return {
        "id": finding.id,
        "severity": finding.severity,
        "place": str(finding.place),
        "seen": finding.seen,
        "why": entry.why,
        "rule": entry.source,
        "fix": entry.fix,
    }


def _token(given: Mapping[str, str]) -> str:
    """What is chosen, as one part of an address."""
    return urlsafe_b64encode(urlencode({SENT: "1", **given}).encode()).decode().rstrip("=")


def _query(token: str) -> dict[str, str]:
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (NotBase64, ValueError):
        return {}
    return dict(parse_qsl(text, keep_blank_values=True))


async def _nothing(_: Request) -> Response:
    return _NOTHING


def _file(name: str, kind: str) -> Route:
    content = (_FOLDER / name).read_bytes()

    async def answer(_: Request) -> Response:
        return Response(content, media_type=kind, headers={"cache-control": "no-store"})

    return Route(f"/{name}", answer)
