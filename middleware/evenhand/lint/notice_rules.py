"""A rendered notice as a whole: its parts, its looks in each view, its words."""

from collections.abc import Iterable, Iterator, Sequence

from evenhand.lint.asking_rules import word_findings
from evenhand.lint.computed import Looks, View
from evenhand.lint.controls import READABLE, control_findings, controls_of, look_findings
from evenhand.lint.css import Rule
from evenhand.lint.findings import Finding
from evenhand.lint.markup_rules import markup_findings
from evenhand.lint.selectors import HOST
from evenhand.lint.sources import Rendered, own_rules, sheets
from evenhand.lint.style_rules import Stage, inline_findings, style_findings
from evenhand.lint.tree import Element
from evenhand.lint.values import Window
from evenhand.lint.wording import Manner
from evenhand.notice import Notice

_WIDE, _NARROW = Window(1280, 800), Window(320, 568)
VIEWS: tuple[View, ...] = (
    View("light", _WIDE),
    View("dark", _WIDE),
    View("light", _NARROW, compact=True),
    View("dark", _NARROW, compact=True),
)
_LARGE = 24.0  # px: from there on WCAG asks for 3:1
_UNREAD = frozenset(("style", "script", "option", "optgroup", "title", "template"))
_NO: tuple[Manner, ...] = ("confirmshaming", "guilt", "demand", "urgency", "everywhere")
_SAID: tuple[Manner, ...] = ("guilt", "demand", "urgency", "everywhere")


def notice_findings(given: Rendered, notice: Notice, ours: Sequence[Rule]) -> Iterator[Finding]:
    """Everything about one ``notice.html``."""
    section = given.root.first("section")
    if section is None:
        first = next(iter(given.root.children), given.root)
        yield Finding("section_missing", "no <section>", first.place)
        return
    host = _hosted(section, notice)
    controls = controls_of(section)
    stage = Stage((section, host), controls.closers, shadowed=True)
    yield from markup_findings(section)
    yield from style_findings(sheets(section), stage)
    yield from inline_findings(section, stage)
    yield from _parts(section, notice, network=given.network)
    yield from control_findings(section, controls)
    rules = [*ours, *own_rules(section)]
    for view in VIEWS:
        section.attrs.pop("data-compact", None)
        if view.compact:
            section.attrs["data-compact"] = "title"
        looks = Looks(rules, view)
        yield from look_findings(controls, looks)
        if not view.compact:
            yield from _faint(section, looks)
    section.attrs.pop("data-compact", None)
    yield from text_findings(section, given)


def block_findings(given: Rendered) -> Iterator[Finding]:
    """Everything about ``support.html``, which everyone sees."""
    yield from markup_findings(given.root)
    yield from style_findings(sheets(given.root), Stage())
    yield from inline_findings(given.root, Stage())
    yield from text_findings(given.root, given, more=("accusation",))


def text_findings(
    root: Element, given: Rendered, more: tuple[Manner, ...] = ()
) -> Iterator[Finding]:
    """Impolite words that stand in the template itself."""
    for element in _speaking(root):
        text = element.text
        for part in given.known:
            text = text.replace(part, " ")
        if text.strip():
            refusal = element.attrs.get("data-act") in ("close", "silence")
            manners = _NO if refusal else (*_SAID, *more)
            yield from word_findings(text, given.language, element.place, manners)
    for element in root.walk():
        label = element.attrs.get("aria-label", "")
        if label and label not in given.known:
            yield from word_findings(label, given.language, element.place, _SAID)


def _hosted(section: Element, notice: Notice) -> Element:
    """The section where the page puts it: alone in the shadow root of its host."""
    host = Element(HOST, {"placement": notice.placement}, section.place, None, [section])
    section.parent = host
    return host


def _parts(section: Element, notice: Notice, *, network: bool) -> Iterator[Finding]:
    if not {"aria-labelledby", "aria-label"} & set(section.attrs):
        yield Finding("unlabelled", section.described(), section.place)
    asked = any(way.kind == "allow" for way in notice.ways)
    if asked and not any("data-guide" in each.attrs for each in section.walk()):
        yield Finding("steps_missing", section.described(), section.place)
    if network and "data-network" not in section.attrs:
        yield Finding("network_asked_again", section.described(), section.place)


def _faint(section: Element, looks: Looks) -> Iterator[Finding]:
    seen: set[object] = set()
    for element in section.walk():
        if not element.own_text or element.tag in _UNREAD or _is_control(element):
            continue
        # Twenty guides look alike: one of them tells.
        kind = tuple((e.tag, e.attrs.get("class"), e.attrs.get("style")) for e in element.up())
        if kind in seen:
            continue
        seen.add(kind)
        look = looks.of(element)
        needed = 3.0 if look.font >= _LARGE else READABLE
        if look.contrast is not None and look.contrast < needed and look.opacity >= 0.1:
            told = f"{element.described()}: {int(look.contrast * 100) / 100:.2f}:1"
            yield Finding("text_faint", f"{told} ({looks.view.scheme})", element.place)


def _is_control(element: Element) -> bool:
    return any(above.attrs.get("data-act") in ("close", "silence") for above in element.up())


def _speaking(root: Element) -> Iterator[Element]:
    """The outermost elements that have text of their own: what is in them is one sentence."""
    for element in root.walk():
        if element.tag in _UNREAD or not element.own_text:
            continue
        if not any(above.own_text for above in element.up() if above is not element):
            yield element


def unified(found: Iterable[Finding]) -> Iterator[Finding]:
    """Without what another finding says already."""
    all_of = list(found)
    ids = {each.id for each in all_of}
    told = bool({"close_delayed", "close_fake"} & ids)
    for each in all_of:
        if not (told and each.id == "close_hidden"):
            yield each
