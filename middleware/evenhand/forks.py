"""Telling objects that their process forks, without keeping them alive."""

import os
import threading
from typing import Protocol
from weakref import WeakSet


class ForkAware(Protocol):
    """Something that a forked child must not share with its parent.

    `before_fork` takes the object's locks, so that no other thread is halfway through a change
    when the memory is copied. They must be leaf locks: nothing waits for another while it
    holds one. `after_fork` releases them, or starts afresh in the child.
    """

    def before_fork(self) -> None: ...

    def after_fork(self, *, in_child: bool) -> None: ...


_aware: WeakSet[ForkAware] = WeakSet()
_forking: list[ForkAware] = []
_one_at_a_time = threading.RLock()  # of two threads that fork at once, the second waits


def watch_forks(thing: ForkAware) -> None:
    """Call the hooks of `thing` around every fork for as long as it lives."""
    _aware.add(thing)


def _before() -> None:
    _one_at_a_time.acquire()
    _forking[:] = list(_aware)
    for thing in _forking:
        thing.before_fork()


def _after(*, in_child: bool) -> None:
    for thing in _forking:
        thing.after_fork(in_child=in_child)
    _forking.clear()
    _one_at_a_time.release()


os.register_at_fork(
    before=_before,
    after_in_parent=lambda: _after(in_child=False),
    after_in_child=lambda: _after(in_child=True),
)
