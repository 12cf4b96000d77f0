"""``docs/openapi.yaml`` names the routes that there are, and the words that they take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import yaml

from evenhand import Notice
from evenhand.report import Report, decode
from evenhand.vocabulary import NOTICE_EVENTS, SIGNALS, VERDICTS, ReportKind

from .apps import supporting

SPECIFICATION: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "docs" / "openapi.yaml").read_text("utf-8")
)
REPORT = SPECIFICATION["components"]["schemas"]["Report"]


def described() -> set[str]:
    """Every path in the file, each value of an enumerated part of it written out."""
    found: set[str] = set()
    for path, operations in SPECIFICATION["paths"].items():
        (operation,) = operations.values()
        values = [
            (parameter["name"], parameter["schema"].get("enum", ["HASH"]))
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "path"
        ]
        written = {path.removeprefix("/")}
        for name, choices in values:
            written = {one.replace(f"{{{name}}}", choice) for one in written for choice in choices}
        found |= written
    return found


def test_the_file_names_every_route_and_no_other() -> None:
    with supporting(notice=Notice(), dashboard=lambda _: True) as support:
        scripts = {f"HASH/{name}" for name in support.scripts.names}
        assert described() == {*support.routes.paths, *scripts}
        assert SPECIFICATION["servers"] == [{"url": support.settings.prefix}]


def test_the_methods_are_those_that_count_or_answer() -> None:
    methods = {path: set(one) for path, one in SPECIFICATION["paths"].items()}
    assert methods.pop("/outcome") == {"post"}
    assert all(one == {"get"} for one in methods.values())


def test_a_reports_words_are_the_closed_sets() -> None:
    fields = REPORT["properties"]
    assert tuple(fields["verdict"]["enum"]) == VERDICTS
    assert tuple(fields["from"]["enum"]) == ("", *VERDICTS)
    assert tuple(fields["event"]["enum"]) == ("", *NOTICE_EVENTS)
    assert tuple(fields["kind"]["enum"]) == get_args(ReportKind)
    assert tuple(SPECIFICATION["components"]["schemas"]["Signal"]["enum"]) == SIGNALS
    wire = {"from" if name == "former" else name for name in Report.__struct_fields__}
    assert set(fields) == wire


def test_what_the_file_requires_is_a_report() -> None:
    assert isinstance(decode(b'{"v":1,"kind":"verdict","verdict":"slow"}'), Report)
    for field in REPORT["required"]:
        body = re.sub(rf'"{field}":[^,}}]+,?', "", '{"v":1,"kind":"verdict","verdict":"slow"}')
        assert decode(body.replace(",}", "}").encode()) in ("malformed", "unknown_value")
