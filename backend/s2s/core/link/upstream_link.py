"""The upstream link: when to dial, with which handle, when to reconnect and when to give up. Sans-I/O."""

from collections import Counter, deque
from dataclasses import replace
from enum import StrEnum
from zlib import crc32

from s2s import wire
from s2s.core.effects import (
    Dial,
    HangUp,
    Incident,
    LinkEffect,
    LinkFailed,
    Redial,
    SendToBrowser,
    UpstreamStatusChanged,
)
from s2s.core.events import (
    DeadlineReached,
    GoAway,
    Idle,
    LinkEvent,
    LinkLost,
    ReconnectUpstream,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    TurnComplete,
)
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.refusals.close_codes import NO_ANSWER, REFUSED_IN_GENERAL, REFUSED_WORDS, Diagnosis, Verdict, diagnose

# Attempts in a row without a stable connection. A link that stayed live this long resets the count.
MAX_ATTEMPTS = 6
STABLE_AFTER_S = 10.0
INITIAL_BACKOFF_S = 0.25
MAX_BACKOFF_S = 8.0
BUSY_BACKOFF_S = 15.0
# Google cuts connections at about ten minutes; `goAway` may not come.
MAX_CONNECTION_S = 540.0
HAND_OVER_GRACE_S = 45.0
# Only the last part of the time that `goAway` leaves is used: the usual 50 s is acted on at once, minutes are not. 300
# s were seen a second after setup, on each socket (livekit/agents-js#2507).
GO_AWAY_WINDOW_S = 60.0
# What a hand-over needs of the time that `goAway` leaves.
HAND_OVER_MARGIN_S = 3.0
# However often upstream asks for it, hand-overs are limited: each one may lose what is said at that moment. Beyond the
# limit a socket is kept until upstream closes it.
MIN_HAND_OVER_INTERVAL_S = 60.0
MAX_HAND_OVERS = 10
HAND_OVER_WINDOW_S = 3_600.0
# The client limits each step of a dial and reports SocketLost. This is for one that reports nothing.
CONNECT_TIMEOUT_S = 150.0
# The Developer API keeps a session for two hours (Vertex is said to: a day). An older handle is not tried.
HANDLE_LIFETIME_S = 7_000.0


class LinkState(StrEnum):
    """The state of the link."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    LEAVING = "leaving"
    """Live, but this socket will end soon: waits for an idle moment to change to the next."""
    WAITING = "waiting"
    """Between two dials."""
    CLOSED = "closed"
    """Closed on purpose or given up."""


SINGLE_MODEL = Candidates(("",))


class UpstreamLink:
    """The link of one session. `handle` takes an event and the time, and returns the effects in order."""

    def __init__(self, candidates: Candidates = SINGLE_MODEL, *, seed: int = 0) -> None:
        """`candidates`: the models to dial, one after the other, if one does not come back. `seed`: for the jitter of
        the backoff, so that sessions do not all dial at the same moment."""
        self.model = 0
        """Index of the candidate that is dialled."""
        self.without_history = False
        """Upstream refused the history: it is not sent again."""
        self._sends_history = False
        self.state = LinkState.IDLE
        self.failure: LinkFailed | None = None
        self._candidates, self._seed = candidates, seed
        self._retired_model: str | None = None
        """A model that was refused as unknown or retired; its successor has not answered yet."""
        self._last_code = ""
        self._failures: Counter[str] = Counter()
        self._handle: str | None = None
        self._handle_at = 0.0
        self._resumable = False
        self._attempts = 0
        self._dial_at: float | None = None
        self._connect_by: float | None = None
        self._hand_over_from: float | None = None
        """From then on the next idle moment is used for a hand-over."""
        self._hand_over_by: float | None = None
        """A hand-over is due then, idle or not. Both None: the socket is kept until upstream closes it."""
        self._live_since: float | None = None
        self._hand_overs: deque[float] = deque(maxlen=MAX_HAND_OVERS)
        self._reconnected_at: float | None = None
        """When the watchdog had the socket changed, if that was the last hand-over."""

    @property
    def deadline(self) -> float | None:
        """Call `handle` with DeadlineReached no later than this."""
        match self.state:
            case LinkState.CONNECTING:
                return self._connect_by
            case LinkState.WAITING:
                return self._dial_at
            case LinkState.LIVE:
                return self._hand_over_from
            case LinkState.LEAVING:
                return self._hand_over_by
        return None

    def open(self, now: float = 0.0) -> list[LinkEffect]:
        """Dial upstream for the first time. Idempotent."""
        if self.state is not LinkState.IDLE:
            return []
        return [UpstreamStatusChanged("connecting"), self._dial(now)]

    def close(self) -> list[LinkEffect]:
        """End the session."""
        was, self.state = self.state, LinkState.CLOSED
        self._dial_at = None
        return [HangUp()] if was in (LinkState.CONNECTING, LinkState.LIVE, LinkState.LEAVING) else []

    def handle(self, event: LinkEvent, now: float) -> list[LinkEffect]:
        """Take one event. The only entry point; `now` is in seconds."""
        match event:
            case SetupComplete() if self.state is LinkState.CONNECTING:
                return self._on_setup_complete(now)
            case ResumptionHandle(handle=handle):
                # While upstream says "not resumable just now", the last handle is still the best there is.
                self._resumable = handle is not None
                if handle is not None:
                    self._handle, self._handle_at = handle, now
            case SocketLost() if self.state in (LinkState.CONNECTING, LinkState.LIVE, LinkState.LEAVING):
                return self._on_socket_lost(self._diagnose(event), now)
            case GoAway(time_left_s=left) if self.state in (LinkState.LIVE, LinkState.LEAVING):
                self._plan_hand_over(now + max(0.0, left - HAND_OVER_MARGIN_S), now)
            case TurnComplete():
                # The handle that covers this turn comes right after it; the current one does not.
                self._resumable = False
            case ReconnectUpstream(fresh=fresh) if self.state in (LinkState.LIVE, LinkState.LEAVING):
                return self._reconnect(now, fresh=fresh)
            case Idle() if self.state is LinkState.LEAVING and self._resumable:
                return self._hand_over(now)
            case DeadlineReached():
                return self._on_deadline(now)
            case _:
                pass
        return []

    def _on_setup_complete(self, now: float) -> list[LinkEffect]:
        self.state, self._live_since, self._connect_by = LinkState.LIVE, now, None
        self._hand_over_from, self._hand_over_by = now + MAX_CONNECTION_S, now + MAX_CONNECTION_S + HAND_OVER_GRACE_S
        effects: list[LinkEffect] = [UpstreamStatusChanged("live")]
        if self._retired_model is not None:
            old, new, self._retired_model = self._retired_model, self._candidates.names[self.model], None
            text = f"{old} is no longer offered, so {new} is answering."
            effects.append(SendToBrowser(wire.Notice("warning", "model_replaced", text)))
        return effects

    def _on_deadline(self, now: float) -> list[LinkEffect]:
        due = self.deadline
        if due is None or now < due:
            return []
        match self.state:
            case LinkState.WAITING:
                return [self._dial(now)]
            case LinkState.CONNECTING:
                silent = SocketLost(NO_ANSWER, f"nothing was heard within {CONNECT_TIMEOUT_S:.0f} s")
                return [HangUp(), *self._on_socket_lost(self._diagnose(silent), now)]
            case LinkState.LIVE:
                self._schedule_hand_over(now)
                return []
        return self._hand_over(now)

    # --- hand-overs: from a socket that works to the next ---

    def _plan_hand_over(self, by: float, now: float) -> None:
        """Use upstream's own time, which is better than our guess. If it is minutes, it is only noted: the socket is
        left when little of it remains."""
        self._hand_over_by, self._hand_over_from = by, max(now, by - GO_AWAY_WINDOW_S)
        if self._hand_over_from <= now and self.state is LinkState.LIVE:
            self._schedule_hand_over(now)

    def _schedule_hand_over(self, now: float) -> None:
        allowed_at = self._hand_over_allowed_at()
        if allowed_at <= now:
            self.state = LinkState.LEAVING
        elif self._hand_over_by is not None and allowed_at <= self._hand_over_by:
            self._hand_over_from = allowed_at
        else:
            self._hand_over_from = self._hand_over_by = None

    def _hand_over_allowed_at(self) -> float:
        if not self._hand_overs:
            return 0.0
        allowed_at = self._hand_overs[-1] + MIN_HAND_OVER_INTERVAL_S
        if len(self._hand_overs) == MAX_HAND_OVERS:
            allowed_at = max(allowed_at, self._hand_overs[0] + HAND_OVER_WINDOW_S)
        return allowed_at

    def _reconnect(self, now: float, *, fresh: bool) -> list[LinkEffect]:
        """Change the socket for the watchdog, and start a new session if that did not help. Both steps of one rescue
        count as one hand-over: the second step is what saves the call."""
        first_step = self._reconnected_at
        rescue_runs = first_step is not None and now - first_step < MIN_HAND_OVER_INTERVAL_S
        if fresh and rescue_runs and self._hand_overs[-1] == first_step:
            self._hand_overs.pop()
        elif self._hand_over_allowed_at() > now:
            return []
        if fresh:
            self._handle = None
        effects = self._hand_over(now)
        self._reconnected_at = None if fresh else now
        return effects

    def _hand_over(self, now: float) -> list[LinkEffect]:
        self._reset_attempts_if_stable(now)
        self._hand_overs.append(now)
        dial = self._dial(now)
        return [Redial(dial.handle, model=dial.model)]

    def on_history_added(self, *, sent: bool) -> None:
        """Note whether the current dial sends the history, which the session core adds to it."""
        self._sends_history = sent

    # --- losses ---

    @property
    def rejects_audio_during_calls(self) -> bool:
        """Whether the socket was lost because of microphone audio during a function call."""
        return self._last_code == "audio_during_call"

    def loss_event(self) -> LinkLost:
        """Return what the conversation has to know about the socket that was just lost."""
        return LinkLost(refused=self._last_code in REFUSED_WORDS)

    def _diagnose(self, lost: SocketLost) -> Diagnosis:
        was_live = self.state is not LinkState.CONNECTING
        found = diagnose(lost.code, lost.reason, was_live=was_live, backend=self._candidates.backend)
        if not lost.trouble:
            return found
        verdict = Verdict.RETRY if lost.retryable else Verdict.FATAL
        return replace(found, verdict=verdict, code=lost.trouble, hint=lost.hint or found.hint)

    def _reset_attempts_if_stable(self, now: float) -> None:
        if self._live_since is not None and now - self._live_since >= STABLE_AFTER_S:
            self._attempts = 0
            self._failures.clear()
            self.without_history = False

    def _dial(self, now: float) -> Dial:
        self.state = LinkState.CONNECTING
        self._attempts += 1
        self._dial_at = None
        self._connect_by = now + CONNECT_TIMEOUT_S
        self._resumable = False
        if self._handle is not None and now - self._handle_at > HANDLE_LIFETIME_S:
            self._handle = None
        return Dial(self._handle, model=self.model)

    def _on_socket_lost(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        was_live = self.state is not LinkState.CONNECTING
        if was_live:
            self._reset_attempts_if_stable(now)
        elif diagnosis.code in REFUSED_IN_GENERAL and (self._handle is not None or self._sends_history):
            # Once without the handle, then once without earlier turns, which 3.1 is said to have closed on.
            self.without_history = self.without_history or self._handle is None
            diagnosis = replace(diagnosis, verdict=Verdict.FRESH)
        self._failures[diagnosis.code] += 1
        self._last_code = diagnosis.code
        tries = self._failures[diagnosis.code]
        self.without_history = self.without_history or (diagnosis.code in REFUSED_WORDS and tries > 1)
        # A handle that failed twice is more often invalid than unlucky.
        if diagnosis.verdict is Verdict.FRESH or self._attempts >= 3 or tries >= diagnosis.tries_with_handle:
            self._handle = None
        fatal = diagnosis.verdict in (Verdict.FATAL, Verdict.CHANGE_MODEL)
        if fatal or tries > diagnosis.tries or self._attempts >= MAX_ATTEMPTS:
            return self._next_model(diagnosis, now)
        self.state = LinkState.WAITING
        self._dial_at = now + self._backoff_s(diagnosis, was_live)
        return [UpstreamStatusChanged(self._connecting_status, diagnosis.message)]

    @property
    def _connecting_status(self) -> wire.UpstreamStatus:
        return "reconnecting" if self._live_since is not None else "connecting"

    def _backoff_s(self, diagnosis: Diagnosis, was_live: bool) -> float:
        if diagnosis.verdict is Verdict.WAIT:
            return BUSY_BACKOFF_S * self._jitter(1.0, 1.4)
        if (was_live and self._attempts <= 1) or diagnosis.verdict is Verdict.RENEW_TOKEN:
            return 0.0
        pause_s: float = min(INITIAL_BACKOFF_S * 2.0 ** max(0, self._attempts - 1), MAX_BACKOFF_S)
        return pause_s * self._jitter(0.8, 1.2)

    def _jitter(self, least: float, most: float) -> float:
        """Return the same factor for the same session and attempt: a recorded call must replay."""
        share = crc32(f"{self._seed}:{self._attempts}:{self.model}".encode()) / 2**32
        return least + (most - least) * share

    def _next_model(self, diagnosis: Diagnosis, now: float) -> list[LinkEffect]:
        following = self._candidates.next_after(self.model, diagnosis)
        if following is None:
            return self._give_up(diagnosis)
        refused = self._candidates.names[self.model]
        self.model, self._handle, self._attempts = following, None, 0
        self._failures.clear()
        self.without_history = False
        self.state, self._dial_at = LinkState.WAITING, now
        if self._candidates.is_successor(following):
            self._retired_model = self._retired_model or refused
            text = f"{diagnosis.message} Switching to {self._candidates.names[following]}."
            return [UpstreamStatusChanged(self._connecting_status, text)]
        text = "The AI model isn’t responding. Switching to another one."
        return [Incident("fallback_model", f"{text} {diagnosis.message}"), UpstreamStatusChanged("reconnecting", text)]

    def _give_up(self, diagnosis: Diagnosis) -> list[LinkEffect]:
        self.state = LinkState.CLOSED
        message, hint = diagnosis.message, self._candidates.remedy(diagnosis)
        if diagnosis.verdict is Verdict.CHANGE_MODEL:
            asked = [name for name in self._candidates.names[: self.model + 1] if name]
            message = f"{message} Tried {' and '.join(asked)}." if asked else message
        elif diagnosis.verdict is not Verdict.FATAL and self._attempts > 1:
            message = f"{message} Tried {self._attempts} times."
        self.failure = LinkFailed(diagnosis.code, message, hint)
        return [UpstreamStatusChanged("refused", message), self.failure]
