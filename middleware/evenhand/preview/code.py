"""Settings as code to copy: only what differs from the defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, cast

WIDTH = 88  # characters of a line of code


def code_of(value: object, indent: int = 0) -> str:
    """Python that makes an equal value: of dataclasses, tuples, mappings, texts and numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        return _call(type(value).__name__, list(_differing(value)), indent)
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        return _listed("(", [code_of(item, indent + 4) for item in items], ",)", indent)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        texts = [f"{code_of(k)}: {code_of(v, indent + 4)}" for k, v in pairs.items()]
        return _listed("{", texts, "}", indent)
    return _text(value) if isinstance(value, str) else repr(value)


def _differing(value: Any) -> Iterator[tuple[str, object]]:
    for option in fields(value):
        seen = getattr(value, option.name)
        if seen != _default(option):
            yield option.name, seen


def _default(option: Field[Any]) -> object:
    if option.default is not MISSING:
        return option.default
    return option.default_factory() if option.default_factory is not MISSING else MISSING


def _call(name: str, given: list[tuple[str, object]], indent: int) -> str:
    texts = [f"{option}={code_of(value, indent + 4)}" for option, value in given]
    return _listed(f"{name}(", texts, ")", indent)


def _listed(begin: str, texts: list[str], end: str, indent: int) -> str:
    """On one line if it fits, else an item a line."""
    closing = end.lstrip(",")
    line = begin + ", ".join(texts) + (end if len(texts) == 1 else closing)
    if indent + len(line) <= WIDTH and "\n" not in line:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{text},\n" for text in texts)
    return f"{begin}\n{inner}{' ' * indent}{closing}"


def _text(value: str) -> str:
    """In double quotes, as formatters have it."""
    single = repr(value)
    if single.startswith('"') or '"' in value:
        return single
    return f'"{single[1:-1]}"'.replace("\\'", "'")
