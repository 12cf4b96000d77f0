"""A form's words, and nothing else, make the notice, the view and the reader."""

import dataclasses
from datetime import datetime

import pytest

from evenhand import Notice, Way
from evenhand.asking import policy
from evenhand.asking.steps import guides, ranked
from evenhand.preview.choice import SENT, chosen, defaults
from evenhand.preview.form import groups
from evenhand.preview.readers import Blocking, blockings
from evenhand.preview.stage import free_minute
from evenhand.preview.why import SENTENCES, Described, reasons
from evenhand.vocabulary import NO_REASONS, NoReason

from .served import NOTICES

NOON = datetime(2026, 11, 28, 9)  # noqa: DTZ001 - the reader's own clock has no zone


@pytest.mark.parametrize("name", NOTICES)
def test_nothing_chosen_is_the_apps_own(name: str) -> None:
    base = NOTICES[name]
    assert chosen({}, base).notice == base
    sent = {name: text for name, text in defaults(base).items() if text}
    choice = chosen({SENT: "1", **sent}, base)
    assert choice.error == ""
    assert choice.notice == base
    assert choice.given == defaults(base)


@pytest.mark.parametrize("name", NOTICES)
def test_the_form_has_every_field(name: str) -> None:
    base = NOTICES[name]
    fields = [f.name for g in groups(defaults(base), base, ["en"]) for f in g.fields]
    assert sorted(fields) == sorted(defaults(base))


@pytest.mark.parametrize(
    ("field", "text", "option", "value"),
    [
        ("name", "Gazette", "name", "Gazette"),
        ("logo", "/l.png", "logo", "/l.png"),
        ("title", "Hi", "title", "Hi"),
        ("gentle_text", "Hm", "gentle_text", "Hm"),
        ("theme", "bold", "theme", "bold"),
        ("placement", "slot", "placement", "slot"),
        ("after_pages", "4", "after_pages", 4),
        ("quiet_hours", "22:00-07:00, 12:00-13:00", "quiet_hours", ("22:00-07:00", "12:00-13:00")),
        ("not_on", "/a", "not_on", ("/a",)),
        ("ask_probable", "on", "ask_probable", True),
    ],
)
def test_each_field_sets_its_option(field: str, text: str, option: str, value: object) -> None:
    notice = chosen({field: text}, Notice()).notice
    assert notice == dataclasses.replace(Notice(), **{option: value})  # type: ignore[arg-type]  # the option's own type


def test_ways_are_added_renamed_and_taken_away() -> None:
    sent = {**defaults(Notice()), SENT: "1", "way-1": "", "way-3": "on", "label-0": "How?"}
    notice = chosen(sent, Notice()).notice
    assert notice.ways == (
        Way(kind="allow", label="How?"),
        Way(kind="never"),
        Way(kind="subscribe", url="/subscribe"),
    )


def test_colours_of_ones_own_are_those_that_differ_from_plain() -> None:
    notice = chosen({"theme": "own", "token-accent": "#7a1f5f"}, Notice()).notice
    assert notice.theme == {"accent": "#7a1f5f"}
    base = NOTICES["probable"]
    assert chosen({"theme": "as set"}, base).notice.theme == base.theme


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("title", "", "Notice.title"),
        ("every_days", "soon", "Notice.every_days"),
        ("every_days", "1", "Notice.every_days"),
        ("placement", "popup", "Notice.placement"),
        ("logo", "https://elsewhere.example/l.png", "Notice.logo"),
        ("quiet_hours", "night", "Notice.quiet_hours"),
        ("url-3", "javascript:alert(1)", "Way.url"),
    ],
)
def test_what_can_not_be_is_refused_with_a_way_out(field: str, text: str, said: str) -> None:
    choice = chosen({**defaults(Notice()), SENT: "1", "way-3": "on", field: text}, Notice())
    assert choice.error.startswith(said)
    assert "Fix: " in choice.error
    assert choice.notice == Notice()
    assert choice.given[field] == text


def test_a_pale_colour_is_refused_with_the_nearest_that_can_be_read() -> None:
    choice = chosen({"theme": "own", "token-text": "#cccccc"}, Notice())
    assert "the nearest colour that passes" in choice.error


@pytest.mark.parametrize("blocking", blockings(), ids=lambda blocking: blocking.id)
def test_each_blocker_has_a_reader_who_sees_its_steps(blocking: Blocking) -> None:
    """As far as the ranking can tell: some blockers look alike."""
    order = [guide.id for guide in ranked(blocking.reader, blocking.signals)]
    first = {"brave-desktop", "ublock-origin", "firefox-etp", "safari-ios", "opera-desktop"}
    assert order.index(blocking.id) == 0 or blocking.id not in first
    assert [each.id for each in blockings()] == [guide.id for guide in guides()]


def test_each_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(NO_REASONS)


@pytest.mark.parametrize(
    ("described", "found"),
    [
        ({}, []),
        ({"views": "1"}, ["few_pages"]),
        ({"asked": "on"}, ["asked_in_tab"]),
        ({"acted": "3"}, ["resting"]),
        ({"acted": "30"}, []),
        ({"silenced": "on"}, ["silenced"]),
        ({"times": "6"}, ["often_enough"]),
        ({"clock": "23:30", "quiet_hours": "22:00-07:00"}, ["quiet_hours"]),
        ({"clock": "25:99"}, []),
        ({"opted_out": "on"}, ["opted_out"]),
        ({"bot": "on"}, ["bot"]),
        ({"verdict": "loaded"}, ["verdict"]),
        ({"verdict": "blocked_probable"}, ["verdict"]),
        ({"blocker": "pi-hole"}, ["verdict"]),
        ({"blocker": "pi-hole", "ask_probable": "on"}, []),
        ({"path": "/checkout/2", "not_on": "/checkout"}, ["quiet_path"]),
        ({"exempt": "on"}, ["exempt"]),
        ({"guard": ""}, ["guard"]),
        ({"storage": ""}, ["no_storage"]),
        ({"views": "1", "exempt": "on"}, ["few_pages", "exempt"]),
    ],
    ids=str,
)
def test_the_policys_own_reasons_are_given(
    described: dict[str, str], found: list[NoReason]
) -> None:
    choice = chosen({**defaults(Notice()), SENT: "1", **described}, Notice())
    assert choice.error == ""
    assert reasons(choice.notice, choice.reader, "full", NOON) == found


def test_each_arm_of_an_experiment_is_shown_and_the_hold_out_nothing() -> None:
    base = NOTICES["compared"]
    assert chosen({}, base).shown == Notice()
    short = chosen({"arm": "short"}, base)
    assert short.shown == Notice(title="Hello", placement="corner")
    assert short.variant == base.variants["short"]
    held = chosen({"arm": "hold-out"}, base)
    assert held.shown is None
    assert reasons(held.notice, held.reader, "full", NOON) == ["hold_out"]


def test_settings_that_ask_nobody_say_so() -> None:
    assert reasons(Notice(), Described(), "count", NOON) == ["mode"]
    assert reasons(Notice(), Described(), "full", NOON, off=True) == ["off"]


def test_a_silenced_reader_is_left_alone_for_good() -> None:
    assert policy.FOREVER == "9999-12-31"
    far = datetime(9000, 1, 1)  # noqa: DTZ001 - as above
    assert reasons(Notice(), Described(silenced=True), "full", far) == ["silenced"]


@pytest.mark.parametrize(
    ("quiet", "minute"),
    [
        ((), 720),
        (("22:00-07:00",), 720),
        (("11:00-13:00",), 0),
        (("11:00-13:00", "23:00-02:30"), 150),
        (("00:00-12:30", "12:30-00:00"), None),
    ],
)
def test_the_stage_stands_outside_of_quiet_hours(quiet: tuple[str, ...], minute: int) -> None:
    assert free_minute(Notice(quiet_hours=quiet)) == minute
