"""Both ends of one emulator connection in virtual time: no loop, no socket, no model."""

from __future__ import annotations

import base64
import heapq
import itertools
import json
import struct
from typing import Any

from gemini_emulator.protocol.ephemeral_tokens import TokenConstraints
from gemini_emulator.protocol.models import Calendar
from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Responder
from gemini_emulator.scenarios.actions import Drop, HalfOpen, LatePongs, Reset, SlowNetwork
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.session.events import (
    CancelJob,
    Close,
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

FRAME_S = 0.02
LOUD = (b"\x00\x20" + b"\x00\xe0") * 160
KNOCK = (b"\x00\x08" + b"\x00\xf8") * 160
"""The network half believes that this is a voice."""
QUIET = bytes(640)
SETUP: dict[str, Any] = {
    "model": "models/gemini-3.8-live",
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
    "sessionResumption": {},
    "realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": 400, "prefixPaddingMs": 64}},
}
EXHAUSTED = Close(1007, "Request contains an invalid argument.")
"""A context that is full, and much else."""
WEATHER = {
    "name": "get_weather",
    "description": "Weather for a city",
    "behavior": "BLOCKING",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
}


def _likelihood(pcm: bytes) -> float:
    """What the voice detector makes of a chunk in which something sounds."""
    loudest = max(struct.unpack(f"<{len(pcm) // 2}h", pcm))
    return 1.0 if loudest >= 0x2000 else 0.6 if loudest else 0.0


class Theatre:
    """The engine is replaced: loud is voice, `script` has the words of each utterance, each sentence lasts 2 s."""

    def __init__(
        self,
        settings: Settings | None = None,
        mind: Responder | None = None,
        handles: Handles | None = None,
        backend: Backend = Backend.DEVELOPER,
        start_s: float = 0.0,
        ready: bool = True,
        play: ScenarioState | None = None,
        api_version: str = "v1beta",
        grant: TokenConstraints | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.live = Live(
            settings or Settings(),
            mind or Companion(),
            handles or Handles(),
            backend,
            api_version,
            play=play,
            grant=grant,
            calendar=calendar,
        )
        self.network: list[Effect] = []
        self.now = start_s
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.closed: Close | None = None
        self.script: list[str] = []
        self.recognized: list[Recognize] = []
        self.listened: list[bytes] = []
        self.rates: list[float] = []
        self.glimpses: list[RecognizeInterim] = []
        self.glimpsed: str | None = None
        """What the recognizer makes of speech that goes on; None: it has no time for that."""
        self.loud_voice = False
        self.recognize_s, self.synthesise_s, self.sentence_s = 0.1, 0.02, 2.0
        self._order = itertools.count()
        self._jobs: list[tuple[float, int, Event]] = []
        self._guessed: tuple[int, str] = (0, "")
        if ready:
            self.feed(EngineReady())

    def tell(self, message: dict[str, Any]) -> None:
        """One client frame."""
        self.feed(Received(json.dumps(message)))

    def set_up(self, **changes: Any) -> None:
        self.tell({"setup": {**SETUP, **changes}})

    def feed(self, event: Event) -> None:
        for effect in self.live.handle(event, self.now):
            self._carry_out(effect)

    def play(self, seconds: float, frame: bytes = QUIET) -> None:
        """Microphone audio in real time."""
        data = base64.b64encode(frame).decode()
        for _ in range(round(seconds / FRAME_S)):
            self.advance(FRAME_S)
            self.tell({"realtimeInput": {"audio": {"data": data, "mimeType": "audio/pcm;rate=16000"}}})

    def say(self, words: str, seconds: float = 1.0) -> None:
        """Somebody speaks; the recognizer will understand these words, at each pause anew."""
        self.script.append(words)
        self.play(seconds, LOUD)

    def ask(self, words: str) -> None:
        """Speech, then silence until the answer begins."""
        self.say(words)
        self.play(0.8)

    def advance(self, seconds: float) -> None:
        """Jump from one thing to do to the next."""
        end = self.now + seconds
        while True:
            times = [self._jobs[0][0]] if self._jobs else []
            if self.live.deadline is not None:
                times.append(self.live.deadline)
            soonest = min(times, default=end)
            if soonest > end:
                break
            self.now = max(self.now, soonest)
            if self._jobs and self._jobs[0][0] <= self.now:
                self.feed(heapq.heappop(self._jobs)[2])
            elif self.live.deadline is not None and self.live.deadline <= self.now:
                self.feed(Tick())
            else:
                break
        self.now = end

    def messages(self, key: str) -> list[tuple[float, Any]]:
        """What the server sent under that name, top level or in serverContent, with its time."""
        out = []
        for at, message in self.sent:
            for holder in (message, message.get("serverContent", {})):
                if key in holder:
                    out.append((at, holder[key]))
        return out

    def order(self) -> list[str]:
        """The kinds of message in the order sent, repetitions folded, without what the newer models send to everybody:
        empty messages, the first handle, `voiceActivity`.
        """
        kinds = [kind for message in self._sent_in_answer() for kind in (message.get("serverContent") or message)]
        return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]

    def _sent_in_answer(self) -> list[dict[str, Any]]:
        messages = [message for _, message in self.sent if message and "voiceActivity" not in message]
        first = {"sessionResumptionUpdate"} if len(messages) > 1 and "setupComplete" in messages[0] else set()
        return [
            message
            for at, message in enumerate(messages)
            if message != {"serverContent": {}} and not (at == 1 and first & message.keys())
        ]

    def transcript(self, key: str) -> str:
        """Pieces are joined as they come; what begins without its space is of another turn."""
        text = ""
        for _, piece in self.messages(key):
            begins = piece.get("text", "")[:1].isalnum() and text[-1:] not in ("", " ")
            text += f" {piece['text']}" if begins else piece.get("text", "")
        return text.strip()

    @property
    def handles(self) -> list[str]:
        """Resumption handles that were given, oldest first."""
        return [update["newHandle"] for _, update in self.messages("sessionResumptionUpdate") if update]

    @property
    def heard(self) -> str:
        return self.transcript("inputTranscription")

    @property
    def said(self) -> str:
        return self.transcript("outputTranscription")

    def voice_s(self) -> float:
        """Seconds of audio sent."""
        parts = [part for _, turn in self.messages("modelTurn") for part in turn["parts"]]
        voice = [part["inlineData"]["data"] for part in parts if "inlineData" in part]
        return sum(len(base64.b64decode(data)) for data in voice) / 48_000

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(message):
                self.sent.append((self.now, message))
            case Close():
                self.closed = effect
            case Listen(pcm):
                self.listened.append(pcm)
                self.feed(Voice(_likelihood(pcm)))
            case Recognize(job, _, _):
                self.recognized.append(effect)
                words = self.script[-1] if self.script else ""
                self._later(self.recognize_s, Recognized(job, words))
            case RecognizeInterim(job, _):
                self.glimpses.append(effect)
                self._later(self.recognize_s, Recognized(job, self.glimpsed if self.glimpsed is not None else ""))
            case Synthesize(job, _, rate):
                self.rates.append(rate)
                count = int(48_000 * self.sentence_s)
                pcm = LOUD * (count // len(LOUD)) if self.loud_voice else bytes(count)
                self._later(self.synthesise_s, Synthesized(job, pcm))
            case CancelJob(job):
                self._jobs = [entry for entry in self._jobs if getattr(entry[2], "job", None) != job]
                heapq.heapify(self._jobs)
            case Prioritize():
                pass
            case Drop() | Reset() | HalfOpen() | SlowNetwork() | LatePongs():
                self.network.append(effect)

    def _later(self, seconds: float, event: Event) -> None:
        heapq.heappush(self._jobs, (self.now + seconds, next(self._order), event))


def type_in(stage: Theatre, words: str, seconds: float = 10.0) -> None:
    """The user types, and `seconds` pass."""
    stage.tell({"realtimeInput": {"text": words}})
    stage.advance(seconds)
