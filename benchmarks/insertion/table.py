"""The results for people."""

from collections.abc import Mapping

from benchmarks.figures import Figures
from benchmarks.insertion.checks import Verdict
from benchmarks.insertion.samples import Samples
from benchmarks.insertion.scenarios import MEASURED, STALLED, Scenario
from benchmarks.insertion.stalled import READERS, Held
from benchmarks.insertion.variants import VARIANTS

_HEADING = f"{'':10} {'CPU us':>8} {'CPU ratio':>9} {'rps':>7} {'rps ratio':>9} {'p99 ms':>8}"


def render(
    conditions: Figures,
    samples: Samples,
    verdicts: Mapping[str, Mapping[str, Verdict]],
    held: Mapping[tuple[str, str], Held],
) -> str:
    """The whole table."""
    lines = [f"{name.removeprefix('insertion_')}: {value}" for name, value in conditions.items()]
    for scenario in MEASURED:
        lines += ["", _title(scenario), _HEADING]
        lines += [_row(variant, scenario, samples, verdicts) for variant in VARIANTS]
    lines += ["", f"{READERS} stalled readers of a 16 MB page: MB of memory more than before"]
    lines.append(f"{'':10} {'single body':>12} {'streamed':>12}")
    lines += [_memory_row(variant, held) for variant in VARIANTS]
    return "\n".join([*lines, ""])


def _title(scenario: Scenario) -> str:
    how = "streamed in pieces of 16 KB" if scenario.is_streamed else "one body"
    return f"{scenario.name}: {scenario.size:,} bytes of {scenario.media_type}, {how}"


def _row(
    variant: str,
    scenario: Scenario,
    samples: Samples,
    verdicts: Mapping[str, Mapping[str, Verdict]],
) -> str:
    bare, sample = samples.medians("bare", scenario.name), samples.medians(variant, scenario.name)
    verdict = verdicts[variant][scenario.name]
    return (
        f"{variant:10} {sample.cpu:8.1f} {samples.cpu_ratio(variant, scenario.name):9.3f}"
        f" {sample.rps:7.0f} {sample.rps / bare.rps:9.2f} {sample.p99:8.2f}"
        f"{'' if verdict == 'ok' else f'  {verdict.upper()}'}"
    )


def _memory_row(variant: str, held: Mapping[tuple[str, str], Held]) -> str:
    single, streamed = (held[variant, scenario.name].extra for scenario in STALLED)
    return f"{variant:10} {single:12.1f} {streamed:12.1f}"
