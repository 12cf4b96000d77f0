"""Checks on the scripts: is every byte the one that this release serves?"""

import re
from collections.abc import Iterator, Mapping

from evenhand.doctor.facts import Facts, Fetched
from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.scripts import as_script, with_settings
from evenhand.version import __version__

_YEAR = 31_536_000
_OPTIONS = re.compile(r"const rules=\{.*\};\n")
SCRIPTS = ("ads.js", "policy.js", "notice.js")


def script_checks(facts: Facts, shipped: Mapping[str, str]) -> Iterator[Remark]:
    """The scripts as fetched against those of this release, by name."""
    script = facts.first("probe.js")
    if script is None:
        return
    if script.trouble or script.media_type == "text/html":
        said = script.trouble or "is answered with a page"
        yield Finding("script_missing", f"{script.url} {said}")
        return
    yield from _headers(facts, script)
    if facts.software != f"Evenhand {__version__}":
        yield Unchecked(
            "whether the scripts arrive unchanged",
            f"this is Evenhand {__version__}, and the app has {facts.software or 'another'}",
        )
        return
    yield from _probe(facts, script, shipped)
    for name in SCRIPTS:
        fetched = facts.first(name)
        if fetched is None:
            continue
        if fetched.trouble:
            yield Finding("script_missing", f"{fetched.url} {fetched.trouble}")
        elif fetched.text != (expected := _declared(fetched) + shipped[name]):
            yield Finding("script_altered", _difference(fetched, expected))


def _headers(facts: Facts, script: Fetched) -> Iterator[Remark]:
    plain = facts.answers["probe.js"][1:]
    if plain and plain[0].encoding:
        yield Finding(
            "script_encoded", f"{script.url}: Content-Encoding {plain[0].encoding}, not asked for"
        )
    page, settings = facts.page("fresh"), facts.settings
    if settings and page and page.build(facts.url) != settings.get("hash"):
        return  # under another hash it is cached briefly, as it should be
    ages = [part.partition("=")[2] for part in script.cache_control if part.startswith("max-age=")]
    lasting = any(age.isdigit() and int(age) >= _YEAR for age in ages)
    if not lasting and "immutable" not in script.cache_control:
        said = script.header("cache-control") or "nothing"
        yield Finding("script_not_kept", f"{script.url}: Cache-Control says {said}")


def _probe(facts: Facts, script: Fetched, shipped: Mapping[str, str]) -> Iterator[Remark]:
    settings = facts.settings
    if not settings:
        yield Finding("script_altered", f"{script.url}: its settings are not in its first line")
        return
    expected = with_settings(as_script(settings), shipped["verdict.js"], shipped["probe.js"])
    if script.text != expected:
        yield Finding("script_altered", _difference(script, expected))


def _declared(fetched: Fetched) -> str:
    """The line in front of a script that holds the app's own options, if there is one."""
    found = _OPTIONS.match(fetched.text)
    return found[0] if found else ""


def _difference(fetched: Fetched, expected: str) -> str:
    """Where two texts part, with a few characters of each."""
    found = fetched.text
    pairs = enumerate(zip(found, expected, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(found), len(expected)))
    return (
        f"{fetched.url}: {len(found):,} characters for {len(expected):,}; at {at:,}"
        f" {found[at : at + 30]!r} for {expected[at : at + 30]!r}"
    )
