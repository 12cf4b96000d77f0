"""A set-up that is broken in one way: what nginx does, and which app is behind it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

P = "/reader-support"
TOKEN = "the-dashboards-own-token"
PASS = "proxy_pass http://apps;"
PLAIN = f"location / {{ {PASS} }} location = /metrics {{ return 403; }}"
# sub_filter can't read what is compressed.
REWRITES = 'proxy_set_header Accept-Encoding "";'
KEEPS = f"{PASS} proxy_cache kept; proxy_cache_valid any 1h;"
TAG = f'<script defer src="{P}'
END = "data-evenhand></script>"


def place(where: str, what: str) -> str:
    """nginx's directives for one place, the rest being as it should."""
    return f"location {where} {{ {what} }} {PLAIN}"


def everywhere(what: str) -> str:
    """nginx's directives for all of the site."""
    return f"{what} {PLAIN}"


@dataclass(frozen=True)
class Setup:
    """One, and its healthy twin: the same but for what breaks it."""

    name: str
    finds: str  # ids of findings
    nginx: str = PLAIN
    app: str = "app"
    page: str = "/article"
    options: tuple[str, ...] = ()
    scheme: str = "https"
    before: str = ""  # the app that answered when a cache was filled
    report: bytes = b""  # what a reader has sent before
    mend: tuple[tuple[str, object], ...] = field(default=(("nginx", PLAIN),))
    fix: str = ""  # words of the fix

    @property
    def healthy(self) -> Setup:
        return replace(self, name=f"{self.name}-healthy", finds="", **dict(self.mend))  # type: ignore[arg-type]  # fields by name


APP = (("app", "app"),)
PAGE = (("page", "/article"),)
KEPT_PAGES = place("= /article", f"{KEEPS} proxy_ignore_headers Vary Cache-Control;")
COUNTED = f"~ ^{P}/pair/(ads|zx)728"
