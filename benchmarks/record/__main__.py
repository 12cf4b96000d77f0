"""What counting, reporting and keeping cost: ``python -m benchmarks.record [--quick]``."""

import argparse
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Figures, merge
from benchmarks.insertion.process import pin_load
from benchmarks.record import growth, hosts, limits, routes, scrape
from tests.postgres import serving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, less exact")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the report there too")
    parser.add_argument("--routes", action="store_true", help="the report and the pair alone")
    arguments = parser.parse_args()
    told, figures = growth.count_us()
    more_told, more_figures = limits.admit_us()
    told += more_told
    figures |= more_figures
    parts: list[tuple[list[str], Figures]] = []
    if not arguments.routes:
        parts.append(scrape.measure())
        parts.append(growth.measure(None, "sqlite"))
        with serving() as server:
            parts.append(growth.measure(server.url, "postgres"))
        parts.append(hosts.measure())
    pin_load()  # the servers have the other core
    parts.append(routes.measure(4 if arguments.quick else 30, 0.15 if arguments.quick else 0.3))
    for lines, more in parts:
        told += lines
        figures |= more
    conditions = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, {platform.machine()},"
        f" Python {platform.python_version()}, uvicorn {version('uvicorn')},"
        f" psycopg {version('psycopg')}, load {Path('/proc/loadavg').read_text().split()[0]}"
    )
    report = "\n".join(
        [f"$ python -m benchmarks.record {' '.join(sys.argv[1:])}", conditions, *told]
    )
    sys.stdout.write(report + "\n")
    if arguments.save:
        arguments.save.write_text(report + "\n")
    merge(figures)


if __name__ == "__main__":
    main()
