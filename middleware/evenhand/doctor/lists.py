"""Which of our files a filter list blocks, by Brave's list engine: the extra ``[lists]``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin

from evenhand.baits import baits
from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.errors import OptionError

_TYPES = {"image": "image", "script": "script", "style": "stylesheet", "fetch": "xmlhttprequest"}
_ANY_BUILD = "0123456789ab"
_FILES = (
    (f"{_ANY_BUILD}/probe.js", "script"),
    (f"{_ANY_BUILD}/ads.js", "script"),
    (f"{_ANY_BUILD}/policy.js", "script"),
    (f"{_ANY_BUILD}/notice.js", "script"),
    (f"{_ANY_BUILD}/notice.css", "stylesheet"),
    ("outcome", "xmlhttprequest"),
    ("notice?v=1&verdict=blocked", "xmlhttprequest"),
)


class Engine(Protocol):
    """What a list engine is asked: would it block this request of this page?"""

    def blocks(self, url: str, page: str, kind: str) -> bool:
        """Whether a rule matches and no exception does."""
        ...


@dataclass(frozen=True)
class BraveEngine:
    """The engine of the package ``adblock`` with the operator's lists."""

    engine: Any

    def blocks(self, url: str, page: str, kind: str) -> bool:
        """Whether a rule matches and no exception does."""
        return bool(self.engine.check_network_urls(url, page, kind).matched)


def open_lists(paths: Sequence[Path]) -> BraveEngine:
    """The engine with these lists; raises `OptionError` where one can't be had."""
    try:
        adblock = import_module("adblock")
    except ImportError:
        fix = 'install it with: pip install "evenhand[lists]"'
        raise OptionError("--list", str(paths[0]), "a list engine to read it", fix) from None
    filters = adblock.FilterSet()
    for path in paths:
        try:
            filters.add_filter_list(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError("--list", str(path), "a filter list's text", str(error)) from None
    return BraveEngine(adblock.Engine(filters))


def list_checks(engine: Engine | None, url: str, prefix: str) -> Iterator[Remark]:
    """Our names against the lists: none may be blocked but the baits, and those must."""
    if engine is None:
        yield Unchecked("whether a filter list blocks our names", "give a list with --list")
        return
    base = urljoin(url, f"{prefix}/")
    controls = [(f"pair/{pair.control}", _TYPES[pair.type]) for pair in baits().pairs]
    blocked = _blocked(engine, url, base, (*_FILES, *controls))
    if blocked:
        yield Finding("name_listed", f"blocked: {', '.join(blocked)}")
    named = [(f"pair/{pair.bait}", _TYPES[pair.type]) for pair in baits().pairs]
    caught = _blocked(engine, url, base, named)
    if missed := [base + name for name, _ in named if base + name not in caught]:
        yield Finding("bait_unlisted", f"not blocked: {', '.join(missed)}")


def _blocked(engine: Engine, page: str, base: str, names: Iterable[tuple[str, str]]) -> list[str]:
    return [base + name for name, kind in names if engine.blocks(base + name, page, kind)]
