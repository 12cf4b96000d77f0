"""The settings that a command works with: the app's own, or those of the environment."""

import logging
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from evenhand.checks import imported
from evenhand.errors import OptionError
from evenhand.settings import Settings, resolve


def app_settings(app: str | None) -> Settings:
    """The settings of the `ReaderSupport` at ``module:attribute``; None: of ``EVENHAND_…``."""
    if app is None:
        return resolve({}, os.environ)
    # As the servers do it: modules are looked for where the command was started.
    sys.path.insert(0, str(Path.cwd()))
    from evenhand.support import ReaderSupport

    with _unlogged():
        support = imported("--app", app)
    if not isinstance(support, ReaderSupport):
        raise OptionError(
            "--app", app, "'module:attribute' of a ReaderSupport", "name the variable it is in"
        )
    return support.settings


def command_settings(app: str | None, state_dir: Path | None, store: str | None) -> Settings:
    """The app's settings, or those of the environment, with what the options say instead."""
    settings = app_settings(app)
    given = {"state_dir": state_dir and state_dir.absolute(), "store": store}
    chosen = {name: value for name, value in given.items() if value is not None}
    if not chosen and settings.state_dir is None and settings.store is None:
        raise OptionError(
            "state_dir", None, "a place where the counts are", "give --app or --state-dir"
        )
    checked = resolve(chosen, {})
    if state_dir is not None:  # another folder is another history, unless a store is named as well
        return replace(settings, state_dir=checked.state_dir, store=checked.store)
    return replace(settings, store=checked.store) if store is not None else settings


@contextmanager
def _unlogged() -> Generator[None]:
    """Nothing is served here: what an app logs about itself when it starts concerns nobody."""
    logs = [logging.getLogger(f"evenhand.{name}") for name in ("lint", "support")]
    for log in logs:
        log.disabled = True
    try:
        yield
    finally:
        for log in logs:
            log.disabled = False
