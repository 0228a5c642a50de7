"""Sessions that can be continued on another connection, by their resumption handles."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from gemini_emulator.protocol.setup import Backend, Refused, Setup
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.session.context_window import Window

HANDLE_LIFE_S = {Backend.DEVELOPER: 2 * 3600, Backend.VERTEX: 24 * 3600}
"""Counted from the end of the session's last connection. The Developer API documents its two hours."""
MAX_HANDLES = 2_000
"""The oldest go first beyond this."""

_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class StoredSession:
    """What a session knew when a handle was given out."""

    session: str
    model: str
    owner: str
    """Whose it is, see `Setup.owner`."""
    backend: Backend
    memory: Memory
    window: Window
    begun_at: float
    """When the session's first connection was set up."""
    filmed: bool
    """There was video in it."""
    unanswered: bytes
    """The user's voice that was taken in and not answered yet (PCM16LE mono 16 kHz); transparent resumption only."""
    given_at: float


@dataclass(slots=True)
class Handles:
    """One store for the whole server; times are the machine's `now`."""

    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    _past: dict[str, StoredSession] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _ended: dict[str, float] = field(default_factory=dict)
    """When the last connection of a session ended."""
    _poisoned: set[str] = field(default_factory=set)
    _expired: set[str] = field(default_factory=set)

    def mark_open(self, session: str) -> None:
        self._open.add(session)

    def mark_closed(self, session: str, now: float) -> None:
        if session in self._open:
            self._open.discard(session)
            self._ended[session] = now
            while len(self._ended) > MAX_HANDLES:
                del self._ended[next(iter(self._ended))]

    def poison(self, session: str) -> None:
        """Resuming this session is an internal error from now on."""
        self._poisoned.add(session)

    def expire(self, session: str) -> None:
        """Its handles are as good as two hours old, those still to come, too."""
        self._expired.add(session)

    def give(self, past: StoredSession, handle: str | None = None) -> str:
        """A fresh handle for this moment of the session; the given one, if it has to be repeatable."""
        handle = handle or self.new_id()
        self._past[handle] = past
        while len(self._past) > MAX_HANDLES:
            del self._past[next(iter(self._past))]
        return handle

    def resume_session(self, handle: str, setup: Setup, now: float, time_scale: float = 1.0) -> StoredSession:
        """The session to go on with. Raises `Refused` as the service does. `time_scale` shortens a handle's life.

        Malformed, or another backend's or project's: 1007. Unknown or too old: 1008. Another model's, a session that
        still has a connection, or one that is poisoned: 1011.
        """
        past = self._past.get(handle)
        if not _SHAPE.fullmatch(handle) or (past and past.owner != setup.owner):
            raise Refused(1007, "Invalid session handle")
        if past is None or self._too_old(past, now, time_scale) or past.session in self._expired:
            self._past.pop(handle, None)
            raise Refused(1008, "BidiGenerateContent session not found")
        if past.model != setup.model or past.session in self._open or past.session in self._poisoned:
            raise Refused(1011, "Internal error encountered.")
        return past

    def _too_old(self, past: StoredSession, now: float, time_scale: float) -> bool:
        if past.session in self._open:
            return False
        ended = self._ended.get(past.session, past.given_at)
        return (now - ended) * time_scale > HANDLE_LIFE_S[past.backend]
