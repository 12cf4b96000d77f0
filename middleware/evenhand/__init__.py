"""Honest ad-block measurement and polite reader support for ASGI apps."""

from evenhand.asgi import ReaderSupportMiddleware
from evenhand.notice import Notice, Way
from evenhand.support import ReaderSupport
from evenhand.version import __version__

__all__ = ["Notice", "ReaderSupport", "ReaderSupportMiddleware", "Way", "__version__"]
