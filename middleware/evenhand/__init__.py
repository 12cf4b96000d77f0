"""Honest ad-block measurement and polite reader support for ASGI apps."""

from importlib import import_module
from typing import TYPE_CHECKING

from evenhand.version import __version__

if TYPE_CHECKING:
    from evenhand.asgi import ReaderSupportMiddleware
    from evenhand.experiments.declaration import Arm, Experiment
    from evenhand.notice import Notice, Way
    from evenhand.support import ReaderSupport

__all__ = [
    "Arm",
    "Experiment",
    "Notice",
    "ReaderSupport",
    "ReaderSupportMiddleware",
    "Way",
    "__version__",
]

_PLACES = {
    "Arm": "experiments.declaration",
    "Experiment": "experiments.declaration",
    "Notice": "notice",
    "ReaderSupport": "support",
    "ReaderSupportMiddleware": "asgi",
    "Way": "notice",
}


def __getattr__(name: str) -> object:
    """Import the name from its module: a command that needs no server doesn't wait for one's."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = value
    return value
