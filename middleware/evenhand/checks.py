"""What each option's value may be: one check an option, each with the way out in its error."""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias, cast

from evenhand.addresses import Network, Proxies
from evenhand.asking.checks import path, sendable, split_url
from evenhand.errors import OptionError
from evenhand.notice import Notice
from evenhand.vocabulary import OTHER

Rule: TypeAlias = Callable[[Mapping[str, Any]], bool | Awaitable[bool]]
"""A publisher's hook: it is given the ASGI scope and says yes or no."""

MAX_NAME = 40  # characters of a site's or section's name: it becomes a label or a key
MAX_SITES = 50
MAX_SECTIONS = 20


def choice(*allowed: str) -> Callable[[str, Any], str]:
    def check(option: str, value: Any) -> str:
        if value not in allowed:
            listed = ", ".join(repr(word) for word in allowed)
            raise OptionError(option, value, listed, f"use one of {listed}")
        return str(value)

    return check


def flag(option: str, value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    known = value if isinstance(value, bool) else words.get(str(value).lower())
    if known is None:
        raise OptionError(
            option, value, "True or False; 1 or 0 in the environment", "use one of them"
        )
    return known


def prefix(option: str, value: Any) -> str:
    # Browsers fold away a part that is "." or "..".
    if not isinstance(value, str) or not re.fullmatch(r"(/(?!\.\.?(/|$))[A-Za-z0-9_.~-]+)+", value):
        raise OptionError(
            option,
            value,
            "a path such as '/reader-support': a leading slash, no trailing one, letters, "
            "digits and _ . ~ -, no part that is . or ..",
            "choose a plain path that no page of yours uses",
        )
    return value


def name(option: str, value: Any) -> str:
    good = isinstance(value, str) and value.strip() == value and value.isprintable()
    if not good or not 0 < len(value) <= MAX_NAME or value == OTHER:
        raise OptionError(
            option,
            value,
            f"1 to {MAX_NAME} printable characters, no space at either end, not 'other'",
            "shorten or clean the name",
        )
    return str(value)


def sites(option: str, value: Any) -> Mapping[str, str]:
    given: Any = value
    if isinstance(value, str):  # "gazette.example=Gazette, times.example=Times"
        pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
        given = {host.strip(): site.strip() for host, _, site in pairs}
    named = _mapping(given)
    if not 0 < len(named) <= MAX_SITES:
        allowed = f"a mapping of host to name, 1 to {MAX_SITES} of them"
        raise OptionError(option, value, allowed, "name your hosts")
    return {host_name(option, host): name(option, site) for host, site in named.items()}


def _mapping(value: Any) -> Mapping[Any, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] - of whatever to whatever


def host_name(option: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:]+\]", value):
        raise OptionError(
            option,
            value,
            "host names in lower case, without scheme or port",
            "write 'gazette.example', not 'https://gazette.example:443'",
        )
    return value


def strings(option: str, value: Any, what: str) -> tuple[str, ...]:
    if isinstance(value, str):
        raise OptionError(option, value, f"a list of {what}", f"write [{value!r}]")
    try:
        items: tuple[Any, ...] = tuple(value)
    except TypeError:
        items = (None,)
    if not all(isinstance(item, str) and item and sendable(item) for item in items):
        raise OptionError(option, value, f"a list of {what}, none of them empty", "give strings")
    return items


def listed(option: str, value: Any) -> Any:
    """A comma-separated variable becomes a list; a keyword stays what it is."""
    if isinstance(value, str) and option.startswith("EVENHAND_"):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def sections(option: str, value: Any) -> tuple[str, ...]:
    names = strings(option, listed(option, value), "section names")
    if len(names) > MAX_SECTIONS:
        raise OptionError(
            option,
            value,
            f"at most {MAX_SECTIONS} sections",
            "merge the small ones: the rest is 'other'",
        )
    return tuple(name(option, section) for section in names)


def ad_slots(option: str, value: Any) -> tuple[str, ...]:
    # A selector may hold commas, so the variable is one selector (list), never split.
    if isinstance(value, str) and option.startswith("EVENHAND_"):
        value = [value]
    slots = strings(option, value, "CSS selectors such as '.ad-slot'")
    for slot in slots:
        if any(mark in slot for mark in "{};<"):
            raise OptionError(option, slot, "a CSS selector", "write the selector only: '.ad-slot'")
    return slots


def public_url(option: str, value: Any) -> str:
    parts = split_url(value)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise OptionError(
            option,
            "…" if "@" in str(value) else value,  # it may hold a password
            "an http(s) address such as 'https://gazette.example', without user or password",
            "give the address that readers use",
        )
    return str(value).rstrip("/")


def sample_rate(option: str, value: Any) -> float:
    try:
        rate = float(value)
    except (TypeError, ValueError):
        rate = 0.0
    if not 0 < rate <= 1 or isinstance(value, bool):
        raise OptionError(
            option, value, "a number above 0 and up to 1", "use 0.1 for a tenth; off=True to stop"
        )
    return rate


def exclude(option: str, value: Any) -> tuple[str, ...]:
    paths = strings(option, listed(option, value), "paths such as '/admin'")
    for each in paths:
        path(option, each)
    return paths


def state_dir(option: str, value: Any) -> Path:
    if not isinstance(value, str | Path) or "\0" in str(value) or not Path(value).is_absolute():
        raise OptionError(
            option,
            value,
            "an absolute path: workers may be started from different folders",
            f"write {str(Path.cwd() / str(value))!r}",
        )
    return Path(value)


def templates(option: str, value: Any) -> Path:
    if not isinstance(value, str | Path) or not Path(value).is_dir():
        raise OptionError(option, value, "an existing folder", "create it, or correct the path")
    return Path(value)


def store(option: str, value: Any) -> str:
    if not isinstance(value, str) or "://" not in value:
        raise OptionError(
            option,
            "…",  # it may hold a password
            "a URL: 'sqlite:////var/lib/evenhand/history.db' or 'postgresql://user:password@host/db'",
            "give the full URL",
        )
    return value


def flush_seconds(option: str, value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0.1 <= seconds <= 60 or isinstance(value, bool):
        raise OptionError(
            option, value, "seconds from 0.1 to 60", "use 5, or 1 to lose less in a power cut"
        )
    return seconds


def rule(option: str, value: Any) -> Rule:
    if isinstance(value, str):
        value = imported(option, value)
    if not callable(value):
        raise OptionError(
            option, value, "a callable that takes the ASGI scope", "pass the function itself"
        )
    return cast(Rule, value)


def imported(option: str, target: str) -> Any:
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except OptionError:  # the module's own: what is wrong in it is said best by that
        raise
    except Exception as fault:  # whatever importing somebody's code may raise
        raise OptionError(
            option,
            target,
            "'module:attribute'",
            f"make it importable ({type(fault).__name__}: {fault})",
        ) from fault


def dashboard(option: str, value: Any) -> Rule | str:
    if isinstance(value, str):
        return token(option, value, "a callable that takes the ASGI scope, or ")
    return rule(option, value)


def token(option: str, value: str, otherwise: str = "") -> str:
    if len(value) < 16 or value.strip() != value or not value.isprintable():
        raise OptionError(
            option,
            "…" if value else "",  # a secret is never shown
            f"{otherwise}a token of 16 characters or more, all printable, no space at either end",
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe())'",
        )
    return value


def trusted_proxies(option: str, value: Any) -> Proxies:
    networks: list[Network] = []
    items = strings(option, listed(option, value), "networks such as '10.0.0.0/8', or 'unix'")
    for item in items:
        try:
            if item != "unix":
                networks.append(ipaddress.ip_network(item))
        except ValueError as fault:
            allowed = "addresses or networks such as '10.0.0.0/8', or 'unix' for a Unix socket"
            raise OptionError(option, item, allowed, str(fault)) from fault
    return Proxies(tuple(networks), "unix" in items)


def address_budget(option: str, value: Any) -> int:
    try:
        views = int(value)
    except (TypeError, ValueError, OverflowError):
        views = 0
    if not 10 <= views <= 1_000_000 or isinstance(value, bool):
        raise OptionError(
            option,
            value,
            "page views an hour, from 10 to 1,000,000",
            "use 120; more where many readers share an address",
        )
    return views


def notice(option: str, value: Any) -> Notice | None:
    if isinstance(value, Notice):
        return value
    if isinstance(value, bool) or option.startswith("EVENHAND_"):
        return Notice() if flag(option, value) else None
    raise OptionError(option, value, "a Notice(...)", "write notice=Notice()")
