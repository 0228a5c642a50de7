"""How the model's voice is silenced: by the person's voice, by the button, by what is typed over it. Sans-IO."""

from dataclasses import dataclass

from s2s import wire
from s2s.core.effects import ConversationEffect, StopGeneration
from s2s.core.events import GenerationComplete, ToolCalled, ToolCancelled, ToolFinished, TurnComplete
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.phase import PhaseReporter
from s2s.core.tools.tool_execution import ToolExecution
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
    """What a press of the button did."""

    interrupted: bool
    turn: int
    heard_ms: int


class Interruptions:
    """Cuts in one conversation, whose parts it is given."""

    def __init__(
        self,
        floor: TurnMachine,
        face: PhaseReporter,
        *,
        speech: ModelSpeech,
        uplink: UpstreamBuffer,
        person: UserSpeech,
        errands: ToolExecution,
    ) -> None:
        self.outcome = InterruptOutcome(interrupted=False, turn=0, heard_ms=0)
        """Of the last press of the button."""
        self._floor, self._face, self._speech = floor, face, speech
        self._uplink, self._person, self._errands = uplink, person, errands

    def silence(self, now: float) -> list[ConversationEffect]:
        """What can be heard, or is still to be heard, falls silent now."""
        # Without voice there is nothing to flush, but the turn's few words must not stay open.
        closed = self._speech.close() if self._floor.turn is Turn.SPEAKING else []
        effects = closed + self._speech.flush(now)
        if effects:
            self._face.interrupted(now)
        return effects

    def pressed(self, turn: int | None, now: float, abilities: Capabilities) -> list[ConversationEffect]:
        """The person asked for silence. `turn`: the one they heard (u16); None: whatever is heard now."""
        speech, state = self._speech, self._floor.turn
        current = speech.turn_at_ear()
        late_click = turn is not None and not speech.is_heard(turn) and wire.turn_is_after(speech.turn, turn)
        if late_click or state is Turn.CUT:
            self.outcome = InterruptOutcome(interrupted=False, turn=current, heard_ms=0)
            return []
        waiting = state is Turn.LISTENING and (self._errands.awaited or self._face.phase == "thinking")
        speaking = state in (Turn.SPEAKING, Turn.DRAINING)
        heard_ms = speech.heard_ms(current, now)
        self.outcome = InterruptOutcome(interrupted=speaking or waiting, turn=current, heard_ms=heard_ms)
        stopped = self._stop_generation() if state is Turn.SPEAKING or waiting else []
        effects = self.silence(now) + stopped
        # Where nothing stops the model, an answer that it thinks about comes some time.
        unspoken_s = UNSPOKEN_CUT_TIMEOUT_S if abilities.stop_verb else abilities.reply_limit_s
        patience_s = CUT_TIMEOUT_S if speaking else unspoken_s
        self._floor.press(InterruptRequestedWhileWaiting if waiting else InterruptRequested, now + patience_s)
        return effects

    def outlasts(self, event: _Piece, abilities: Capabilities, now: float) -> bool:
        """A piece of an answer is over, or a function is on its way. Whether a cut goes on: what the model, which
        nothing stops, still makes of the question is not wanted either."""
        match event:
            case TurnComplete(more=more):
                goes_on = more
            case GenerationComplete():
                goes_on = abilities.async_only
            case _:
                goes_on = True
        if abilities.stop_verb or not goes_on:
            return False
        return self._floor.works_on(now + abilities.reply_limit_s)

    def gone_on(self, abilities: Capabilities) -> None:
        """The person says something new."""
        if not abilities.stop_verb:
            self._floor.taken()

    def _stop_generation(self) -> list[ConversationEffect]:
        effects = self._uplink.send(StopGeneration())
        self._person.answer_due_until = self._face.working_until = None
        if not self._person.speaking:
            self._uplink.settled()
        return effects
