"""Dark patterns by name: each is planted alone, and has to be found under one id and no other."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from evenhand import Notice, Way
from evenhand.lint.entry import LintId

from . import polite

ALLOW, NEVER = Way(kind="allow"), Way(kind="never")
HEAD, END, CLOSE = '<div class="row head">', "</section>", 'data-act="close" aria-label'
CROSS = f'<button type="button" class="close" {CLOSE}="{{{{ words.close }}}}">✕</button>'
QUIET = ".quiet { font-size: 0.9375rem; }"
SECTION = '<section role="region"'
NO = 'class="no" data-act="close"'


class Plant(NamedTuple):
    """One dark pattern, in the settings or in one place of the polite templates."""

    id: LintId
    name: str
    notice: Mapping[str, Any] = MappingProxyType({})
    old: str = ""
    new: str = ""
    file: str = "notice.html"
    line: int = 0  # of that file, where it has to be found; 0: any
    german: Mapping[str, str] = MappingProxyType({})  # the publisher's own catalogue

    def __str__(self) -> str:
        return self.name


def words(id: LintId, name: str, **notice: Any) -> Plant:
    """In the settings."""
    return Plant(id, name, notice)


def style(id: LintId, name: str, rule: str) -> Plant:
    """A rule in the notice's own style element."""
    return Plant(id, name, {}, QUIET, rule)


def markup(id: LintId, name: str, element: str) -> Plant:
    """An element ahead of the heading's row."""
    line = polite.NOTICE[: polite.NOTICE.index(HEAD)].count("\n") + 1
    return Plant(id, name, {}, HEAD, element + HEAD, line=line)


def changed(id: LintId, name: str, old: str, new: str, file: str = "notice.html") -> Plant:
    """Something written otherwise."""
    return Plant(id, name, {}, old, new, file)


def block(id: LintId, name: str, element: str) -> Plant:
    """An element in the block for everyone."""
    return Plant(id, name, {}, "<h2>", element + "<h2>", "support.html", 2)


NOTICE = Notice(ways=(ALLOW, Way(kind="subscribe", url="/subscribe"), Way(kind="not_now"), NEVER))

SETTINGS = (
    words("asks_often", "asked every week", every_days=7),
    words("asks_endlessly", "asked a hundred times", at_most=100),
    words(
        "asks_more_than_stated",
        "once a year, they say, and it is once a month",
        text="We ask only once a year. Please consider allowing ads on this site.",
    ),
    words(
        "asks_more_than_stated",
        "ninety days, in French",
        lang="fr",
        text="Nous ne vous demandons cela qu'une fois en 90 jours.",
    ),
    words("silence_not_kept", "never again, until next month", text="We won't ask again. Thanks."),
    words("guilt", "reading is stealing", text="Reading without ads is stealing from us."),
    words("guilt", "hungry families", text="Ads feed our reporters' families."),
    words("guilt", "in Japanese", lang="ja", text="広告ブロックはタダ乗りです。"),
    words("guilt", "in the title", title="Don't you care about {name}?"),
    words(
        "confirmshaming",
        "no, I don't care",
        ways=(ALLOW, Way(kind="not_now", label="No, I don't care about journalism"), NEVER),
    ),
    words(
        "confirmshaming",
        "in German",
        lang="de",
        ways=(ALLOW, Way(kind="never", label="Nein, mir egal")),
    ),
    words("confirmshaming", "the cross says it", words={"close": "No thanks, I hate news"}),
    words("demand", "you must", text="You must allow ads on this site."),
    words("demand", "to continue reading", text="To continue reading, allow ads here."),
    words("urgency", "last chance", title="Last chance to help {name}"),
    words("accusation", "we detected", gentle_text="We've detected that ads don't come through."),
    words("accusation", "everyone blocks", block_text="You are blocking ads. Please allow them."),
    words("everywhere", "disable your blocker", text="Please disable your ad blocker. Thank you."),
    words("shouting", "exclamation marks", title="Please help {name}!!!"),
    words("shouting", "capitals", text="PLEASE ALLOW ADS ON THIS SITE."),
    Plant(
        "untranslated",
        "a text without its label",
        {"title": "{name} lives on ads", "ways": (*NOTICE.ways[:3], Way(kind="never", label="No"))},
        german={"{name} lives on ads": "{name} lebt von Werbung"},
    ),
    Plant(
        "mistranslated",
        "a name mistyped",
        {"title": "{name} lives on ads"},
        german={"{name} lives on ads": "{nmae} lebt von Werbung"},
    ),
)
WAY_OUT = (
    Plant(
        "close_missing",
        "no way to close",
        {"ways": (ALLOW, NEVER)},
        CROSS,
        "",
    ),
    changed("close_fake", "the cross is a link", CROSS, '<a class="close" href="/subscribe">✕</a>'),
    changed("close_fake", "the cross opens the offer", CLOSE, 'data-act="way" aria-label'),
    style("close_hidden", "display: none", ".close { display: none; }"),
    style("close_hidden", "visibility", ".head .close { visibility: hidden; }"),
    style("close_hidden", "opacity", ".close { opacity: 0.02; }"),
    style("close_hidden", "off the screen", ".close { position: absolute; left: -9999px; }"),
    style(
        "close_hidden", "on phones only", "@media (max-width: 40rem) { .close { display: none; } }"
    ),
    style(
        "close_hidden",
        "in the dark only",
        "@media (prefers-color-scheme: dark) { button.close { scale: 0; } }",
    ),
    style("close_hidden", "where it is folded", "[data-compact] .close { display: none; }"),
    changed("close_hidden", "the attribute", CLOSE, "hidden " + CLOSE),
    changed("close_delayed", "disabled at first", CLOSE, "disabled " + CLOSE),
    style(
        "close_delayed",
        "after five seconds",
        ".close { opacity: 0; animation: show 0s 5s forwards; }",
    ),
    style("close_delayed", "a slow transition", ".close { transition: opacity 1s 8s; }"),
    style(
        "close_small",
        "a tiny cross",
        ".close { inline-size: 12px; min-block-size: 12px; block-size: 12px; padding: 0; }",
    ),
    style(
        "close_small",
        "tiny on phones",
        "@media (width < 30rem) { .head > .close { min-height: 0; height: 16px; } }",
    ),
    style("close_small", "a third of the offer", "summary, .no { min-block-size: 6rem; }"),
    style(
        "close_faint",
        "grey on white",
        "@media (prefers-color-scheme: light) { .close { color: #ccc; } }",
    ),
    style("close_faint", "half transparent", ".close { opacity: 0.4; }"),
    changed("close_unreachable", "not by keyboard", CLOSE, 'tabindex="-1" ' + CLOSE),
    changed("close_unreachable", "not by a finger", QUIET, ".close { pointer-events: none; }"),
    changed(
        "close_unnamed", "a sign without a name", CLOSE + '="{{ words.close }}"', 'data-act="close"'
    ),
    changed(
        "silence_missing",
        "no never",
        'class="no" data-act="silence"',
        'class="no" data-act="close"',
        "_way.html",
    ),
    style("decline_hidden", "no refusal to be seen", ".no { display: none; }"),
    changed(
        "decline_hidden",
        "behind the steps",
        '<div class="row ways">',
        '<details><summary>More</summary><div class="row ways">',
    ),
    style("decline_faint", "fine print", ".no { font-size: 9px; }"),
    style("decline_faint", "a mere word beside a button", ".no { border: none; }"),
    style("decline_faint", "light grey", ".no { color: rgb(190 190 190); }"),
    style(
        "text_faint",
        "the text is pale",
        "@media (prefers-color-scheme: light) { .text { color: hsl(0, 0%, 80%); } }",
    ),
    style("focus_unseen", "no outline", "button:focus-visible { outline: none; }"),
    changed("unlabelled", "a region without a name", ' aria-labelledby="title"', ""),
    changed(
        "steps_missing", "allow, but how?", '<div data-guide="{{ guide.id }}"', "<div", "_way.html"
    ),
    Plant(
        "network_asked_again",
        "the network is asked again",
        {"ask_probable": True},
        "{%- if network %} data-network{% endif %}",
        "",
    ),
)
PAGE = (
    changed("focus_taken", "autofocus", CLOSE, "autofocus " + CLOSE),
    changed("focus_taken", "read out at once", SECTION, '<section role="alert"'),
    changed("modal", "a dialog", SECTION, '<section role="dialog"'),
    markup("modal", "a dialog element", "<dialog open>Please</dialog>"),
    block(
        "scroll_locked", "the page can't be scrolled", "<style>body { overflow: hidden }</style>"
    ),
    block(
        "scroll_locked",
        "the page is nailed down",
        "<style>html body.asked { position: fixed }</style>",
    ),
    block("content_withheld", "the article is hidden", "<style>main { display: none }</style>"),
    block("content_withheld", "the article is faded", "<style>article { opacity: 30% }</style>"),
    block("content_withheld", "what is in it", "<style>main > p { visibility: hidden }</style>"),
    block("content_withheld", "darkened", "<style>html { filter: brightness(0.2) }</style>"),
    block("content_withheld", "no copying", "<style>body { user-select: none }</style>"),
    style("overlay", "the whole window", "section { inset: 0; max-height: none; }"),
    style("overlay", "a curtain", ".row::before { content: ''; position: fixed; inset: 0; }"),
    block("overlay", "over the page", "<style>body::after { position: fixed; inset: 0 }</style>"),
    block("overlay", "a block that is none", '<p style="position: fixed; top: 0">Hello</p>'),
    style("blur", "what is behind it", "section { backdrop-filter: blur(8px); }"),
    block("blur", "the page", "<style>main { filter: blur(4px) }</style>"),
    style("too_large", "half of the window", "section { max-block-size: 50vh; }"),
    style("too_large", "at least", ":host section { min-height: 300px; }"),
    style("too_large", "our own measure", "section { --most: 90vh !important; }"),
    style("motion", "an animation", "section { animation: slide 1s; }"),
    style("motion", "a transition", ".text { transition: all 0.4s; }"),
    changed(
        "motion",
        "in an attribute",
        '<p class="text">',
        '<p class="text" style="animation: pulse 1s infinite">',
    ),
    markup("moving_text", "marquee", "<marquee>Please</marquee>"),
    markup("moving_text", "blink", "<blink>Please</blink>"),
    markup("moving_image", "a GIF", '<img src="/please.gif" alt="">'),
    markup("sound", "a jingle", '<audio src="/jingle.mp3" autoplay></audio>'),
    markup(
        "sound", "a film that begins by itself", '<video src="/film.mp4" autoplay muted></video>'
    ),
    markup("media", "a frame", '<iframe src="/offer" title="Offer"></iframe>'),
    markup(
        "ticked", "the newsletter, unasked", '<label><input type="checkbox" checked> Mails</label>'
    ),
    markup("countdown", "a clock", '<span id="countdown">10</span>'),
    markup("countdown", "a bar that fills", '<progress max="10" value="3"></progress>'),
    block("redirects", "off to the offer", '<meta http-equiv="refresh" content="5; url=/offer">'),
    markup("script", "a script", "<script>lock()</script>"),
    markup("script", "a handler", '<span onmouseover="lock()">Hi</span>'),
    changed(
        "script",
        "an address that runs",
        'href="{{ way.url }}"',
        'href="javascript:go()"',
        "_way.html",
    ),
    markup("foreign_request", "a pixel", '<img src="https://pixel.example/p.png" alt="">'),
    style(
        "foreign_request",
        "a font from elsewhere",
        "@font-face { font-family: X; src: url(//fonts.example/x.woff2); }",
    ),
    style("foreign_request", "a style from elsewhere", '@import "https://cdn.example/x.css";'),
    changed("unescaped", "markup in a text", "{{ text }}", "{{ text|safe }}"),
    changed(
        "unescaped",
        "escaping is off",
        '<p class="text">{{ text }}</p>',
        '{% autoescape false %}<p class="text">{{ text }}</p>{% endautoescape %}',
    ),
    changed("template_fails", "a value that isn't there", "{{ title }}", "{{ headline }}"),
    changed("template_fails", "a block that never ends", "{% endfor %}", "", "notice.html"),
    Plant("section_missing", "no section", {}, "<section", "<div"),
    changed("guilt", "in the template", "Our reporters thank you.", "You are hurting us."),
    changed(
        "confirmshaming",
        "a button of one's own",
        '{{ way.label }}</button>\n{% elif way.kind == "not_now"',
        'No, I refuse</button>\n{% elif way.kind == "not_now"',
        "_way.html",
    ),
    block("accusation", "in the block for everyone", "<p>Your ad blocker costs us money.</p>"),
)
PLANTS = (*SETTINGS, *WAY_OUT, *PAGE)
