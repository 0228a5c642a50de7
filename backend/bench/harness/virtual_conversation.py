"""A conversation with the local engine in virtual time: real detector, recognizer and voice, no waiting.

What they cost is counted as the CPU time of their thread, times `slowness`; so a busy machine gives the same figures as
a quiet one, and a machine on which everything costs 2.4 times as much can be had on this one. The jobs wait for each
other as in `gemini_emulator.speech.job_queue`: two recognizers, one voice, urgent jobs first, interim words only while
another recognizer is free.
"""

import base64
import heapq
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Responder
from gemini_emulator.session.events import (
    CancelJob,
    Effect,
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
)
from gemini_emulator.session.live_session import Live
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from gemini_emulator.speech.engine import VoiceProbability
from gemini_emulator.speech.load_monitor import MIN_INTERIM_GAP_S
from gemini_emulator.speech.speech_engine import HUSH

FRAME_S, FRAME_BYTES = 0.02, 640
RECOGNIZERS = 2
URGENT, SPECULATIVE, SPARE = 0, 1, 2
Message = dict[str, Any]


class Work:
    """A function of bytes or text that remembers its answers and what each has cost (CPU seconds of the thread).

    `cost_s`: what it costs instead, by the length of what it is given.
    """

    def __init__(self, run: Callable[[Any], Any], cost_s: Callable[[int], float] | None = None) -> None:
        self.run, self._cost_s = run, cost_s
        self._known: dict[Any, tuple[Any, float]] = {}

    def __call__(self, given: Any) -> tuple[Any, float]:
        """The answer and its cost in seconds."""
        if given not in self._known:
            began = time.thread_time()
            answer = self.run(given)
            took = time.thread_time() - began
            self._known[given] = answer, self._cost_s(len(given)) if self._cost_s else took
        return self._known[given]


@dataclass(frozen=True, slots=True)
class Engine:
    """What hears and speaks. `recognize`: PCM16LE mono 16 kHz to text. `speak`: text to PCM16LE mono 24 kHz."""

    open_detector: Callable[[], VoiceProbability]
    recognize: Work
    speak: Work
    loop_costs: bool = True
    """The event loop's own work takes time, too."""


@dataclass(slots=True)
class Workers:
    """Threads that take the most urgent job first."""

    work: Work
    threads: int
    busy: int = 0
    waiting: list[tuple[int, int, int, Any]] = field(default_factory=list)
    """(urgency, order, job, work)"""
    running: set[int] = field(default_factory=set)
    """Jobs whose answers are wanted."""

    @property
    def free(self) -> int:
        return self.threads - self.busy - len(self.waiting)

    def hurry(self, job: int) -> None:
        self.waiting = [(URGENT, *one[1:]) if one[2] == job else one for one in self.waiting]
        heapq.heapify(self.waiting)

    def discard_job(self, job: int) -> None:
        """One that runs is finished, and its result is dropped."""
        self.running.discard(job)
        self.waiting = [one for one in self.waiting if one[2] != job]
        heapq.heapify(self.waiting)


class VirtualConversation:
    """One client and its session. `sent` holds (seconds, message), oldest first."""

    def __init__(
        self,
        engine: Engine,
        *,
        slowness: float = 1.0,
        setup: Message | None = None,
        settings: Settings | None = None,
        mind: Responder | None = None,
    ) -> None:
        self._engine, self._slowness = engine, slowness
        self._live = Live(settings or Settings(), mind or Companion(), Handles(), Backend.DEVELOPER)
        self._hear = engine.open_detector()
        self._done: list[tuple[float, int, Workers, int, Any]] = []
        """(when, order, by whom, job, answer)"""
        self._order = itertools.count()
        self._ears, self._voice = Workers(engine.recognize, RECOGNIZERS), Workers(engine.speak, 1)
        self._interim_at = -1.0
        self._microphone_s = 0.0
        self.now = 0.0
        self.sent: list[tuple[float, Message]] = []
        self._feed(EngineReady())
        self.tell({"setup": {"model": "models/gemini-3.8-live", **(setup or {})}})

    def tell(self, message: Message) -> None:
        self._feed(Received(json.dumps(message)))

    def play(self, pcm: bytes) -> None:
        """PCM16LE mono 16 kHz from the microphone, in real time as far as the session can tell."""
        for at in range(0, len(pcm), FRAME_BYTES):
            self._microphone_s += FRAME_S
            self._advance(self._microphone_s)
            frame = base64.b64encode(pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")).decode()
            self.tell({"realtimeInput": {"audio": {"data": frame, "mimeType": "audio/pcm;rate=16000"}}})

    def _advance(self, end: float) -> None:
        while True:
            done_at = self._done[0][0] if self._done else end
            deadline = self._live.deadline
            soonest = min(done_at, end if deadline is None else deadline)
            if soonest >= end:
                break
            self.now = max(self.now, soonest)
            if done_at <= self.now:
                self._finish(*heapq.heappop(self._done)[2:])
            else:
                self._feed(Tick())
        self.now = max(self.now, end)

    def _feed(self, event: Event) -> None:
        began = time.thread_time()
        effects = self._live.handle(event, self.now)
        if self._engine.loop_costs:
            self.now += (time.thread_time() - began) * self._slowness
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(message):
                self.sent.append((self.now, message))
                self._answer_calls(message)
            case Listen(pcm):
                self._feed(Voice(self._hear(pcm)))
            case Recognize(job, pcm, final):
                self._submit(self._ears, job, pcm if final else pcm + HUSH, URGENT if final else SPECULATIVE)
            case RecognizeInterim(job, pcm):
                self._recognize_interim(job, pcm)
            case Synthesize(job, text):
                self._submit(self._voice, job, text, URGENT)
            case Prioritize(job):
                self._ears.hurry(job)
            case CancelJob(job):
                self._ears.discard_job(job)
                self._voice.discard_job(job)

    def _recognize_interim(self, job: int, pcm: bytes) -> None:
        if self._ears.free > 1 and self.now - self._interim_at >= MIN_INTERIM_GAP_S:
            self._interim_at = self.now
            self._submit(self._ears, job, pcm, SPARE)
        else:
            self._feed(Recognized(job, ""))

    def _answer_calls(self, message: Message) -> None:
        """The functions of this client are done at once."""
        for call in message.get("toolCall", {}).get("functionCalls", []):
            response = {"id": call["id"], "name": call["name"], "response": {"result": "done"}}
            self.tell({"toolResponse": {"functionResponses": [response]}})

    def _submit(self, workers: Workers, job: int, work: Any, urgency: int) -> None:
        heapq.heappush(workers.waiting, (urgency, next(self._order), job, work))
        self._start(workers)

    def _start(self, workers: Workers) -> None:
        while workers.waiting and workers.busy < workers.threads:
            _, _, job, work = heapq.heappop(workers.waiting)
            workers.busy += 1
            workers.running.add(job)
            answer, cost_s = workers.work(work)
            due = self.now + cost_s * self._slowness
            heapq.heappush(self._done, (due, next(self._order), workers, job, answer))

    def _finish(self, workers: Workers, job: int, answer: Any) -> None:
        workers.busy -= 1
        wanted = job in workers.running
        workers.running.discard(job)
        self._start(workers)
        if wanted:
            self._feed(Recognized(job, answer) if workers is self._ears else Synthesized(job, answer))
