"""Finds the place for our tag in the first bytes of a page, however they are cut.

The walk goes through a page's prolog as the HTML standard's tokenizer and tree construction do:
byte order mark, white space, comments, doctype, ``<html>``, ``<head>``, leading ``<meta>``, and
end tags that a browser ignores there. The place is where the prolog ends: before the first thing
that could swallow a tag (a script, a title, text) and before ``<base>``, behind the declarations
of charset, compatibility and content security policy.

A page needs none of these tags: a browser puts a script between a doctype and a paragraph into a
head of its own making, and so do we. But bytes that show neither doctype nor ``<html>``,
``<head>`` or ``<body>`` by the end of their prolog are a fragment, and left alone. So is a page
whose prolog does not end within ``LOOK_AHEAD`` bytes, or is cut off inside a tag or a comment.
"""

import html
import re
from typing import NamedTuple

from evenhand.insertion.charset import PRESCAN, is_known, last_declaration
from evenhand.insertion.source import Attributes, CutOffError, Scan, Source
from evenhand.vocabulary import Result

LOOK_AHEAD = 16 * 1024  # bytes
MARKER = b"data-evenhand"
"""The attribute by which we know our own tag."""


class Insert(NamedTuple):
    """The tag belongs before byte ``at``.

    ``policies`` are the content security policies that stand in ``<meta>`` before it; they bind
    it. ``room`` is how many bytes it may have before it would push a later charset declaration
    out of a browser's sight; None: any number.
    """

    at: int
    policies: tuple[str, ...] = ()
    room: int | None = None


class Leave(NamedTuple):
    """The page goes out as it is."""

    reason: Result


Decision = Insert | Leave

_STOP = -1  # what a token's end is when the prolog ends before it
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ENDS_HEAD = frozenset((b"head", b"body", b"html", b"br"))
_AMP = re.compile("(?:amp|⚡(?:\ufe0f)?)(?:4ads|4email)?".encode())
_DOCTYPE = re.compile(rb"doctype[\t\n\f\r ]*([^\t\n\f\r >]*)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset[\t\n\f\r ]*=[\t\n\f\r ]*[\"']?([^\t\n\f\r ;\"']+)", re.IGNORECASE)
_REFERENCE_END = re.compile(rb"[^#0-9A-Za-z]")
_SPACE_REFERENCE = re.compile(
    rb"&(?:(?:Tab|NewLine);"
    rb"|#(?:0*(?:9|10|12|13|32)(?![0-9])|[xX]0*(?:9|[aAcCdD]|20)(?![0-9A-Fa-f]));?)"
)

# The prolog that nearly every page has. It is a shortcut and nothing else: where it matches, the
# walk comes to the same place (a property test holds the two together).
_BETWEEN = rb"[\t\n\r ]*+(?><!--[^->\x1b](?:[^-\x1b]|-(?!-!?+>))*+-->[\t\n\r ]*+)*+"
_ATTRIBUTES = (
    rb"(?>[\t\n\r ]++(?!amp|charset|http-equiv)[a-z][a-z:-]*+"
    rb"(?:=(?:\"[^\"\x1b]*+\"|'[^'\x1b]*+'|[\w.,:#-]++(?=[\t\n\r >])))?+)*+"
)
_END = rb"[\t\n\r ]*+(?:(?<=[\t\n\r \"'])/)?+>"
_PLAIN_METAS = (
    rb"(?><meta(?:[ ]http-equiv=(?:\"x-ua-compatible\"|x-ua-compatible)(?=[ ]))?+"
    + _ATTRIBUTES
    + _END
) + (_BETWEEN + rb")*+")
_CHARSET_META = (
    rb"<meta[ ](?:charset=(?:\"utf-8\"|'utf-8'|utf-8(?=[ >]))"
    rb"|http-equiv=\"content-type\"[ ]content=\"text/html;[ ]?charset=utf-8\")"
) + (_END + _BETWEEN)
_ORDINARY = re.compile(
    _BETWEEN
    + rb"<!doctype[\t\n\r ]++html(?:[\t\n\r ][^>\x1b]*+)?+>"
    + (_BETWEEN + rb"<html" + _ATTRIBUTES + rb"[\t\n\r ]*+>")
    + (_BETWEEN + rb"<head" + _ATTRIBUTES + rb"[\t\n\r ]*+>")
    + (_BETWEEN + _PLAIN_METAS + rb"(?P<charset>" + _CHARSET_META + rb")?" + _PLAIN_METAS)
    + rb"(?=(?P<next><(?:title|link|style|base|noscript)[\t\n\r />]|<script>))",
    re.IGNORECASE,
)


def usual_prolog(start: bytes | memoryview) -> re.Match[bytes] | None:
    """The prolog, if it is like most; group ``next`` ends where nobody looked any further.

    Where there is no group ``charset``, somebody else has to know the charset.
    """
    return _ORDINARY.match(start, 0, LOOK_AHEAD)


class Walk:
    """One page's walk: ``feed`` it the body until it decides, ``end`` it if the body ends first.

    ``charset_known`` says that a header names the charset, so that no ``<meta>`` need do so.
    """

    __slots__ = (
        "_charset_known",
        "_document",
        "_foreign",
        "_leave",
        "_policies",
        "_scan",
        "_source",
    )

    def __init__(self, *, charset_known: bool) -> None:
        self._charset_known = charset_known
        self._source = Source(LOOK_AHEAD)
        self._document = False  # seen what only a whole page has
        self._foreign = False  # seen what only another format has
        self._leave: Leave | None = None
        self._policies: list[str] = []
        self._scan: Scan[Decision] | None = None

    def feed(self, chunk: bytes | memoryview) -> Decision | None:
        """Look at the next bytes of the body; None: no decision yet."""
        if self._scan is None:
            if chunk and (decision := self._shortcut(chunk)):
                return decision
            self._scan = self._decide()
        self._source.add(chunk)
        return self._advance(self._scan)

    def end(self) -> Decision:
        """Decide on a body that has ended."""
        self._source.close()
        if not self._source.text:
            return Leave("empty")
        decision = self._advance(self._scan or self._decide())
        assert decision is not None  # a closed source is never waited for
        return decision

    def _shortcut(self, chunk: bytes | memoryview) -> Decision | None:
        match = usual_prolog(chunk)
        if match and (self._charset_known or match["charset"]):
            return Insert(match.end())
        return None

    @staticmethod
    def _advance(scan: Scan[Decision]) -> Decision | None:
        try:
            next(scan)
        except StopIteration as stop:
            decision: Decision = stop.value
            return decision
        return None

    def _decide(self) -> Scan[Decision]:
        try:
            at = yield from self._prolog()
        except CutOffError:
            return self._leave or self._unplaced(looked_in_vain=self._source.full)
        if self._leave or not self._document:
            # However much has come: no more than this was needed to tell.
            return self._leave or self._unplaced(looked_in_vain=False)
        # An escape switches the meaning of "<" and ">" in ISO-2022-JP.
        if b"\x1b" in self._source.text[:at]:
            return Leave("charset")
        return Insert(at, tuple(self._policies), (yield from self._room(at)))

    def _unplaced(self, *, looked_in_vain: bool) -> Leave:
        if self._foreign:
            return Leave("mislabelled")
        return Leave("no_place" if self._document or looked_in_vain else "fragment")

    def _prolog(self) -> Scan[int]:
        """Where the prolog ends, which may be where the page ends."""
        at = yield from self._after_bom()
        while True:
            try:
                at = yield from self._source.after_space(at)
            except CutOffError:
                if self._source.full:
                    raise
                return len(self._source.text)
            after = yield from self._token(at)
            if after == _STOP:
                return at
            at = after

    def _after_bom(self) -> Scan[int]:
        yield from self._source.at_least(4)
        start = bytes(self._source.text[:4])
        if start.startswith(_WIDE_BOMS):
            self._leave = Leave("charset")
            raise CutOffError
        if not start.startswith(_BOM):
            return 0
        self._charset_known = True
        return len(_BOM)

    def _token(self, at: int) -> Scan[int]:
        """The end of the token at ``at``, or ``_STOP`` if it does not belong to the prolog."""
        first = self._source.text[at]
        if first == b"<"[0]:
            return (yield from self._markup(at))
        if first == b"&"[0]:
            return (yield from self._reference(at))
        self._foreign = self._foreign or first in b"{["
        return _STOP

    def _reference(self, at: int) -> Scan[int]:
        end, _ = yield from self._source.search(_REFERENCE_END, at + 1)
        space = _SPACE_REFERENCE.match(self._source.text, at, end + 1)
        return space.end() if space else _STOP

    def _markup(self, at: int) -> Scan[int]:
        kind = yield from self._source.byte(at + 1)
        if kind in _LETTERS:
            return (yield from self._start_tag(at + 1))
        if kind == b"!"[0]:
            return (yield from self._declaration(at + 2))
        if kind == b"/"[0]:
            return (yield from self._end_tag(at + 2))
        if kind == b"?"[0]:
            return (yield from self._instruction(at + 2))
        return _STOP

    def _declaration(self, at: int) -> Scan[int]:
        source = self._source
        first = yield from source.byte(at)
        if first == b"-"[0] and (yield from source.byte(at + 1)) == first:
            return (yield from source.after_comment(at + 2))
        # Nothing protects a ">" in a doctype, not even quotes.
        end = yield from source.after(b">"[0], at)
        doctype = _DOCTYPE.match(source.text, at, end)
        if doctype:
            ours = doctype[1].lower() in (b"", b"html")
            self._document = self._document or ours
            self._foreign = self._foreign or not ours
        return end

    def _instruction(self, at: int) -> Scan[int]:
        end = yield from self._source.after(b">"[0], at)
        self._foreign = self._foreign or self._source.text[at : at + 3].lower().startswith(b"xml")
        return end

    def _end_tag(self, at: int) -> Scan[int]:
        source = self._source
        if (yield from source.byte(at)) not in _LETTERS:
            return (yield from source.after(b">"[0], at))
        name, end = yield from source.name(at)
        if name in _ENDS_HEAD:
            return _STOP
        _, end = yield from source.attributes(end)
        return end

    def _start_tag(self, at: int) -> Scan[int]:
        source = self._source
        name, end = yield from source.name(at)
        self._document = self._document or name in (b"html", b"head", b"body")
        if name not in (b"html", b"head", b"meta", b"script"):
            return _STOP
        attributes, end = yield from source.attributes(end)
        if name == b"script":
            if MARKER in attributes:
                self._leave = Leave("already_inserted")
            return _STOP
        if name == b"html" and any(map(_AMP.fullmatch, attributes)):
            self._leave = Leave("amp")
            return _STOP
        if name == b"meta":
            self._meta(attributes)
        return end

    def _meta(self, attributes: Attributes) -> None:
        label = attributes.get(b"charset", b"")
        equivalent = attributes.get(b"http-equiv", b"").lower()
        content = attributes.get(b"content", b"")
        if equivalent == b"content-type" and (match := _CHARSET.search(content)):
            label = label or match[1]
        elif equivalent == b"content-security-policy":
            self._policies.append(html.unescape(content.decode("utf-8", "replace")))
        if is_known(label.decode("latin-1")):
            self._charset_known = True

    def _room(self, at: int) -> Scan[int | None]:
        if self._charset_known:
            return None
        yield from self._source.at_least(PRESCAN)
        end = last_declaration(bytes(self._source.text[:PRESCAN]))
        return PRESCAN - end if end > at else None
