"""The link machine: when to dial upstream, with what handle, and when to give up. Sans-IO, beside the turn machine."""

from enum import StrEnum

from s2s.closes import Diagnosis, Verdict, diagnose
from s2s.vocabulary import (
    Dial,
    GoAway,
    HandleOffered,
    HangUp,
    LinkChanged,
    LinkEffect,
    LinkFailed,
    LinkInput,
    SetupComplete,
    SocketLost,
    Tick,
)

# Attempts in a row without one that held. A link that stayed live this long starts the count again.
MAX_ATTEMPTS = 6
HELD_S = 10.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
BUSY_PAUSE_S = 15.0


class Link(StrEnum):
    """Where the link stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    WAITING = "waiting"
    """Between two dials."""
    CLOSED = "closed"
    """Ended on purpose or given up."""


class UpstreamLink:
    """One session's link. `handle` takes a fact and the time, and answers what is to be done, in order."""

    def __init__(self) -> None:
        self.state = Link.IDLE
        self.failure: LinkFailed | None = None
        self._handle: str | None = None
        self._attempts = 0
        self._dial_at: float | None = None
        self._live_since: float | None = None

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        return self._dial_at

    def open(self) -> list[LinkEffect]:
        """The session wants upstream. Idempotent."""
        if self.state is not Link.IDLE:
            return []
        return [LinkChanged("connecting"), self._dial()]

    def close(self) -> list[LinkEffect]:
        """The session is over."""
        was, self.state = self.state, Link.CLOSED
        self._dial_at = None
        return [HangUp()] if was in (Link.CONNECTING, Link.LIVE) else []

    def handle(self, event: LinkInput, now: float) -> list[LinkEffect]:
        """The only door for facts. `now` is in seconds."""
        match event:
            case SetupComplete() if self.state is Link.CONNECTING:
                self.state, self._live_since = Link.LIVE, now
                return [LinkChanged("live")]
            case HandleOffered(handle=handle) if handle is not None:
                # While upstream says "not resumable just now", the last handle is still the best there is.
                self._handle = handle
            case SocketLost(code=code, reason=reason) if self.state in (Link.CONNECTING, Link.LIVE):
                return self._lost(diagnose(code, reason, was_live=self.state is Link.LIVE), now)
            case Tick() if self._dial_at is not None and now >= self._dial_at:
                return [self._dial()]
            case GoAway() | _:
                pass
        return []

    def _dial(self) -> Dial:
        self.state = Link.CONNECTING
        self._attempts += 1
        self._dial_at = None
        return Dial(self._handle)

    def _lost(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        if self.state is Link.LIVE and self._live_since is not None and now - self._live_since >= HELD_S:
            self._attempts = 0
        if diagnosis.verdict is Verdict.FRESH or self._attempts >= 3:
            # A handle that failed twice is poisoned more often than it is unlucky.
            self._handle = None
        if diagnosis.verdict is Verdict.FATAL or self._attempts >= MAX_ATTEMPTS:
            self.state = Link.CLOSED
            self.failure = LinkFailed(diagnosis.code, diagnosis.message, diagnosis.hint)
            return [LinkChanged("refused", diagnosis.message), self.failure]
        pause_s = min(FIRST_PAUSE_S * 2 ** max(0, self._attempts - 1), LONGEST_PAUSE_S)
        if diagnosis.verdict is Verdict.WAIT:
            pause_s = BUSY_PAUSE_S
        elif self.state is Link.LIVE and self._attempts <= 1:
            pause_s = 0.0
        self.state = Link.WAITING
        self._dial_at = now + pause_s
        return [LinkChanged("reconnecting" if self._live_since is not None else "connecting", diagnosis.message)]
