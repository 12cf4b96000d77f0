"""Findings on the notice's controls and words as shown: when, why, by which rule, the fix."""

from collections.abc import Mapping

from evenhand.lint.entry import (
    EASYLIST,
    EDPB,
    OCA,
    PROMISES,
    Entry,
    LintId,
    error,
    warning,
    wcag,
)

CONTROLS: Mapping[LintId, Entry] = {
    "template_fails": error(
        "The template can't be rendered with these settings.",
        "Its readers get no notice at all.",
        "docs/notice.md, the template contract",
        "Mend the line; docs/notice.md lists the values that a template gets.",
    ),
    "section_missing": error(
        "`notice.html` has no `<section>`.",
        "The page takes the first section and finds none: no notice.",
        "docs/notice.md, the template contract",
        "Put the notice into one `<section>`.",
    ),
    "unescaped": error(
        "A value goes out unescaped: `|safe`, or `autoescape false`.",
        "One “<” in a text or a label then changes the notice, or runs as a script.",
        "OWASP Cross Site Scripting Prevention Cheat Sheet",
        "Take `|safe` away, and write markup in the template itself.",
    ),
    "close_missing": error(
        'No control has `data-act="close"`.',
        "Only keyboard users, by Escape, could close the notice.",
        f"{EASYLIST}: can be closed; {OCA}, “sludge”",
        'Add `<button type="button" data-act="close">`, first after the heading.',
    ),
    "close_fake": error(
        "Something looks like the way to close, and does something else: a link, another "
        "`data-act`, or none.",
        "The reader wants out and is led elsewhere.",
        f"{EDPB}, “misleading action”",
        'Give it `data-act="close"` and no address, or make it look like what it does.',
    ),
    "close_hidden": error(
        "The first control that closes is not shown: at once, on a wide or a narrow window, in "
        "light or dark, or where the notice is folded.",
        "A way out that can't be seen is none.",
        f"{EASYLIST}: can be closed; {EDPB}, “hidden in plain sight”",
        "Show it always, outside of what folds away.",
    ),
    "close_delayed": error(
        "The control that closes is disabled at first, or comes by an animation or a transition.",
        "Until then the reader is held.",
        f"{EDPB}, “longer than necessary”",
        "Take `disabled`, the animation or the transition away.",
    ),
    "close_small": error(
        "The control that closes is smaller than 24 by 24 px, or less than 0.6 times as high as "
        "the control that agrees.",
        "A small target is missed by fingers, and by choice of the designer.",
        f"{wcag('2.5.8 Target Size (Minimum)')}; {EDPB}, “hidden in plain sight”",
        "Give it at least the other controls' size; 2.75rem (44 px) is ours.",
    ),
    "close_faint": error(
        "The control that closes has a contrast below 4.5:1 with what is behind it.",
        "Some readers don't see it, and it looks switched off to all others.",
        f"{wcag('1.4.3 Contrast (Minimum)')}; {EDPB}, “hidden in plain sight”",
        "Let it inherit the notice's colour, without opacity.",
    ),
    "close_unreachable": error(
        "The control that closes is no button, or `tabindex`, `aria-hidden`, `inert` or "
        "`pointer-events` keep readers from it.",
        "Keyboards, screen readers or fingers can't use it.",
        wcag("2.1.1 Keyboard"),
        "Make it a plain `<button>`.",
    ),
    "close_unnamed": error(
        "The control that closes has neither text nor `aria-label`, or only a sign that is hidden "
        "from screen readers.",
        "A screen reader says “button”.",
        wcag("4.1.2 Name, Role, Value"),
        'Add `aria-label="{{ words.close }}"`.',
    ),
    "silence_missing": error(
        'No control has `data-act="silence"`: “Don\'t ask again”.',
        "Everyone may say that once is enough.",
        f"{PROMISES}: it can be closed for good; {EDPB}, “continuous prompting”",
        "Show every one of `ways`: “never” is always among them.",
    ),
    "decline_hidden": error(
        "“Not now” or “Don't ask again” is not shown where the ways to help are.",
        "To agree is one click, to refuse is a search.",
        f"{EDPB}, “hidden in plain sight”",
        "Show it beside the ways to help, outside of `<details>`.",
    ),
    "decline_faint": error(
        "“Not now” or “Don't ask again” is smaller, fainter, or less like a button than the "
        "control that agrees, or below 4.5:1.",
        "The choice is tilted by looks.",
        f"{OCA}, “sensory manipulation”; {EDPB}, “hidden in plain sight”",
        "Give both the same size, type and border; the fill alone may differ.",
    ),
    "text_faint": error(
        "A text has a contrast below 4.5:1 (3:1 if it is large) with what is behind it.",
        "Some readers can't read it.",
        wcag("1.4.3 Contrast (Minimum)"),
        "Use the theme's `--text` on `--background`, or a darker or lighter colour.",
    ),
    "focus_unseen": error(
        "`outline: none` without another mark of the focus.",
        "Who uses the keyboard doesn't see where they are.",
        wcag("2.4.7 Focus Visible"),
        "Leave the outline, or set one that has 3:1.",
    ),
    "unlabelled": warning(
        "The section has no `aria-labelledby` or `aria-label`.",
        "A screen reader can't announce what it is, nor skip it by name.",
        wcag("1.3.1 Info and Relationships"),
        'Write `<section role="region" aria-labelledby="title">` and `<h2 id="title">`.',
    ),
    "steps_missing": error(
        "Readers are asked to allow ads, and no step says how: nothing has `data-guide`.",
        "“Allow ads” without steps for this site leads to “remove the blocker”.",
        f"{EASYLIST}: easy steps for this site only",
        "Loop over `groups`, and give each guide `data-guide`.",
    ),
    "network_asked_again": error(
        "With `ask_probable`, a reader whose network filters gets a section without "
        "`data-network`.",
        "They can't change it, are told that they won't be asked again, and are.",
        f"{EDPB}, “conflicting information”",
        "Write `<section{% if network %} data-network{% endif %}>`.",
    ),
}
