"""The errors that Evenhand raises, all of them at construction, none into a page."""


class EvenhandError(Exception):
    """Base of every error of ours."""


class OptionError(EvenhandError, ValueError):
    """An option has a value that can't work.

    Attributes: ``option`` (its name), ``seen`` (the value given), ``allowed`` (what would do)
    and ``fix`` (what to change).
    """

    def __init__(self, option: str, seen: object, allowed: str, fix: str) -> None:
        self.option, self.seen, self.allowed, self.fix = option, seen, allowed, fix
        super().__init__(f"{option}={seen!r} can't be used. Allowed: {allowed}. Fix: {fix}")


class StoreError(EvenhandError):
    """The store could not be opened, read or written."""
