"""The scripts as served: settings in front, nothing lost but comments, small."""

import json
import re
import runpy
from pathlib import Path

import pytest

from evenhand import Notice
from evenhand import scripts as scripts_module
from evenhand._assets import SCRIPTS
from evenhand.scripts import Scripts, served
from evenhand.settings import Settings
from evenhand.vocabulary import NO_REASONS, NOTICE_EVENTS, SIGNALS, VERDICTS

ROOT = Path(__file__).parents[1]
PAGE = Settings(site="A <b> & c", ad_slots=('[data-ad="x"]',), notice=Notice())


def test_the_settings_come_first() -> None:
    scripts = Scripts(PAGE)
    first, _, rest = scripts.text("probe.js").partition("\n")
    settings = json.loads(first.removeprefix("{const settings=").removesuffix(";"))
    assert settings["hash"] == scripts.hash
    assert settings["site"] == "A <b> & c"
    assert settings["slots"] == ['[data-ad="x"]']
    assert "<" not in first
    assert rest.startswith("const judge=")
    assert rest.endswith("})();\n}\n")


def test_the_hash_names_files_and_settings() -> None:
    one, same, other = Scripts(PAGE), Scripts(PAGE), Scripts(Settings())
    assert one.hash == same.hash != other.hash
    assert re.fullmatch(r"[0-9a-f]{12}", one.hash)


def test_without_a_notice_there_is_no_style_of_it() -> None:
    scripts = Scripts(Settings())
    assert scripts.answer(scripts.hash, "notice.css", gzipped=False) is None


def test_the_notices_parts_are_served_as_one_file() -> None:
    """One request for each notice, not four; and what it is told comes first."""
    scripts = Scripts(PAGE)
    text = scripts.text("notice.js")
    first, _, rest = text.partition("\n")
    rules = json.loads(first.removeprefix("const rules=").removesuffix(";"))
    assert (rules["after"], rules["days"], rules["most"]) == (2, 30, 6)
    assert rules["slots"] == ['[data-ad="x"]']
    assert [kind for kind, *_ in rules["pairs"]] == ["script", "style", "fetch"], "but the counted"
    assert "import{" not in rest
    for name in ("reasonsAgainst", "opened", "stand", "ask"):
        assert re.search(rf"^(export )?const {name}=", rest, re.MULTILINE), name
    for part in ("asking.js", "checking.js", "placing.js", "verdict.js"):
        assert scripts.answer(scripts.hash, part, gzipped=False) is None


def test_the_theme_stands_before_the_notices_style() -> None:
    notice = Notice(theme={"accent": "#004488"})
    first, _, rest = Scripts(Settings(notice=notice)).text("notice.css").partition("\n")
    assert first.startswith(":host{--rs-background:#ffffff;")
    assert "--rs-accent:#004488;" in first
    assert "--rs-font" not in first, "inherited from the page"
    assert "/*" not in rest
    assert set(re.findall(r"var\((--rs-[\w-]+)", rest)) == {
        f"--rs-{name}" for name in notice.tokens()
    }


def test_a_policy_changes_the_hash() -> None:
    hashes = {
        Scripts(Settings(notice=Notice(**given))).hash
        for given in ({}, {"at_most": 1}, {"placement": "corner"}, {"theme": "paper"})
    }
    assert len(hashes) == 4


@pytest.mark.parametrize("name", ["../settings.py", "types.d.ts", "", "probe.js/"])
def test_nothing_else_is_served(name: str) -> None:
    scripts = Scripts(PAGE)
    assert scripts.answer(scripts.hash, name, gzipped=False) is None


def test_only_comments_and_needless_spaces_are_left_out() -> None:
    script = (
        "// a\nlet a = 1; // b\n/** c\n * d */\nlet b = /** @type {C} */ (c);\n"
        "  // f\n  let url = 'http://g/* h */', k = `l : m`;\n\n  return a - b;\n"
    )
    assert served(script) == (
        "let a=1;\nlet b=(c);\nlet url='http://g/* h */',k=`l : m`;\nreturn a - b;\n"
    )


def test_the_scripts_words_are_the_vocabularys() -> None:
    types = (SCRIPTS / "types.d.ts").read_text("utf-8")
    scripts = "".join(path.read_text("utf-8") for path in SCRIPTS.glob("*.js"))

    def declared(name: str) -> set[str]:
        block = re.search(rf"type {name} =([^;]*);", types)
        assert block is not None
        return set(re.findall(r'\| "(\w+)"', block[1]))

    assert declared("Verdict") == set(VERDICTS)
    assert declared("Signal") == set(SIGNALS)
    assert declared("NoticeEvent") < set(NOTICE_EVENTS)
    assert declared("NoReason") < set(NO_REASONS)
    asking = (SCRIPTS / "asking.js").read_text("utf-8")
    assert set(re.findall(r'\["(\w+)", ', asking)) < declared("NoReason")
    assert set(re.findall(r'found\.add\(\s*"(\w+)"', scripts)) < set(SIGNALS)


def test_each_file_keeps_its_budget() -> None:
    sizes = runpy.run_path(str(ROOT / "scripts" / "sizes.py"))
    for names, size in sizes["sizes"]().items():
        assert 0 < size <= sizes["BUDGETS"][names], names


def test_the_tags_for_which_ads_js_is_fetched_are_those_it_knows() -> None:
    ads = (SCRIPTS / "ads.js").read_text("utf-8")
    (known,) = re.findall(r"^const TAGS = /(.+)/;$", ads, re.MULTILINE)
    vendors = set(re.findall(r"name: /([^/]*(?:\\/[^/]*)*)/,", ads))
    fetched = {re.sub(r"([/.])", r"\\\1", name.strip("'")) for name in scripts_module._TAGS}
    assert set(known.split("|")) == vendors == fetched
