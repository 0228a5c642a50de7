"""The link machine: when to dial upstream, with what handle, and when to give up. Sans-IO, beside the turn machine."""

from enum import StrEnum

from s2s.closes import Diagnosis, Verdict, diagnose
from s2s.effects import Dial, HangUp, LinkChanged, LinkEffect, LinkFailed, Redial
from s2s.vocabulary import AtRest, GoAway, HandleOffered, LinkInput, SetupComplete, SocketLost, Tick, TurnComplete

# Attempts in a row without one that held. A link that stayed live this long starts the count again.
MAX_ATTEMPTS = 6
HELD_S = 10.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
BUSY_PAUSE_S = 15.0
# Connections are cut at about ten minutes; `goAway` may not come.
LONGEST_LIVE_S = 540.0
LEAVE_WITHIN_S = 45.0
# What a hand-over needs of the time that `goAway` leaves.
HAND_OVER_S = 3.0


class Link(StrEnum):
    """Where the link stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    LEAVING = "leaving"
    """Live, but this socket will end soon: waits for a quiet moment to change to the next."""
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
        self._resumable = False
        self._attempts = 0
        self._dial_at: float | None = None
        self._leave_by: float | None = None
        self._live_since: float | None = None

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        if self.state is Link.WAITING:
            return self._dial_at
        return self._leave_by if self.state in (Link.LIVE, Link.LEAVING) else None

    def open(self) -> list[LinkEffect]:
        """The session wants upstream. Idempotent."""
        if self.state is not Link.IDLE:
            return []
        return [LinkChanged("connecting"), self._dial()]

    def close(self) -> list[LinkEffect]:
        """The session is over."""
        was, self.state = self.state, Link.CLOSED
        self._dial_at = None
        return [HangUp()] if was in (Link.CONNECTING, Link.LIVE, Link.LEAVING) else []

    def handle(self, event: LinkInput, now: float) -> list[LinkEffect]:
        """The only door for facts. `now` is in seconds."""
        match event:
            case SetupComplete() if self.state is Link.CONNECTING:
                self.state, self._live_since = Link.LIVE, now
                self._leave_by = now + LONGEST_LIVE_S
                return [LinkChanged("live")]
            case HandleOffered(handle=handle):
                # While upstream says "not resumable just now", the last handle is still the best there is.
                self._resumable = handle is not None
                self._handle = handle or self._handle
            case SocketLost(code=code, reason=reason) if self.state in (Link.CONNECTING, Link.LIVE, Link.LEAVING):
                return self._lost(diagnose(code, reason, was_live=self.state is not Link.CONNECTING), now)
            case GoAway(time_left_s=left) if self.state is Link.LIVE:
                self.state, self._leave_by = Link.LEAVING, now + max(0.0, left - HAND_OVER_S)
            case TurnComplete():
                # The handle that knows this turn comes right behind it; the one we have does not.
                self._resumable = False
            case AtRest() if self.state is Link.LEAVING and self._resumable:
                return self._hand_over(now)
            case Tick():
                return self._tick(now)
            case _:
                pass
        return []

    def _tick(self, now: float) -> list[LinkEffect]:
        due = self.deadline
        if due is None or now < due:
            return []
        if self.state is Link.WAITING:
            return [self._dial()]
        if self.state is Link.LIVE:
            self.state, self._leave_by = Link.LEAVING, now + LEAVE_WITHIN_S
            return []
        return self._hand_over(now)

    def _hand_over(self, now: float) -> list[LinkEffect]:
        self._count_again(now)
        return [Redial(self._dial().handle)]

    def _count_again(self, now: float) -> None:
        if self._live_since is not None and now - self._live_since >= HELD_S:
            self._attempts = 0

    def _dial(self) -> Dial:
        self.state = Link.CONNECTING
        self._attempts += 1
        self._dial_at = None
        self._resumable = False
        return Dial(self._handle)

    def _lost(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        if self.state is not Link.CONNECTING:
            self._count_again(now)
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
        elif self.state is not Link.CONNECTING and self._attempts <= 1:
            pause_s = 0.0
        self.state = Link.WAITING
        self._dial_at = now + pause_s
        return [LinkChanged("reconnecting" if self._live_since is not None else "connecting", diagnosis.message)]
