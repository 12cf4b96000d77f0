"""A language for tests: English, accented, 40 % longer, in brackets; and catalogues for others."""

import io
import re
from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from evenhand.languages.catalogues import FOLDER

TAG = "en-XA"
POT = Path(__file__).parents[1] / "middleware" / "evenhand" / "languages" / "evenhand.pot"
_ACCENTS = str.maketrans("AEINOUYaceinouyz", "ÅÉÎÑÖÛÝåçéîñöûýž")
_HOLES = re.compile(r"(\{\w+\}|%\(\w+\)s|%%|</?\w+>)")


def pseudo(text: str) -> str:
    """``Close`` becomes ``[Çlöšé~~]``: what is cut off, or not translated, is seen at once."""
    parts = _HOLES.split(text)
    accented = "".join(
        part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(parts)
    )
    longer = " ".join(["öñé", "twö", "thréé", "föür"] * len(text))[: max(2, len(text) * 2 // 5 - 3)]
    return f"[{accented} {longer.strip()}]"


def compiled(words: Mapping[str, str]) -> bytes:
    """A `.mo` file of some words."""
    catalogue = Catalog()
    for text, said in words.items():
        catalogue.add(text, said)
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def folder(root: Path, **catalogues: Mapping[str, str]) -> Path:
    """A publisher's folder with catalogues of their own: ``de_AT={English: Austrian}``."""
    (root / FOLDER).mkdir(exist_ok=True)
    for tag, words in catalogues.items():
        path = root / FOLDER / f"{tag.replace('_', '-')}.mo"
        path.write_bytes(compiled(words))
    return root


def pseudo_catalogue() -> bytes:
    """Every text of ours, in the language for tests."""
    template = read_po(io.BytesIO(POT.read_bytes()))
    words = Catalog(locale="en")
    for message in template:
        if message.id and message.id != ".":
            forms = (message.id,) if isinstance(message.id, str) else message.id
            said = tuple(map(pseudo, forms))
            words.add(message.id, said if message.pluralizable else said[0])
    file = io.BytesIO()
    write_mo(file, words)
    return file.getvalue()
