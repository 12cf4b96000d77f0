"""The page that the notice stands on here: a publisher's in small, with an empty ad slot."""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from markupsafe import Markup, escape

from evenhand.asking import policy
from evenhand.languages import tags
from evenhand.notice import Notice
from evenhand.preview.choice import Choice

_PART = re.compile(
    r"\#(?P<id>[\w-]+)|\.(?P<cls>[\w-]+)|\[(?P<attr>[\w-]+)(?:=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]"
    r"|^(?P<tag>[a-z][\w-]*)"
)


def slot(selectors: Sequence[str]) -> Markup:
    """An empty element that the first of the selectors means, as far as it is a plain one."""
    if not selectors:
        return Markup()
    plain = re.split(r"[\s>+~,]+", selectors[0].strip())[-1]
    tag, attrs, classes = "aside", {"aria-label": "Advertisement"}, ["slot"]
    for part in _PART.finditer(plain):
        tag = part["tag"] or tag
        classes += [part["cls"]] if part["cls"] else []
        attrs |= {"id": part["id"]} if part["id"] else {}
        attrs |= {part["attr"]: part["value"] or ""} if part["attr"] else {}
    attrs["class"] = " ".join(classes)
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attrs.items())
    return Markup(f"<{tag} {said}></{tag}>")


def free_minute(notice: Notice) -> int | None:
    """A minute of the day outside of the quiet hours, noon if it can be; None: there is none."""
    for minute in chain((720,), range(1440)):
        hour, rest = divmod(minute, 60)
        now = datetime(2000, 1, 1, hour, rest)  # noqa: DTZ001 - the reader's own clock has no zone
        if "quiet_hours" not in policy.in_browser(notice, policy.Memory(), now):
            return minute
    return None


def direction(choice: Choice, language: str) -> str:
    """In which direction the page runs."""
    chosen = choice.view.direction
    return tags.direction(language) if chosen == "language" else chosen
