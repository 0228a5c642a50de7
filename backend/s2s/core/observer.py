"""Who looks on at a session's doors: every fact that goes in, every effect that comes out. Witnesses change nothing."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from s2s.core.effects import ConversationEffect, LinkEffect
from s2s.core.events import Event


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A listener is on the way: the model is called for the first time."""

    tag: ClassVar[str] = "Opened"


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The session ends. The last fact of all."""

    tag: ClassVar[str] = "Closed"


SessionEvent = Event | SessionOpened | SessionClosed
Effect = ConversationEffect | LinkEffect


class SessionObserver(Protocol):
    """Called synchronously, in order: the fact first, then its effects as they are carried out. Raises nothing."""

    def on_event(self, event: SessionEvent, now: float) -> None: ...
    def on_effect(self, effect: Effect) -> None: ...
