"""Every planted dark pattern is found, and nothing in what is polite."""

import dataclasses
import itertools
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from evenhand import Arm, Experiment, Notice, Way, _assets
from evenhand.asking.steps import guides
from evenhand.asking.theme import THEMES
from evenhand.languages.catalogues import Languages
from evenhand.lint.asking_rules import asking_findings, word_findings
from evenhand.lint.catalogue import CATALOGUE
from evenhand.lint.examine import Matter, examined
from evenhand.lint.findings import Place
from evenhand.lint.wording import MANNERS
from evenhand.vocabulary import PLACEMENTS

from ..pseudo import folder
from . import planted, polite
from .planted import PLANTS, Plant


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_pattern_is_found_and_nothing_else(plant: Plant, tmp_path: Path) -> None:
    notice = dataclasses.replace(planted.NOTICE, **plant.notice)
    changed = {plant.file: (plant.old, plant.new)} if plant.old else {}
    if plant.german:
        folder(tmp_path, de=plant.german)
    found = examined(Matter(notice, polite.written(tmp_path, changed)))
    assert {each.id for each in found} == {plant.id}, found
    if plant.old:
        assert found[0].place.file in polite.FILES
        assert found[0].place.line == (plant.line or found[0].place.line) > 0
    else:
        assert found[0].place.line == 0


def test_every_finding_is_planted_somewhere() -> None:
    assert {plant.id for plant in PLANTS} == set(CATALOGUE)
    assert len(PLANTS) == len({plant.name + plant.id for plant in PLANTS})


@pytest.mark.parametrize(("theme", "placement"), [*itertools.product(THEMES, PLACEMENTS)])
def test_nothing_is_found_in_what_is_shipped(theme: str, placement: str, tmp_path: Path) -> None:
    for name in ("notice.html", "support.html"):
        (tmp_path / name).write_bytes((_assets.TEMPLATES / name).read_bytes())
    ways = (*planted.NOTICE.ways[:2], Way(kind="donate", url="/"), Way(kind="newsletter", url="/"))
    notice = Notice(
        theme=theme,
        placement=placement,  # type: ignore[arg-type]  # product() forgets the literals
        ways=(*ways, Way(kind="not_now")),
        ask_probable=True,
        logo="/logo.svg",
    )
    assert examined(Matter(notice, tmp_path)) == ()


@pytest.mark.parametrize("lang", sorted(Languages().tags))
def test_nothing_is_found_in_a_shipped_language(lang: str, tmp_path: Path) -> None:
    """By the phrases of that language and the English ones: in every text, label, word and step."""
    notice = Notice(lang=lang, ask_probable=True, ways=planted.NOTICE.ways)
    for name in ("notice.html", "support.html"):
        (tmp_path / name).write_bytes((_assets.TEMPLATES / name).read_bytes())
    assert examined(Matter(notice, tmp_path)) == ()
    languages = Languages()
    assert [*asking_findings(notice, languages, own=frozenset((lang,)))] == []
    words = [step for guide in guides() for step in (*guide.steps, guide.undo)]
    for text in map(languages.of(lang).gettext, words):
        assert [*word_findings(text, lang, Place(lang), MANNERS)] == [], text


def test_a_catalogue_of_the_publishers_is_read_too(tmp_path: Path) -> None:
    said = {"Not now": "Nein, mir egal", "Close": "Ich unterstütze euch nicht", "More": "Mehr!!"}
    (tmp_path / "languages").mkdir()
    catalogue = Catalog(locale="de")
    for text, translated in said.items():
        catalogue.add(text, translated)
    with (tmp_path / "languages" / "de.mo").open("wb") as file:
        write_mo(file, catalogue)
    found = examined(Matter(planted.NOTICE, tmp_path))
    assert [(each.id, str(each.place)) for each in found] == [
        ("confirmshaming", "Way('not_now').label (de)"),
        ("confirmshaming", "words.close (de)"),
        ("shouting", "words.more (de)"),
    ]


@pytest.mark.parametrize("probable", [False, True])
def test_nothing_is_found_in_polite_templates_of_ones_own(probable: bool, tmp_path: Path) -> None:
    notice = dataclasses.replace(planted.NOTICE, ask_probable=probable, logo="/logo.svg")
    folder = polite.written(tmp_path, {})
    assert examined(Matter(notice, folder, styles=(("site.css", polite.CSS),))) == ()


def test_each_arm_of_an_experiment_is_looked_at_and_named() -> None:
    arms = (Arm("plain"), Arm("hard", text="Reading without ads is stealing from us."))
    experiment = Experiment(name="words", arms=arms, smallest=0.01)
    found = examined(Matter(Notice(at_most=20, experiment=experiment)))
    told = [(each.id, each.place.file) for each in found]
    assert ("guilt", "Arm('hard').text") in told
    assert [place for id, place in told if id == "asks_endlessly"] == ["Notice.at_most"]
