"""The preview as an ASGI app: the page with the form, and the stage that the notice stands on."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from evenhand._assets import TEMPLATES
from evenhand.asking.page import NoticePage
from evenhand.languages.catalogues import Languages
from evenhand.lint.examine import Matter, examined
from evenhand.lint.findings import Finding
from evenhand.notice import Notice
from evenhand.preview.choice import SENT, WIDTHS, Choice, chosen, staged
from evenhand.preview.code import code_of
from evenhand.preview.figures import contrasts, weights
from evenhand.preview.form import groups
from evenhand.preview.stage import direction, free_minute, slot
from evenhand.preview.why import SENTENCES, reasons
from evenhand.scripts import Scripts
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


_PICTURES = ("svg", "png", "jpg", "jpeg", "webp", "avif", "ico")


_NOTHING = Response("Not here.\n", 404, media_type="text/plain")


class Shown(NamedTuple):
    """One choice's notice, exactly as the middleware would serve it."""

    notice: bytes
    style: bytes
    script: bytes


def create_app(settings: Settings, hosts: Sequence[str] = ("*",)) -> Starlette:
    """The preview of one app's settings, for requests to these hosts."""
    preview = Preview(settings)
    routes = [
        Route("/", preview.page),
        Route("/at/{choice}/", preview.stage),
        Route("/at/{choice}/{name}", preview.part),
        *(_file(name, kind) for name, kind in _FILES.items()),
        Route("/{path:path}", preview.anything),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))]
    )


class Preview:
    """Answers for one app's settings; what is chosen stands in each address."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = settings.notice or Notice()
        self._templates = environment(_FOLDER)
        self._templates.filters["code"] = _code
        self._speaking = Languages(settings.templates)
        self._publishers = environment(settings.templates, self._speaking)

    async def page(self, request: Request) -> Response:
        """The form, and everything that follows from it."""
        choice = chosen(request.query_params, self._base)
        return self._html("page.html", self._values(choice))

    async def stage(self, request: Request) -> Response:
        """The page that the notice stands on."""
        choice = self._choice(request)
        try:
            notice = self.shown(choice).notice.decode()
        except Exception:  # a publisher's template may raise anything: the page says what
            notice = ""
        language = self._page(choice).language((choice.view.language,))
        values = {
            "lang": language,
            "dir": direction(choice, language),
            "scheme": choice.view.scheme,
            "placement": choice.notice.placement,
            "slot": slot(self._settings.ad_slots),
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
        try:
            shown = self.shown(self._choice(request))
        except Exception:  # a publisher's template may raise anything: the page says what
            return _NOTHING
        parts = {
            "notice": (shown.notice, "text/html; charset=utf-8"),
            "notice.css": (shown.style, "text/css; charset=utf-8"),
            "notice.js": (shown.script, "text/javascript; charset=utf-8"),
        }
        found = parts.get(request.path_params["name"])
        if found is None:
            return await self.anything(request)
        return Response(found[0], media_type=found[1], headers={"cache-control": "no-store"})

    async def anything(self, request: Request) -> Response:
        """A stand-in for the publisher's pictures and pages: none of theirs are here."""
        path = request.url.path
        if path.startswith("/at/"):
            return _NOTHING
        if path.rpartition(".")[2] in _PICTURES:
            return Response(_LOGO, media_type="image/svg+xml")
        return Response(f"{path} of your site would open here.\n", media_type="text/plain")

    def shown(self, choice: Choice) -> Shown:
        """What the middleware serves for the chosen settings. Raises what a template raises."""
        settings = replace(self._settings, notice=choice.notice)
        who, site = choice.blocking, settings.site_names[0]
        html = self._page(choice).render(
            site, who.reader, choice.verdict, who.signals, language=choice.view.language
        )
        scripts = Scripts(settings)
        return Shown(html, scripts.text("notice.css").encode(), scripts.text("notice.js").encode())

    def _values(self, choice: Choice) -> dict[str, Any]:
        notice = choice.notice
        found = self._findings(choice)
        languages = sorted(self._page(choice).languages)
        fault, sizes = "", []
        try:
            shown = self.shown(choice)
            files = {"notice": shown.notice, "notice.css": shown.style, "notice.js": shown.script}
            sizes = weights(files)
        except Exception as error:  # a publisher's template may raise anything
            fault = f"{type(error).__name__}: {error}"
        told = reasons(
            notice, choice.reader, self._settings.mode, datetime.now().astimezone(),
            off=self._settings.off,
        )  # fmt: skip
        return {
            "site": notice.name or shown_name(self._settings.site_names[0]),
            "groups": groups(choice.given, self._base, languages, self._variants()),
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
            "findings": [_told(each) for each in found],
            "code": code_of(notice),
            "slotless": notice.placement == "slot" and not self._settings.ad_slots,
        }

    def _findings(self, choice: Choice) -> tuple[Finding, ...]:
        settings = self._settings
        return examined(
            Matter(choice.notice, settings.templates, settings.site_names[0], settings.prefix)
        )

    def _page(self, choice: Choice) -> NoticePage:
        """The chosen notice's, as the middleware makes it."""
        return NoticePage(choice.notice, self._publishers, self._settings.prefix, self._speaking)

    def _variants(self) -> list[str]:
        return [self._base.variant]

    def _choice(self, request: Request) -> Choice:
        return chosen(_query(request.path_params["choice"]), self._base)

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


def _file(name: str, kind: str) -> Route:
    content = (_FOLDER / name).read_bytes()

    async def answer(_: Request) -> Response:
        return Response(content, media_type=kind, headers={"cache-control": "no-store"})

    return Route(f"/{name}", answer)
