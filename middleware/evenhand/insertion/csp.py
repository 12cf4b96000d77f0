"""Decides whether a page's content security policies let our script run, and with which nonce.

Our script is a classic one from the page's own origin, placed by the parser, without integrity.
"""

import re
from collections.abc import Iterable

_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/=_-]+)'", re.IGNORECASE)
_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>[*a-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>\d+|\*))?/?"
)
_INTEGRITY = re.compile(r"blocked-destinations\s*=\s*\(([^()]*)\)", re.IGNORECASE)

Directives = dict[str, list[str]]

_SCRIPT = ("script-src-elem", "script-src", "default-src")
_BAITS = {
    "image": ("img-src", "default-src"),
    "style": ("style-src-elem", "style-src", "default-src"),
    "fetch": ("connect-src", "default-src"),
}


def split_header(value: str) -> list[str]:
    """The policies in one header value: a comma stands between two."""
    return value.split(",")


def nonce_for(
    policies: Iterable[str],
    *,
    in_meta: Iterable[str] = (),
    report_only: Iterable[str] = (),
    host: str = "",
) -> str | None:
    """The nonce our script needs, ``""`` if it needs none, None if it can't run.

    Every policy has to agree. ``host`` is the page's own, with its port if it has one, for
    policies that name it instead of saying ``'self'``. A report-only policy stops nothing; we
    still carry the nonce it would like to see, to stay out of the publisher's reports.
    """
    parsed = [_directives(policy) for policy in policies]
    if any(_is_sandboxed(directives) for directives in parsed):
        return None
    parsed += map(_directives, in_meta)
    nonce = _common_nonce(parsed, host)
    if nonce == "":
        return _common_nonce([_directives(policy) for policy in report_only], host) or ""
    return nonce


def forbidden(policies: Iterable[str], nonce: str, host: str = "") -> str:
    """The types of baits, space-separated, that one of the policies refuses to load.

    Report-only ones count too: a bait must not fill the publisher's reports. Scripts may run
    where ours does, except under Trusted Types, where a source can't be set.
    """
    parsed = [_directives(policy) for policy in policies]
    refused = [
        kind
        for kind, names in _BAITS.items()
        if not all(_may_load(directives, names, nonce, host) for directives in parsed)
    ]
    if any("require-trusted-types-for" in directives for directives in parsed):
        refused.append("script")
    return " ".join(refused)


def _may_load(directives: Directives, names: tuple[str, ...], nonce: str, host: str) -> bool:
    sources = _sources(directives, names)
    if sources is None or _allows_origin(sources, host):
        return True
    return bool(nonce) and names is _BAITS["style"] and f"'nonce-{nonce}'" in sources


def wants_integrity(integrity_policy: str) -> bool:
    """Whether an Integrity-Policy header refuses scripts without integrity, as ours is."""
    lists = _INTEGRITY.findall(integrity_policy)
    return any("script" in destinations.lower().split() for destinations in lists)


def _directives(policy: str) -> Directives:
    found: Directives = {}
    for directive in policy.split(";"):
        name, *values = directive.split() or [""]
        found.setdefault(name.lower(), values)
    return found


def _is_sandboxed(directives: Directives) -> bool:
    flags = directives.get("sandbox")
    return flags is not None and "allow-scripts" not in map(str.lower, flags)


def _common_nonce(policies: list[Directives], host: str) -> str | None:
    common: list[str] | None = None
    for directives in policies:
        sources = _sources(directives, _SCRIPT)
        if sources is None or _allows_origin(sources, host):
            continue
        nonces = [match[1] for match in map(_NONCE.fullmatch, sources) if match]
        common = nonces if common is None else [nonce for nonce in common if nonce in nonces]
        if not common:
            return None
    return common[0] if common else ""


def _sources(directives: Directives, names: tuple[str, ...]) -> list[str] | None:
    for name in names:
        if name in directives:
            return directives[name]
    return None


def _allows_origin(sources: list[str], host: str) -> bool:
    lowered = [source.lower() for source in sources]
    if "'strict-dynamic'" in lowered:  # switches off everything but nonces and hashes
        return False
    # "https:" on a page that isn't would stop the page's own scripts as well.
    if not {"'self'", "*", "https:", "http:"}.isdisjoint(lowered):
        return True
    return bool(host) and any(_names_host(source, host.lower()) for source in lowered)


def _names_host(source: str, own: str) -> bool:
    match = _HOST_SOURCE.fullmatch(source)
    if match is None or match["scheme"] not in (None, "http", "https"):
        return False
    name, _, port = own.partition(":") if not own.startswith("[") else (own, "", "")
    if match["port"] not in (None, "*", port or "443"):
        return False
    if port and match["port"] is None:
        return False
    pattern = match["host"]
    return pattern == name or (pattern.startswith("*.") and name.endswith(pattern[1:]))
