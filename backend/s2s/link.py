"""The link machine: when to dial upstream, with what handle, and when to give up. Sans-IO, beside the turn machine."""

from collections import Counter
from enum import StrEnum
from zlib import crc32

from s2s.closes import REFUSED_WORDS, Diagnosis, Verdict, diagnose
from s2s.effects import Dial, HangUp, Incident, LinkChanged, LinkEffect, LinkFailed, Redial
from s2s.vocabulary import (
    AtRest,
    GoAway,
    HandleOffered,
    LinkInput,
    LinkLost,
    Renew,
    SetupComplete,
    SocketLost,
    Tick,
    TurnComplete,
)

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
# The Developer API keeps a session for two hours (Vertex is said to: a day). An older handle is not tried.
HANDLE_LIFE_S = 7_000.0


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

    def __init__(self, *, fallback: bool = False, seed: int = 0) -> None:
        """`fallback`: there is another model to take when this one does not come back. `seed` spreads the pauses, so
        that many sessions do not dial in the same moment."""
        self.model = 0
        """0: the configured model; 1: the one to fall back on."""
        self.bare = False
        """Upstream refused what it was told about the conversation so far: it is not told again."""
        self.state = Link.IDLE
        self.failure: LinkFailed | None = None
        self._fallback, self._seed = fallback, seed
        self._last_code = ""
        self._tries: Counter[str] = Counter()
        self._handle: str | None = None
        self._handle_at = 0.0
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

    def open(self, now: float = 0.0) -> list[LinkEffect]:
        """The session wants upstream. Idempotent."""
        if self.state is not Link.IDLE:
            return []
        return [LinkChanged("connecting"), self._dial(now)]

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
                if handle is not None:
                    self._handle, self._handle_at = handle, now
            case SocketLost(code=code, reason=reason) if self.state in (Link.CONNECTING, Link.LIVE, Link.LEAVING):
                return self._lost(diagnose(code, reason, was_live=self.state is not Link.CONNECTING), now)
            case GoAway(time_left_s=left) if self.state is Link.LIVE:
                self.state, self._leave_by = Link.LEAVING, now + max(0.0, left - HAND_OVER_S)
            case TurnComplete():
                # The handle that knows this turn comes right behind it; the one we have does not.
                self._resumable = False
            case Renew(fresh=fresh) if self.state in (Link.LIVE, Link.LEAVING):
                if fresh:
                    self._handle = None
                return self._hand_over(now)
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
            return [self._dial(now)]
        if self.state is Link.LIVE:
            self.state, self._leave_by = Link.LEAVING, now + LEAVE_WITHIN_S
            return []
        return self._hand_over(now)

    def _hand_over(self, now: float) -> list[LinkEffect]:
        self._count_again(now)
        dial = self._dial(now)
        return [Redial(dial.handle, model=dial.model)]

    @property
    def refuses_sound_during_calls(self) -> bool:
        """Whether the socket was lost because of microphone sound while a function ran."""
        return self._last_code == "audio_during_call"

    def told_of_loss(self) -> LinkLost:
        """What the conversation should know about the socket that was just lost."""
        return LinkLost(refused=self._last_code in REFUSED_WORDS)

    def _count_again(self, now: float) -> None:
        if self._live_since is not None and now - self._live_since >= HELD_S:
            self._attempts = 0
            self._tries.clear()
            self.bare = False

    def _dial(self, now: float) -> Dial:
        self.state = Link.CONNECTING
        self._attempts += 1
        self._dial_at = None
        self._resumable = False
        if self._handle is not None and now - self._handle_at > HANDLE_LIFE_S:
            self._handle = None
        return Dial(self._handle, model=self.model)

    def _lost(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        was_live = self.state is not Link.CONNECTING
        if was_live:
            self._count_again(now)
        self._tries[diagnosis.code] += 1
        self._last_code = diagnosis.code
        tries = self._tries[diagnosis.code]
        self.bare = self.bare or (diagnosis.code in REFUSED_WORDS and tries > 1)
        # A handle that failed twice is poisoned more often than it is unlucky.
        if diagnosis.verdict is Verdict.FRESH or self._attempts >= 3 or tries >= diagnosis.tries_with_handle:
            self._handle = None
        if diagnosis.verdict is Verdict.FATAL or tries > diagnosis.tries or self._attempts >= MAX_ATTEMPTS:
            return self._next_model(diagnosis, now)
        self.state = Link.WAITING
        self._dial_at = now + self._pause_s(diagnosis, was_live)
        return [LinkChanged("reconnecting" if self._live_since is not None else "connecting", diagnosis.message)]

    def _pause_s(self, diagnosis: Diagnosis, was_live: bool) -> float:
        if diagnosis.verdict is Verdict.WAIT:
            return BUSY_PAUSE_S * self._spread(1.0, 1.4)
        if was_live and self._attempts <= 1:
            return 0.0
        pause_s: float = min(FIRST_PAUSE_S * 2.0 ** max(0, self._attempts - 1), LONGEST_PAUSE_S)
        return pause_s * self._spread(0.8, 1.2)

    def _spread(self, least: float, most: float) -> float:
        """The same for the same session and attempt: a recorded call can be played again."""
        share = crc32(f"{self._seed}:{self._attempts}:{self.model}".encode()) / 2**32
        return least + (most - least) * share

    def _next_model(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        if self._fallback and self.model == 0 and diagnosis.other_model_may_help:
            self.model, self._handle, self._attempts = 1, None, 0
            self._tries.clear()
            self.bare = False
            self.state, self._dial_at = Link.WAITING, now
            text = "The configured model does not answer; the other one takes over."
            return [Incident("fallback_model", f"{text} {diagnosis.message}"), LinkChanged("reconnecting", text)]
        self.state = Link.CLOSED
        self.failure = LinkFailed(diagnosis.code, diagnosis.message, diagnosis.hint)
        return [LinkChanged("refused", diagnosis.message), self.failure]
