"""The code to copy makes the very notice that was chosen."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import Arm, Experiment, Notice, Way
from evenhand.errors import OptionError
from evenhand.preview.code import WIDTH, code_of

from .served import NOTICES


def evaluated(code: str) -> Any:
    return eval(code, {"Arm": Arm, "Experiment": Experiment, "Notice": Notice, "Way": Way})


@pytest.mark.parametrize("name", NOTICES)
def test_it_makes_an_equal_notice(name: str) -> None:
    code = code_of(NOTICES[name])
    assert evaluated(code) == NOTICES[name]
    assert all(len(line) <= WIDTH for line in code.splitlines())


def test_only_what_differs_is_said() -> None:
    assert code_of(Notice()) == "Notice()"
    assert code_of(Notice(theme="paper", every_days=60)) == 'Notice(theme="paper", every_days=60)'
    assert code_of(Way(kind="donate", url="/give")) == 'Way(url="/give", kind="donate")'


def test_long_code_is_broken_as_formatters_do() -> None:
    ways = (Way(kind="allow"), Way(kind="donate", url="/give"), Way(kind="never", label="Never"))
    assert code_of(Notice(title='Say "hello" to {name}', ways=ways)) == (
        "Notice(\n"
        "    title='Say \"hello\" to {name}',\n"
        "    ways=(\n"
        '        Way(kind="allow"),\n'
        '        Way(url="/give", kind="donate"),\n'
        '        Way(label="Never", kind="never"),\n'
        "    ),\n"
        ")"
    )


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=50),
    st.text(max_size=30),
    st.integers(7, 3650),
    st.sampled_from(["22:00-07:00", "13:00-14:30"]),
    st.dictionaries(st.sampled_from(["accent", "text"]), st.just("#123456")),
)
def test_any_text_survives(text: str, label: str, days: int, hours: str, theme: Any) -> None:
    try:
        notice = Notice(
            text=text,
            every_days=days,
            quiet_hours=(hours,),
            theme=theme,
            ways=(Way(label=label, url="/x"),),
            words={"close": label},
        )
    except OptionError:
        return
    assert evaluated(code_of(notice)) == notice
