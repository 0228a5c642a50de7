"""Interruptions (barge-in): the user speaks over the model, presses the button or types."""

from dataclasses import dataclass

from s2s import wire
from s2s.core.deadlines import ReplyDeadline
from s2s.core.effects import ConversationEffect, StopGeneration
from s2s.core.events import GenerationComplete, ToolCalled, ToolCancelled, ToolFinished, TurnComplete
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.phase import PhaseReporter
from s2s.core.tools.mic_gate import MicGate
from s2s.core.turn_machine import (
    CUT_TIMEOUT_S,
    UNSPOKEN_CUT_TIMEOUT_S,
    InterruptRequested,
    InterruptRequestedWhileWaiting,
    Turn,
    TurnMachine,
)
from s2s.core.user_speech import UserSpeech
from s2s.upstream.models.model_capabilities import Capabilities

_Piece = GenerationComplete | TurnComplete | ToolCalled | ToolCancelled | ToolFinished


@dataclass(frozen=True, slots=True)
class InterruptOutcome:
    """What a press of the interrupt button did."""

    interrupted: bool
    turn: int
    heard_ms: int


class Interruptions:
    """Interrupts answers in one conversation, whose parts it is given."""

    def __init__(
        self,
        turn_machine: TurnMachine,
        phase_reporter: PhaseReporter,
        *,
        model_speech: ModelSpeech,
        upstream_buffer: UpstreamBuffer,
        user_speech: UserSpeech,
        mic_gate: MicGate,
        reply: ReplyDeadline,
    ) -> None:
        self.last_outcome = InterruptOutcome(interrupted=False, turn=0, heard_ms=0)
        """Of the last press of the button."""
        self._turn_machine, self._phase_reporter, self._model_speech = turn_machine, phase_reporter, model_speech
        self._reply = reply
        self._upstream_buffer, self._user_speech, self._mic_gate = upstream_buffer, user_speech, mic_gate

    def silence_playback(self, now: float) -> list[ConversationEffect]:
        """Stop what is playing or still to be played."""
        # Without audio there is nothing to flush, but a turn of only text must be closed.
        closed = self._model_speech.close_turn() if self._turn_machine.turn is Turn.SPEAKING else []
        effects = closed + self._model_speech.flush(now)
        if effects:
            self._phase_reporter.show_interrupted(now)
        return effects

    def cut_answer(self, turn: int | None, now: float, capabilities: Capabilities) -> list[ConversationEffect]:
        """Interrupt on request. `turn`: the one that the user heard (u16); None: whatever is playing now."""
        model_speech, state = self._model_speech, self._turn_machine.turn
        current = model_speech.audible_turn()
        late_click = (
            turn is not None and not model_speech.is_playing(turn) and wire.turn_is_after(model_speech.turn, turn)
        )
        if late_click or state is Turn.CUT:
            self.last_outcome = InterruptOutcome(interrupted=False, turn=current, heard_ms=0)
            return []
        waiting = state is Turn.LISTENING and (self._mic_gate.is_awaited or self._phase_reporter.phase == "thinking")
        speaking = state in (Turn.SPEAKING, Turn.DRAINING)
        heard_ms = model_speech.heard_ms(current, now)
        self.last_outcome = InterruptOutcome(interrupted=speaking or waiting, turn=current, heard_ms=heard_ms)
        stopped = self._stop_generation() if state is Turn.SPEAKING or waiting else []
        effects = self.silence_playback(now) + stopped
        # If nothing stops the model, an answer that it is working on still arrives.
        unspoken_s = UNSPOKEN_CUT_TIMEOUT_S if capabilities.stop_verb else capabilities.reply_limit_s
        timeout_s = CUT_TIMEOUT_S if speaking else unspoken_s
        self._turn_machine.request_interrupt(
            InterruptRequestedWhileWaiting if waiting else InterruptRequested, now + timeout_s
        )
        return effects

    def prolong_cut(self, event: _Piece, capabilities: Capabilities, now: float) -> bool:
        """Return whether a cut continues after a part of an answer or a function call. What a model that cannot be
        stopped still makes of the question is not wanted either."""
        match event:
            case TurnComplete(more=more):
                goes_on = more
            case GenerationComplete():
                goes_on = capabilities.async_only
            case _:
                goes_on = True
        if capabilities.stop_verb or not goes_on:
            return False
        return self._turn_machine.extend_cut(now + capabilities.reply_limit_s)

    def on_new_input(self, capabilities: Capabilities) -> None:
        """The user says something new: end a cut of an answer that had not begun."""
        if not capabilities.stop_verb:
            self._turn_machine.end_unspoken_cut()

    def _stop_generation(self) -> list[ConversationEffect]:
        effects = self._upstream_buffer.send(StopGeneration())
        self._reply.cancel()
        self._phase_reporter.stop_working()
        if not self._user_speech.is_speaking:
            self._upstream_buffer.forget_unanswered()
        return effects
