"""How one turn of the model is to go, when it is not to go well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gemini_emulator.responder.conversation_state import Call, Reply


@dataclass(slots=True)
class TurnFault:
    """The default is a turn as it should be."""

    say: str = ""
    """Instead of the answer."""
    calls: Sequence[Call] = ()
    """Instead of the answer."""
    thoughts: list[str] = field(default_factory=list)
    """Reasoning, sent before the voice."""
    delay_s: float = 0.0
    """Before the next voice."""
    near_silent: bool = False
    empty: bool = False
    """`turnComplete` and nothing else."""
    reason: str = ""
    """The `turnCompleteReason` of an empty turn."""
    no_turn_complete: bool = False
    again_in: str = ""
    """`turn` or `generation`: where the answer is repeated."""


class TurnFaults:
    """How a model behaves: in the turn at hand, in the next one, and whether it answers at all."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        """`busy`: a turn is open."""
        self._busy = busy
        self.turn, self._next = TurnFault(), TurnFault()
        self.beginning = False
        """A turn is about to be opened; orders given now are about it."""
        self.frozen_until: float | None = 0.0
        """No answer before that time; None: never again."""
        self.freezes_at_barge_in = False
        self.to_say: list[str] = []
        """Unprompted turns."""

    @property
    def current(self) -> TurnFault:
        """Of the turn at hand, or else of the next one."""
        return self.turn if self._busy() or self.beginning else self._next

    @property
    def coming(self) -> TurnFault:
        """Of the turn that begins, or else of the next one."""
        return self.turn if self.beginning else self._next

    def begin_turn(self, orders: Callable[[], None]) -> TurnFault:
        """A turn begins; what is ordered now is about it."""
        self.turn, self._next = self._next, TurnFault()
        self.beginning = True
        orders()
        self.beginning = False
        return self.turn

    def end(self, said: str) -> TurnFault:
        """The turn is over; `said` is the whole answer, or nothing when it was cut short."""
        ended, self.turn = self.turn, TurnFault()
        if ended.again_in == "turn" and said:
            self.to_say.append(said)
        return ended

    def frozen(self, now: float) -> bool:
        return self.frozen_until is None or now < self.frozen_until

    def barged_in(self) -> None:
        """The user talked over the model."""
        if self.freezes_at_barge_in:
            self.frozen_until = None

    def take_delay(self) -> float:
        delay, self.turn.delay_s = self.turn.delay_s, 0.0
        return delay

    def rewrite(self, thought: Reply) -> Reply:
        """The thought as this turn wants it."""
        if self.turn.say or self.turn.calls:
            thought = Reply(thought.memory, self.turn.say, tuple(self.turn.calls))
        if self.turn.again_in == "generation" and thought.say:
            thought = replace(thought, say=f"{thought.say} {thought.say}")
        return thought
