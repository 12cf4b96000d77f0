"""Keys in bytes and back, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.keys import KEY_BYTES, Key, coarser, decode, encode

LETTERS = st.characters(exclude_characters="\0\x1f", exclude_categories=["Cs"])
WORD = st.text(LETTERS, max_size=8)
KEYS = st.builds(Key, *[WORD] * 8)


@given(KEYS)
def test_a_key_comes_back_as_it_was(key: Key) -> None:
    assert decode(encode(key)) == key


@pytest.mark.parametrize("bad", ["\0", "a\x1fb", "x" * KEY_BYTES])
def test_what_would_not_come_back_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=f"not a key of at most {KEY_BYTES} bytes"):
        encode(Key(bad, "", "", "", "pair", "bait"))


def test_the_longest_key_is_as_long_as_the_bound() -> None:
    key = Key("x" * (KEY_BYTES - len("pair") - len("bait") - 7), "", "", "", "pair", "bait")
    assert len(encode(key)) == KEY_BYTES
    with pytest.raises(ValueError, match="not a key"):
        encode(key._replace(site=key.site + "x"))


@pytest.mark.parametrize("fields", [7, 9])
def test_other_bytes_are_no_key(fields: int) -> None:
    with pytest.raises(ValueError, match="not an encoded key"):
        decode(b"\x1f".join([b"a"] * fields))


@pytest.mark.parametrize(("browser", "kept"), [("bot", "bot"), ("firefox", "other")])
def test_a_coarser_key_keeps_what_is_counted(browser: str, kept: str) -> None:
    key = Key("Gazette", "news", browser, "desktop", "verdict", "loaded", "d", "warm")
    assert coarser(key) == Key("Gazette", "other", kept, "other", "verdict", "loaded", "d", "")
