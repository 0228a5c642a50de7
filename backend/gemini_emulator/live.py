"""The Gemini Live conversation as a machine: `handle(event, now) -> effects`, and a `deadline`. No clock, no I/O."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, assert_never

from gemini_emulator import protojson
from gemini_emulator.agenda import Agenda
from gemini_emulator.drafts import Draft, Drafts, Guess
from gemini_emulator.handles import Handles, Past
from gemini_emulator.hearing import Hearing, Noticed
from gemini_emulator.mind.memory import Call, Memory, Mind, Thought
from gemini_emulator.model import Model
from gemini_emulator.pcm import Intake, seconds_of
from gemini_emulator.settings import Settings
from gemini_emulator.setup import (
    INVALID_ARGUMENT,
    Backend,
    Refused,
    Setup,
    declared_functions,
    plain_text,
    read_setup,
)  # fmt: skip
from gemini_emulator.turns import Sound
from gemini_emulator.usage import Meter
from gemini_emulator.vocabulary import (
    CallOrdered,
    Close,
    Effect,
    EngineMissing,
    EngineReady,
    Event,
    Forget,
    GoAwayOrdered,
    Hurry,
    InterruptOrdered,
    Listen,
    Received,
    Recognise,
    Recognised,
    Send,
    Synthesise,
    Synthesised,
    Tick,
    Voice,
)  # fmt: skip

DID_NOT_CATCH = "Sorry, I did not catch that."


class Live:
    """One connection. After a `Close` it does nothing more."""

    def __init__(
        self, settings: Settings, mind: Mind, handles: Handles, backend: Backend, api_version: str = "v1beta"
    ) -> None:
        self._settings, self._mind, self._handles = settings, mind, handles
        self._backend, self._api_version = backend, api_version
        self._session = handles.new_id()
        self._out: list[Effect] = []
        self._agenda = Agenda()
        self._count = itertools.count(1)
        self._setup: Setup | None = None
        self._drafts = Drafts()
        self._last_audio: float | None = None
        self._ready = False
        self._held: list[Recognise | Synthesise] = []
        self._missing = ""
        self._over = False
        self._awaiting_history = False

    @property
    def deadline(self) -> float | None:
        """Call `handle(Tick(), now)` no later than this."""
        if self._over or self._setup is None:
            return None
        stalls = None
        if self._last_audio is not None and self._hearing.speaking:
            stalls = self._last_audio + self._settings.stalled_stream_s
        times = [self._agenda.deadline, self._model.deadline, stalls]
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Never raises for anything a client sends."""
        if self._over:
            return []
        try:
            self._dispatch(event, now)
            if self._setup is not None:
                self._run_due(now)
        except protojson.Malformed as error:
            self._close(1007, str(error))
        except Refused as error:
            self._close(error.code, error.reason)
        effects, self._out = self._out, []
        return effects if self._ready else self._hold_back(effects)

    def _hold_back(self, effects: list[Effect]) -> list[Effect]:
        """Work for the engine waits until it is loaded."""
        for effect in effects:
            match effect:
                case Recognise() | Synthesise():
                    self._held.append(effect)
                case Forget(job):
                    self._held = [held for held in self._held if held.job != job]
        return [effect for effect in effects if not isinstance(effect, (Recognise, Synthesise, Forget, Hurry))]

    def gone(self) -> None:
        """The connection ended: its session may be continued from a handle."""
        self._over = True
        self._handles.closed(self._session)

    def _dispatch(self, event: Event, now: float) -> None:
        match event:
            case Received(data):
                self._received(protojson.read(data), now)
            case EngineReady():
                self._ready = True
                self._out.extend(self._held)
            case EngineMissing(message):
                self._missing = message
                if self._setup is not None:
                    raise Refused(1011, message)
            case Voice(probability):
                self._noticed(self._hearing.judge(probability), now)
            case Recognised(job, text):
                self._recognised(job, text)
            case Synthesised(job, pcm):
                self._synthesised(job, pcm, now)
            case InterruptOrdered() if self._setup is not None:
                self._model.interrupt(now)
            case CallOrdered(name, args) if self._setup is not None:
                self._model.order_call(Call(name, args), now)
            case GoAwayOrdered(time_left_s):
                self._agenda.go_away(now, now + time_left_s, self._backend)
            case Tick() | InterruptOrdered() | CallOrdered():
                pass
            case _:
                assert_never(event)

    def _received(self, message: Mapping[str, Any], now: float) -> None:
        ((kind, body),) = message.items()
        if (kind == "setup") == (self._setup is not None):
            raise Refused(1007, INVALID_ARGUMENT)
        match kind:
            case "setup":
                self._begin(body, now)
            case "clientContent":
                self._client_content(body, now)
            case "realtimeInput":
                self._realtime(body, now)
            case "toolResponse":
                self._model.results(body.get("functionResponses", []), now)
            case "contextUpdate":
                if "tools" in body:
                    self._model.functions = declared_functions(body["tools"].get("tools", []))

    # Beginning and end of the connection

    def _begin(self, body: Mapping[str, Any], now: float) -> None:
        setup = read_setup(body, self._backend, self._api_version, self._settings.strict_models)
        if self._missing:
            raise Refused(1011, self._missing)
        memory, tokens = Memory(), 0
        if setup.handle:
            past = self._handles.take(setup.handle, setup.model, now)
            self._session, memory, tokens = past.session, past.memory, past.context_tokens
        self._handles.opened(self._session)
        self._meter = Meter(setup.backend, tokens)
        self._meter.read(setup.instruction)
        self._hearing = Hearing(setup.rules)
        self._intake = Intake()
        self._model = Model(
            setup=setup, settings=self._settings, mind=self._mind, memory=memory, meter=self._meter,
            emit=self._out_append, new_job=lambda: next(self._count), turn_over=self._turn_over,
        )  # fmt: skip
        self._setup, self._awaiting_history = setup, setup.awaiting_history
        complete = {"sessionId": self._session} if self._backend is Backend.VERTEX else {}
        self._agenda.at(now + self._settings.setup_delay_s, Send({"setupComplete": complete}))
        self._agenda.plan_end(now, self._settings, self._backend)

    def _close(self, code: int, reason: str) -> None:
        self._out.append(Close(code, reason))
        self.gone()

    def _turn_over(self, now: float) -> None:
        if self._setup is None or not self._setup.resumption:
            return
        past = Past(self._session, self._setup.model, self._model.memory, self._meter.context_tokens, now)
        update = {"newHandle": self._handles.give(past), "resumable": True}
        self._out.append(Send({"sessionResumptionUpdate": update}))

    # What the user sends

    def _client_content(self, body: Mapping[str, Any], now: float) -> None:
        """Any clientContent interrupts; only `turnComplete` asks for an answer."""
        turns, complete = body.get("turns", []), body.get("turnComplete", False)
        if self._generation >= 3 and any(not turn.get("role") for turn in turns):
            raise Refused(1007, INVALID_ARGUMENT)
        if self._model.busy:
            self._model.interrupt(now)
        texts = [(turn.get("role") or "user", plain_text(turn)) for turn in turns]
        for _, text in texts:
            self._meter.read(text)
        asked = ""
        if complete and not self._awaiting_history and texts and texts[-1][0] == "user":
            asked = texts.pop()[1]
        for role, text in texts:
            self._model.memory = self._model.memory.with_turn(role, text)
        if self._awaiting_history:
            self._awaiting_history = not complete
        elif complete:
            self._answer(asked, now)

    def _realtime(self, body: Mapping[str, Any], now: float) -> None:
        automatic = self._setup is not None and self._setup.rules is not None
        for blob in [*body.get("mediaChunks", []), *([body["audio"]] if "audio" in body else [])]:
            self._audio(blob, now)
        if "text" in body:
            self._typed(body["text"], now)
        if ("activityStart" in body or "activityEnd" in body) and automatic:
            raise Refused(1007, INVALID_ARGUMENT)
        if "activityStart" in body:
            self._hearing.start_manually()
            self._noticed(Noticed(Sound.START), now)
        if "activityEnd" in body or (body.get("audioStreamEnd") and automatic):
            self._noticed(self._hearing.finish(), now)

    def _audio(self, blob: Mapping[str, Any], now: float) -> None:
        if not blob.get("mimeType", "audio/pcm").startswith("audio/"):
            return
        self._hearing.take(self._intake.take(blob.get("data", b""), blob.get("mimeType", "")))
        self._last_audio = now

    def _typed(self, text: str, now: float) -> None:
        self._meter.read(text)
        if self._model.busy and self._generation < 3:
            self._drafts.parts.append(Draft(job=0, ended=True, text=text))
            return
        if self._model.busy:
            self._model.interrupt(now)
        self._answer(text, now)

    @property
    def _generation(self) -> int:
        return self._setup.generation if self._setup else 0

    # From sound to an answer

    def _noticed(self, noticed: Noticed | None, now: float) -> None:
        if noticed is None or self._setup is None:
            return
        match noticed.sound:
            case Sound.START:
                self._signal("ACTIVITY_START")
                if self._setup.interruptible and self._model.busy:
                    self._model.interrupt(now)
            case Sound.PAUSE:
                self._recognise(noticed.pcm, ended=False)
            case Sound.RESUME:
                self._drop_open_draft()
            case Sound.PART:
                self._end_of_turn(noticed.pcm)
            case Sound.END:
                self._signal("ACTIVITY_END")
                self._end_of_turn(noticed.pcm)

    def _recognise(self, pcm: bytes, ended: bool) -> None:
        draft = Draft(next(self._count), seconds_of(pcm), ended)
        self._drafts.parts.append(draft)
        self._out.append(Recognise(draft.job, pcm, final=ended))

    def _end_of_turn(self, pcm: bytes) -> None:
        draft = self._drafts.open
        if draft is None:
            self._recognise(pcm, ended=True)
            return
        draft.ended = True
        if draft.text is None:
            self._out.append(Hurry(draft.job))

    def _drop_open_draft(self) -> None:
        if draft := self._drafts.open:
            self._drafts.parts.remove(draft)
            self._out.append(Forget(draft.job))
            self._model.drop(draft.speech)

    def _recognised(self, job: int, text: str) -> None:
        draft = self._drafts.waiting_for(job)
        if draft is None:
            return
        draft.text = text
        words = self._drafts.words
        if words and draft is self._drafts.parts[-1] and not self._model.busy:
            draft.guess = Guess(words, self._model.memory, self._think(words))
            draft.speech = self._model.draft(draft.guess.thought)

    def _synthesised(self, job: int, pcm: bytes, now: float) -> None:
        for draft in self._drafts.parts:
            if draft.speech and draft.speech.accept(job, pcm):
                return
        self._model.synthesised(job, pcm, now)

    def _think(self, text: str) -> Thought:
        return self._mind.think(text, self._model.memory, self._model.functions)

    def _answer(self, text: str, now: float) -> None:
        self._model.act(_remembering(self._think(text), text), None, now)

    def _settle(self, now: float) -> None:
        """Answer when the user has stopped, every word is recognised, and the model is free."""
        if self._hearing.speaking or self._model.busy or not self._drafts.complete:
            return
        turn = self._drafts.take()
        words = turn.words
        self._meter.heard(sum(draft.seconds for draft in turn.parts))
        self._transcribe(" ".join(draft.text or "" for draft in turn.parts if draft.job), now)
        if not words:
            self._puzzled(now)
            return
        guess, speech = turn.parts[-1].guess, turn.parts[-1].speech
        if guess and guess.words == words and guess.memory is self._model.memory:
            thought = guess.thought
        else:
            self._model.drop(speech)
            thought, speech = self._think(words), None
        self._model.act(_remembering(thought, words), speech, now)

    def _puzzled(self, now: float) -> None:
        """Somebody who pressed a button waits for an answer; a cough in an open microphone does not."""
        if self._setup is not None and self._setup.rules is None:
            self._model.act(Thought(self._model.memory, DID_NOT_CATCH), None, now)

    def _transcribe(self, text: str, now: float) -> None:
        """The user's words, in pieces with their leading space, as late as the settings say."""
        if self._setup is None or not self._setup.input_transcription:
            return
        words = text.split()
        for index in range(0, len(words), 2):
            at = now + self._settings.transcription_delay_s + index // 2 * self._settings.transcription_piece_s
            piece = " " + " ".join(words[index : index + 2])
            send = Send({"serverContent": {"inputTranscription": {"text": piece}}})
            if at <= now:
                self._out.append(send)
            else:
                self._agenda.at(at, send)

    def _signal(self, kind: str) -> None:
        if self._setup is not None and self._setup.explicit_vad:
            self._out.append(Send({"voiceActivity": {"type": kind}}))

    # Time

    def _run_due(self, now: float) -> None:
        self._listen()
        stalled = self._last_audio is not None and now >= self._last_audio + self._settings.stalled_stream_s
        if stalled and self._hearing.speaking and self._setup is not None and self._setup.rules is not None:
            self._last_audio = None
            self._noticed(self._hearing.finish(), now)
        for effect in self._agenda.due(now):
            if isinstance(effect, Close):
                self._close(effect.code, effect.reason)
                return
            self._out.append(effect)
        self._model.user_has_the_floor = self._hearing.speaking or bool(self._drafts.parts)
        self._model.advance(now)
        self._settle(now)

    def _listen(self) -> None:
        if self._ready:
            self._out.extend(Listen(chunk) for chunk in self._hearing.chunks())
        else:
            self._hearing.trim_unheard()

    def _out_append(self, effect: Effect) -> None:
        self._out.append(effect)


def _remembering(thought: Thought, words: str) -> Thought:
    return Thought(thought.memory.with_turn("user", words), thought.say, thought.calls)
