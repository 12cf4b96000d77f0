"""Settings, templates and styles in, findings out; the one place that knows all rules."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from evenhand.experiments.declaration import Arm
from evenhand.lint.asking_rules import asking_findings
from evenhand.lint.css import Sheet, sheet
from evenhand.lint.findings import Finding, Place, ordered
from evenhand.lint.notice_rules import block_findings, notice_findings, unified
from evenhand.lint.sources import SITUATIONS, Sources
from evenhand.lint.style_rules import Stage, style_findings
from evenhand.notice import Notice
from evenhand.scripts import notice_style
from evenhand.templating import shown_name
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
    notice = replace(matter.notice, name=matter.notice.name or shown_name(matter.site))
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
    yield from asking_findings(matter.notice)
    if matter.templates is not None:
        yield from _templates(matter, matter.templates)
    yield from style_findings(map(_about_us, matter.styles), Stage())


def _templates(matter: Matter, folder: Path) -> Iterator[Finding]:
    sources = Sources(matter.notice, folder, matter.site, matter.prefix)
    if sources.is_own(NOTICE):
        trees = sources.rendered(NOTICE, lambda: list(sources.notices()))
        if isinstance(trees, Finding):
            yield trees
        else:
            ours = sheet(notice_style(matter.notice), Place("notice.css", 1)).rules
            yield from sources.unescaped(NOTICE)
            for number, root in enumerate(trees):
                network = number == len(SITUATIONS) - 1
                yield from notice_findings(root, matter.notice, ours, network=network)
    if sources.is_own(BLOCK):
        trees = sources.rendered(BLOCK, lambda: [sources.block()])
        if isinstance(trees, Finding):
            yield trees
        else:
            yield from sources.unescaped(BLOCK)
            yield from block_findings(trees[0], matter.notice)


def _about_us(style: tuple[str, str]) -> Sheet:
    """The rules of the site's own that concern us: the others are none of ours."""
    whole = sheet(style[1], Place(style[0], 1))
    return Sheet(tuple(rule for rule in whole.rules if _OURS in rule.selector))


def looked_at(matter: Matter, notice: str) -> list[str]:
    """What was looked at, for people."""
    folder = matter.templates
    own = [name for name in (NOTICE, BLOCK) if folder and (folder / name).is_file()]
    return [notice, *own, *(name for name, _ in matter.styles)]
