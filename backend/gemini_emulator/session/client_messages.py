"""What the user's side sends after setup, by the rules of each model: turns, typed words, audio, pictures, updates."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE
from gemini_emulator.audio.input_audio import rate_of
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend, Refused, Setup, declared_functions, plain_text
from gemini_emulator.protocol.setup_checks import refused
from gemini_emulator.responder import context_notes
from gemini_emulator.session.model_turn.model_turn import Model
from gemini_emulator.session.spoken_content import SpokenContent, is_speech
from gemini_emulator.session.usage import Meter
from gemini_emulator.session.user_turn.user_turns import DID_NOT_CATCH, Listener

ROLES = frozenset(["user", "model"])
MAX_HELD = 256
"""Messages that may wait for the words of a spoken turn."""


class UserInput:
    """Every method raises `Refused` where the service would close the connection."""

    def __init__(
        self,
        *,
        setup: Setup,
        model: Model,
        listener: Listener,
        meter: Meter,
        spoken: SpokenContent,
        filmed: Callable[[], None],
        least_activity_s: float | None,
    ) -> None:
        """`filmed` is called for every video frame. `least_activity_s`: see `Settings`."""
        self._setup, self._model, self._listener, self._meter = setup, model, listener, meter
        self._spoken, self._filmed, self._least_activity_s = spoken, filmed, least_activity_s
        self._awaiting_history = setup.awaiting_history
        self._held: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._activity_at = 0.0
        self._rate = 0

    def take(self, kind: str, body: Mapping[str, Any], now: float) -> None:
        """One message, whatever it is. While a spoken turn is being recognized all but the live stream waits."""
        if self._spoken.waiting and (kind != "realtimeInput" or "text" in body):
            self._held.append((kind, body))
            if len(self._held) > MAX_HELD:
                raise Refused(1007, INVALID_ARGUMENT)
            return
        match kind:
            case "clientContent":
                self._whole_turns(body, now)
            case "realtimeInput":
                self._realtime(body, now)
            case "toolResponse":
                self._model.results(body.get("functionResponses", []), now)
            case "contextUpdate":
                self._context_update(body)

    def recognized(self, job: int, text: str, now: float) -> bool:
        """Words of a spoken turn; False when the job is another's."""
        if not self._spoken.recognized(job, text):
            return False
        if not self._spoken.waiting:
            self._remember_turns(self._spoken.with_words(), now)
        while self._held and not self._spoken.waiting:
            self.take(*self._held.popleft(), now)
        return True

    def _whole_turns(self, body: Mapping[str, Any], now: float) -> None:
        """Any clientContent interrupts; only `turnComplete` asks for an answer."""
        turns = [turn for turn in body.get("turns", []) if not self._instructs(turn)]
        self._check(turns)
        if self._model.busy:
            self._model.interrupt_turn(now, barge_in=True)
        content = {**body, "turns": turns}
        if not self._spoken.begin(content):
            self._remember_turns(content, now)

    def _remember_turns(self, body: Mapping[str, Any], now: float) -> None:
        turns, complete = body["turns"], body.get("turnComplete", False)
        for turn in turns:
            self._weigh(turn)
        texts = [(turn.get("role") or "user", plain_text(turn)) for turn in turns]
        asked = ""
        if complete and not self._awaiting_history and texts and texts[-1][0] == "user":
            asked = texts.pop()[1]
        for role, text in texts:
            self._model.memory = context_notes.remember(self._model.memory, text, role)
        if self._awaiting_history:
            self._awaiting_history = not complete
        elif complete and not asked and turns and any(map(is_speech, turns[-1].get("parts", []))):
            self._model.say(DID_NOT_CATCH, now)
        elif complete and not self._setup.traits.transcribes:
            self._model.answer_words(asked, None, None, now)

    def _check(self, turns: list[Mapping[str, Any]]) -> None:
        for turn in turns:
            role = turn.get("role")
            if (role and role not in ROLES) or (not role and self._setup.generation >= 3):
                raise Refused(1007, INVALID_ARGUMENT)
            if any("fileData" in part for part in turn.get("parts", [])):
                raise Refused(1007, INVALID_ARGUMENT)

    def _instructs(self, turn: Mapping[str, Any]) -> bool:
        """On Vertex AI a `system` turn replaces the system instruction of the 2.5 models."""
        if turn.get("role") != "system" or self._setup.backend is not Backend.VERTEX:
            return False
        if not self._setup.traits.system_role:
            return False
        self._model.update(plain_text(turn), None)
        return True

    def _weigh(self, turn: Mapping[str, Any]) -> None:
        self._meter.read(plain_text({"parts": [part for part in turn.get("parts", []) if not is_speech(part)]}))
        for part in turn.get("parts", []):
            blob = part.get("inlineData", {})
            mime_type = blob.get("mimeType", "")
            if mime_type.startswith("image/"):
                self._meter.pictured()
                self._see()
            elif mime_type.startswith("audio/"):
                self._meter.count_streamed(_seconds(blob, mime_type))
                self._meter.count_heard(_seconds(blob, mime_type))

    def _see(self) -> None:
        """Pictures are not analysed; the responder can say so when it is asked about one."""
        if not self._model.memory.shown_pictures:
            self._model.memory = replace(self._model.memory, shown_pictures=True)

    def _realtime(self, body: Mapping[str, Any], now: float) -> None:
        automatic = self._setup.detection is not None
        if "mediaChunks" in body and not self._setup.manners.media_chunks:
            raise refused("media_chunks")
        for blob in [*body.get("mediaChunks", []), *(body[name] for name in ("audio", "video") if name in body)]:
            self._blob(blob, "video" if blob is body.get("video") else "audio", now)
        if "text" in body:
            self._typed(body["text"], now)
        if ("activityStart" in body or "activityEnd" in body) and automatic:
            raise refused("activity_not_allowed")
        if "activityStart" in body:
            self._activity_at = now
            self._listener.start(now)
        if "activityEnd" in body and now - self._activity_at < (self._least_activity_s or 0.0):
            raise refused("precondition_failed")
        if "activityEnd" in body or (body.get("audioStreamEnd") and automatic):
            self._listener.finish(now)

    def _blob(self, blob: Mapping[str, Any], member: str, now: float) -> None:
        mime_type = blob.get("mimeType", "audio/pcm" if member == "audio" else "image/jpeg")
        if mime_type.startswith("audio/"):
            self._check_rate(rate_of(mime_type))
            self._meter.count_streamed(_seconds(blob, mime_type))
            self._listener.audio(blob, now)
        elif mime_type.startswith("image/"):
            self._meter.filmed(self._listener.has_the_floor, now)
            self._filmed()
            self._see()

    def _check_rate(self, rate: int) -> None:
        before, self._rate = self._rate or rate, rate
        if before != rate:
            # In the field: an empty frame without a rate, which means 16 kHz, in a stream of another one.
            reason = f"Sample rate changed from previously {before} to {rate}, which is not supported."
            raise Refused(1007, reason)

    def _typed(self, text: str, now: float) -> None:
        self._meter.read(text)
        if self._setup.traits.transcribes:
            return
        if self._model.busy and self._setup.generation < 3:
            self._listener.queue(text)
            return
        if self._model.busy:
            self._model.interrupt_turn(now, barge_in=True)
        self._model.answer_words(text, None, None, now)

    def _context_update(self, body: Mapping[str, Any]) -> None:
        """Only what is given changes; `tools` replaces the whole list."""
        if not self._setup.traits.context_update:
            raise Refused(1007, INVALID_ARGUMENT)
        instruction = plain_text(body["systemInstruction"]) if "systemInstruction" in body else None
        functions = declared_functions(body["tools"].get("tools", [])) if "tools" in body else None
        self._model.update(instruction, functions)


def _seconds(blob: Mapping[str, Any], mime_type: str) -> float:
    return len(blob.get("data", b"")) / BYTES_PER_SAMPLE / rate_of(mime_type)
