"""Inputs: seeds, and a mutator that knows the words which matter to each target."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from tests.test_insertion_properties import METAS, TOKENS, USUAL

from evenhand.vocabulary import NOTICE_EVENTS, SIGNALS, VERDICTS

REPORT = {
    "v": 1, "kind": "verdict", "site": "Gazette", "section": "news", "verdict": "blocked",
    "from": "", "signals": ["image_bait_failed", "ad_tags_failed"], "variant": "", "event": "",
}  # fmt: skip
_FIELDS = [f'"{name}":'.encode() for name in REPORT]
_WORDS = [
    f'"{word}"'.encode()
    for word in (*VERDICTS, *SIGNALS, *NOTICE_EVENTS, "verdict", "revised", "notice", "")
]
_JSON = [*b'{}[],:"\\ 0192-+.eE', *b"\0\x1f\xff\xc3"]
JSON = [
    *_FIELDS, *_WORDS, *(bytes((byte,)) for byte in _JSON), b"null", b"true", b"1", b"1.0", b"1e0",
    b"NaN", b"\\u0000", b"\\ud800", b"\\u00e9", b"\xc3\xa9", b"[" * 64, b"{\"a\":" * 16, b"9" * 40,
    b'"' + b"a" * 60 + b'"', b'"' + b"a" * 61 + b'"', b"\xef\xbb\xbf",
]  # fmt: skip
MARKUP = [*TOKENS, *USUAL, *METAS]


def report_seeds() -> list[bytes]:
    """Reports of each kind, and some that are nearly so."""
    changes: list[dict[str, object]] = [
        {}, {"kind": "revised", "from": "slow", "verdict": "loaded"}, {"v": 2}, {"more": [1]},
        {"kind": "notice", "event": "shown", "variant": "warm"}, {"signals": list(SIGNALS)},
        {"site": "a" * 61}, {"verdict": "guilty"}, {"from": None},
    ]  # fmt: skip
    return [json.dumps({**REPORT, **change}).encode() for change in changes]


def walk_seeds() -> list[bytes]:
    """Pages behind the byte that chooses how they are read."""
    return [bytes((choice,)) + page for page in pages() for choice in (0, 15, 245)]


def page_seeds() -> list[bytes]:
    """Pages behind the two bytes that choose how they are sent."""
    return [bytes((choice, 7)) + page for page in pages() for choice in (0, 1, 64, 83, 245)]


def pages() -> list[bytes]:
    """Some of each kind, short ones."""
    metas = b"".join(METAS)
    return [
        b"", b"<p>A", b"<!doctype html><title>A</title>", b"<!doctype html>\n<html lang=en><head>"
        + metas + b"<title>A</title></head><body>B</body></html>",
        b"<!doctype html>" + b"<!-- x -->" * 200 + b"<title>", b"\xef\xbb\xbf<html amp><head>",
        b"<!doctype html><meta http-equiv=content-security-policy content=\"script-src 'self'\">A",
    ]  # fmt: skip


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "walk": walk_seeds,
    "page": page_seeds,
    "report": report_seeds,
}
_SEEDS = {name: made() for name, made in SEEDS.items()}
WORDS = {"walk": MARKUP, "page": MARKUP, "report": JSON}


def varied(data: bytes, name: str, choose: Random) -> bytes:
    """An input near to the one given or, for half of them, to a seed: most stay what they were."""
    if name == "report" and choose.random() < 0.5:
        data = invented(choose)
        if choose.random() < 0.8:
            return data
    elif choose.random() < 0.5:
        data = choose.choice(_SEEDS[name])
    return mutated(data, WORDS[name], choose)


def invented(choose: Random) -> bytes:
    """A report of words that each field may have, and some that it may not."""
    values: dict[str, list[object]] = {
        "v": [1, 1, 1, 1, 1, 2, 1.0, "1", None],
        "kind": ["verdict", "verdict", "revised", "notice", "poem"],
        "verdict": [*VERDICTS, *VERDICTS, "guilty", 7],
        "from": ["", "", *VERDICTS, "guilty"],
        "event": ["", "", "", "", *NOTICE_EVENTS, "sung"],
        "signals": [choose.sample(SIGNALS, choose.randint(0, len(SIGNALS))), [], ["x"], "x", None],
        **{name: ["", "Gazette", "é" * 60, "a" * 61, 1] for name in ("site", "section", "variant")},
    }
    always = ("v", "kind", "verdict")
    names = [name for name in values if name in always or choose.random() < 0.4]
    report = {name: choose.choice(values[name]) for name in names}
    return json.dumps(report, ensure_ascii=choose.random() < 0.5).encode()


def mutated(data: bytes, words: list[bytes], choose: Random) -> bytes:
    """A few pieces cut out, doubled, or replaced by a word or any bytes."""
    for _ in range(choose.choice((1, 1, 1, 2, 4))):
        begin = choose.randint(0, len(data))
        end = min(len(data), begin + choose.choice((0, 0, 1, 2, 5, 30)))
        kind = choose.randrange(6)
        if kind == 0:
            piece = choose.randbytes(choose.randint(1, 3))
        elif kind == 1:
            piece = data[begin:end] * 2
        else:
            piece = choose.choice(words)
        data = data[:begin] + piece + data[end:]
    return data
