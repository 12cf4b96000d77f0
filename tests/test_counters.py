# Long: one file format, and every way in which it may be torn.
import errno
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.keys import KEY_BYTES, SERIES_DROPPED, Key, coarser, decode, encode
from evenhand.record import tally as tally_module
from evenhand.record.counters import Counters
from evenhand.record.tallies import Tallies, TallyFolder
from evenhand.record.tally import SLOTS
from evenhand.vocabulary import FaultStep

NOON = 1_700_000_000 // 3600 * 3600.0
HOUR = 3600.0
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")
CONTROL = BAIT._replace(value="control")

MakeCounters = Callable[[Path | None], Counters]


class Heard(list[tuple[FaultStep, Exception]]):
    """The faults that were reported."""

    def __call__(self, step: FaultStep, error: Exception) -> None:
        self.append((step, error))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def make(heard: Heard) -> Iterator[MakeCounters]:
    made: list[Counters] = []

    def make_counters(folder: Path | None) -> Counters:
        made.append(Counters(folder, heard))
        return made[-1]

    yield make_counters
    for counters in made:
        counters.close()


def totals(tallies: Tallies) -> Counter[Key]:
    found = Counter[Key]()
    for name in tallies.names():
        reading = tallies.read(name)
        if reading is not None:
            found.update(dict(zip(reading.keys, reading.counts, strict=True)))
    return +found


def hours(tallies: Tallies) -> set[int]:
    readings = [tallies.read(name) for name in tallies.names()]
    return {reading.hour for reading in readings if reading is not None}


def finished(tallies: Tallies) -> list[str]:
    with ExitStack() as holding:
        return [name for name in tallies.names() if tallies.take(name, holding) is not None]


@given(st.builds(Key, *[st.text(st.characters(exclude_characters="\0\x1f"), max_size=7)] * 8))
def test_a_key_survives_its_bytes(key: Key) -> None:
    try:
        encoded = encode(key)
    except UnicodeEncodeError:
        return  # a lone surrogate has no bytes
    assert decode(encoded) == key
    assert len(encoded) <= KEY_BYTES


@pytest.mark.parametrize("text", ["x" * KEY_BYTES, "a\x1fb", "a\0b", "\ud800"])
def test_what_is_not_a_key_has_no_bytes(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (several kinds of it)
        encode(BAIT._replace(section=text))


def test_bytes_that_are_not_a_key_are_refused() -> None:
    with pytest.raises(ValueError, match="not an encoded key"):
        decode(b"too\x1ffew")


@pytest.mark.parametrize("filed", [True, False], ids=["folder", "memory"])
def test_counts_are_exact_and_hours_apart(tmp_path: Path, make: MakeCounters, filed: bool) -> None:
    counters = make(tmp_path / "counts" if filed else None)
    counters.count(BAIT, NOON)
    counters.count(BAIT, NOON + 3599.9, 4)
    counters.count(CONTROL, NOON)
    assert totals(counters.tallies) == {BAIT: 5, CONTROL: 1}
    assert finished(counters.tallies) == []

    counters.count(BAIT, NOON + HOUR)
    assert totals(counters.tallies) == {BAIT: 6, CONTROL: 1}
    assert hours(counters.tallies) == {NOON, NOON + HOUR}
    assert len(finished(counters.tallies)) == 1


def test_a_late_clock_reading_stays_in_the_hour_and_a_clock_set_back_does_not(
    tmp_path: Path, make: MakeCounters
) -> None:
    counters = make(tmp_path)
    counters.count(BAIT, NOON)
    counters.count(BAIT, NOON - 0.001)
    assert hours(counters.tallies) == {NOON}
    counters.count(BAIT, NOON - 2 * HOUR)
    assert hours(counters.tallies) == {NOON, NOON - 2 * HOUR}
    assert totals(counters.tallies) == {BAIT: 3}


def test_an_idle_worker_lets_go_of_its_hour(tmp_path: Path, make: MakeCounters) -> None:
    counters = make(tmp_path)
    counters.count(BAIT, NOON)
    counters.tend(NOON + HOUR - 1)
    assert finished(counters.tallies) == []
    counters.tend(NOON + HOUR)
    assert len(finished(counters.tallies)) == 1


def test_other_workers_read_the_counts(tmp_path: Path, make: MakeCounters, heard: Heard) -> None:
    here, there = make(tmp_path), make(tmp_path)
    onlooker = TallyFolder(tmp_path, heard)
    for n in range(1, 40):
        here.count(BAIT._replace(section=str(n)), NOON)
        there.count(BAIT._replace(section=str(n)), NOON, n)
        assert onlooker_total(onlooker) == n + n * (n + 1) // 2
    assert heard == []


def onlooker_total(onlooker: TallyFolder) -> int:
    return totals(onlooker).total()


@pytest.mark.parametrize("filed", [True, False], ids=["folder", "memory"])
def test_beyond_the_cap_counts_go_to_coarser_keys(
    tmp_path: Path, make: MakeCounters, filed: bool
) -> None:
    counters = make(tmp_path if filed else None)
    keys = [BAIT._replace(section=str(n)) for n in range(SLOTS + 10)]
    for key in keys * 2:
        counters.count(key, NOON)
    found = totals(counters.tallies)
    dropped = found.pop(SERIES_DROPPED)
    assert found.total() == 2 * len(keys)
    assert found[coarser(BAIT)] == dropped > 0
    assert found[keys[0]] == 2


def test_when_even_coarser_keys_find_no_room_counts_lose_their_site(make: MakeCounters) -> None:
    counters = make(None)
    for n in range(2 * SLOTS):
        counters.count(BAIT._replace(site=str(n)), NOON)
    found = totals(counters.tallies)
    dropped = found.pop(SERIES_DROPPED)
    assert found.total() == 2 * SLOTS
    assert 0 < found[coarser(BAIT)._replace(site="other")] < dropped


def test_a_count_that_finds_no_room_at_all_is_a_dropped_series(make: MakeCounters) -> None:
    counters = make(None)
    for n in range(2 * SLOTS):
        counters.count(BAIT._replace(value=str(n)), NOON)
    found = totals(counters.tallies)
    assert len(found) == SLOTS
    assert found.total() == 2 * SLOTS + 512


@pytest.mark.parametrize(
    ("key", "counted"),
    [
        pytest.param(BAIT._replace(section="x" * 300), coarser(BAIT), id="long section"),
        pytest.param(
            BAIT._replace(site="x" * 300), coarser(BAIT)._replace(site="other"), id="long site"
        ),
        pytest.param(BAIT._replace(variant="a\x1fb"), coarser(BAIT), id="separator"),
    ],
)
def test_a_key_without_bytes_is_counted_coarser(make: MakeCounters, key: Key, counted: Key) -> None:
    counters = make(None)
    counters.count(key, NOON, 3)
    assert totals(counters.tallies) == {counted: 3, SERIES_DROPPED: 3}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.truncate(1000), id="truncated"),
        pytest.param(lambda file: file.write(b"\0" * 8), id="no magic"),
        pytest.param(lambda file: (file.seek(16), file.write(b"\1")), id="capacity"),
        pytest.param(lambda file: (file.seek(8 * 8200), file.write(b"\xff" * 9)), id="key"),
    ],
)
def test_a_torn_file_is_set_aside(
    tmp_path: Path, make: MakeCounters, heard: Heard, damage: Callable[..., object]
) -> None:
    counters = make(tmp_path)
    counters.count(BAIT, NOON)
    counters.close()
    (path,) = tmp_path.glob("*.counts")
    with path.open("r+b") as file:
        damage(file)
    tallies = TallyFolder(tmp_path, heard)
    assert tallies.read(path.name) is None
    assert tallies.read(path.name) is None
    assert [step for step, _ in heard] == ["state_dir"], "reported once"
    tallies.tidy()
    assert tallies.names() == []
    assert [left.name for left in tmp_path.iterdir()] == [f"{path.name}.broken"]


def test_a_file_of_a_later_release_is_left_alone(
    tmp_path: Path, make: MakeCounters, heard: Heard
) -> None:
    counters = make(tmp_path)
    counters.count(BAIT, NOON)
    (path,) = tmp_path.glob("*.counts")
    with path.open("r+b") as file:
        file.seek(8)
        file.write((9).to_bytes(8, sys.byteorder))
    tallies = TallyFolder(tmp_path, heard)
    tallies.tidy()
    assert tallies.read(path.name) is None
    assert path.exists()
    assert len(heard) == 1


def test_what_a_worker_left_half_made_is_swept_after_a_while(tmp_path: Path, heard: Heard) -> None:
    old, fresh = tmp_path / ".1.counts.tmp", tmp_path / ".2.counts.tmp"
    old.touch()
    fresh.touch()
    os.utime(old, (NOON, NOON))
    TallyFolder(tmp_path, heard).tidy()
    assert list(tmp_path.iterdir()) == [fresh]


def test_on_a_full_disk_counts_wait_in_memory(
    tmp_path: Path, make: MakeCounters, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = make(tmp_path)
    counters.count(BAIT, NOON)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda *_: 0)
        counters.count(CONTROL, NOON, 2)  # a new key finds no room
        counters.count(CONTROL, NOON, 2)
        counters.count(BAIT, NOON + HOUR)  # and a new hour neither
        counters.tend(NOON + HOUR)
        assert totals(counters.tallies) == {BAIT: 1}
        assert {error.errno for _, error in heard if isinstance(error, OSError)} == {errno.ENOSPC}
    counters.tend(NOON + HOUR)
    assert totals(counters.tallies) == {BAIT: 2, CONTROL: 4}
    counters.count(CONTROL, NOON + HOUR)
    assert totals(counters.tallies) == {BAIT: 2, CONTROL: 5}
    assert not list(tmp_path.glob(".*"))


def test_a_worker_whose_file_was_moved_starts_another(tmp_path: Path, make: MakeCounters) -> None:
    counters = make(tmp_path / "counts")
    counters.count(BAIT, NOON)
    (path,) = (tmp_path / "counts").iterdir()
    path.rename(tmp_path / "elsewhere")
    (tmp_path / "counts").rmdir()
    assert counters.tallies.names() == []
    counters.tend(NOON)
    counters.count(BAIT, NOON)
    assert totals(counters.tallies) == {BAIT: 1}


FORKING = """
import os, sys
from pathlib import Path
from evenhand.record.counters import Counters
from evenhand.keys import Key
from contextlib import ExitStack

key, folder = Key("gazette", "", "", "", "pair", "bait"), Path(sys.argv[1])
counters = Counters(folder)
counters.count(key, 7200.0, 100)
asked, answer = os.pipe(), os.pipe()
if os.fork() == 0:
    os.close(asked[1])
    counters.count(key, 7200.0, 10)
    os.write(answer[1], b"c")
    os.read(asked[0], 1)  # alive until the parent has looked
    os._exit(0)
os.read(answer[0], 1)
counters.count(key, 7200.0, 1)
names = counters.tallies.names()
print(len(names), sum(counters.tallies.read(name).counts[1] for name in names))
counters.close()
with ExitStack() as holding:
    taken = [counters.tallies.take(name, holding) for name in names]
    print(*[reading.counts[1] for reading in taken if reading])
os.write(asked[1], b"x")
os.wait()
"""


def test_a_forked_child_counts_for_itself_and_keeps_no_lock_of_its_parent(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FORKING, tmp_path], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["2 111", "101"]
    assert ran.stderr == ""


def test_the_layout_of_a_file_is_what_it_was() -> None:
    """Workers of two releases share a folder while they are deployed."""
    assert (tally_module.SLOTS, KEY_BYTES) == (8192, 256)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@given(
    st.lists(
        st.sampled_from(["one", "all", "other", "close", "tend", "next hour", "set back"]),
        min_size=1,
        max_size=30,
    )
)
def test_a_counter_of_one_key_counts_like_the_rest(steps: list[str]) -> None:
    clock, short, plain = Clock(), Counters(None), Counters(None)
    one = short.counter(BAIT, clock, lambda key: short.count(key, clock()))
    for step in steps:
        if step in ("one", "all"):
            one("whatever it is called with") if step == "one" else short.count(BAIT, clock())
            plain.count(BAIT, clock())
        for counters in (short, plain):
            if step == "other":
                counters.count(CONTROL, clock())
            elif step == "close":
                counters.close()
            elif step == "tend":
                counters.tend(clock())
        clock.now += {"next hour": HOUR, "set back": -HOUR}.get(step, 1.0)
    assert totals(short.tallies) == totals(plain.tallies)
    assert hours(short.tallies) == hours(plain.tallies)


def test_a_counter_whose_key_finds_no_slot_goes_on_to_say_so(make: MakeCounters) -> None:
    counters, clock = make(None), Clock()
    long = BAIT._replace(section="x" * KEY_BYTES)
    one = counters.counter(long, clock, lambda key: counters.count(key, clock()))
    for _ in range(3):
        one()
    assert totals(counters.tallies) == {coarser(long): 3, SERIES_DROPPED: 3}
