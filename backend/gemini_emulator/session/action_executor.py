"""Carries out actions on one conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.setup import Backend, Refused
from gemini_emulator.responder.conversation_state import Call
from gemini_emulator.scenarios import actions as act
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.session.events import Effect, Send
from gemini_emulator.session.model_turn.model_overrides import ModelOverrides
from gemini_emulator.session.model_turn.model_turn import Model
from gemini_emulator.session.model_turn.turn_faults import TurnFaults
from gemini_emulator.session.send_schedule import SendSchedule
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings


class ActionExecutor:
    """`perform` raises `Refused` where an action ends the connection."""

    def __init__(
        self,
        *,
        settings: Settings,
        backend: Backend,
        agenda: SendSchedule,
        handles: Handles,
        play: ScenarioState,
        emit: Callable[[Effect], None],
        mute: Callable[[], None],
    ) -> None:
        self._mute = mute
        self._scale, self._backend, self._agenda = settings.time_scale, backend, agenda
        self._handles, self._play, self._emit = handles, play, emit
        self._model: Model | None = None
        self._session = ""
        self._waiting: list[act.Action] = []

    def set_up(self, model: Model, session: str, now: float) -> None:
        """There is a conversation now; what was wanted of it before happens."""
        self._model, self._session = model, session
        waiting, self._waiting = self._waiting, []
        self.perform(waiting, now)

    def perform(self, actions: Iterable[act.Action], now: float) -> None:
        for action in actions:
            match action:
                case act.Close(row, code, reason):
                    end = CLOSES.get(row)
                    raise Refused(end.code, end.reason) if end else Refused(code, reason)
                case act.GoAway(time_left_s):
                    self._agenda.go_away(now, now + time_left_s / self._scale, self._backend)
                case act.ErrorFrame() | act.Mute():
                    self._break_protocol(action)
                case act.Quota(sessions):
                    self._play.quota = sessions
                case act.Http() | act.SlowAccept():
                    self._play.at_the_door.append(action)
                case act.Drop() | act.Reset() | act.HalfOpen() | act.SlowNetwork() | act.LatePongs():
                    self._emit(action)
                case _ if self._model is None:
                    self._waiting.append(action)
                case act.PoisonHandle():
                    self._handles.poison(self._session)
                case act.ExpireHandle():
                    self._handles.expire(self._session)
                case act.Message(message):
                    self._emit(Send(dict(message)))
                case _:
                    self._direct(self._model, action, now)

    def _break_protocol(self, action: act.ErrorFrame | act.Mute) -> None:
        match action:
            case act.ErrorFrame(message, code, status):
                self._emit(Send({"error": {"code": code, "message": message, "status": status}}))
            case act.Mute():
                self._mute()

    def _direct(self, model: Model, action: act.Action, now: float) -> None:
        orders = ModelOverrides(model, self._emit)
        match action:
            case act.Say(text):
                orders.say(text, now)
            case act.Call(name, args):
                orders.call(Call(name, args), now)
            case act.Stall(for_s):
                orders.stall(for_s / self._scale, now)
            case act.Thought(text):
                orders.think(text)
            case act.EarlyTurnComplete():
                orders.cut_short(now)
            case act.Interrupted():
                model.interrupt_turn(now)
            case act.Freeze(for_s):
                model.conduct.frozen_until = None if for_s is None else now + for_s / self._scale
            case act.FreezeAfterBargeIn():
                model.conduct.freezes_at_barge_in = True
            case act.NearSilent() | act.EmptyTurn() | act.Rejected() | act.NoTurnComplete() | act.DuplicateAnswer():
                _shape(model.conduct, action)
            case _:
                raise AssertionError(action)


def _shape(conduct: TurnFaults, action: act.Shape) -> None:
    """What must be known before a turn begins is kept for the next one, if one has begun."""
    match action:
        case act.NearSilent():
            conduct.current.near_silent = True
        case act.EmptyTurn():
            conduct.coming.empty = True
        case act.Rejected(reason):
            conduct.coming.empty, conduct.coming.reason = True, reason
        case act.NoTurnComplete():
            conduct.current.no_turn_complete = True
        case act.DuplicateAnswer(within):
            (conduct.current if within == "turn" else conduct.coming).again_in = within
