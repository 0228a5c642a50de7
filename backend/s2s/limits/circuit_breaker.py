"""Circuit breaker across sessions: refuse calls at once while the voice service is down. Sans-I/O.

Closed: calls go through. Open: none does. Half open: one call goes through and decides. What counts is only what means
"the service": a network that does not lead there, a server error before a session stood, overload, quota. What one
session did wrong (a dead handle, a refused setting) says nothing about the next one.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from s2s.upstream.refusals.close_codes import CERTIFICATE_REFUSED, NO_ANSWER, PROXY_REFUSED, diagnose
from s2s.wire import Backend

MAX_FAILURES = 5
WINDOW_S = 60.0
INITIAL_BACKOFF_S = 10.0
MAX_BACKOFF_S = 120.0
# A probe that has said nothing for so long has told nothing: another may try.
PROBE_TIMEOUT_S = 45.0
_UNREACHABLE_CODES = frozenset({1006, NO_ANSWER, PROXY_REFUSED, CERTIFICATE_REFUSED})
# How the model client words a bug of ours.
GATEWAY_FAULT_CODES = " in the gateway"
_SERVER_ERRORS = frozenset({1011, 1012, 1013, 1014})
_REFUSED_FOR_ALL = frozenset({"overloaded", "quota_exceeded"})
# Ends that a healthy service gives to one old connection.
_ROUTINE_CODES = ("deadline expired", "aborted", "cancelled", "expired")


class CircuitState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Failure:
    """One sign that the service is down."""

    at: float
    session: str
    code: str
    words: str
    certain: bool
    """It cannot be this one session's own fault."""


def classify_failure(
    code: int, reason: str, *, was_live: bool, backend: Backend = "developer"
) -> tuple[str, str, bool] | None:
    """(code, words, certain) of a lost socket that speaks against the service; None for one that does not.

    `code` is a WebSocket close code or the HTTP status of a refused handshake.
    """
    diagnosis = diagnose(code, reason, was_live=was_live, backend=backend)
    if reason.endswith(GATEWAY_FAULT_CODES):
        return None
    if diagnosis.code in _REFUSED_FOR_ALL:
        return diagnosis.code, diagnosis.message, False
    if code in _SERVER_ERRORS and not any(word in reason.lower() for word in _ROUTINE_CODES):
        return diagnosis.code, diagnosis.message, False
    if not was_live and (code in _UNREACHABLE_CODES or 500 <= code < 600):
        return diagnosis.code, diagnosis.message, True
    return None


class CircuitBreaker:
    """One for all sessions of a gateway."""

    def __init__(self, backend: Backend = "developer") -> None:
        self._backend: Backend = backend
        self.state = CircuitState.CLOSED
        self.why = ""
        """The last failure reason as text; empty while the service is healthy."""
        self.opened = 0
        self.refused = 0
        self._failures: deque[Failure] = deque(maxlen=MAX_FAILURES)
        self._pause_s = INITIAL_BACKOFF_S
        self._until = 0.0
        self._probe: str | None = None
        self._probe_until = 0.0

    def probe_after_s(self, now: float) -> float:
        """0: a call may be tried now. Else the seconds after which it is worth trying. Counts nothing."""
        if self.state is CircuitState.OPEN:
            return max(0.0, self._until - now)
        if self.state is CircuitState.HALF_OPEN and self._probe is not None and now < self._probe_until:
            return min(self._probe_until - now, INITIAL_BACKOFF_S)
        return 0.0

    def count_refusal(self) -> None:
        """A call was turned away."""
        self.refused += 1

    def on_session_start(self, session: str, now: float) -> None:
        """A call goes through. After the pause it is the one that decides."""
        if self.state is not CircuitState.CLOSED:
            self.state = CircuitState.HALF_OPEN
            self._probe, self._probe_until = session, now + PROBE_TIMEOUT_S

    def on_success(self) -> None:
        """A session stood: the service is well."""
        self.state, self.why, self._probe, self._pause_s = CircuitState.CLOSED, "", None, INITIAL_BACKOFF_S
        self._failures.clear()

    def on_failure(self, session: str, code: int, reason: str, now: float, *, was_live: bool) -> bool:
        """A socket was lost or could not be made. Answers whether this opened the circuit."""
        verdict = classify_failure(code, reason, was_live=was_live, backend=self._backend)
        if verdict is None:
            return False
        self._failures.append(Failure(now, session, *verdict))
        self.why = verdict[1]
        if self.state is CircuitState.HALF_OPEN and session == self._probe:
            self._pause_s = min(self._pause_s * 2, MAX_BACKOFF_S)
            return self._open(now)
        if self.state is CircuitState.CLOSED and self._enough(now):
            return self._open(now)
        return False

    def on_session_end(self, session: str) -> None:
        """A session is over. A probe that told nothing makes room for another."""
        if session == self._probe:
            self._probe = None

    def _enough(self, now: float) -> bool:
        recent = [failure for failure in self._failures if now - failure.at <= WINDOW_S]
        if len(recent) < MAX_FAILURES:
            return False
        return all(failure.certain for failure in recent) or len({failure.session for failure in recent}) > 1

    def _open(self, now: float) -> bool:
        self.state, self._probe = CircuitState.OPEN, None
        self._until = now + self._pause_s
        self.opened += 1
        self._failures.clear()
        return True
