"""How much one address and one site may count, kept in memory under a key that forgets."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

from evenhand.addresses import Proxies, is_public, prefix, reader_of
from evenhand.arrivals import Arrivals
from evenhand.crowds import Usual, allowance, learnt
from evenhand.faults import OnFault, ignore_fault

log = logging.getLogger("evenhand")

ADDRESSES = 8192  # that are kept, of each worker; the one seen longest ago makes room
FORGET_SECONDS = 3600.0  # a key's life, and that of everything kept under it
RECENT_SECONDS = 5.0  # how long an address itself is remembered: a page view's three requests
RECENT = 1024
LOOK_SECONDS = 0.25  # between looks at what the other workers of the host see


BAIT, CONTROL, REPORT = range(3)
"""What a hit is. A page view has one of each, and perhaps more reports."""

_REPORTS = 2.0  # reports by page views: of a notice, of a change of mind
_LEAD = 0.25  # of the budget, by which baits may be ahead: their controls come, or go elsewhere...
_LEAST_LEAD = 10.0  # ...or so many baits, if that is more


class _Account:
    """What one address prefix has sent under this key."""

    __slots__ = ("is_open", "sent")

    def __init__(self) -> None:
        self.sent = [0, 0, 0]
        self.is_open = True

    def takes(self, most: float, kind: int) -> bool:
        """Whether one more hit counts, where those of `most` page views do.

        The end comes after a control or a report, never after a bait, whose control would then be
        missing and the rate be moved; only where baits come without controls it comes after one.
        """
        sent = self.sent
        sent[kind] += 1
        if self.is_open:
            if kind == CONTROL:
                self.is_open = sent[CONTROL] < most
            elif kind == BAIT:
                self.is_open = sent[BAIT] - sent[CONTROL] < max(_LEAD * most, _LEAST_LEAD)
            else:
                self.is_open = sent[REPORT] < _REPORTS * most
            return True
        self.is_open = self.within(most)  # the crowd is gone, and with it the smaller budget
        return self.is_open

    def within(self, most: float) -> bool:
        """Whether all that was sent is of no more than `most` page views."""
        baits, controls, reports = self.sent
        lead = max(_LEAD * most, _LEAST_LEAD)
        return controls < most and reports < _REPORTS * most and baits - controls < lead


class _Unbounded(_Account):
    """Of those whose address is not known."""

    __slots__ = ()

    def takes(self, most: float, kind: int) -> bool:
        return True


class _Site:
    """One site as this worker sees it."""

    __slots__ = ("counted", "crowded", "full", "most", "refused", "shared")

    def __init__(self, arrivals: Arrivals, site: str) -> None:
        self.shared = arrivals.of(site)
        self.counted = self.refused = 0
        self.crowded = self.full = False
        self.most = float("inf")


class Limits:
    """Decides of each hit whether it counts.

    An address is kept as blake2b of its prefix under a random key, in this process's memory
    alone, and forgotten with the key every hour. ``clock`` is one that never goes back and that
    the workers of a host share: `time.monotonic`. ``budget`` is in page views an hour.
    """

    def __init__(
        self,
        budget: int,
        proxies: Proxies,
        sites: Iterable[str],
        clock: Callable[[], float],
        on_fault: OnFault = ignore_fault,
    ) -> None:
        self._budget, self._proxies, self._names = budget, proxies, tuple(sites)
        self._clock, self._on_fault = clock, on_fault
        self._accounts: OrderedDict[bytes, _Account] = OrderedDict()
        self._recent: dict[tuple[str, bytes], _Account] = {}
        self._unbounded = _Unbounded()
        self._told = False
        self._key, self._key_until = b"", float("-inf")
        self._look_at = self._forget_at = float("-inf")
        self._minute: int = 0
        self._minute_hits: int = 0
        self._own = Usual()
        self._most = float("inf")
        self.share(None)

    def share(self, folder: Path | None) -> None:
        """Have what is usual at each site in common with the workers of a host."""
        arrivals = Arrivals(folder, self._on_fault)
        self._sites = {name: _Site(arrivals, name) for name in self._names}

    def admits(self, site: str, source: tuple[str, bytes], kind: int) -> bool:
        """Whether a hit counts: all hits of an address do until its budget is used, then none."""
        now = self._clock()
        if now >= self._look_at:
            self._look(now)
        here = self._sites[site]
        account = self._recent.get(source) or self._account(source, now)
        if account.takes(here.most, kind) and not here.full:
            here.counted += 1
            return True
        if account.within(self._most):  # what one address sends beyond that makes no crowd
            here.refused += 1
        return False

    def crowded(self, site: str) -> bool:
        """Whether so much more than usual arrives at a site that budgets are small."""
        return self._sites[site].shared.is_crowded(_minute(self._clock()))

    def _account(self, source: tuple[str, bytes], now: float) -> _Account:
        """The account of whoever sent this."""
        if len(self._recent) >= RECENT:
            self._recent.clear()
        account = self._recent[source] = self._kept(*source, now)
        return account

    def _kept(self, peer: str, forwarded: bytes, now: float) -> _Account:
        octets = reader_of(peer, forwarded.decode("latin-1"), self._proxies)
        if octets is None:
            self._tell(forwarded)
            return self._unbounded
        if now >= self._key_until:
            self._key, self._key_until = secrets.token_bytes(16), now + FORGET_SECONDS
            self._accounts.clear()
        name = blake2b(prefix(octets), key=self._key, digest_size=8).digest()
        account = self._accounts.get(name)
        if account is not None:
            self._accounts.move_to_end(name)
            return account
        # Behind a private address is a proxy that nobody declared, or the publisher's own network.
        account = self._accounts[name] = _Account() if is_public(octets) else self._unbounded
        if len(self._accounts) > ADDRESSES:
            self._accounts.popitem(last=False)
        return account

    def _tell(self, forwarded: bytes) -> None:
        if forwarded and not self._proxies and not self._told:
            self._told = True
            log.warning(
                "Requests come with X-Forwarded-For, and trusted_proxies names no proxy: readers'"
                " addresses are not known, and no budget holds for them. See docs/proxies.md."
            )

    def _look(self, now: float) -> None:
        """Tell the other workers what arrived here, and see where that leaves each site."""
        self._look_at = now + LOOK_SECONDS
        if now >= self._forget_at:
            self._forget_at = now + RECENT_SECONDS
            self._recent.clear()
        minute = _minute(now)
        if minute != self._minute:
            self._own = learnt(self._own, self._minute_hits, minute - self._minute)
            self._minute, self._minute_hits = minute, 0
        self._most = allowance(self._own, self._budget, crowded=False)
        thrifty = allowance(self._own, self._budget, crowded=True)
        for here in self._sites.values():
            self._minute_hits += here.counted
            here.crowded, here.full = here.shared.add(
                minute, here.counted + here.refused, here.counted, self._budget
            )
            here.counted = here.refused = 0
            here.most = thrifty if here.crowded else self._most


def _minute(now: float) -> int:
    return int(now // 60)
