"""Values that no reader has by chance, the forms in which they might be kept, and where to look."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """A value as it stands, encoded, and hashed, each with the form's name."""
    raw = value.encode()
    yield "as it stands", raw
    yield "in capitals", raw.upper()
    yield "in small letters", raw.lower()
    yield "percent-encoded", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "UTF-16", value.encode("utf-16-le")
    yield from _in_letters("of it", raw)
    for name in HASHES:
        digest = hashlib.new(name, raw).digest()
        yield f"{name}, raw", digest
        yield from _in_letters(name, digest)
    try:
        packed = ipaddress.ip_address(value).packed
    except ValueError:
        return
    if len(packed) > 4:  # four bytes are found by chance
        yield "packed", packed


def _in_letters(what: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield f"hex {what}", raw.hex().encode()
    yield f"HEX {what}", raw.hex().upper().encode()
    for shift in range(3):  # in the midst of something longer, base64 has three looks
        whole = b64encode(b"\0" * shift + raw)
        inner = whole[(0, 2, 3)[shift] : len(whole) // 4 * 4 - 4]
        if len(inner) >= 8:
            yield f"base64 {what}, {shift}", inner
    yield f"base64url {what}", urlsafe_b64encode(raw).rstrip(b"=")[:-1]


class Search:
    """Looks for marks in all their forms."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self._names = {
            form: f"{name}, {kind}" for name, value in marks.items() for kind, form in forms(value)
        }

    def within(self, content: bytes, place: str) -> set[str]:
        """What is found in some bytes."""
        content = _ZEROS.sub(bytes(64), content)  # of which databases write many
        return {f"{name}: {place}" for form, name in self._names.items() if form in content}

    def on_disk(self, *folders: Path, before: Mapping[Path, bytes] | None = None) -> set[str]:
        """What is found in folders' files and in their names; ``before`` are `digests` of files
        that need no second look."""
        found: set[str] = set()
        for path in _files(folders):
            found |= self.within(str(path).encode(), f"the name {path}")
            content = path.read_bytes()
            if (before or {}).get(path) != hashlib.sha256(content).digest():
                found |= self.within(content, str(path))
        return found


_ZEROS = re.compile(rb"\0{65,}")


def digests(folder: Path) -> dict[Path, bytes]:
    """Each file's digest, by which to tell later whether it was written to."""
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in _files([folder])}


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path
