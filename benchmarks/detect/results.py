"""The answers as figures and as tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.detect.answer import Answer
from benchmarks.detect.detectors import DETECTORS, Detector
from tests.browser.conditions import Condition
from tests.browser.harness import Blocker

Figures = dict[str, float | int | str]
NOTE = """\
Recognised: said "blocked" in every run of the set-up. Ours: as the DOM event and in the server's
record. By hosts alone: DNS filters, tracking protection, Privacy Badger, which never touch what
the site itself serves; ours says "blocked_probable" there, on a page with seven ad tags, and asks
nobody. False accusation: said "blocked" under a condition without any blocker, once for each
browser. Ours: the DOM event or the server's record, with the guard closed or open; where only
names of baits fail, which no browser can tell from a blocker, what the server counts behind its
closed guard (an open one closes within 200 page views: `make test-conditions`).
ms: from the check's start to its verdict, with no blocker and nothing awkward."""


@dataclass(frozen=True)
class Results:
    """Everything that was asked and answered."""

    blockers: Sequence[Blocker]
    conditions: Sequence[Condition]
    clean: Sequence[Answer]
    setups: Sequence[Answer]
    by_host: Sequence[Answer]  # set-ups whose blocker knows hosts alone
    controls: Sequence[Answer]

    def runs(self, detector: Detector) -> dict[str, list[Answer]]:
        """A detector's runs by set-up."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.setups:
            if answer.detector == detector:
                found[answer.where].append(answer)
        return found

    def recognised(self, detector: Detector) -> list[str]:
        return [w for w, runs in self.runs(detector).items() if all(a.recognised for a in runs)]

    def noticed(self, detector: Detector) -> list[str]:
        """Set-ups that know hosts alone: noticed in every run."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.by_host:
            if answer.detector == detector:
                found[answer.where].append(answer)
        return [where for where, runs in found.items() if all(a.noticed for a in runs)]

    def accused(self, detector: Detector) -> dict[tuple[str, str], list[Answer]]:
        """By condition and browser: the answers that accuse."""
        found: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for answer in self.controls:
            if answer.detector == detector and answer.accused:
                found[answer.where, answer.browser].append(answer)
        return found

    def median_ms(self, detector: Detector) -> float | None:
        every = [a.ms for a in self.clean if a.detector == detector and a.ms is not None]
        return median(every) if every else None

    @property
    def setups_total(self) -> int:
        return len({answer.where for answer in self.setups})

    @property
    def host_setups_total(self) -> int:
        return len({answer.where for answer in self.by_host})

    @property
    def conditions_total(self) -> int:
        return len({(answer.where, answer.browser) for answer in self.controls})

    @property
    def not_run(self) -> list[str]:
        """What was asked for in vain: set-ups, and conditions by browser."""
        setups = {answer.where for answer in self.setups}
        done = {(answer.where, answer.browser) for answer in self.controls}
        missing: dict[tuple[str, str], list[Answer]] = {
            (condition.name, browser): []
            for condition in self.conditions
            for browser in condition.browsers
            if (condition.name, browser) not in done
        }
        left = _places(missing)
        return [*(b for b in self.blockers if b not in setups), *([left] if left else [])]

    def figures(self) -> Figures:
        found: Figures = {
            "setups_total": self.setups_total,
            "host_setups_total": self.host_setups_total,
            "setups_probable": len(self.noticed(DETECTORS[0])),
            "conditions_total": self.conditions_total,
            "not_run": ", ".join(self.not_run),
        }
        for detector in DETECTORS:
            prefix = "" if detector.is_ours else f"{detector.key}_"
            found[f"{prefix}setups_recognised"] = len(self.recognised(detector))
            if prefix:
                found[f"{prefix}host_setups_recognised"] = len(self.noticed(detector))
            found[f"{prefix}false_accusations"] = len(self.accused(detector))
            ms = self.median_ms(detector)
            if ms is not None:
                found[f"{prefix}median_ms_clean"] = round(ms, 1)
        found |= self._guard_figures()
        return found

    def _guard_figures(self) -> Figures:
        """Ours in parts: what the browser alone said, and what the server counted."""
        ours = [a for a in self.controls if a.detector.is_ours]
        counted = {
            guard: {
                (a.where, a.browser) for a in ours if a.guard == guard and "blocked" in a.counted
            }
            for guard in ("closed", "open")
        }
        said = {(a.where, a.browser) for a in ours if a.said == "blocked"}
        probable = {(a.where, a.browser) for a in ours if a.said == "blocked_probable"}
        return {
            "false_accusations_by_event": len(said),
            "false_accusations_counted_guard_closed": len(counted["closed"]),
            "false_accusations_counted_guard_open": len(counted["open"]),
            "probable_under_conditions": len(probable),
        }


def render(heading: Mapping[str, object], results: Results) -> str:
    """All tables."""
    lines = [f"{name}: {value}" for name, value in heading.items()]
    lines.append(f"not run: {', '.join(results.not_run) or 'nothing'}")
    lines += ["", *_summary(results), "", NOTE, "", *_matrix(results), "", *_accusations(results)]
    return "\n".join([*lines, ""])


def _summary(results: Results) -> list[str]:
    lines = [
        f"{'':27} {'set-ups recognised':>19} {'by hosts alone':>15} "
        f"{'false accusations':>18} {'median ms':>10}",
        f"{'':27} {f'of {results.setups_total}':>19} {f'of {results.host_setups_total}':>15} "
        f"{f'in {results.conditions_total}':>18} {'clean':>10}",
    ]
    for detector in DETECTORS:
        ms = results.median_ms(detector)
        lines.append(
            f"{detector.name:27} {len(results.recognised(detector)):19} "
            f"{len(results.noticed(detector)):15} "
            f"{len(results.accused(detector)):18} {'-' if ms is None else round(ms):>10}"
        )
    return lines


def _matrix(results: Results) -> list[str]:
    """In how many runs each detector recognised each set-up, and its median ms there."""
    blockers = sorted({answer.where for answer in results.setups})
    lines = ["Runs in which each set-up was recognised, and the median ms to that verdict"]
    width = max(map(len, blockers), default=0)
    lines.append(f"{'':27} " + " ".join(f"{name:>{width}}" for name in blockers))
    for detector in DETECTORS:
        runs = results.runs(detector)
        cells = (f"{_cell(runs.get(name, [])):>{width}}" for name in blockers)
        lines.append(f"{detector.name:27} " + " ".join(cells))
    return lines


def _cell(runs: Sequence[Answer]) -> str:
    found = [answer for answer in runs if answer.recognised]
    times = [answer.ms for answer in found if answer.ms is not None]
    ms = f" {median(times):.0f}ms" if times else ""
    silent = " silent" if runs and all(answer.said is None for answer in runs) else ""
    return f"{len(found)}/{len(runs)}{ms}{silent}"


def _accusations(results: Results) -> list[str]:
    """Where each detector accused, and where it said nothing."""
    lines = ["Conditions under which each accused (C: Chromium, F: Firefox)"]
    for detector in DETECTORS:
        places = _places(results.accused(detector))
        lines.append(f"{detector.name}: {places or 'none'}")
    told: dict[tuple[str, str], list[Answer]] = {
        (a.where, a.browser): [a]
        for a in results.controls
        if a.server_decides and a.said == "blocked"
    }
    lines.append(f"Evenhand, in the page, but neither counted nor asked: {_places(told) or 'none'}")
    lines += ["", "Conditions under which each said nothing in time"]
    for detector in DETECTORS:
        silent: dict[tuple[str, str], list[Answer]] = {
            (a.where, a.browser): [a]
            for a in results.controls
            if a.detector == detector and a.said is None and not a.counted
        }
        lines.append(f"{detector.name}: {_places(silent) or 'none'}")
    return lines


def _places(found: Mapping[tuple[str, str], Sequence[Answer]]) -> str:
    by_condition: dict[str, str] = defaultdict(str)
    for condition, browser in found:
        by_condition[condition] += browser[0].upper()
    return ", ".join(f"{name} {browsers}" for name, browsers in by_condition.items())
