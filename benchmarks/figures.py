"""The file that all benchmarks put their figures into."""

import json
import platform
from pathlib import Path

RESULTS = Path("build/bench.json")
Figures = dict[str, float | int | str]


def merge(figures: Figures, path: Path = RESULTS) -> None:
    """Put the figures into the file that all benchmarks share."""
    known = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | figures, indent=2, sort_keys=True) + "\n")


def processor() -> str:
    """The processor's model, as Linux tells it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
