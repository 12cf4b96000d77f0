"""Findings on the settings and on the words: when, why, by which rule, the fix."""

from collections.abc import Mapping

from evenhand.lint.entry import (
    EASYLIST,
    EDPB,
    HARMFUL,
    OCA,
    PROMISES,
    Entry,
    LintId,
    error,
    warning,
)

ASKING: Mapping[LintId, Entry] = {
    "asks_often": warning(
        "`every_days` is less than 30.",
        "A question that was answered and comes back within weeks is nagging: it wears the reader "
        "down instead of convincing them.",
        f"{EDPB}, “continuous prompting”",
        "Set `every_days=30` or more, or leave it out.",
    ),
    "asks_endlessly": warning(
        "`at_most` is more than 12.",
        "Who has answered a dozen times has answered.",
        f"{EDPB}, “continuous prompting”",
        "Set `at_most=12` or less, or leave it out (6).",
    ),
    "asks_more_than_stated": error(
        "The words name a time, such as “once in 60 days” or “once a year”, that is longer than "
        "`every_days`.",
        "The reader is promised a rest that the settings don't keep.",
        f"{EDPB}, “conflicting information”",
        "Raise `every_days` to what the words say, or say what it is.",
    ),
    "silence_not_kept": error(
        "The words say that nobody is asked again, in a text after which readers are: all but "
        "`network_text`.",
        "That is true only for “Don't ask again” and for filters in the network.",
        f"{EDPB}, “conflicting information”",
        "Leave the sentence out; the button “Don't ask again” keeps its word.",
    ),
    "guilt": warning(
        "The words blame, shame or pity: theft, harm, hungry families, the end of journalism.",
        "A reader may block ads for any reason; blame is pressure and no reason. Considerate "
        "requests are granted more often.",
        f"{EASYLIST}: polite; {EDPB}, “emotional steering”",
        "Say what ads pay for and what you would like, and leave the judgement to the reader.",
    ),
    "confirmshaming": warning(
        "The words of a “no” make the reader say something bad about themselves, such as “No, I "
        "don't care”.",
        "A refusal must cost nothing, not even a confession.",
        f"{HARMFUL}, “confirmshaming”",
        "Call it “Not now”, “Close” or “Don't ask again”.",
    ),
    "demand": warning(
        "The words demand, or make it a condition: “you must”, “to continue reading”.",
        "Whatever is asked is voluntary, and the content is there in any case; the words say "
        "otherwise.",
        f"{EASYLIST}: plain that it is voluntary",
        "Ask (“please consider…”), and say that nothing changes for who doesn't.",
    ),
    "urgency": warning(
        "The words press for time: “last chance”, “only today”, “expires in”.",
        "Nothing here runs out; made-up haste takes away the time to think.",
        f"{OCA}, “scarcity and popularity claims”; {EASYLIST}: polite",
        "Leave the haste out.",
    ),
    "accusation": warning(
        "A text for readers who block only probably, or for everyone, says that the reader has a "
        "blocker.",
        "`gentle_text` and `network_text` are for verdicts that are not certain, and `block_text` "
        "is for everyone, so that some are accused of what they don't do.",
        f"{PROMISES}: a reader who has no blocker is never accused",
        "Say “if”, or speak of the ads: “they don't seem to arrive here”.",
    ),
    "everywhere": warning(
        "The words ask to switch a blocker off, or to remove it, without “on this site”.",
        "What happens on other sites is none of ours, and ads elsewhere may be harmful.",
        f"{EASYLIST}: steps for this site only",
        "Ask to allow ads on this site, and let the steps say how.",
    ),
    "shouting": warning(
        "Words in capitals only, or more than one exclamation mark at a time.",
        "It is louder than the page that it stands on.",
        f"{EASYLIST}: polite, and in the style of the page",
        "Write it as you write an article.",
    ),
    "untranslated": warning(
        "A catalogue of yours lacks some of your own words, letter for letter as in the code.",
        "No notice mixes two languages: these readers get all of it in another one.",
        "docs/languages.md, your own words",
        "Translate each, a `Way`'s label too, and compile the file anew.",
    ),
    "mistranslated": warning(
        "A translation of yours has a name in braces that the original doesn't have.",
        "It stands for nothing, and is shown as it is written.",
        "docs/languages.md, change a sentence",
        "Write `{name}` as the original does.",
    ),
}
