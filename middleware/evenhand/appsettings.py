"""The settings that a command works with: the app's own, or those of the environment."""

import os
import sys
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

    support = imported("--app", app)
    if not isinstance(support, ReaderSupport):
        raise OptionError(
            "--app", app, "'module:attribute' of a ReaderSupport", "name the variable it is in"
        )
    return support.settings
