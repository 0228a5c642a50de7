"""One WebSocket connection: events into its machine, effects out of it, one timer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import assert_never

from websockets.exceptions import ConnectionClosed

from gemini_emulator.responder.conversation_state import LlmRequest
from gemini_emulator.scenarios.actions import Drop, HalfOpen, LatePongs, Network, Reset, SlowNetwork
from gemini_emulator.server.clock import Clock
from gemini_emulator.server.engine_loader import EngineHost, Status
from gemini_emulator.server.faulty_websocket import PluggedConnection
from gemini_emulator.session.events import (
    Answered,
    Ask,
    CancelJob,
    Close,
    Effect,
    EngineMissing,
    EngineReady,
    Event,
    Listen,
    Prioritize,
    Received,
    Recognize,
    Recognized,
    RecognizeInterim,
    Send,
    Synthesize,
    Synthesized,
    Tick,
    Voice,
)  # fmt: skip
from gemini_emulator.session.live_session import Live
from gemini_emulator.settings import Settings
from gemini_emulator.speech.engine import VoiceProbability

log = logging.getLogger("gemini_emulator")

OUTBOX = 4_000
"""Messages a client may leave unread; with more it is gone, and the connection is closed."""
MAX_REASON_BYTES = 123
INTERNAL_ERROR = "Internal error encountered."


class Connection:
    """Carries events into the machine and its effects out."""

    def __init__(
        self, number: int, socket: PluggedConnection, live: Live, *, host: EngineHost, settings: Settings, clock: Clock
    ) -> None:
        self.number = number
        self.socket = socket
        self._live, self._host, self._settings, self._clock = live, host, settings, clock
        self._events: deque[Event] = deque()
        self._outbox: asyncio.Queue[Send | Close] = asyncio.Queue(OUTBOX)
        self._timer: asyncio.TimerHandle | None = None
        self._ear: VoiceProbability | None = None
        self._feeding = False
        self.watch: Callable[[Event | Effect], None] = lambda seen: None

    @property
    def deadline(self) -> float | None:
        return self._live.deadline

    async def run(self) -> None:
        writer = asyncio.create_task(self._write())
        self.feed(Tick())
        self._host.when_settled(self._engine_settled)
        try:
            async for data in self.socket:
                self.feed(Received(data))
        except ConnectionClosed:
            log.debug("connection %d ended without a close frame", self.number)
        finally:
            self._live.gone(self._clock.time())
            if self._host.language_model:
                self._host.language_model.cancel_all_requests(self.number)
            if self._timer:
                self._timer.cancel()
            writer.cancel()

    def feed(self, event: Event) -> None:
        """The only way in. Effects that answer at once feed again; they are queued, not nested."""
        self._events.append(event)
        if self._feeding:
            return
        self._feeding = True
        try:
            while self._events:
                self._step(self._events.popleft())
        except Exception:
            log.exception("connection %d failed", self.number)
            self._live.gone()
            self._post(Close(1011, INTERNAL_ERROR))
        finally:
            self._feeding = False
        self._rearm()

    def _step(self, event: Event) -> None:
        self.watch(event)
        for effect in self._live.handle(event, self._clock.time()):
            self.watch(effect)
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        engine = self._host.engine
        match effect:
            case Send() | Close():
                self._post(effect)
            case Listen(pcm):
                self._ear = self._ear or engine.open_voice_detector()
                self._events.append(Voice(self._ear(pcm)))
            case Recognize(job, pcm, final):
                engine.recognize((self.number, job), pcm, final, lambda text: self.feed(Recognized(job, text)))
            case RecognizeInterim(job, pcm):
                engine.recognize_interim((self.number, job), pcm, lambda text: self.feed(Recognized(job, text)))
            case Prioritize(job):
                engine.prioritise_job((self.number, job))
            case Synthesize(job, text, rate):
                engine.synthesize((self.number, job), text, rate, lambda pcm: self.feed(Synthesized(job, pcm)))
            case Ask(job, question):
                self._ask(job, question)
            case CancelJob(job):
                engine.cancel_job((self.number, job))
                if self._host.language_model:
                    self._host.language_model.cancel_request((self.number, job))
            case _:
                self._pull(effect)

    def _pull(self, effect: Network) -> None:
        log.info("connection %d: %s", self.number, effect)
        match effect:
            case Drop():
                self.socket.drop()
            case Reset():
                self.socket.reset()
            case HalfOpen():
                self.socket.half_open()
            case SlowNetwork(bytes_per_s, latency_s):
                self.socket.slow(bytes_per_s, latency_s)
            case LatePongs(by_s):
                self.socket.late_pongs(by_s)
            case _:
                assert_never(effect)

    def _ask(self, job: int, question: LlmRequest) -> None:
        if self._host.language_model:
            self._host.language_model.request_reply((self.number, job), question, self.feed)
        else:
            self._events.append(Answered(job, failed="No language model is connected."))

    def _engine_settled(self, status: Status) -> None:
        self.feed(EngineReady() if status.state == "ready" else EngineMissing(status.message))

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if (deadline := self._live.deadline) is not None:
            self._timer = self._clock.call_at(deadline, lambda: self.feed(Tick()))

    def _post(self, effect: Send | Close) -> None:
        try:
            self._outbox.put_nowait(effect)
        except asyncio.QueueFull:
            log.warning("connection %d does not read; closed", self.number)
            self._live.gone()
            self.socket.transport.abort()

    async def _write(self) -> None:
        try:
            while True:
                effect = await self._outbox.get()
                if self.socket.dead:
                    continue
                if isinstance(effect, Close):
                    await self.socket.close(effect.code, _cut(effect.reason))
                    return
                text = json.dumps(effect.message, separators=(",", ":"))
                await self.socket.send(text if self._settings.text_frames else text.encode())
        except ConnectionClosed:
            log.debug("connection %d ended while writing", self.number)


def _cut(reason: str) -> str:
    """A close frame holds 123 bytes of reason; the service cuts there, too."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
