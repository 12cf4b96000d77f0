"""The notice's own words, each of which a publisher may replace."""

from collections.abc import Mapping

from evenhand.asking import checks
from evenhand.errors import OptionError
from evenhand.languages import marked
from evenhand.vocabulary import WayKind

WORDS: Mapping[str, str] = {
    "close": marked("Close"),
    "more": marked("More"),
    "likely": marked("Most likely you use"),
    "picker": marked("How do you block ads?"),
    "here": marked("In this browser"),
    "elsewhere": marked("Elsewhere"),
    "network": marked("In the network"),
    "only_here": marked(
        "These steps concern this site only. You decide, and you can undo them: {undo}"
    ),
    "help": marked("Help from its makers"),
    "check": marked("I've allowed ads: check again"),
    "checking": marked("One moment…"),
    "thanks": marked(
        "Thank you! Ads can come through here now. They appear when the page is next loaded."
    ),
    "still": marked(
        "Ads still seem to be blocked here. That's all right: nothing is missing for you. "
        "Some blockers follow only when the page is loaded again."
    ),
    "reload": marked("Reload the page"),
    "about": marked("What this site measures"),
    "guides": marked("How to allow ads on this site"),
}
"""By the name under which a template gets them. ``{undo}`` is the guide's own way back."""

LABELS: Mapping[WayKind, str] = {
    "allow": marked("How to allow ads here"),
    "subscribe": marked("Subscribe"),
    "donate": marked("Donate"),
    "newsletter": marked("Get the newsletter"),
    "link": marked("Other ways to help"),
    "not_now": marked("Not now"),
    "never": marked("Don't ask again"),
}
"""What a way to help is called unless the publisher calls it otherwise."""

MAX_WORDS = 200  # characters of one of them


def checked(option: str, given: object) -> dict[str, str]:
    """All words: the publisher's over ours. Raises :class:`OptionError`."""
    words = dict(WORDS)
    for name, text in checks.mapping(option, given, "{'close': 'Shut'}").items():
        if name not in WORDS:
            raise OptionError(option, name, ", ".join(WORDS), "use one of these names")
        checks.text(f"{option}[{name!r}]", text, MAX_WORDS)
        words[name] = text
    return words
