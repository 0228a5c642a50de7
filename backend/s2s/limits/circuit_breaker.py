"""Circuit breaker across sessions: refuse calls at once while the voice service is down. Sans-I/O.

Closed: calls go through. Open: all are refused. Half open: one call goes through as a probe and decides. Only failures
of the service count: an unreachable network, a server error before setup completed, overload, quota. What is wrong with
one session (an expired handle, a refused setting) says nothing about the next one.
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
# After this long without a result from the probe, another call may try.
PROBE_TIMEOUT_S = 45.0
_UNREACHABLE_CODES = frozenset({1006, NO_ANSWER, PROXY_REFUSED, CERTIFICATE_REFUSED})
# End of the reason that the model client gives for a bug in the gateway.
GATEWAY_FAULT_CODES = " in the gateway"
_SERVER_ERRORS = frozenset({1011, 1012, 1013, 1014})
_REFUSED_FOR_ALL = frozenset({"overloaded", "quota_exceeded"})
# Reasons with which a healthy service closes a single old connection.
_ROUTINE_CODES = ("deadline expired", "aborted", "cancelled", "expired")


class CircuitState(StrEnum):
    """State of the circuit."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure that suggests the service is down."""

    at: float
    session: str
    code: str
    message: str
    certain: bool
    """True if the session cannot have caused it."""


def classify_failure(
    code: int, reason: str, *, was_live: bool, backend: Backend = "developer"
) -> tuple[str, str, bool] | None:
    """Return (code, message, certain) for a lost socket that suggests the service is down; None for any other.

    `code` is a WebSocket close code or the HTTP status of a refused handshake. `was_live`: setup had completed.
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
    """Circuit breaker shared by all sessions of a gateway."""

    def __init__(self, backend: Backend = "developer") -> None:
        self._backend: Backend = backend
        self.state = CircuitState.CLOSED
        self.why = ""
        """The last failure reason as text; empty while the service is healthy."""
        self.opened = 0
        self.refused = 0
        self._failures: deque[Failure] = deque(maxlen=MAX_FAILURES)
        self._backoff_s = INITIAL_BACKOFF_S
        self._open_until = 0.0
        self._probe: str | None = None
        self._probe_until = 0.0

    def probe_after_s(self, now: float) -> float:
        """Return the seconds until a call may be tried; 0 if one may be tried now. Changes no state."""
        if self.state is CircuitState.OPEN:
            return max(0.0, self._open_until - now)
        if self.state is CircuitState.HALF_OPEN and self._probe is not None and now < self._probe_until:
            return min(self._probe_until - now, INITIAL_BACKOFF_S)
        return 0.0

    def count_refusal(self) -> None:
        """Count a call that was refused because of the circuit."""
        self.refused += 1

    def on_session_start(self, session: str, now: float) -> None:
        """Record that a call goes through. Unless the circuit is closed, this call is the probe."""
        if self.state is not CircuitState.CLOSED:
            self.state = CircuitState.HALF_OPEN
            self._probe, self._probe_until = session, now + PROBE_TIMEOUT_S

    def on_success(self) -> None:
        """Close the circuit: a session has completed setup, so the service works."""
        self.state, self.why, self._probe, self._backoff_s = CircuitState.CLOSED, "", None, INITIAL_BACKOFF_S
        self._failures.clear()

    def on_failure(self, session: str, code: int, reason: str, now: float, *, was_live: bool) -> bool:
        """Record a socket that was lost or could not be opened. Return whether this opened the circuit."""
        verdict = classify_failure(code, reason, was_live=was_live, backend=self._backend)
        if verdict is None:
            return False
        self._failures.append(Failure(now, session, *verdict))
        self.why = verdict[1]
        if self.state is CircuitState.HALF_OPEN and session == self._probe:
            self._backoff_s = min(self._backoff_s * 2, MAX_BACKOFF_S)
            return self._open(now)
        if self.state is CircuitState.CLOSED and self._should_open(now):
            return self._open(now)
        return False

    def on_session_end(self, session: str) -> None:
        """Release the probe if this session was it, so that another call may try."""
        if session == self._probe:
            self._probe = None

    def _should_open(self, now: float) -> bool:
        recent = [failure for failure in self._failures if now - failure.at <= WINDOW_S]
        if len(recent) < MAX_FAILURES:
            return False
        return all(failure.certain for failure in recent) or len({failure.session for failure in recent}) > 1

    def _open(self, now: float) -> bool:
        self.state, self._probe = CircuitState.OPEN, None
        self._open_until = now + self._backoff_s
        self.opened += 1
        self._failures.clear()
        return True
