"""A core whose every effect is held against the laws, whatever is done to it. A broken law is an AssertionError."""

from collections.abc import Callable
from typing import Any

from s2s import wire
from s2s.core.effects import (
    Dial,
    Effect,
    HangUp,
    Incident,
    PlayFrame,
    Redial,
    RunTool,
    SendAudio,
    SendText,
    SendToBrowser,
    SendToolResponse,
    StopTool,
)
from s2s.core.events import (
    DeadlineReached,
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    ModelAudio,
    TextTyped,
    TurnComplete,
)
from s2s.core.link.upstream_link import HAND_OVER_WINDOW_S, MAX_HAND_OVERS, MIN_HAND_OVER_INTERVAL_S, LinkState
from s2s.core.session_core import SessionCore
from s2s.core.tools.mic_gate import MAX_GATE_S
from s2s.core.turn_machine import Turn
from s2s.upstream.models.model_capabilities import Capabilities

SETTLES = (GenerationComplete, TurnComplete, Interrupted, InterruptPressed, TextTyped, DeadlineReached)
SILENCES = (Interrupted, InterruptPressed, TextTyped)
TOOLS = ({"name": "f"}, {"name": "g", "behavior": "NON_BLOCKING", "scheduling": "WHEN_IDLE"})


class WatchedCore:
    """A core in virtual time: `now`, in seconds. Whoever feeds it sets `socket`, as it is dialled, opened and lost."""

    def __init__(self, models: tuple[Capabilities, ...]) -> None:
        self.core = self.make_core(models)
        self.now = 0.0
        self.socket = "none"
        self.session = 0
        """Counts upstream sessions: a call id means something in one only."""
        self.resumed_same = False
        self.frames = 0
        self.heard: set[int] = set()
        self.last_heard = -1
        self.on_this_socket: set[int] = set()
        self.since_answer: set[int] = set()
        """Loud frames since upstream or the person last ended something."""
        self.onset: set[int] = set()
        """Loud frames in a row up to now that the meter has not taken for speech yet."""
        self.owed_sound: set[int] = set()
        self.texts: dict[str, int] = {}
        self.refused_texts = False
        self.calls: dict[str, int] = {}
        self.running: dict[str, str] = {}
        self.ran: set[str] = set()
        self.answered: set[tuple[int, str]] = set()
        self.given: dict[int, int] = {}
        self.sent: dict[int, int] = {}
        self.seqs: dict[int, PlayFrame] = {}
        """A page takes each number once."""
        self.flushed = -1
        self.flushed_turns: set[int] = set()
        self.gated_since: float | None = None
        self.hand_overs: list[tuple[float, bool]] = []
        """When, and whether it was the second step of a rescue."""
        self.do: dict[type, Callable[[Any], None]] = {
            PlayFrame: self._played,
            SendAudio: self._mic_heard,
            SendText: self._text_heard,
            SendToolResponse: self._answered,
            RunTool: self._run,
            StopTool: self._stop,
            Dial: self._dial,
            Redial: self._hand_over,
            HangUp: self._hang_up,
            SendToBrowser: self._told,
            Incident: self._repeated,
        }
        self.take(self.core.open(0.0))

    def make_core(self, models: tuple[Capabilities, ...]) -> SessionCore:
        """A core of another kind is held against the laws too."""
        return SessionCore(models, tools=TOOLS)

    # --- the world ---

    def say(self, event: Any) -> None:
        """One fact, now."""
        before = self.core.conversation.turn
        if type(event) in SETTLES:
            self.since_answer.clear()
            if type(event) in (InterruptPressed, TextTyped):
                self.owed_sound, self.onset = set(), set()
        effects = self.core.handle(event, self.now)
        if type(event) in SILENCES:
            self._flush_law(effects)
        self.take(effects)
        if type(event) is ModelAudio and before is not Turn.CUT and not self.core.conversation._is_repeating:
            turn = self.core.conversation.model_speech.turn
            self.given[turn] = self.given.get(turn, 0) + len(event.pcm)
        self._gate_law()

    def take(self, effects: list[Effect]) -> None:
        do = self.do
        for effect in effects:
            if (what := do.get(type(effect))) is not None:
                what(effect)

    def advance(self, seconds: float) -> None:
        until, steps = self.now + seconds, 0
        while (due := self.core.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.say(DeadlineReached())
            steps += 1
            assert steps < 5_000, "a deadline that never moves"
        self.now = until

    # --- laws on the way ---

    def _played(self, frame: PlayFrame) -> None:
        assert frame.turn > self.flushed, "a dead turn is heard"
        if frame.seq in self.seqs:
            known = self.seqs[frame.seq]
            assert (known.turn, known.pcm) == (frame.turn, frame.pcm), "another frame under a number that was used"
            return
        self.seqs[frame.seq] = frame
        self.sent[frame.turn] = self.sent.get(frame.turn, 0) + len(frame.pcm)

    def _told(self, effect: SendToBrowser) -> None:
        if type(effect.message) is wire.Flush:
            self.flushed = max(self.flushed, effect.message.turn)
            self.flushed_turns.add(effect.message.turn)

    def _repeated(self, effect: Incident) -> None:
        if effect.code == "repeated_answer":
            self.flushed_turns.add(self.core.conversation.model_speech.turn)

    def _mic_heard(self, effect: SendAudio) -> None:
        assert self.socket == "live", "sound for a socket that is not there"
        number = int.from_bytes(effect.pcm[:4], "little")
        assert number > self.last_heard, "a frame twice or out of order on one socket"
        self.last_heard = number
        self.on_this_socket.add(number)
        self.heard.add(number)

    def _text_heard(self, effect: SendText) -> None:
        assert self.socket == "live", "words for a socket that is not there"
        self.texts[effect.text] = self.texts.get(effect.text, 0) + 1

    def _answered(self, effect: SendToolResponse) -> None:
        assert self.socket == "live"
        assert self.calls.get(effect.id) == self.session, "an answer to a call that this session never made"
        assert (self.session, effect.id) not in self.answered, "a call answered twice"
        self.answered.add((self.session, effect.id))

    def _run(self, effect: RunTool) -> None:
        assert effect.id not in self.ran, "a function run twice for one call"
        self.ran.add(effect.id)
        self.running[effect.id] = effect.name

    def _stop(self, effect: StopTool) -> None:
        self.running.pop(effect.id, None)

    def _hand_over(self, effect: Redial) -> None:
        """At most one in 60 s and ten in an hour. A rescue of the watchdog's has two steps, and the second begins a
        fresh session: together they are one."""
        last, second_step = self.hand_overs[-1] if self.hand_overs else (-1e9, False)
        completes = effect.handle is None and not second_step and self.now - last < MIN_HAND_OVER_INTERVAL_S - 1e-6
        if completes:
            self.hand_overs.pop()
        else:
            assert self.now - last >= MIN_HAND_OVER_INTERVAL_S - 1e-6, (
                f"a hand-over {self.now - last:.1f} s after another"
            )
        self.hand_overs.append((self.now, completes))
        hour = [at for at, _ in self.hand_overs if self.now - at < HAND_OVER_WINDOW_S - 1e-6]
        assert len(hour) <= MAX_HAND_OVERS, "more hand-overs in an hour than are allowed"
        self._redial(effect)

    def _hang_up(self, effect: HangUp) -> None:
        self.socket = "none"

    def _dial(self, effect: Dial) -> None:
        assert self.socket == "none", "two sockets at once"
        self._redial(effect)

    def _redial(self, effect: Dial | Redial) -> None:
        self.socket = "dialing"
        self.resumed_same = self.core.conversation.same_session

    def _gate_law(self) -> None:
        if not self.core.conversation.upstream_buffer.is_gated:
            self.gated_since = None
            return
        self.gated_since = self.now if self.gated_since is None else self.gated_since
        assert self.now - self.gated_since <= MAX_GATE_S + 1e-6, "the microphone is held back for too long"

    def _flush_law(self, effects: list[Effect]) -> None:
        """Playback falls silent before anything is logged, sent to upstream or shown."""
        flushes = [isinstance(effect, SendToBrowser) and type(effect.message) is wire.Flush for effect in effects]
        assert flushes == sorted(flushes, reverse=True), "something comes before a flush"

    def waiting_law(self) -> None:
        """Whoever waits for something has a time at which it waits no longer."""
        talk, link, dog = self.core.conversation, self.core.link, self.core.watchdog
        live = talk.upstream_buffer.is_live
        dialling = link.state in (LinkState.WAITING, LinkState.CONNECTING)
        waits = dialling or talk.turn is Turn.CUT or talk.upstream_buffer.is_gated or talk.turn is Turn.DRAINING
        owed = live and dog.is_reply_due and not talk.user_speech.is_speaking and not talk.mic_gate.calls.has_pending
        if waits and not talk.model_speech._playout.is_held:
            assert self.core.deadline is not None, "waits without an end"
        if owed and talk.turn is Turn.LISTENING:
            assert dog.deadline is not None, "waits for an answer without an end"
