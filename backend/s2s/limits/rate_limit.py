"""Rate limits: every fixed one of the gateway, and the limiter. Pure."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

MAX_ADDRESSES = 10_000
CUSTOMER_PREFIX = 48
NETWORK_CALLERS = 4
"""All anonymous callers of one IPv6 network (`network_of`) together have the connections and the budget of so many."""


class Rate(NamedTuple):
    """A rate limit: `burst` at once, then `per_s` a second."""

    burst: int
    per_s: float


# Every fixed rate limit of the gateway. New sessions a minute are a setting, S2S_CREATES_PER_MINUTE.
AUDIO_FRAMES = Rate(3_000, 100.0)
"""A page sends 50 frames a second, plus a burst of what it buffered while it was disconnected."""
CONTROL_MESSAGES = Rate(500, 50.0)
"""A page sends about 12 messages a second while audio plays."""
FAULTS = Rate(2_000, 5.0)
"""A page that sends this many invalid messages is broken or hostile and is disconnected. The session stays open for a
new connection."""
WEBSOCKET_PIECES = Rate(2_500, 250.0)
"""Pieces of up to 1 kB that a WebSocket brings. A page sends about 70 a second, and after an outage two megabytes of
what it has kept."""
TRANSPORTS = Rate(20, 0.5)
"""A page on a bad network reconnects every few seconds; each offer costs a key and sockets."""
TEXTS = Rate(5, 2.0)
"""Faster than people type; each text is billed with the whole conversation before it."""
IMAGES = Rate(8, 1.5)
VOICE_SAMPLES = Rate(30, 0.1)
REPORTS_OF_ADDRESS = Rate(10, 0.1)
REPORTS_OF_CALL = Rate(5, 0.02)
"""A call has one recording, which grows: a report a minute shows all of it."""
FORGET_REQUESTS = Rate(10, 0.1)
"""From one address: each looks through the folder of reports."""
PROBES_PER_MINUTE = 30
"""Network checks from one address."""
WRONG_KEYS = Rate(60, 1.0)
"""Requests and hellos without the right session key, from one address. A page of an earlier version sends four."""


class RateLimiter:
    """Rate limiter: `burst` at once, then `per_s` a second (GCRA, a form of leaky bucket)."""

    def __init__(self, burst: int, per_s: float, next_at: float = float("-inf")) -> None:
        """`next_at`: state of another limiter to continue from."""
        self._gap_s = 1 / per_s
        self._slack_s = (burst - 1) / per_s
        self._next_at = next_at

    @property
    def next_at(self) -> float:
        """The limiter's whole state, in the caller's clock."""
        return self._next_at

    def retry_after_s(self, now: float) -> float:
        """Return 0 and count the call if it is within the rate; else return the seconds to wait, counting nothing."""
        early_s = self._next_at - self._slack_s - now
        if early_s > 1e-9:
            return early_s
        self._next_at = max(self._next_at, now) + self._gap_s
        return 0.0


class PerKeyRateLimiter:
    """One rate limiter per key, such as an address or a session; the least recently used keys are dropped first."""

    def __init__(self, rate: Rate | None) -> None:
        """`rate`: None for no limit."""
        self._rate = rate
        self._limiters: OrderedDict[str, RateLimiter] = OrderedDict()

    def retry_after_s(self, key: str, now: float) -> float:
        """See `RateLimiter.retry_after_s`. An empty key has no limit."""
        if self._rate is None or not key:
            return 0.0
        limiter = self._limiters.setdefault(key, RateLimiter(*self._rate))
        self._limiters.move_to_end(key)
        if len(self._limiters) > MAX_ADDRESSES:
            self._limiters.popitem(last=False)
        return limiter.retry_after_s(now)


class PerCallerRateLimiter:
    """A number of calls a minute for each caller, who need not all have the same."""

    def __init__(self) -> None:
        self._limiters: dict[int, PerKeyRateLimiter] = {}

    def delay_s(self, caller: str, per_minute: int, now: float) -> float:
        """See `RateLimiter.retry_after_s`. `caller`: empty for one who is not known. `per_minute`: 0 for no limit."""
        if not per_minute:
            return 0.0
        limiter = self._limiters.setdefault(per_minute, PerKeyRateLimiter(Rate(per_minute, per_minute / 60)))
        return limiter.retry_after_s(caller, now)


def network_of(group: str) -> str:
    """Return the network that one customer of a provider may own: the /48 of an IPv6 address group (RFC 6177); of an
    IPv4 address the address itself."""
    try:
        network = ip_network(group)
    except ValueError:
        return group
    return group if network.version == 4 else str(network.supernet(new_prefix=CUSTOMER_PREFIX))


def address_group(host: str) -> str:
    """Return the address that counts as one caller: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64)) + "/64"
    return str(address)
