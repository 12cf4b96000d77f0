"""The closed sets in an operator's words, for the pages that show them."""

from collections.abc import Mapping

PERIOD_WORDS: Mapping[str, str] = {
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    "12m": "12 months",
}

ANNOTATION_WORDS: Mapping[str, str] = {
    "deploy": "Deploy",
    "list": "Filter list",
    "note": "Note",
}

VERDICT_WORDS: Mapping[str, str] = {
    "loaded": "An ad was shown, or nothing stood in its way",
    "unknown": "Can't tell: a control failed, or the page was hidden or offline",
    "not_applicable": "This page has no ad slots",
    "blocked": "Two independent signs of a blocker",
    "blocked_probable": "One sign of a blocker alone",
    "no_consent": "Ads were not requested: consent is missing",
    "unfilled": "The ad code ran, no ad came",
    "slow": "Still pending at the deadline",
}

EVENT_WORDS: Mapping[str, str] = {
    "assigned": "Drew this variant",
    "shown": "The notice was on the screen",
    "hidden": "Something hid it; a filter list may",
    "dismissed": "Closed it",
    "silenced": "Asked not to be asked again",
    "steps": "Opened the steps",
    "way": "Chose another way to help",
    "allowed": "Ads load after the ask",
    "withdrawn": "A real ad came after all",
    "withheld": "Not asked: exempt, or the policy said no",
}

RESULT_WORDS: Mapping[str, str] = {
    "inserted": "The script was inserted",
    "prefetched": "Inserted, but only fetched ahead",
    "manual": "The template places the script",
    "excluded": "A path you excluded",
    "already_inserted": "Another layer had inserted it",
    "amp": "AMP allows no script of ours",
    "attachment": "A download",
    "charset": "A character encoding we leave alone",
    "csp": "The page's policy would refuse the script",
    "encoded": "Compressed before it reached us",
    "fragment": "A piece of a page",
    "length": "Its length is not stated plainly",
    "mislabelled": "Not HTML, whatever its type says",
    "no_transform": "Cache-Control: no-transform",
    "no_place": "No safe place for the script",
    "not_document": "Asked for by a script",
    "partial": "No whole page (204, 206, 304)",
    "xhtml": "XHTML is left alone",
    "empty": "No body",
    "fault": "Our fault; the page went out unchanged",
}

DROP_WORDS: Mapping[str, str] = {
    "malformed": "Not a report at all",
    "too_large": "Larger than a report may be",
    "too_slow": "Took too long to arrive",
    "encoded": "Compressed; reports are not",
    "version": "A format this version doesn't read",
    "unknown_value": "A word outside the closed sets",
    "foreign": "Sent by another origin's page",
    "bot": "Sent by a bot",
    "withheld": "GPC or DNT",
    "mode": "The settings ask for no reports",
    "limited": "More than one address, or the site, may count",
    "queue_full": "The queue was full",
    "restored": "Sealed by a copied or restored state folder",
}
