"""What was fetched, as data: all that the checks look at."""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from evenhand.doctor.markup import Page
from evenhand.inside import Inside

_HIT = re.compile(r"\bhit\b", re.IGNORECASE)
_CACHE_STATUS = (
    "x-cache",
    "x-cache-status",
    "x-cache-lookup",
    "x-proxy-cache",
    "x-nginx-cache",
    "x-varnish-cache",
    "x-vercel-cache",
    "x-fastcgi-cache",
    "cf-cache-status",
    "cdn-cache",
    "cache-status",
)
_SETTINGS = re.compile(r"^\{const settings=(\{.*\});\n")


@dataclass(frozen=True)
class Fetched:
    """One request's answer, or why there was none."""

    method: str
    url: str
    status: int  # 0: no answer
    headers: tuple[tuple[str, str], ...] = ()  # lower-case names
    body: bytes = b""  # as it stands for, where `encoding` could be undone
    encoding: str = ""  # content-encoding
    at: float = 0.0  # when it arrived, by this machine's clock
    problem: str = ""  # why there is no answer, or no readable body

    def header(self, name: str) -> str:
        """A header's values, comma-separated; empty where it is missing."""
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body, whatever its charset: our words are ASCII."""
        return self.body.decode("utf-8", "replace")

    @property
    def cache_control(self) -> frozenset[str]:
        """The directives, lower-case, with their values."""
        return frozenset(
            part.strip().lower() for part in self.header("cache-control").split(",") if part.strip()
        )

    @property
    def cached(self) -> str:
        """The header that says that a shared cache answered; empty where none does."""
        age = self.header("age").strip()
        if age.isdigit() and int(age) > 0:
            return f"Age: {age}"
        for name in _CACHE_STATUS:
            if _HIT.search(value := self.header(name)):
                return f"{name.title()}: {value}"
        return ""

    @property
    def trouble(self) -> str:
        """What keeps it from being our answer, as far as the status tells; empty if nothing."""
        if self.status == 0:
            return f"gives no answer ({self.problem})"
        if 300 <= self.status < 400 and self.status != 304:
            return f"redirects to {self.header('location') or 'nowhere'} ({self.status})"
        if self.status >= 400 or self.status == 304:
            return f"answers {self.status}"
        if self.status == 204 and self.method == "GET":
            return "answers 204, with nothing"  # what `off` does, too
        return ""


@dataclass(frozen=True)
class Facts:
    """Everything fetched in one go."""

    url: str  # of the page, after redirects
    prefix: str  # what our routes were looked for below, any root path included
    asked_prefix: str | None  # what the operator said it is
    agent: str  # who doctor said it is: doctor, headless, or browser (then only the page was seen)
    pages: Mapping[str, Fetched]
    answers: Mapping[str, tuple[Fetched, ...]] = field(default_factory=dict[str, Any])
    inside: tuple[Inside, ...] = ()
    before: Inside | None = None  # before our hits and reports
    after: Inside | None = None  # right after them
    refused_inside: str = ""  # why there is nothing of the app's inside
    hits: int = 0  # of the counted pair, that we made
    reports: int = 0  # that we sent

    @property
    def host(self) -> str:
        """The page's host, with its port where that is not the scheme's."""
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()

    @property
    def is_loopback(self) -> bool:
        """Whether the page is this machine's own, by its name."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost" or name.endswith(".localhost")

    @property
    def counts_agree(self) -> bool:
        """Whether every look inside saw one account of shared counts, which never falls."""
        looks = (self.before, *self.inside) if self.before else self.inside
        received = [look.received for look in looks if look.shared]
        return len(received) == len(looks) and received == sorted(received)

    def first(self, name: str) -> Fetched | None:
        """The first answer of a route."""
        return next(iter(self.answers.get(name, ())), None)

    def page(self, name: str) -> Page | None:
        """A page, read; None where it wasn't fetched."""
        fetched = self.pages.get(name)
        return Page.read(fetched.text) if fetched else None

    @property
    def settings(self) -> dict[str, Any]:
        """What the served probe.js was told; empty where that can't be read."""
        return settings_in(self.first("probe.js"))

    @property
    def software(self) -> str:
        """Who answers, as about.json says."""
        about = self.first("about.json")
        try:
            told: Any = json.loads(about.body) if about else None
            return str(told["software"])
        except (ValueError, LookupError, TypeError):
            return ""


def settings_in(script: Fetched | None) -> dict[str, Any]:
    """The settings in a served probe.js; empty where they can't be read."""
    found = _SETTINGS.match(script.text) if script and script.status == 200 else None
    try:
        told: dict[str, Any] = json.loads(found[1]) if found else {}
    except ValueError:
        return {}
    return told
