"""A call in virtual time that is recorded as a gateway would record it, and held against the laws on the way."""

from collections.abc import Callable, Sequence
from typing import Any

from s2s.core.audio import OUTPUT_BYTES_PER_MS
from s2s.core.effects import Effect, HistoryTurn
from s2s.core.events import (
    Event,
    GenerationComplete,
    ModelAudio,
    ModelTranscriptDelta,
    PlayedReport,
    ResumptionHandle,
    SocketLost,
    ToolCalled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.observer import SessionClosed, SessionEvent, SessionOpened
from s2s.core.session_core import SessionCore
from s2s.recording.recorder import Recorder
from s2s.recording.replay import recording_head
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_capabilities import Capabilities
from s2s.upstream.target.endpoints import UpstreamTarget
from s2s.wire import Backend
from tests.stories import LOUD, QUIET, Story
from tests.watched_core import TOOLS

LEAD_MS = 240
MAX_BYTES = 1_000_000


class RecordedCore(SessionCore):
    """Tells a recorder what went in and what came out."""

    def __init__(self, recorder: Recorder, models: Sequence[Capabilities], **options: Any) -> None:
        super().__init__(models, **options)
        self._recorder = recorder

    def open(self, now: float) -> list[Effect]:
        return self._record(SessionOpened(), now, lambda: super(RecordedCore, self).open(now))

    def handle(self, event: Event, now: float) -> list[Effect]:
        return self._record(event, now, lambda: super(RecordedCore, self).handle(event, now))

    def close(self, now: float) -> list[Effect]:
        return self._record(SessionClosed(), now, lambda: super(RecordedCore, self).close(now))

    def _record(self, fact: SessionEvent, now: float, react: Callable[[], list[Effect]]) -> list[Effect]:
        self._recorder.on_event(fact, now)
        effects = react()
        for effect in effects:
            self._recorder.on_effect(effect)
        return effects


class RecordedCall(Story):
    """A person, a page and an upstream, moved by a scene."""

    def __init__(
        self,
        model: str = "gemini-3.8-live",
        backend: Backend = "developer",
        *,
        fallback: str = "",
        location: str = "",
        audio: bool = False,
        opened: bool = True,
        manual_activity: bool = False,
        history: tuple[HistoryTurn, ...] = (),
    ) -> None:
        self._choice = UpstreamTarget(
            backend=backend,
            model=model,
            model_path=f"models/{model}",
            base_url="ws://127.0.0.1:1",
            path="/",
            why="a scene",
            location=location,
            fallback_models=(fallback,) if fallback else (),
        )
        self._config = SessionConfig(tools=TOOLS, manual_activity=manual_activity, history=history)
        head = recording_head(self._choice, self._config, LEAD_MS)
        self.recorder = Recorder(head, audio=audio, max_bytes=MAX_BYTES)
        self.log: list[Effect] = []
        super().__init__(self._choice.abilities())
        if opened:
            self.opened()
            self.say(ResumptionHandle("ticket"))

    def make_core(self, models: tuple[Capabilities, ...]) -> SessionCore:
        return RecordedCore(
            self.recorder,
            models,
            playout_lead_ms=LEAD_MS,
            manual_activity=self._config.manual_activity,
            history=self._config.history,
            tools=self._config.tools,
            seed=self._config.seed,
            reply_limit_s=self._choice.reply_limit_s,
            candidates=self._choice.candidates(),
        )

    def take(self, effects: list[Effect]) -> None:
        self.log += effects
        super().take(effects)

    @property
    def turn(self) -> int:
        """The number of the model's newest turn."""
        return self.core.conversation.model_speech.turn

    def user_says(self, words: str = " hello", seconds: float = 0.8) -> None:
        self.mic(LOUD, round(seconds / 0.02))
        self.mic(QUIET, 20)
        if words:
            self.say(UserTranscriptDelta(words))

    def model_speaks(self, text: str, seconds: float = 1.0, level: int = 9) -> None:
        """A piece of an answer, faster than real time."""
        self.say(ModelTranscriptDelta(text))
        self.say(ModelAudio(bytes([level]) * (round(seconds * 24_000) * 2)))

    def end_turn(self, handle: str | None = None) -> None:
        self.say(GenerationComplete())
        self.say(TurnComplete())
        if handle is not None:
            self.say(ResumptionHandle(handle))

    def model_answers(self, text: str = "Fine.", seconds: float = 1.0) -> None:
        """A whole answer, heard to its end."""
        self.model_speaks(text, seconds)
        self.end_turn(f"ticket {self.now:.3f}")
        self.listen()

    def listen(self) -> None:
        """The page plays all there is of this turn, and reports every 300 ms what it has played."""
        sent_ms = -1
        while sent_ms < self._sent_ms:
            sent_ms = self._sent_ms
            self.advance(0.3)
            self.say(PlayedReport(self.turn, sent_ms))
        self.advance(0.5)

    @property
    def _sent_ms(self) -> int:
        return self.sent.get(self.turn, 0) // OUTPUT_BYTES_PER_MS

    def call_tool(self, call_id: str, name: str = "f") -> None:
        self.calls[call_id] = self.session
        self.say(ToolCalled(call_id, name, {"n": 1}))

    def tool_answers(self, call_id: str, response: dict[str, Any], *, ok: bool = True) -> None:
        self.running.pop(call_id)
        self.say(ToolFinished(call_id, ok, response, "done" if ok else "failed"))

    def lose_socket(self, code: int = 1006, reason: str = "") -> None:
        self.socket = "none"
        self.say(SocketLost(code, reason))

    def reopen(self, within_s: float = 60.0) -> None:
        """The next socket that is dialled opens at once."""
        until = self.now + within_s
        while self.socket != "dialing":
            assert self.now < until, "upstream is not dialled again"
            self.advance(0.1)
        self.opened()

    def end(self) -> bytes:
        """Ends the session; the file."""
        self.core.close(self.now)
        return self.recorder.dump("a frozen scene")
