"""Queue ICE candidates that come before the gateway has answered their offer.

RFC 8838 lets a page send candidates while its offer is still on its way, and they may arrive first over another TCP
connection. Late candidates of a peer connection that was replaced or closed are dropped.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from s2s.errors import BadCandidate
from s2s.transport.sdp import MAX_CANDIDATES, parse_candidate


@dataclass(frozen=True, slots=True)
class CandidateInit:
    """An ICE candidate as sent by the page; None or empty is the end of candidates."""

    candidate: str | None
    sdp_mid: str | None
    sdp_m_line_index: int | None

    def matches_offer(self, sdp: str) -> bool:
        """Whether the candidate can belong to this offer. Browsers repeat the offer's username fragment in each
        candidate; one without it may belong to any offer."""
        words = (self.candidate or "").split()
        if "ufrag" not in words[:-1]:
            return True
        return f"a=ice-ufrag:{words[words.index('ufrag') + 1]}" in sdp.split()


class CandidateQueue:
    """Early candidates of one session; at most as many as an offer may hold."""

    def __init__(self) -> None:
        self._kept: deque[CandidateInit] = deque()
        self._offers = 0

    @property
    def is_answering(self) -> bool:
        """Whether an offer is being answered; candidates that arrive now belong to it."""
        return self._offers > 0

    @contextmanager
    def while_answering(self) -> Iterator[None]:
        """Mark an offer as being answered for as long as the context is open."""
        self._offers += 1
        try:
            yield
        finally:
            self._offers -= 1

    def push(self, candidate: CandidateInit) -> None:
        """Queue a candidate for the offer that is being answered, or for the next one. Raises BadCandidate.

        An end of candidates without an offer belongs to a closed peer connection and is dropped.
        """
        if not candidate.candidate:
            if self.is_answering:
                self._kept.append(candidate)
            return
        try:
            useful = parse_candidate(candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index) is not None
        except ValueError as fault:
            raise BadCandidate(str(fault)) from fault
        if useful:
            self._kept.append(candidate)
        while len(self._kept) > MAX_CANDIDATES:
            self._kept.popleft()

    def pop_for(self, sdp: str) -> CandidateInit | None:
        """Return the next candidate for this offer in order of arrival, None if there is none. Candidates for other
        offers are discarded."""
        while self._kept:
            told = self._kept.popleft()
            if told.matches_offer(sdp):
                return told
        return None
