"""Checks on our routes: do they arrive at the app, and their answers at the reader, unchanged?"""

from collections.abc import Iterator

from evenhand.baits import CONTENT, baits
from evenhand.doctor.entry import FindingId
from evenhand.doctor.facts import Facts, Fetched
from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.report import MAX_BYTES

_VITAL = ("probe.js", "about.json", "control 0")


def route_checks(facts: Facts) -> Iterator[Remark]:
    """Everything about the routes below the prefix."""
    if facts.asked_prefix is not None and facts.asked_prefix != facts.prefix:
        yield Finding(
            "prefix_wrong",
            f"the tag's script is below {facts.prefix}, and doctor was given {facts.asked_prefix}",
        )
    if facts.agent == "browser":
        yield Unchecked(
            f"everything below {facts.prefix}",
            "bots are refused, and as a browser doctor would count itself as a reader",
        )
        return
    if nothing := nothing_answers(facts):
        yield nothing
        yield Unchecked(f"everything below {facts.prefix}", "see the finding on it")
        return
    yield from _old_builds(facts)
    yield from _pairs(facts)
    if facts.settings.get("mode", "full") == "full":
        yield from _reports(facts)
    yield from _notice(facts)
    yield from _cookies(facts)


def nothing_answers(facts: Facts) -> Finding | None:
    """One finding instead of many, where all routes fail; None where any answers."""
    found = [answer for name in _VITAL if (answer := facts.first(name))]
    wrong = [(_misled(answer), answer) for answer in found]
    if not all(said for said, _ in wrong):
        return None
    said, answer = wrong[0]
    return Finding(_kind(said), f"{answer.url} {said}")


def _kind(said: str) -> FindingId:
    if said.startswith("redirects"):
        return "routes_redirected"
    return "routes_refused" if said in ("answers 401", "answers 403") else "routes_missing"


def _misled(answer: Fetched) -> str:
    """What keeps it from being ours; a page that stands for anything is not."""
    return answer.trouble or ("is answered with a page" if answer.media_type == "text/html" else "")


def _old_builds(facts: Facts) -> Iterator[Remark]:
    script, old = facts.first("probe.js"), facts.first("old")
    if script is None or _misled(script) or old is None:
        return  # then the script itself is a finding already
    if said := _misled(old):
        yield Finding("old_script_missing", f"{old.url} {said}")
    page, settings = facts.page("fresh"), facts.settings
    build = page.build(facts.url) if page else ""
    if build and settings and settings["hash"] != build:
        yield Finding(
            "builds_differ", f"the page names {build}, the script is of {settings['hash']}"
        )


def _pairs(facts: Facts) -> Iterator[Remark]:
    for number, pair in enumerate(baits().pairs):
        halves = (facts.answers.get(f"bait {number}"), facts.answers.get(f"control {number}"))
        if not halves[0] or not halves[1]:
            continue
        bait, control = halves[0][0], halves[1][0]
        lost = (_misled(bait), _misled(control))
        if lost[0] and lost[1]:
            yield Finding("pair_missing", f"{bait.url} {lost[0]}, {control.url} {lost[1]}")
        elif lost[0]:
            yield Finding("bait_refused", f"{bait.url} {lost[0]}; its twin does not")
        elif lost[1]:
            yield Finding("control_refused", f"{control.url} {lost[1]}; its bait does not")
        else:
            for half in (bait, control):
                yield from _half(half, CONTENT[pair.type], counted=number == 0)
    yield from _counted_pair(facts)


def _half(half: Fetched, sent: tuple[bytes, bytes], *, counted: bool) -> Iterator[Remark]:
    kind, content = sent
    if half.body != content:
        yield Finding(
            "pair_altered", f"{half.url}: {len(half.body)} bytes, {len(content)} were sent"
        )
    elif half.media_type != kind.decode().partition(";")[0]:
        seen = f"{half.url}: {half.media_type or 'no type'} for {kind.decode()}"
        yield Finding("pair_altered", seen)
    validator = next((name for name in ("etag", "last-modified") if half.header(name)), "")
    if "no-store" not in half.cache_control:
        said = half.header("cache-control") or "nothing"
        yield Finding("pair_kept", f"{half.url}: Cache-Control says {said}")
    elif validator:
        yield Finding("pair_kept", f"{half.url}: {validator} {half.header(validator)}")


def _counted_pair(facts: Facts) -> Iterator[Remark]:
    """Did each of our hits reach the app? By the caches' own words, and by the app's counts."""
    hits = [*facts.answers.get("bait 0", ()), *facts.answers.get("control 0", ())]
    if any(_misled(hit) for hit in hits):
        return
    if cached := next((hit for hit in hits if hit.cached), None):
        yield Finding("pair_cached", f"{cached.url}: {cached.cached}")
    elif facts.before and facts.after and facts.counts_agree:
        arrived = facts.after.bot_hits - facts.before.bot_hits
        if arrived < facts.hits:
            yield Finding(
                "pair_cached", f"of {facts.hits} hits of doctor's, {arrived} were counted"
            )
    else:
        yield Unchecked(
            "caches that answer for the counted pair and don't say so",
            facts.refused_inside or "the answers had counts of several processes or hosts",
        )


def _reports(facts: Facts) -> Iterator[Remark]:
    small, large = facts.first("outcome"), facts.first("large outcome")
    if small is None:
        return
    if small.status != 204:
        said = small.trouble or f"answers {small.status}"
        yield Finding("report_refused", f"POST {small.url} {said}")
        return
    if large and large.status != 204:
        said = large.trouble or f"answers {large.status}"
        yield Finding("report_too_large", f"POST {large.url} of {MAX_BYTES:,} bytes {said}")
    yield from _kept(small)
    if facts.before and facts.after and facts.counts_agree:
        arrived = sum(facts.after.dropped.values()) - sum(facts.before.dropped.values())
        sent = facts.reports if large and large.status == 204 else 1
        if arrived < sent:
            yield Finding("report_lost", f"of {sent} reports of doctor's, {arrived} arrived")


def _notice(facts: Facts) -> Iterator[Remark]:
    for notice in facts.answers.get("notice", ()):
        if notice.status not in (200, 204):
            said = notice.trouble or f"answers {notice.status}"
            yield Finding("notice_refused", f"{notice.url} {said}")
            return
        yield from _kept(notice)


def _kept(answer: Fetched) -> Iterator[Remark]:
    if answer.cached:
        yield Finding("answers_kept", f"{answer.method} {answer.url}: {answer.cached}")
    elif "no-store" not in answer.cache_control:
        said = answer.header("cache-control") or "nothing"
        yield Finding("answers_kept", f"{answer.method} {answer.url}: Cache-Control says {said}")


def _cookies(facts: Facts) -> Iterator[Remark]:
    ours = ("probe.js", "bait 0", "control 0", "outcome", "notice", "about.json")
    for name in ours:
        for answer in facts.answers.get(name, ()):
            if cookie := answer.header("set-cookie"):
                yield Finding("cookies_set", f"{answer.url} sets {cookie.partition('=')[0]}")
                return
