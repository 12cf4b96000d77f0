"""The options: declared once, read from keywords or ``EVENHAND_…``, checked at construction."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from evenhand import checks
from evenhand.addresses import Proxies, peer_of
from evenhand.checks import Rule
from evenhand.errors import OptionError
from evenhand.notice import Notice
from evenhand.vocabulary import MODES, OTHER, UNNAMED, Mode

log = logging.getLogger("evenhand")

MAX_HOST = 300  # characters that are looked at: a name has up to 253, and then there is the port


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Checked options. Build it with :func:`resolve`; the defaults are the documented ones."""

    # What is measured and sent: `count` (the pair only), `local` (the verdict stays in the
    # browser), `full` (the verdict is reported).
    mode: Mode = "full"
    # "wait" holds `full` at `count` until the page dispatches `reader-support:consent`.
    consent: Literal["given", "wait"] = "given"
    # No notice unless there is one: no surprise banners.
    notice: Notice | None = None
    # Where counters, the queue and the SQLite history live. None: memory only.
    state_dir: Path | None = None
    # The history's URL (it may hold a password, so it is never shown). None: SQLite in state_dir.
    store: str | None = field(default=None, repr=False)
    # How often counts are sealed to disk and shipped, in seconds: what a power cut may cost.
    flush_seconds: float = 5.0
    # Where our routes live, below root_path.
    prefix: str = "/reader-support"
    # The site's name in metrics and history...
    site: str = UNNAMED
    # ...or host -> name, for several sites in one app; any other host is "other".
    sites: Mapping[str, str] = field(default_factory=dict[str, str])
    # Names that <meta name="reader-support-section"> may choose; anything else is "other".
    sections: tuple[str, ...] = ()
    # CSS selectors of the places where ads belong.
    ad_slots: tuple[str, ...] = ()
    # Where readers reach this app, for the guard's self-check.
    public_url: str | None = None
    # Whether a shared cache may answer with our HTML. If so, nothing about the page may
    # depend on request headers, and pages are no denominator.
    html_cached: bool = True
    # The share of page views that is measured (and may be asked), 0 < rate <= 1.
    sample_rate: float = 1.0
    # Paths left alone: "/admin" means /admin and everything below it.
    exclude: tuple[str, ...] = ()
    # "manual": the publisher's template places `support.tag()`.
    insert: Literal["auto", "manual"] = "auto"
    # Readers who are never asked (paying, signed in); asked at GET notice.
    exempt: Rule | None = None
    # Who may see the dashboard: a hook on the scope, or a token of 16 characters or more
    # (as a bearer token, or as the password of HTTP basic authentication). None: not there.
    dashboard: Rule | str | None = None
    # The publisher's templates, searched before ours.
    templates: Path | None = None
    # Networks whose forwarding headers are believed; "unix" means whoever is at a Unix socket.
    trusted_proxies: Proxies = field(default_factory=Proxies)
    # Page views an hour that one address (/24, or /56 of IPv6) may count through one worker, or
    # 2 % of what the worker counts, if that is more.
    address_budget: int = 120
    # Pages untouched, our routes answer 204.
    off: bool = False
    # Adds `x-reader-support: <result>` to HTML responses.
    debug_header: bool = False

    @property
    def reporting(self) -> bool:
        """Whether every reader who may be counted should report a verdict."""
        return self.mode == "full" and self.consent == "given"

    def site_of(self, host: str) -> str:
        """The site's name for a Host header's value, port included or not."""
        if not self.sites:
            return self.site
        return self.sites.get(hostname(host), OTHER)

    def host_of(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
        """The host that a reader asked for: the Host, unless `sites` doesn't name it and names the
        one that a trusted proxy forwards (of several, the one nearest to us).

        A proxy that doesn't set X-Forwarded-Host hands on what the reader invented, and a cache
        would keep the answer for others: so it never counts against a Host that we know.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        named = headers.get(b"x-forwarded-host") if self.sites else None
        if named is None or hostname(host) in self.sites:
            return host
        forwarded = named.rpartition(b",")[2].strip().decode("latin-1")
        known = hostname(forwarded) in self.sites
        return forwarded if known and self.trusted_proxies.trust(peer_of(scope)) else host

    @property
    def site_names(self) -> tuple[str, ...]:
        """Every name a site label can have."""
        return (*dict.fromkeys(self.sites.values()), OTHER) if self.sites else (self.site,)


def hostname(host: str) -> str:
    """The name in a Host header, lower-case, without its port."""
    return _hostname(host[:MAX_HOST])


@lru_cache(maxsize=256)
def _hostname(host: str) -> str:
    if host.startswith("["):  # an IPv6 address
        return host[: host.find("]") + 1].lower()
    return host.partition(":")[0].rstrip(".").lower()


def resolve(given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Check every option: the keyword first, then ``EVENHAND_NAME``, then the default.

    Raises :class:`OptionError` for the first option that can't work.
    """
    chosen: dict[str, Any] = {}
    for option in fields(Settings):
        value, name = given.get(option.name), option.name
        if value is None:
            name = f"EVENHAND_{option.name.upper()}"
            value = environ.get(name) or None
        if value is None and option.name == "state_dir":
            # systemd's StateDirectory= may name several, colon-separated.
            name = "STATE_DIRECTORY"
            value = environ.get(name, "").split(":")[0] or None
        if value is not None:
            chosen[option.name] = _CHECKS[option.name](name, value)
    known = {f"EVENHAND_{option.name.upper()}" for option in fields(Settings)}
    for name in sorted(name for name in environ if name.startswith("EVENHAND_")):
        if name not in known and (near := get_close_matches(name, known, 1, 0.85)):
            log.warning("%s is no option of ours; did you mean %s?", name, near[0])
    if "site" in chosen and "sites" in chosen:
        raise OptionError(
            "sites", chosen["sites"], "either site or sites", "name the one site in sites too"
        )
    notice = chosen.get("notice")
    if notice and notice.experiment and chosen.get("mode") == "local":
        raise OptionError(
            "mode", "local", "mode='full' with an experiment", "nothing else counts its outcomes"
        )
    return Settings(**chosen)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "mode": checks.choice(*MODES),
    "consent": checks.choice("given", "wait"),
    "notice": checks.notice,
    "state_dir": checks.state_dir,
    "store": checks.store,
    "flush_seconds": checks.flush_seconds,
    "prefix": checks.prefix,
    "site": checks.name,
    "sites": checks.sites,
    "sections": checks.sections,
    "ad_slots": checks.ad_slots,
    "public_url": checks.public_url,
    "html_cached": checks.flag,
    "sample_rate": checks.sample_rate,
    "exclude": checks.exclude,
    "insert": checks.choice("auto", "manual"),
    "exempt": checks.rule,
    "dashboard": checks.dashboard,
    "templates": checks.templates,
    "trusted_proxies": checks.trusted_proxies,
    "address_budget": checks.address_budget,
    "off": checks.flag,
    "debug_header": checks.flag,
}
