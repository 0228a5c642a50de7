"""Queue ICE candidates that come before the gateway has answered their offer.

A page may tell its candidates while its offer is on the way, by another TCP connection: RFC 8838 lets it. And the last
ones of a peer connection that was replaced by another transport, or has gone, are dropped.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from s2s.errors import BadCandidate
from s2s.transport.sdp import MAX_CANDIDATES, parse_candidate


@dataclass(frozen=True, slots=True)
class CandidateInit:
    """A candidate as the page gave it; None or empty ends them."""

    candidate: str | None
    sdp_mid: str | None
    sdp_m_line_index: int | None

    def matches_offer(self, sdp: str) -> bool:
        """Browsers write the fragment of their offer into each candidate; one without it may be anybody's."""
        words = (self.candidate or "").split()
        if "ufrag" not in words[:-1]:
            return True
        return f"a=ice-ufrag:{words[words.index('ufrag') + 1]}" in sdp.split()


class CandidateQueue:
    """Of one session. At most as many are kept as an offer may have."""

    def __init__(self) -> None:
        self._kept: deque[CandidateInit] = deque()
        self._offers = 0

    @property
    def is_answering(self) -> bool:
        """An offer is being answered: what comes now is meant for it."""
        return self._offers > 0

    @contextmanager
    def while_answering(self) -> Iterator[None]:
        """An offer is being answered while inside."""
        self._offers += 1
        try:
            yield
        finally:
            self._offers -= 1

    def push(self, told: CandidateInit) -> None:
        """For the offer that is being answered, or the next one. Raises BadCandidate.

        An end of candidates without an offer belongs to a peer that has gone.
        """
        if not told.candidate:
            if self.is_answering:
                self._kept.append(told)
            return
        try:
            useful = parse_candidate(told.candidate, told.sdp_mid, told.sdp_m_line_index) is not None
        except ValueError as fault:
            raise BadCandidate(str(fault)) from fault
        if useful:
            self._kept.append(told)
        while len(self._kept) > MAX_CANDIDATES:
            self._kept.popleft()

    def pop_for(self, sdp: str) -> CandidateInit | None:
        """The next one for this offer, in order; None: no more. Those of others are forgotten."""
        while self._kept:
            told = self._kept.popleft()
            if told.matches_offer(sdp):
                return told
        return None
