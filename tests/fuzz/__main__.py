"""``python -m tests.fuzz TARGET RUNS [CORPUS]``: coverage-guided inputs, by Atheris.

Ends with what came of the inputs, so that nobody takes a million refusals for a million checks.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import atheris

with atheris.instrument_imports(include=["evenhand"]):
    from tests.fuzz.inputs import SEEDS, varied
    from tests.fuzz.targets import TARGETS

MOST = 1024  # bytes of one input
TOLD = 100_000  # inputs after which it says how far it is
SLOWEST = 10  # seconds: a longer one is a hang


def main(name: str, runs: int, corpus: Path) -> None:
    """Runs one target; a wrong answer, a crash or a hang ends the process, and not with 0."""
    target, tally, begun = TARGETS[name], Counter[str](), monotonic()

    def one(data: bytes) -> None:
        tally[target(data)] += 1
        n = tally.total()
        if n == runs or n % TOLD == 0:  # libFuzzer ends the process without any farewell
            tell(n)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        choose = Random(seed)
        if choose.random() < 0.3:
            return atheris.Mutate(data, most)  # type: ignore[no-any-return]  # it has no types
        return varied(data, name, choose)[:most]

    def tell(n: int) -> None:
        print(f"{name}: {n:,} inputs in {monotonic() - begun:,.0f} s, none answered wrongly")
        for word, count in sorted(tally.items(), key=lambda item: -item[1]):
            print(f"  {count:>9,}  {word}", flush=True)

    for number, seed in enumerate(SEEDS[name]()):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_len={MOST}", f"-timeout={SLOWEST}", "-rss_limit_mb=2048", "-verbosity=0"]
    options = ["fuzz", *limits, f"-runs={runs}", str(corpus)]
    atheris.Setup(options, one, custom_mutator=mutate)
    atheris.Fuzz()


if len(sys.argv) > 3:
    Path(sys.argv[3]).mkdir(parents=True, exist_ok=True)
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
else:
    with TemporaryDirectory() as folder:
        main(sys.argv[1], int(sys.argv[2]), Path(folder))
