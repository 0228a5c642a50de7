"""One call without I/O: the turn machine, the link machine and the watchdog, joined. One door, one deadline.

What the shell (`s2s.session`) does with it: feed a fact, carry out the effects in order, come back at the deadline.
"""

from collections.abc import Sequence
from dataclasses import replace

from s2s.capabilities import Capabilities
from s2s.conversation import Conversation
from s2s.effects import Dial, Effect, Redial, Remembered
from s2s.link import Link, UpstreamLink
from s2s.memory import Memory
from s2s.vocabulary import (
    AtRest,
    GoAway,
    HandleOffered,
    Input,
    LinkInput,
    LinkLost,
    SetupComplete,
    SocketLost,
    TalkInput,
    Tick,
    TurnComplete,
)


class Core:
    """`handle` takes a fact and the time, and answers what is to be done, in order."""

    def __init__(
        self,
        models: Sequence[Capabilities],
        *,
        playout_lead_ms: int = 240,
        manual_activity: bool = False,
        history: Sequence[Remembered] = (),
    ) -> None:
        """`models`: what the configured model can do, and, if there is one, the model to fall back on. `history`: what
        was said in an earlier session that this one continues."""
        self.conversation = Conversation(playout_lead_ms=playout_lead_ms, manual_activity=manual_activity)
        self.link = UpstreamLink()
        self.memory = Memory(history)
        self._models = models

    @property
    def deadline(self) -> float | None:
        """Call again with Tick no later than this."""
        times = (self.conversation.deadline, self.link.deadline)
        return min((t for t in times if t is not None), default=None)

    def open(self, now: float) -> list[Effect]:
        """The session wants upstream. Idempotent."""
        return self._of_link(self.link.open(), now)

    def handle(self, event: Input, now: float) -> list[Effect]:
        """The only door for facts. `now` is in seconds and never goes back."""
        effects: list[Effect] = []
        if isinstance(event, SetupComplete | SocketLost | GoAway | HandleOffered | TurnComplete | Tick):
            effects += self._link(event, now)
        effects += self._talk(LinkLost() if isinstance(event, SocketLost) else event, now)
        if self.link.state is Link.LEAVING and self.conversation.at_rest:
            effects += self._link(AtRest(), now)
        return effects

    def leave(self, now: float) -> list[Effect]:
        """The session ends: the last words are written down."""
        self.link.close()
        return [*self.conversation.leave(now)]

    def _talk(self, event: TalkInput, now: float) -> list[Effect]:
        effects: list[Effect] = [*self.conversation.handle(event, now)]
        self.memory.watch(effects)
        return effects

    def _link(self, event: LinkInput, now: float) -> list[Effect]:
        return self._of_link(self.link.handle(event, now), now)

    def _of_link(self, wanted: Sequence[Effect], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for effect in wanted:
            if isinstance(effect, Redial):
                effects += self._talk(LinkLost(planned=True), now)
            if isinstance(effect, Dial | Redial):
                effects.append(replace(effect, history=() if effect.handle is not None else self.memory.history()))
            else:
                effects.append(effect)
        return effects
