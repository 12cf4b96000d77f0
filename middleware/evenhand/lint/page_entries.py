"""Findings on what the notice does to the page: when, why, by which rule, the fix."""

from collections.abc import Mapping

from evenhand.lint.entry import EASYLIST, PROMISES, Entry, LintId, error, wcag

_BETTER_ADS = "Coalition for Better Ads, Better Ads Standards"
_OWN = "Take it out; a still image on the site itself, and text, are enough."

PAGE: Mapping[LintId, Entry] = {
    "focus_taken": error(
        "`autofocus`, a `tabindex` above 0, `role=alert` or `aria-live=assertive`.",
        "The reader is torn from where they were, or interrupted in mid-sentence.",
        f"{wcag('2.4.3 Focus Order')} and 4.1.3; {EASYLIST}: does not interrupt reading",
        'Take it out. `role="region"` waits until the reader comes.',
    ),
    "modal": error(
        "A `<dialog>`, `role=dialog` or `alertdialog`, `aria-modal`, a `popover`, or `inert`.",
        "The page is closed off until the reader answers.",
        f"{EASYLIST}: does not interrupt reading; {_BETTER_ADS}: pop-ups",
        'Use `<section role="region">`.',
    ),
    "scroll_locked": error(
        "A style keeps the page from scrolling: `overflow: hidden`, `position: fixed` or "
        "`touch-action: none` on `html` or `body`.",
        "The content is withheld as long as the notice stands there.",
        f"{PROMISES}: content is never withheld; {EASYLIST}",
        "Take it out.",
    ),
    "content_withheld": error(
        "A style hides, fades or freezes the page itself: `display`, `visibility`, `opacity`, "
        "`filter`, `user-select`, `pointer-events` or a bounded height on `html`, `body`, `main`, "
        "`article` or what is in them.",
        "Content is withheld.",
        f"{PROMISES}: content is never withheld; {EASYLIST}: does not disrupt viewing",
        "Style the notice only.",
    ),
    "overlay": error(
        "Something covers the window from top to bottom, or stands outside of the notice's own "
        "place: `position: fixed` or `sticky`, `inset: 0`, `::backdrop`.",
        "It lies over the content.",
        f"{EASYLIST}: does not interrupt reading; {_BETTER_ADS}: pop-ups, large sticky ads",
        "Leave the place to `placement`.",
    ),
    "blur": error(
        "`filter: blur()` or `backdrop-filter`.",
        "What is behind it, or the page itself, can't be read.",
        f"{PROMISES}: content is never blurred",
        "Take it out.",
    ),
    "too_large": error(
        "Before it is opened, the notice may be higher than a fifth of the window: `max-height`, "
        "`height`, `min-height` or `--most` say so.",
        "It covers content that the reader came for.",
        f"{_BETTER_ADS}: sticky ads over 30 % of the screen (ours: a fifth)",
        "Leave the height alone: the notice folds where it has no room.",
    ),
    "motion": error(
        "An animation, a transition or smooth scrolling.",
        "Movement draws the eye from the text, and makes some readers ill.",
        f"{EASYLIST}: no animation; {wcag('2.2.2 Pause, Stop, Hide')}",
        "Take it out.",
    ),
    "moving_text": error(
        "`<marquee>` or `<blink>`, or `text-decoration: blink`.",
        "Text that moves can't be read in peace.",
        f"{EASYLIST}: no changing text; {wcag('2.2.2 Pause, Stop, Hide')}",
        "Write it as a sentence.",
    ),
    "moving_image": error(
        "A GIF or APNG, or an SVG with `<animate>` or `<set>`.",
        "Only small still images are left alone.",
        f"{EASYLIST}: still images; {wcag('2.2.2 Pause, Stop, Hide')}",
        "Use a still SVG, PNG or WebP.",
    ),
    "sound": error(
        "`<audio>`, `<bgsound>`, or a `<video>` that plays by itself.",
        "It can't be overheard, and drowns a screen reader.",
        f"{EASYLIST}: no sound; {wcag('1.4.2 Audio Control')}; {_BETTER_ADS}: auto-play",
        _OWN,
    ),
    "media": error(
        "`<video>`, `<iframe>`, `<object>`, `<embed>` or `<canvas>`.",
        "Only text and small still images are left alone; a frame may load anything.",
        f"{EASYLIST}: only small still images or text",
        _OWN,
    ),
    "ticked": error(
        "A checkbox or radio button is `checked` from the start.",
        "Silence is no consent.",
        "CJEU C-673/17 (Planet49); GDPR, recital 32",
        "Let the reader tick it.",
    ),
    "countdown": error(
        "`<progress>`, `<meter>`, `role=timer`, or a name such as `countdown`.",
        "It presses for time, and a countdown changes under the reader's eyes.",
        f"{EASYLIST}: no changing text; {_BETTER_ADS}: countdowns",
        "Take it out: nothing here runs out.",
    ),
    "redirects": error(
        "`<meta http-equiv=refresh>`, or a `<base>`.",
        "The reader, or every link of the page, is led elsewhere.",
        f"{wcag('2.2.1 Timing Adjustable')}; Google Search Central: no redirects",
        "Use a link.",
    ),
    "script": error(
        "A `<script>`, an `on…` attribute or a `javascript:` address.",
        "A strict policy refuses it, and nobody can say what it does; a notice needs none: "
        "`data-act` makes controls work.",
        f"{PROMISES}; Content Security Policy Level 3",
        "Use `data-act`, and the DOM event `reader-support:notice` in a script of your own.",
    ),
    "foreign_request": error(
        "An image, a style, a font or a frame from another host.",
        "Showing the notice would tell somebody else who reads what.",
        f"{PROMISES}: no request to a third party",
        "Serve it from the site itself. Links that the reader follows may lead anywhere.",
    ),
}
