"""Observers of a session: they see every event that goes into the core and every effect, and change nothing."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from s2s.core.effects import Effect
from s2s.core.events import Event


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A browser is on the way: upstream is dialled for the first time."""

    tag: ClassVar[str] = "Opened"


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The session ends. The last event of all."""

    tag: ClassVar[str] = "Closed"


SessionEvent = Event | SessionOpened | SessionClosed


class SessionObserver(Protocol):
    """Called synchronously, in order: the event first, then each effect once it is carried out. Must not raise."""

    def on_event(self, event: SessionEvent, now: float) -> None: ...
    def on_effect(self, effect: Effect) -> None: ...
