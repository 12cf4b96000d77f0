"""Pages on which a script put in by a middleware has gone wrong, with our middleware around them.

Each page is under its name; nothing about it is made up for a request.
"""

from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.baits import CONTENT

UTF_8 = "text/html; charset=utf-8"
NONCE = "nonce-r4nd0m"
CSP = "content-security-policy"
REPORTS = "/reports"  # where policies have their violations sent
TRUSTED_TYPES = "require-trusted-types-for 'script'"


class Html(NamedTuple):
    """A page as it is before us."""

    content: bytes
    content_type: str = UTF_8
    policies: tuple[tuple[str, str], ...] = ()


def page(head: str = "", body: str = "<p>Ça va", start: str = "<!doctype html><html>") -> bytes:
    title = "<title>as it was</title>"
    return f"{start}<head><meta charset=utf-8>{head}{title}</head><body>{body}</body>".encode()


def under(*policies: str) -> Html:
    """A page whose header names these policies."""
    return Html(page(), policies=tuple((CSP, policy) for policy in policies))


def watched(policy: str) -> Html:
    """A page whose policy stops nothing and has everything reported."""
    return Html(page(), policies=((f"{CSP}-report-only", f"{policy}; report-uri {REPORTS}"),))


def padded(content: bytes, end: bytes, size: int) -> bytes:
    """The page with white space after its first line, so that ``end`` ends at byte ``size``."""
    first, rest = content.split(b"\n", 1)
    return first + b" " * (size - content.index(end) - len(end)) + b"\n" + rest


MAP = '<script type="importmap">{"imports": {"app": "/modules/app.js"}}</script>'
MODULES = '<script type="module" src="/modules/main.js"></script>'
META_CSP = f"<meta http-equiv=content-security-policy content=\"script-src '{NONCE}'\">"
CHARSET = b"<meta charset=utf-8>"
EARLY = b"<!doctype html>\n<html><head><meta charset=utf-8><title>\xc3\x87a</title><p>\xc3\x87a va"
LATE = b"<!doctype html>\n<html><head><title>\xc3\x87a</title><meta charset=utf-8><p>\xc3\x87a va"
LATIN = "<!doctype html><html><head><meta charset={0}><title>Ça</title><body><p>Ça va"

MODULES_RUN = {
    "import_map_first": Html(page(MAP + MODULES)),
    "import_map_after_other_elements": Html(page(f"<link rel=x href=/a>{MAP}{MODULES}")),
    "import_map_in_the_body": Html(page(body=f"<p>Ça va{MAP}{MODULES}")),
    "module_without_a_map": Html(page('<script type="module" src="/modules/app.js"></script>')),
}
POLICIES = {
    "nonce": under(f"script-src '{NONCE}'"),
    "nonce_in_a_meta_policy": Html(page(META_CSP)),
    "strict_dynamic": under(f"script-src 'strict-dynamic' '{NONCE}'"),
    "strict_dynamic_with_fallbacks": under(
        f"script-src 'strict-dynamic' '{NONCE}' 'unsafe-inline' https:; object-src 'none'"
    ),
    "script_src_self": under("script-src 'self'"),
    "default_src_self": under("default-src 'self'; style-src 'self'"),
    "two_policies": under("script-src 'self'", f"script-src-elem '{NONCE}'; img-src 'self'"),
    "report_only_self": watched("default-src 'self'"),
    "report_only_nonce": watched(f"script-src '{NONCE}'"),
}
PLAIN = {
    "base_to_another_host": Html(page('<base href="https://elsewhere.example/deep/">')),
    "quirks_mode": Html(page(start="<html>")),
    "standards_mode": Html(page()),
    "limited_quirks_mode": Html(
        page(start='<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "a"><html>')
    ),
    "windows_1252": Html(LATIN.format("windows-1252").encode("cp1252"), "text/html"),
    "iso_8859_1_in_the_header": Html(
        LATIN.format("utf-8").encode("latin-1"), "text/html; charset=iso-8859-1"
    ),
    "charset_ends_at_byte_1000": Html(padded(EARLY, CHARSET, 1000), "text/html"),
}
LEFT_ALONE = {
    "script_src_none": under("script-src 'none'"),
    "sandbox": under("sandbox allow-same-origin"),
    "strict_dynamic_without_a_nonce": under("script-src 'self' 'strict-dynamic'"),
    "amp": Html(page(start="<!doctype html><html ⚡>")),
    "late_charset_ends_at_byte_1000": Html(padded(LATE, CHARSET, 1000), "text/html"),
}
TRUSTED = {
    "trusted_types": under(f"{TRUSTED_TYPES}; report-uri {REPORTS}"),
    "trusted_types_none": under(f"{TRUSTED_TYPES}; trusted-types 'none'; report-uri {REPORTS}"),
    "trusted_types_report_only": watched(TRUSTED_TYPES),
}
RUNNING = {**MODULES_RUN, **POLICIES, **PLAIN}
REPORTED = {"report_only_none": watched("script-src 'none'")}
PAGES = {**RUNNING, **TRUSTED, **REPORTED, **LEFT_ALONE}
FILES = {
    "/favicon.ico": CONTENT["image"],
    "/modules/main.js": (b"text/javascript", b'import "app";'),
    "/modules/app.js": (b"text/javascript", b'document.title = "the module ran";'),
}


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """The pages without us."""
    path = scope["path"]
    name = path.removeprefix("/")
    headers: list[tuple[bytes, bytes]] = []
    status, content = 200, b"ready"
    if name in PAGES:
        html = PAGES[name]
        content = html.content
        headers = [(header.encode(), value.encode()) for header, value in html.policies]
        headers.append((b"content-type", html.content_type.encode()))
    elif path in FILES:
        kind, content = FILES[path]
        headers.append((b"content-type", kind))
    elif path == REPORTS:
        status, content = 204, b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def no_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await site(scope, receive, send)


app = ReaderSupportMiddleware(no_lifespan, support=ReaderSupport())
