"""The browser's files as served: settings in front, a hash over all of it, ready-made headers."""

import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from evenhand import _assets
from evenhand.answers import Answer, Headers
from evenhand.baits import baits
from evenhand.notice import Notice
from evenhand.settings import Settings
from evenhand.vocabulary import OTHER, Placement

_JS = b"text/javascript; charset=utf-8"
_CSS = b"text/css; charset=utf-8"
_TOKEN = re.compile(
    r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*)?\n"  # a comment with lines of its own
    r"|[ ]?//[ ].*$"  # a comment behind code
    r"|/\*\*[ ]@type[^*]*\*/[ ]"  # a type within code
    r"|^[ \t]+"  # indentation
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|`[^`]*`)"
    r"|[ ]?(?P<sign>[{}();,=<>?:&|!+*]+)[ ]?",
    re.MULTILINE,
)
# What notice.js imports is served within it: one request for each notice, not four.
_IMPORT = re.compile(r'^import\{[^}]*\}from "\./(?P<name>\w+\.js)";\n', re.MULTILINE)
_REMARK = re.compile(r"^[ \t]*/\*[\s\S]*?\*/\n", re.MULTILINE)
_TAGS = ("adsbygoogle", "apstag", "carbonads", "outbrain", "prebid", "taboola", "'/gpt.js'")
# Where one of these is on a page, ads.js is fetched, which knows them.
_ADS = (
    "[data-reader-support-ad]",
    "ins.adsbygoogle",
    *(f"script[src*={name}]" for name in _TAGS),
)
_FOREVER = b"public, max-age=31536000, immutable"
_BRIEFLY = b"public, max-age=60"


class Scripts:
    """Every file below ``PREFIX/HASH/``, built once.

    ``hash`` names this build: it changes with the files and with the settings in them. HTML of
    another build (an old page in a cache, a rolling deploy) asks for another hash and gets the
    current files, cached briefly.
    """

    def __init__(self, settings: Settings) -> None:
        files = _files(settings)
        digest = hashlib.sha256()
        if settings.notice:
            rules = _declared("rules", _for_notice(settings.notice, settings.ad_slots))
            files["notice.js"] = rules + files["notice.js"]
        for name, text in files.items():
            digest.update(f"{name}\0{text}\0".encode())
        digest.update(json.dumps(_for_browser(settings, "")).encode())
        self.hash = digest.hexdigest()[:12]
        given = as_script(_for_browser(settings, self.hash))
        files["probe.js"] = with_settings(given, files.pop("verdict.js"), files["probe.js"])
        self._known = {name: _answers(name, text, _FOREVER) for name, text in files.items()}
        self._unknown = {name: _answers(name, text, _BRIEFLY) for name, text in files.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The files that there are."""
        return tuple(self._known)

    def answer(self, build: str, name: str, *, gzipped: bool) -> Answer | None:
        """The file for a build's hash, whichever hash that is; None where there is no such file."""
        answers = (self._known if build == self.hash else self._unknown).get(name)
        return answers and answers[gzipped]

    def text(self, name: str) -> str:
        """A file as a browser gets it."""
        return self._known[name][False].body.decode()


def shipped() -> dict[str, str]:
    """Every script of this release as served, but for the settings."""
    paths = sorted(_assets.SCRIPTS.glob("*.js"))
    files = {path.name: served(path.read_text("utf-8")) for path in paths}
    files["notice.js"] = _IMPORT.sub(
        lambda found: files.pop(found["name"]).replace("export const", "const"), files["notice.js"]
    )
    return files


def with_settings(given: str, judge: str, probe: str) -> str:
    """probe.js as a browser gets it, of the settings as JSON and of two scripts as served."""
    # One request less for each page view: the verdict comes along, still in a block of its own.
    judge = judge.replace("export const", "const")
    return f"{{const settings={given};\n{judge}{probe}}}\n"


def _files(settings: Settings) -> dict[str, str]:
    files = shipped()
    if settings.notice:
        files["notice.css"] = notice_style(settings.notice)
    return files


def notice_style(notice: Notice) -> str:
    """notice.css as served: the theme in front."""
    # A token that says "inherit" would take the page's own token of that name.
    tokens = [(name, value) for name, value in notice.tokens().items() if value != "inherit"]
    theme = "".join(f"--rs-{name}:{value};" for name, value in tokens)
    style = (_assets.STYLES / "notice.css").read_text("utf-8")
    return f":host{{{theme}}}\n{_REMARK.sub('', style)}"


def _declared(name: str, value: Any) -> str:
    """A line of script that declares a value, ahead of the script that needs it."""
    return f"const {name}={as_script(value)};\n"


def as_script(value: Any) -> str:
    """A value as it stands in a script: "<" can't end an element that a publisher may inline."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def served(script: str) -> str:
    """A script less its comments, and the spaces that no engine needs.

    Names and lines stay, so that what a browser gets can be read beside the commented source.
    """
    return _TOKEN.sub(lambda token: token["text"] or token["sign"] or "", script)


def _for_browser(settings: Settings, build: str) -> dict[str, Any]:
    """What probe.js is told: the same for every reader, and part of the hash."""
    notice = settings.notice
    pairs = [(pair.type, pair.bait, pair.control) for pair in baits().pairs]
    return {
        "hash": build,
        "site": OTHER if settings.sites else settings.site,
        **({"sites": dict(settings.sites)} if settings.sites else {}),
        "mode": settings.mode,
        "wait": settings.consent == "wait" and settings.mode == "full",
        "sample": settings.sample_rate,
        "slots": settings.ad_slots,
        "ads": ",".join((*settings.ad_slots, *_ADS)),
        "pairs": pairs,
        "boxes": [baits().boxes.bait, baits().boxes.control],
        "asks": notice.asks if notice else (),
    }


def _for_notice(notice: Notice, slots: Sequence[str]) -> dict[str, Any]:
    """What notice.js is told."""
    return {
        "after": notice.after_pages,
        "days": notice.every_days,
        "most": notice.at_most,
        "quiet": notice.quiet_minutes,
        "arms": _arms(notice),
        "slots": slots,
        "pairs": [(pair.type, pair.bait, pair.control) for pair in baits().pairs[1:]],
    }


def _arms(notice: Notice) -> list[tuple[str, float, Placement]]:
    """What may be drawn, its share of 1, and where it stands; the hold-out's place is its own."""
    if notice.experiment is None:
        return [(notice.variant, 1, notice.placement)]
    arms = notice.arms
    shares = notice.experiment.shares()
    return [
        (name, round(shares[arm], 9), arms.get(name, notice).placement)
        for arm, name in notice.variants.items()
    ]


def _answers(name: str, text: str, caching: bytes) -> tuple[Answer, Answer]:
    """The file plain and gzipped."""
    kind = _CSS if name.endswith(".css") else _JS
    headers: Headers = [
        (b"content-type", kind),
        (b"cache-control", caching),
        (b"vary", b"accept-encoding"),
    ]
    plain = text.encode()
    packed = gzip.compress(plain, 9, mtime=0)
    return (
        Answer(200, headers, plain),
        Answer(200, [*headers, (b"content-encoding", b"gzip")], packed),
    )
