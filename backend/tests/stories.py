"""Random stories over the whole core: a person, a page, functions and a moody upstream, told by a list of numbers.

A story is data: pairs of numbers between 0 and 1. The same pairs tell the same story, and any part of a story is one,
so that a failing one can be made shorter. Laws are checked on the way and at the end; a broken one raises an
AssertionError.
"""

from collections.abc import Sequence
from random import Random

from s2s.core.events import (
    BrowserAttached,
    BrowserDetached,
    GenerationComplete,
    GoAway,
    Interrupted,
    InterruptPressed,
    MicAudio,
    MicMuted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    PlayedReport,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    TextTyped,
    ToolCalled,
    ToolCancelled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.link.upstream_buffer_state import UtteranceState
from s2s.core.link.upstream_link import LinkState
from s2s.upstream.models.model_capabilities import PLAIN, Capabilities, capabilities
from tests.watched_core import WatchedCore

Steps = Sequence[tuple[float, float]]
LOUD = b"\x00\x10" * 160 + b"\x00\xf0" * 160
QUIET = bytes(640)
SENTENCES = ("It is sunny in all of France. ", " And warm", " in Paris today.", " Yes")
CLOSES = (
    (1006, ""),
    (1000, ""),
    (1008, "The operation was aborted."),
    (1011, "Internal error encountered."),
    (1011, "You exceeded your current quota"),
    (1008, "BidiGenerateContent session not found"),
    (1007, "Request contains an invalid argument."),
    (1008, "Operation is not implemented, or supported, or enabled."),
)
MODELS: tuple[tuple[Capabilities, ...], ...] = (
    (PLAIN,),
    (capabilities("developer", "gemini-3.8-live"), capabilities("developer", "gemini-3.1-flash-live-preview")),
    (capabilities("developer", "gemini-2.5-flash-native-audio-preview-12-2025"),),
    (capabilities("vertex", "gemini-live-2.5-flash-native-audio"),),
)


def steps_of(seed: int) -> list[tuple[float, float]]:
    """The story with that number."""
    dice = Random(seed)
    roll = dice.random
    return [(roll(), roll()) for _ in range(4 + int(roll() ** 4 * 44))]


class Story(WatchedCore):
    """One story while it is told."""

    def mic(self, pcm: bytes, count: int) -> None:
        for _ in range(count):
            self.frames += 1
            self.onset = {*self.onset, self.frames} if pcm is LOUD else set()
            if pcm is LOUD and self.core.conversation.user_speech.is_speaking:
                self.since_answer.add(self.frames)
            self.say(MicAudio(self.frames.to_bytes(4, "little") + pcm[4:]))
            if self.core.conversation.user_speech.is_speaking:
                self.onset = set()
            self.now += 0.02

    def lose(self, x: float) -> None:
        code, reason = CLOSES[int(x * len(CLOSES))]
        uplink = self.core.conversation.upstream_buffer
        if self.socket == "live" and uplink.utterance is UtteranceState.WAITING:
            self.owed_sound = {n for n in self.since_answer if n in self.heard}
        if self.socket == "live":
            self.owed_sound |= self.onset & self.heard
        self.socket = "none"
        if code == 1007:
            self.refused_texts = True
        self.say(SocketLost(code, reason))

    def opened(self) -> None:
        self.socket, self.last_heard = "live", -1
        if not self.resumed_same:
            self.session += 1
        self.on_this_socket.clear()
        self.say(SetupComplete())
        if not self.resumed_same:
            assert self.owed_sound <= self.on_this_socket, "words without an answer are not said again"
        self.owed_sound = set()

    def step(self, roll: float, x: float) -> None:
        """One thing happens; which one depends on how things stand."""
        if roll < 0.12:
            self.advance(x * 2 if x < 0.8 else (x - 0.8) * 100)
        elif roll < 0.2:
            self.mic(LOUD, 3 + int(x * 4))
        elif roll < 0.27:
            self.mic(QUIET, 1 if x < 0.4 else 14)
        elif roll < 0.31:
            text = f"text {len(self.texts)}"
            self.texts[text] = 0
            self.say(TextTyped(text))
        elif roll < 0.35:
            self.say(InterruptPressed(None if x < 0.7 else int(x * 4)))
        elif roll < 0.38:
            self.say(PlayedReport(self.core.conversation.model_speech.turn, int(x * 400)))
        elif roll < 0.40:
            self.say(BrowserDetached() if x < 0.5 else BrowserAttached())
        elif roll < 0.41:
            self.say(MicMuted(x < 0.5))
        elif roll < 0.47 and self.running:
            self.finish(sorted(self.running)[int(x * len(self.running))])
        elif self.socket == "dialing":
            self.opened() if x < 0.75 else self.lose(x * 4 - 3)
        elif self.socket == "live":
            self.upstream((roll - 0.41) / 0.59, x)

    def finish(self, call_id: str) -> None:
        self.running.pop(call_id)
        self.say(ToolFinished(call_id, True, {"n": 1}, "done"))

    def upstream(self, roll: float, x: float) -> None:
        if roll < 0.25:
            self.say(ModelAudio(bytes([0 if x > 0.95 else 9]) * (2 * int(400 + x * 6_000))))
        elif roll < 0.40:
            self.say(ModelTranscriptDelta(SENTENCES[int(x * 4)]))
        elif roll < 0.52:
            self.say(UserTranscriptDelta(" word"))
        elif roll < 0.60:
            self.say(GenerationComplete())
        elif roll < 0.72:
            self.say(TurnComplete("RESPONSE_REJECTED" if x > 0.9 else "", more=x < 0.05))
            if x > 0.2 and self.socket == "live":
                self.say(ResumptionHandle(f"h{self.now}"))
        elif roll < 0.79:
            self.say(Interrupted())
        elif roll < 0.90:
            self.function(roll < 0.88, x)
        elif roll < 0.92:
            self.say(GoAway(x * 60 if x < 0.7 else (x - 0.7) * 1_000))
        elif roll < 0.94:
            self.say(ModelThinking())
        else:
            self.lose(x)

    def function(self, call: bool, x: float) -> None:
        """Upstream calls a function, now and then twice under one id, or takes a call back."""
        if call:
            call_id = f"c{len(self.calls) - (x > 0.9 and bool(self.calls))}"
            if self.calls.setdefault(call_id, self.session) != self.session:
                return
            self.answered.discard((self.session, call_id))
            self.say(ToolCalled(call_id, "f" if x < 0.6 else "g", {"n": int(x * 3)}))
        elif self.calls:
            call_id = sorted(self.calls)[int(x * len(self.calls))]
            self.calls[call_id] = -1
            self.say(ToolCancelled((call_id,)))

    # --- the end ---

    def tell(self, steps: Steps) -> "Story":
        for roll, x in steps:
            self.step(roll, x)
            self.waiting_law()
        self.come_to_rest()
        return self

    def come_to_rest(self) -> None:
        """Peace: the page listens, functions answer, upstream is well and answers what it owes."""
        self.say(BrowserAttached())
        for _ in range(40):
            if self.socket == "dialing":
                self.opened()
            for call_id in sorted(self.running):
                self.finish(call_id)
            if self.socket == "live" and self.core.watchdog.is_reply_due:
                self.say(ModelAudio(b"\x09" * 960))
                self.say(GenerationComplete())
            if self.socket == "live":
                self.say(TurnComplete())
            if self.core.link.state is LinkState.CLOSED:
                break
            owed = self.core.watchdog.is_reply_due or self.core.watchdog.deadline is not None or self.running
            if self.socket == "live" and self.core.conversation.is_idle and not owed:
                break
            if self.core.conversation.user_speech.is_speaking:
                self.mic(QUIET, 15)
            self.advance(8.0)
        self._laws_at_the_end()

    def _laws_at_the_end(self) -> None:
        talk = self.core.conversation
        self.advance(8.0)
        closed = self.core.link.state is LinkState.CLOSED
        if not closed:
            assert talk.is_idle, f"never at rest: {talk.turn} {talk.phase}"
            assert not self.core.watchdog.is_reply_due, "a reply is due for ever"
            assert not talk.upstream_buffer.is_gated
            for text, times in self.texts.items():
                assert times or self.refused_texts, f"{text} was lost"
        waiting = set(talk.model_speech._playout.unheard_turns())
        for turn, size in self.given.items():
            sent = self.sent.get(turn, 0)
            assert sent <= size + 959, "voice doubled"
            if turn not in self.flushed_turns and turn not in waiting:
                assert sent >= size, "voice lost"
        kept = {int.from_bytes(e.pcm[:4], "little") for e in talk.upstream_buffer.pending_audio()} - self.heard
        lost = self.frames - len(self.heard) - len(kept)
        counted = talk.upstream_buffer.dropped_frames + talk.upstream_buffer.gate_dropped_frames
        assert lost <= counted, f"{lost} frames of sound were not heard, {counted} were counted"
        for call_id, session in self.calls.items():
            if session == self.session and not closed:
                done = (session, call_id) in self.answered
                assert done or call_id not in {c.call.id for c in talk.mic_gate.calls._open.values()}, call_id


def tell(steps: Steps, number: int = 0) -> Story:
    """Tells a story; `number` chooses the models. Raises AssertionError where a law is broken."""
    return Story(MODELS[number % len(MODELS)]).tell(steps)


def shorten(steps: Steps, number: int) -> list[tuple[float, float]]:
    """The failing story without the steps that it fails without."""
    kept, size = list(steps), max(1, len(steps) // 2)
    while size:
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + size :]
            if _fails(without, number):
                kept = without
            else:
                at += size
        size //= 2
    return kept


def _fails(steps: Steps, number: int) -> bool:
    try:
        tell(steps, number)
    except AssertionError:
        return True
    return False
