"""Asking a publisher's hook, which may be plain or async, raise anything, or never answer."""

import inspect
import threading
from collections.abc import Awaitable

import anyio
from starlette.types import Scope

from evenhand.checks import Rule

HOOK_SECONDS = 2.0  # that a hook may take
HOOKS_AT_ONCE = 8  # threads in which one plain hook runs


class Hook:
    """A publisher's rule.

    A plain one runs in a thread, so that one that waits keeps no page waiting; an async one must
    not block its loop.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        call = getattr(rule, "__call__", None)  # noqa: B004 (of an object, to see whether it is async)
        self._is_async = inspect.iscoroutinefunction(rule) or inspect.iscoroutinefunction(call)
        self._free = threading.Semaphore(HOOKS_AT_ONCE)

    async def allows(self, scope: Scope) -> bool:
        """The rule's word on a request.

        Raises whatever it raises; ``TimeoutError`` after `HOOK_SECONDS`, and at once while as many
        threads as it may have wait for an answer.
        """
        answer: bool | Awaitable[bool]
        with anyio.fail_after(HOOK_SECONDS):
            if self._is_async:
                answer = self._rule(scope)
            else:
                # A limiter of its own: threads that hang are none of the app's.
                (answer,) = await anyio.to_thread.run_sync(
                    self._asked, scope, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
                )
            return bool(await answer if inspect.isawaitable(answer) else answer)

    def _asked(self, scope: Scope) -> tuple[bool | Awaitable[bool]]:
        """The answer in a tuple: trio takes no awaitable out of a thread."""
        if not self._free.acquire(blocking=False):
            raise TimeoutError("the hook has not answered earlier requests yet")
        try:
            return (self._rule(scope),)
        finally:
            self._free.release()
