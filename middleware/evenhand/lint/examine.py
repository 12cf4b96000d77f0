"""Settings, templates and styles in, findings out; the one place that knows all rules."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from evenhand.experiments.declaration import Arm
from evenhand.languages.catalogues import FOLDER, Languages
from evenhand.languages.tags import canonical
from evenhand.lint.asking_rules import asking_findings
from evenhand.lint.css import Sheet, sheet
from evenhand.lint.findings import Finding, Place, ordered
from evenhand.lint.notice_rules import block_findings, notice_findings, unified
from evenhand.lint.sources import Sources
from evenhand.lint.style_rules import Stage, style_findings
from evenhand.notice import Notice
from evenhand.scripts import notice_style
from evenhand.vocabulary import UNNAMED

NOTICE, BLOCK = "notice.html", "support.html"
_OURS = "reader-support"


class Matter(NamedTuple):
    """What is looked at."""

    notice: Notice
    templates: Path | None = None
    site: str = UNNAMED
    prefix: str = "/reader-support"
    styles: tuple[tuple[str, str], ...] = ()  # name and text of the site's own style sheets


def examined(matter: Matter) -> tuple[Finding, ...]:
    """Every finding. Our own templates and styles are not looked at again: tests do that."""
    notice = matter.notice
    declared = notice.experiment.arms if notice.experiment else (None,)
    arms = zip(declared, notice.arms.values(), strict=True)
    return ordered(
        each if arm is None else _of_arm(each, arm)
        for arm, shown in arms
        for each in unified(_all(matter._replace(notice=shown)))
    )


def _of_arm(finding: Finding, arm: Arm) -> Finding:
    """The finding, at the arm where that is what it is about."""
    option = finding.place.file.removeprefix("Notice.")
    if option not in arm.changes:
        return finding
    return replace(finding, place=Place(f"Arm({arm.name!r}).{option}"))


def _all(matter: Matter) -> Iterator[Finding]:
    languages = Languages(matter.templates)
    yield from asking_findings(matter.notice, languages, _own_tags(matter.templates))
    if matter.templates is not None:
        yield from _templates(matter, matter.templates, languages)
    yield from style_findings(map(_about_us, matter.styles), Stage())


def _own_tags(folder: Path | None) -> frozenset[str]:
    """The languages that the publisher has added or changed."""
    files = (folder / FOLDER).glob("*.mo") if folder else ()
    return frozenset(canonical(path.stem) for path in files)


def _templates(matter: Matter, folder: Path, languages: Languages) -> Iterator[Finding]:
    notice = matter.notice
    sources = Sources(notice, folder, matter.site, matter.prefix, languages)
    if sources.is_own(NOTICE):
        found = sources.rendered(NOTICE, lambda: list(sources.notices()))
        if isinstance(found, Finding):
            yield found
        else:
            ours = sheet(notice_style(notice), Place("notice.css", 1)).rules
            yield from sources.unescaped(NOTICE)
            for each in found:
                yield from notice_findings(each, notice, ours)
    if sources.is_own(BLOCK):
        found = sources.rendered(BLOCK, lambda: [sources.block()])
        if isinstance(found, Finding):
            yield found
        else:
            yield from sources.unescaped(BLOCK)
            yield from block_findings(found[0])


def _about_us(style: tuple[str, str]) -> Sheet:
    """The rules of the site's own that concern us: the others are none of ours."""
    whole = sheet(style[1], Place(style[0], 1))
    return Sheet(tuple(rule for rule in whole.rules if _OURS in rule.selector))


def looked_at(matter: Matter, notice: str) -> list[str]:
    """What was looked at, for people."""
    folder = matter.templates
    own = [name for name in (NOTICE, BLOCK) if folder and (folder / name).is_file()]
    return [notice, *own, *(name for name, _ in matter.styles)]
