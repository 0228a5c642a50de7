"""Sessions that can be continued on another connection, by their resumption handles."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from gemini_emulator.mind.memory import Memory
from gemini_emulator.setup import Refused

HANDLE_LIFE_S = 2 * 3600
"""As the Developer API documents it, counted from the end of the connection."""
MOST_HANDLES = 2_000
"""The oldest go first beyond this."""

_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Past:
    """What a session knew when a handle was given out."""

    session: str
    model: str
    memory: Memory
    context_tokens: int
    given_at: float


@dataclass(slots=True)
class Handles:
    """One store for the whole server; times are the machine's `now`."""

    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    _past: dict[str, Past] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _poisoned: set[str] = field(default_factory=set)
    _expired: set[str] = field(default_factory=set)

    def opened(self, session: str) -> None:
        self._open.add(session)

    def closed(self, session: str) -> None:
        self._open.discard(session)

    def poison(self, session: str) -> None:
        """Resuming this session is an internal error from now on."""
        self._poisoned.add(session)

    def expire(self, session: str) -> None:
        """Its handles are as good as two hours old, those still to come, too."""
        self._expired.add(session)

    def give(self, past: Past, handle: str | None = None) -> str:
        """A fresh handle for this moment of the session; the given one, if somebody wants it repeatable."""
        handle = handle or self.new_id()
        self._past[handle] = past
        while len(self._past) > MOST_HANDLES:
            del self._past[next(iter(self._past))]
        return handle

    def take(self, handle: str, model: str, now: float, time_scale: float = 1.0) -> Past:
        """The session to go on with. Raises `Refused` as the service does. `time_scale` shortens a handle's life."""
        if not _SHAPE.fullmatch(handle):
            raise Refused(1007, "Invalid session handle")
        past = self._past.get(handle)
        if past is None or (now - past.given_at) * time_scale > HANDLE_LIFE_S or past.session in self._expired:
            self._past.pop(handle, None)
            raise Refused(1008, "BidiGenerateContent session not found")
        if past.model != model or past.session in self._open or past.session in self._poisoned:
            raise Refused(1011, "Internal error encountered.")
        return past
