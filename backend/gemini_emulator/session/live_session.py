"""The Gemini Live conversation as a machine: `handle(event, now) -> effects`, and a `deadline`. No clock, no I/O."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, assert_never

from gemini_emulator.audio.speech_text import Doubtful
from gemini_emulator.protocol import protojson
from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.deviations import Deviations
from gemini_emulator.protocol.ephemeral_tokens import TokenConstraints
from gemini_emulator.protocol.models import Calendar
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend, Refused, Setup
from gemini_emulator.protocol.setup_reader import read_setup
from gemini_emulator.responder.conversation_state import Memory, Responder
from gemini_emulator.scenarios.actions import Action, Drop, Reset
from gemini_emulator.scenarios.runner import ScenarioRunner, ScenarioState
from gemini_emulator.session.action_executor import ActionExecutor
from gemini_emulator.session.client_messages import UserInput
from gemini_emulator.session.events import (
    Answered,
    CancelJob,
    Close,
    Effect,
    EngineMissing,
    EngineReady,
    Event,
    Ordered,
    Prioritize,
    Received,
    Recognize,
    Recognized,
    Send,
    Synthesize,
    Synthesized,
    Tick,
    Voice,
)  # fmt: skip
from gemini_emulator.session.model_turn.model_turn import Model
from gemini_emulator.session.resumption import Resumption
from gemini_emulator.session.send_schedule import ABORTED, SendSchedule
from gemini_emulator.session.session_store import Handles, StoredSession
from gemini_emulator.session.spoken_content import SpokenContent
from gemini_emulator.session.usage import Meter
from gemini_emulator.session.user_turn.user_turns import Listener
from gemini_emulator.settings import Settings

NO_CLOSE_FRAME = 1006


class Live:
    """One connection. After a `Close` it does nothing more."""

    def __init__(
        self,
        settings: Settings,
        mind: Responder,
        handles: Handles,
        backend: Backend,
        api_version: str = "v1beta",
        *,
        play: ScenarioState | None = None,
        grant: TokenConstraints | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        """`grant`: what the ephemeral token that opened the connection allows. `calendar`: None: no model retires."""
        self._settings, self._mind, self._handles = settings, mind, handles
        self._backend, self._api_version, self._play = backend, api_version, play or ScenarioState()
        self._grant, self._calendar = grant, calendar
        self._deviations = Deviations(settings.deviations)
        self._deaf = False
        self._director = ScenarioRunner(self._play, settings.time_scale)
        ids = self._director.ids
        self._new_id = ids.id if ids else handles.new_id
        self._session = self._new_id()
        self._out: list[Effect] = []
        self._agenda = SendSchedule()
        self._stagehand = ActionExecutor(
            settings=settings, backend=backend, agenda=self._agenda, handles=handles, play=self._play, emit=self._emit,
            mute=self._fall_silent,
        )  # fmt: skip
        self._new_job = itertools.count(1).__next__
        self._setup: Setup | None = None
        self._ready = False
        self._held: list[Recognize | Synthesize] = []
        self._missing = ""
        self._over = self._mute = False
        self._counted = False
        self._now = 0.0

    @property
    def deadline(self) -> float | None:
        """Call `handle(Tick(), now)` no later than this."""
        if self._over:
            return None
        times = [self._agenda.deadline, self._director.deadline]
        if self._setup is not None:
            times += [self._model.deadline, self._listener.deadline]
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Never raises for anything a client sends."""
        if self._over:
            return []
        self._now = now
        self._director.connected(now)
        if self._setup is not None:
            self._model.now = now
        try:
            self._dispatch(event, now)
            self._run_due(now)
        except protojson.Malformed as error:
            self._close(1007, str(error))
        except Refused as error:
            self._close(error.code, error.reason)
        effects, self._out = self._out, []
        if self._deviations:
            effects = [changed for effect in effects for changed in self._deviated(effect)]
        if self._mute:
            effects = [effect for effect in effects if not _is_answer(effect)]
        for index, effect in enumerate(effects):
            if isinstance(effect, (Drop, Reset)):
                self.gone()
                return effects[: index + 1]
        return effects if self._ready else self._hold_back(effects)

    def _deviated(self, effect: Effect) -> list[Effect]:
        match effect:
            case Send(message):
                return [Send(other) for other in self._deviations.outgoing(message)]
            case Close(code, reason) if self._setup is None:
                return [Close(code, self._deviations.refusal(reason))]
            case _:
                return [effect]

    def _ignored(self, kind: str, body: Mapping[str, Any]) -> bool:
        """A message that a service which is not as documented does not take in."""
        stops = kind == "clientContent" and not body.get("turns") and not body.get("turnComplete")
        if stops and "deaf-after-stop" in self._deviations:
            self._deaf = True
        elif kind == "clientContent" and body.get("turnComplete"):
            self._deaf = False
        history = kind == "clientContent" and bool(body.get("turns")) and not self._resumption.consumed
        return (
            (stops and "stop-ignored" in self._deviations)
            or (history and "forgets-history" in self._deviations)
            or (self._deaf and kind == "realtimeInput")
        )

    def _hold_back(self, effects: list[Effect]) -> list[Effect]:
        """Work for the engine waits until it is loaded."""
        for effect in effects:
            match effect:
                case Recognize() | Synthesize():
                    self._held.append(effect)
                case CancelJob(job):
                    self._held = [held for held in self._held if held.job != job]
        return [effect for effect in effects if not isinstance(effect, (Recognize, Synthesize, CancelJob, Prioritize))]

    def gone(self, now: float | None = None) -> None:
        """The connection ended: its session may be continued from a handle. `now`: if time has passed since."""
        self._now = self._now if now is None else now
        self._over = True
        self._handles.mark_closed(self._session, self._now)
        self._play.open -= self._counted
        self._counted = False

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
                self._listener.judge(probability, now)
            case Recognized(job, text):
                self._model.unsure = isinstance(text, Doubtful)
                self._recognized(job, text, now)
            case Synthesized(job, pcm):
                self._synthesized(job, pcm, now)
            case Answered():
                if self._setup is not None:
                    self._model.handle_completion_piece(event, now)
            case Ordered(action):
                self._stagehand.perform([action], now)
            case Tick():
                pass
            case _:
                assert_never(event)

    def _recognized(self, job: int, text: str, now: float) -> None:
        if not self._input.recognized(job, text, now):
            self._listener.recognized(job, text, now)

    def _synthesized(self, job: int, pcm: bytes, now: float) -> None:
        if not self._listener.synthesized(job, pcm):
            self._model.synthesized(job, pcm, now)

    def _received(self, message: Mapping[str, Any], now: float) -> None:
        ((kind, body),) = message.items()
        if (kind == "setup") == (self._setup is not None):
            raise Refused(1007, INVALID_ARGUMENT)
        if self._setup is not None and (kind == "clientContent" or "text" in body):
            self._model.unsure = False
        self._perform(self._director.message([kind, *body] if kind == "realtimeInput" else [kind]), now)
        if kind == "setup":
            self._begin(body, now)
        else:
            ignored = bool(self._deviations) and self._ignored(kind, body)
            self._resumption.consumed += 1
            if not ignored:
                self._input.take(kind, body, now)

    # Beginning and end of the connection

    def _begin(self, body: Mapping[str, Any], now: float) -> None:
        if self._grant:
            body = self._grant.admit(body, now)
        wanted = self._settings
        if self._deviations:
            body = self._deviations.incoming(body)
        setup = read_setup(
            body, self._backend, self._api_version, wanted.strict_models, wanted.context_tokens, calendar=self._calendar
        )
        if self._missing:
            raise Refused(1011, self._missing)
        if self._play.quota is not None and self._play.open >= self._play.quota:
            raise Refused(CLOSES["quota"].code, CLOSES["quota"].reason)
        past = self._handles.resume_session(setup.handle, setup, now, wanted.time_scale) if setup.handle else None
        self._session = past.session if past else self._session
        self._begun_at, self._filmed = (past.begun_at, past.filmed) if past else (now, False)
        self._handles.mark_open(self._session)
        self._play.open += 1
        self._counted = True
        self._assemble(setup, past)
        if past and setup.transparent and past.unanswered:
            self._listener.audio({"data": past.unanswered, "mimeType": "audio/pcm"}, now)
        complete = {"sessionId": self._session} if self._backend is Backend.VERTEX else {}
        self._agenda.schedule_effect(now + wanted.setup_delay_s, Send({"setupComplete": complete}))
        if handle := self._resumption.first(now):
            self._agenda.schedule_effect(now + wanted.setup_delay_s, handle)
        self._agenda.plan_end(now, wanted, self._backend)
        if self._grant:
            self._agenda.schedule_effect(self._grant.ends_at, Close(1008, ABORTED))
        if not setup.compression:
            self._agenda.plan_session_end(self._begun_at, wanted, self._filmed)
        self._director.set_up(now)
        self._stagehand.set_up(self._model, self._session, now)

    def _assemble(self, setup: Setup, past: StoredSession | None) -> None:
        self._meter = Meter(setup, past.window if past else None)
        self._resumption = Resumption(setup, self._emit, self._new_handle)
        self._model = Model(
            setup=setup, settings=self._settings, mind=self._mind, memory=past.memory if past else Memory(),
            meter=self._meter, emit=self._emit, new_job=self._new_job, turn_over=self._turn_over,
            at_work=self._resumption.not_now,
            turn_begins=lambda heard, at: self._perform(self._director.turn(heard), at),
            spoken=lambda seconds, at: self._perform(self._director.spoken(seconds), at),
            new_call_id=self._new_id,
        )  # fmt: skip
        self._listener = Listener(
            setup=setup, settings=self._settings, model=self._model, meter=self._meter, agenda=self._agenda,
            emit=self._emit, new_job=self._new_job,
        )  # fmt: skip
        self._input = UserInput(
            setup=setup, model=self._model, listener=self._listener, meter=self._meter, filmed=self._has_video,
            spoken=SpokenContent(self._emit, self._new_job), least_activity_s=self._settings.least_activity_s,
        )  # fmt: skip
        self._setup = setup

    def _close(self, code: int, reason: str) -> None:
        self._out.append(Drop() if code == NO_CLOSE_FRAME else Close(code, reason))
        self.gone()

    def _perform(self, actions: list[Action], now: float) -> None:
        if actions:
            self._stagehand.perform(actions, now)

    def _turn_over(self, now: float) -> None:
        if not self._model.calling:
            self._resumption.possible(now)

    def _new_handle(self, now: float) -> str:
        """Keeps the session as it is now, and with transparent resumption the voice that is not answered yet."""
        assert self._setup is not None
        past = StoredSession(
            session=self._session, model=self._setup.model, owner=self._setup.owner, backend=self._backend,
            memory=self._model.memory, window=self._meter.window, begun_at=self._begun_at, filmed=self._filmed,
            unanswered=self._listener.unanswered if self._setup.transparent else b"", given_at=now,
        )  # fmt: skip
        return self._handles.give(past, self._new_id())

    def _has_video(self) -> None:
        if not self._filmed and self._setup and not self._setup.compression:
            self._agenda.plan_session_end(self._begun_at, self._settings, filmed=True)
        self._filmed = True

    # Time

    def _run_due(self, now: float) -> None:
        self._perform(self._director.due(now), now)
        for effect in self._agenda.pop_due_effects(now):
            if isinstance(effect, Close):
                raise Refused(effect.code, effect.reason)
            self._out.append(effect)
        if self._setup is None:
            return
        self._listener.set_listening(self._ready)
        self._listener.end_stalled_turn(now)
        self._model.user_has_the_floor = self._listener.has_the_floor
        self._model.advance(now)
        self._listener.settle(now)

    def _fall_silent(self) -> None:
        self._mute = True

    def _emit(self, effect: Effect) -> None:
        self._out.append(effect)


def _is_answer(effect: Effect) -> bool:
    """Sent to the client, but for a fault that was ordered."""
    return isinstance(effect, Send) and "error" not in effect.message
