"""The errors that Evenhand raises: at construction, by commands, by reads; none into a page."""


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


class ContrastError(OptionError):
    """Two colours of a theme are too alike to be read: below WCAG 2.2 AA.

    Attributes: ``pair`` (the tokens, the one in front first), ``colours``, ``ratio``, ``needed``
    and ``nearest`` (the colour nearest to the first that has the contrast).
    """

    def __init__(
        self,
        option: str,
        *,
        pair: tuple[str, str],
        colours: tuple[str, str],
        ratio: float,
        needed: float,
        nearest: str,
    ) -> None:
        self.pair, self.colours = pair, colours
        self.ratio, self.needed, self.nearest = ratio, needed, nearest
        # Cut, not rounded: 4.499 must not read as the 4.5 that it isn't.
        shown = int(ratio * 100) / 100
        super().__init__(
            option,
            {pair[0]: colours[0], pair[1]: colours[1]},
            f"a contrast of at least {needed:g}:1 between {pair[0]!r} and {pair[1]!r} "
            f"(WCAG 2.2 AA); this is {shown:.2f}:1",
            f"set {pair[0]!r} to {nearest!r}, the nearest colour that passes, or change "
            f"{pair[1]!r}",
        )


class StoreError(EvenhandError):
    """The store could not be opened, read or written."""
