"""From cells to figures: medians over rounds, and ratios within a round."""

from collections import defaultdict
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks.insertion.load import Cell


class Sample(NamedTuple):
    """One round's figures for one variant and scenario."""

    cpu: float  # microseconds a request
    rps: float
    p99: float  # milliseconds

    @classmethod
    def of(cls, cell: Cell, cpu_seconds: float) -> "Sample":
        p99 = quantiles(cell.latencies, n=100)[-1] if len(cell.latencies) > 1 else cell.seconds
        return cls(cpu_seconds / cell.requests * 1e6, cell.requests / cell.seconds, p99 * 1e3)


class Samples:
    """All rounds: the n-th samples of two variants were taken in the same round."""

    def __init__(self) -> None:
        self.rounds = 0
        self._rounds: dict[tuple[str, str], list[Sample]] = defaultdict(list)

    def add(self, variant: str, scenario: str, sample: Sample) -> None:
        self._rounds[variant, scenario].append(sample)

    def medians(self, variant: str, scenario: str) -> Sample:
        return Sample(*map(median, zip(*self._rounds[variant, scenario], strict=True)))

    def cpu_ratio(self, variant: str, *scenarios: str) -> float:
        """How much of the variant's processor time the bare app needs; 1 means: no cost."""
        return median(
            bare.cpu / with_it.cpu
            for scenario in scenarios
            for bare, with_it in zip(
                self._rounds["bare", scenario], self._rounds[variant, scenario], strict=True
            )
        )
