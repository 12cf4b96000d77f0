"""What is said in each language: gettext catalogues, the publisher's before ours."""

import logging
from collections.abc import Iterable
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

import jinja2

from evenhand.errors import OptionError
from evenhand.languages import marked
from evenhand.languages.tags import canonical, lookup, shortened

log = logging.getLogger("evenhand")

SOURCE = "en"
"""The language that our words are written in."""
FOLDER = "languages"
"""Below the publisher's templates: ``TAG.mo`` each, laid over ours."""
_OURS = Path(__file__).parent
# Translators: what stands between the ones and the tenths of a number, as in 12.5
_POINT = marked(".")


class _Unknown(NullTranslations):
    """The end of each chain: knows nothing, and says so."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


class Catalogue:
    """The words of one language; what it doesn't know stays as it is."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._chain: NullTranslations = _Unknown()
        for path in reversed(list(files)):
            with path.open("rb") as file:
                found = GNUTranslations(file)
            found.add_fallback(self._chain)
            self._chain = found

    def knows(self, text: str) -> bool:
        """Whether it has a translation."""
        return bool(self._chain.gettext(text))

    def gettext(self, text: str) -> str:
        """The text in this language."""
        return self._chain.gettext(text) or text

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The form for ``n``, its ``{n}`` filled in."""
        form = self._chain.ngettext(one, many, n) or (one if n == 1 else many)
        return form.replace("{n}", str(n))

    def number(self, value: float) -> str:
        """A number as this language writes it, with at most two decimals."""
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", self.gettext(_POINT))


ENGLISH = Catalogue(())
"""Our words as they are written."""


class Languages:
    """All languages of one app: those that come with us, and those in the publisher's folder.

    A catalogue of ours is read when it is first needed, and kept. Raises :class:`OptionError` for
    a file of the publisher's that can't be read.
    """

    def __init__(self, templates: Path | None = None) -> None:
        own = _own(templates / FOLDER) if templates else []
        self._files: dict[str, list[Path]] = {}
        for path in (*own, *sorted(_OURS.glob("*.mo"))):
            self._files.setdefault(canonical(path.stem), []).append(path)
        self._made: dict[str, Catalogue] = {}

    @property
    def tags(self) -> frozenset[str]:
        """Every language that there is a catalogue of, and our own."""
        return frozenset((SOURCE, *self._files))

    def of(self, tag: str) -> Catalogue:
        """The catalogue for a language: ``de-AT`` stands before ``de``, and both before English."""
        known = lookup((tag,), self._files) or SOURCE
        if known not in self._made:
            parts = shortened(known)
            files = [path for part in parts for path in self._files.get(part, ())]
            self._made[known] = Catalogue(files)
        return self._made[known]

    def choose(self, wanted: Iterable[str]) -> str | None:
        """The language for a reader who wants these, best first; None: we speak none of them."""
        return lookup(wanted, self.tags)

    def install(self, templates: jinja2.Environment) -> None:
        """Lets ``{% trans %}`` in templates speak the language of their value ``lang``."""

        @jinja2.pass_context
        def gettext(context: jinja2.runtime.Context, text: str) -> str:
            return self.of(context["lang"]).gettext(text)

        @jinja2.pass_context
        def ngettext(context: jinja2.runtime.Context, one: str, many: str, n: int) -> str:
            return self.of(context["lang"]).ngettext(one, many, n)

        templates.add_extension("jinja2.ext.i18n")
        known: dict[str, Any] = {"gettext": gettext, "ngettext": ngettext}
        templates.globals.update(known)


def _own(folder: Path) -> list[Path]:
    """The publisher's files, tried once."""
    for path in sorted(folder.glob("*.po")):
        if not path.with_suffix(".mo").exists():
            compiled = path.with_suffix(".mo")
            log.warning("%s is not read, only a .mo is. Fix: msgfmt -o %s %s", path, compiled, path)
    found = sorted(folder.glob("*.mo"))
    for path in found:
        if not canonical(path.stem):
            raise OptionError(
                "templates", str(path), "a language's tag, such as de.mo", "rename it"
            )
        try:
            Catalogue((path,)).gettext(SOURCE)
        except (OSError, ValueError) as fault:
            raise OptionError(
                "templates", str(path), "a catalogue as `msgfmt` writes it", "make it anew"
            ) from fault
    return found
