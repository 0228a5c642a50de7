"""Decide which session that still waits for its browser gives way to a new one. Pure.

A request that creates a session costs nothing, so a few of them a second could hold every line for the time that a
browser may take to connect. As with half-open TCP connections (RFC 4987, 3.6), only a share of the lines may wait, and
the oldest makes room.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SHARE = 5
"""One line in so many may wait for its browser."""
NETWORK_SHARE = 4
"""One line in so many may be that of anonymous callers in one IPv6 network."""


@dataclass(frozen=True, slots=True)
class HalfOpenSession:
    """A session whose browser has not connected yet."""

    session_id: str
    network: str
    """Network of its caller (`network_of`): one stranger may have 65,536 IPv6 address groups."""
    priority: int
    """The caller's grant."""


def max_of_network(sessions: int, max_of_address: int) -> int:
    """Return how many of so many lines the anonymous callers of one network may have together."""
    return max(max_of_address, sessions // NETWORK_SHARE)


def max_half_open(sessions: int) -> int:
    """Return how many of so many lines may wait for their browser."""
    return max(1, sessions // SHARE)


def session_to_evict(waiting: Sequence[HalfOpenSession], newcomer: HalfOpenSession) -> HalfOpenSession | None:
    """Return the session that gives way where the share is used up; None if each has a higher priority.

    `waiting`: oldest first. The network that has most goes first, there the lowest priority, then the oldest.
    """
    return _first_to_go(waiting, newcomer, newcomer.priority)


def session_to_replace(waiting: Sequence[HalfOpenSession], newcomer: HalfOpenSession) -> HalfOpenSession | None:
    """Return the session that gives way where every line is in use; None if none has a lower priority."""
    return _first_to_go(waiting, newcomer, newcomer.priority - 1)


def _first_to_go(
    waiting: Sequence[HalfOpenSession], newcomer: HalfOpenSession, max_priority: int
) -> HalfOpenSession | None:
    counts = Counter(each.network for each in (*waiting, newcomer))
    candidates = [each for each in waiting if each.priority <= max_priority]
    return min(candidates, key=lambda each: (-counts[each.network], each.priority), default=None)
