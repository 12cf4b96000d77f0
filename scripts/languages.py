"""The catalogues: takes our words out of the source, brings each language up to date, compiles it.

`make languages`. A new language: `make languages NEW=sv`, and translate `sv.po`.
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "middleware" / "evenhand"
FOLDER = PACKAGE / "languages"
STEPS = PACKAGE / "asking" / "steps.json"
KEYWORDS = {"marked": None, "marked_plural": (1, 2)}
TAGS = sorted(path.stem for path in FOLDER.glob("*.po"))


def messages() -> Iterator[tuple[str, str | tuple[str, ...], list[str]]]:
    """Where a text stands, the text, and what its translator should know."""
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            for _, text, notes, _ in extract("python", file, KEYWORDS, ("Translators:",)):
                yield path.relative_to(PACKAGE).as_posix(), text, notes
    with (ROOT / "templates" / "about.html").open("rb") as file:
        options = {"trimmed": "true", "trim_blocks": "true"}
        for _, text, notes, _ in extract("jinja2.ext:babel_extract", file, options=options):
            yield "templates/about.html", text, notes
    for guide in json.loads(STEPS.read_text("utf-8"))["guides"]:
        where = f"asking/steps.json:{guide['id']}"
        for text in (guide["blocker"], *guide["steps"], guide["undo"]):
            yield where, text, []


class Words(Catalog):
    """Without the headers that change with the day and with Babel's version."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext needs to know."""
        language = [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
        ]
        return [
            ("Project-Id-Version", "Evenhand"),
            *(language if self.locale else ()),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def template() -> Catalog:
    """Every text of ours that a reader may meet."""
    made = Words(fuzzy=False)
    made.header_comment = "# What Evenhand says to readers. See docs/languages.md."
    for where, text, notes in messages():
        made.add(text, locations=[(where, 0)], auto_comments=notes)
    return made


def updated(tag: str, words: Catalog) -> Catalog:
    """A language with every text of the template and no other."""
    path = FOLDER / f"{tag}.po"
    locale = Locale.parse(tag, sep="-")
    known = Catalog()
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=locale)
    made = Words(locale=locale, fuzzy=False)
    if path.exists():  # its own plural forms: Babel's differ from version to version
        made._num_plurals, made._plural_expr = known.num_plurals, known.plural_expr
    made.header_comment = f"# {locale.english_name}. How to correct it: docs/languages.md."
    for text in words:
        if text.id:
            old = known.get(text.id[0] if text.pluralizable else text.id)
            said = old.string if old else ("",) * made.num_plurals if text.pluralizable else ""
            made.add(
                text.id,
                said,
                locations=text.locations,
                flags=text.flags,
                auto_comments=text.auto_comments,
                user_comments=old.user_comments if old else (),
            )
    return made


def written(catalogue: Catalog) -> bytes:
    """As a `.po` or `.pot` file."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """As a `.mo` file: what is read at run time."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def files(tags: list[str]) -> Iterator[tuple[Path, bytes]]:
    """Every file of the folder, as it should be."""
    words = template()
    yield FOLDER / "evenhand.pot", written(words)
    for tag in tags:
        catalogue = updated(tag, words)
        yield FOLDER / f"{tag}.po", written(catalogue)
        yield FOLDER / f"{tag}.mo", compiled(catalogue)


if __name__ == "__main__":
    for path, content in files(sorted({*TAGS, *sys.argv[1:]})):
        path.write_bytes(content)
