"""Where a page declares its charset, as a browser looks for it before it parses."""

import re
from collections.abc import Iterator
from functools import lru_cache

PRESCAN = 1024  # bytes a browser looks at before it settles on an encoding

_KNOWN = re.compile(
    r"utf-?8|(?:us-)?ascii|latin-?[1-9]|(?:iso-?|cs)8859-?\d+|iso-8859-\d+|(?:windows-|cp|x-cp)125\d"
    r"|koi8-[ru]|shift[-_]jis|sjis|euc-(?:jp|kr)|big5(?:-hkscs)?|gbk|gb2312|gb18030|macintosh"
)
_NOT_ASCII = re.compile(
    r"utf-?(?:7|16|32).*|ucs-.*|csunicode|unicode.*|iso-10646.*|iso-2022-.*|hz-.*"
)

# The prescan knows comments, tags with their attributes and other "<" things, and nothing of
# scripts, titles and text areas.
_ATTRIBUTE = (
    rb"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rb"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)?+)?+"
)
_TOKEN = re.compile(
    rb"<!(?=--).*?-->"
    rb"|<(?:(?P<meta>meta)(?=[\t\n\f\r /])|/?[a-z][^\t\n\f\r >]*+)"
    rb"(?P<attributes>(?>" + _ATTRIBUTE + rb")*+)[\t\n\f\r /]*+>"
    rb"|<[!/?][^>]*+>",
    re.DOTALL | re.IGNORECASE,
)
_ABOUT_CHARSET = re.compile(rb"charset", re.IGNORECASE)


@lru_cache(maxsize=64)
def is_known(label: str) -> bool:
    """Whether every browser knows the label and writes ASCII as ASCII in it."""
    return _KNOWN.fullmatch(label.strip().lower()) is not None


@lru_cache(maxsize=64)
def is_not_ascii(label: str) -> bool:
    """Whether ASCII bytes may mean something else in that encoding."""
    return _NOT_ASCII.fullmatch(label.strip().lower()) is not None


def last_declaration(start: bytes) -> int:
    """Where the last charset declaration that a browser finds early ends; 0 without one.

    The first with a usable label counts for a browser. The last is what must not be pushed out
    if we don't want to judge labels.
    """
    return max(_declarations(start[:PRESCAN]), default=0)


def _declarations(start: bytes) -> Iterator[int]:
    for token in _TOKEN.finditer(start):
        if token["meta"] and _ABOUT_CHARSET.search(token["attributes"]):
            yield token.end()
