"""Divide the process's file descriptors among calls, browsers and visitors. Pure.

A peer connection has a UDP socket for each address of the machine; a call has one connection to the model and up to
three of a browser. Without a budget, offers can use up every descriptor: then no visitor gets in, and running calls
lose the model.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from s2s.errors import TooManyTransports, TooManyTransportsFromAddress
from s2s.limits.rate_limit import NETWORK_CALLERS, network_of

RESERVED = 64
"""Listening sockets, logs, databases, the local engine's pipes, the functions' requests."""
MIN_VISITORS = 32
VISITORS_SHARE = 8
"""One descriptor in so many is kept for HTTP connections."""
PER_CALL = 4
"""A call over a WebSocket has two; offered over WebRTC on two addresses and accepted, four."""
CALLER_SHARE = 2
"""One caller may use one transport descriptor in so many."""
_ANONYMOUS = "address:"


@dataclass(frozen=True, slots=True)
class DescriptorPlan:
    """What a limit of file descriptors suffices for."""

    sessions: int
    transports: int
    """Descriptors for all browser transports and network checks together."""


def plan_descriptors(limit: int, sessions: int) -> DescriptorPlan:
    """Divide `limit` descriptors; at most `sessions` calls."""
    free = max(PER_CALL, limit - RESERVED - max(MIN_VISITORS, limit // VISITORS_SHARE))
    fitting = min(sessions, free // PER_CALL)
    return DescriptorPlan(fitting, free - fitting)


def needed_limit(sessions: int) -> int:
    """Return a limit of file descriptors that suffices for so many calls."""
    return (sessions * PER_CALL + RESERVED + MIN_VISITORS) * VISITORS_SHARE // (VISITORS_SHARE - 1) + 1


class TransportBudget:
    """The descriptors of all browser transports and network checks of one gateway process."""

    def __init__(self, descriptors: int, transports_per_caller: int = 0) -> None:
        """`transports_per_caller`: 0 for no limit beside the share of one caller."""
        self._most = descriptors
        self._transports_per_caller = transports_per_caller
        self._used = 0
        self._used_by_caller: Counter[str] = Counter()
        self._transports: Counter[str] = Counter()
        self._unproven: dict[str, dict[TransportLease, None]] = {}
        """By account, oldest first."""

    @property
    def used(self) -> int:
        """Descriptors that are given out."""
        return self._used

    def lease(self, account: str, descriptors: int, *, is_local: bool = False) -> Callable[[], None]:
        """Give out descriptors for one transport; return the function that gives them back, which is idempotent.

        `account`: see `Caller.account`, an address for who is anonymous.

        Raises TooManyTransports, TooManyTransportsFromAddress. Local callers are bound by the whole budget only.
        """
        if self._used + descriptors > self._most:
            raise TooManyTransports(f"{self._used} of {self._most} descriptors for connections are in use")
        if not is_local:
            self._check_caller(account, descriptors)
        self._used += descriptors
        for name in filter(None, (account, _network(account))):
            self._used_by_caller[name] += descriptors
            self._transports[name] += 1
        is_returned = False

        def give_back() -> None:
            nonlocal is_returned
            if not is_returned:
                is_returned = True
                self._give_back(account, descriptors)

        return give_back

    def transport(
        self,
        account: str,
        descriptors: int,
        *,
        is_local: bool = False,
        make_room: Callable[[], None] = lambda: None,
    ) -> "TransportLease":
        """Give out descriptors as `lease` does, for a transport of which it is not known yet whose it is.

        Where the account has all that it may have, `make_room` of its oldest transport that is not known yet either is
        called: who opens many and says no hello must not lock out others of the same address.
        """
        waiting = self._unproven.get(account)
        try:
            give_back = self.lease(account, descriptors, is_local=is_local)
        except TooManyTransportsFromAddress:
            if not waiting:
                raise
            next(iter(waiting)).evict()
            give_back = self.lease(account, descriptors, is_local=is_local)
        return TransportLease(self, account, descriptors, give_back, is_local=is_local, make_room=make_room)

    def on_unproven(self, account: str, lease: "TransportLease") -> None:
        """Note that it is not known yet whose transport this is."""
        self._unproven.setdefault(account, {})[lease] = None

    def on_proven(self, account: str, lease: "TransportLease") -> None:
        """Note that it is known, or that the transport is closed. Idempotent."""
        waiting = self._unproven.get(account, {})
        waiting.pop(lease, None)
        if not waiting:
            self._unproven.pop(account, None)

    def _check_caller(self, account: str, descriptors: int) -> None:
        limit = self._transports_per_caller
        if limit and self._transports[account] >= limit:
            raise TooManyTransportsFromAddress(f"{limit} connections of one caller are the limit")
        network = _network(account)
        if limit and network and self._transports[network] >= NETWORK_CALLERS * limit:
            raise TooManyTransportsFromAddress(f"the anonymous callers of one network have {self._transports[network]}")
        if self._used_by_caller[account] + descriptors > self._most // CALLER_SHARE:
            raise TooManyTransportsFromAddress("this caller has their share of all connections")

    def _give_back(self, account: str, descriptors: int) -> None:
        self._used -= descriptors
        for name in filter(None, (account, _network(account))):
            self._used_by_caller[name] -= descriptors
            self._transports[name] -= 1
            if not self._transports[name]:
                # Else every caller there ever was would stay in memory.
                del self._transports[name], self._used_by_caller[name]


def _network(account: str) -> str:
    """Return the account of the network around an anonymous caller's address; empty if it is the address itself."""
    if not account.startswith(_ANONYMOUS):
        return ""
    address = account.removeprefix(_ANONYMOUS)
    network = network_of(address)
    return "" if network == address else f"network:{network}"


class TransportLease:
    """Descriptors of one transport: charged to who opened it, and then to whose call it turns out to carry.

    A browser opens a WebSocket without credentials, so all people behind one address look alike until they say hello.
    """

    def __init__(
        self,
        budget: TransportBudget,
        account: str,
        descriptors: int,
        give_back: Callable[[], None],
        *,
        is_local: bool,
        make_room: Callable[[], None],
    ) -> None:
        self._budget, self._account, self._descriptors, self._is_local = budget, account, descriptors, is_local
        self._give_back, self._make_room = give_back, make_room
        budget.on_unproven(account, self)

    def charge_to(self, account: str) -> None:
        """Charge the account of the call from now on. Raises as `TransportBudget.lease`; then nothing is charged any
        more."""
        self._budget.on_proven(self._account, self)
        if account != self._account:
            self._give_back()
            self._give_back = self._budget.lease(account, self._descriptors, is_local=self._is_local)
            self._account = account

    def evict(self) -> None:
        """Give the descriptors back now, and close the transport."""
        self.close()
        self._make_room()

    def close(self) -> None:
        """Give the descriptors back. Idempotent."""
        self._budget.on_proven(self._account, self)
        self._give_back()
