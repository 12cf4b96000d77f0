"""The command line's entry: it says what to install when the extra ``[cli]`` is missing."""

import atexit
import gc
import sys
from importlib.util import find_spec

NEEDED = ("click", "uvicorn", "rich")


def main() -> None:
    """Run ``evenhand``; exit with 2 and the install line where its needs are not met."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"The commands need {', '.join(missing)}. Install them with:\n\n"
            '    pip install "evenhand[cli]"\n'
        )
        raise SystemExit(2)
    # What a command imports stays to its end: looking through it for garbage after every 700
    # objects, and once more at exit, takes a sixth of the time of `evenhand report`.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    from evenhand.cli import app

    app(prog_name="evenhand")


if __name__ == "__main__":
    main()
