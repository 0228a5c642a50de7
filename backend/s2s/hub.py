"""The sessions of one gateway: created, found, counted, ended."""

import asyncio
import secrets

from s2s.endpoints import Choice
from s2s.errors import SessionNotFound, TooManySessions
from s2s.journal import LOGGER
from s2s.ports import OpenModel, Tools
from s2s.session import Session
from s2s.setup import SessionConfig
from s2s.trace import LatencyBook


class SessionHub:
    """Creates, finds, counts and ends sessions."""

    def __init__(
        self,
        choice: Choice,
        open_model: OpenModel,
        tools: Tools,
        *,
        limit: int,
        playout_lead_ms: int,
        expires_s: float,
    ) -> None:
        self._choice = choice
        self._open_model = open_model
        self._tools = tools
        self.limit = limit
        self.expires_s = expires_s
        self.created = 0
        self.refused = 0
        self.book = LatencyBook()
        self._playout_lead_ms = playout_lead_ms
        self._sessions: dict[str, Session] = {}

    def create(self, config: SessionConfig) -> Session:
        """Raises TooManySessions."""
        if self.full:
            self.refused += 1
            raise TooManySessions(f"{len(self._sessions)} of {self.limit} sessions are in use")
        session = Session(
            secrets.token_hex(16),
            self._choice,
            self._open_model,
            config,
            self._tools,
            book=self.book,
            playout_lead_ms=self._playout_lead_ms,
            expires_s=self.expires_s,
            on_end=self._forget,
        )
        self._sessions[session.id] = session
        self.created += 1
        LOGGER.info("session created", extra={"session": session.id})
        return session

    def find(self, session_id: str) -> Session:
        """Raises SessionNotFound."""
        try:
            return self._sessions[session_id]
        except KeyError:
            raise SessionNotFound("no session has this id") from None

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    def all(self) -> list[Session]:
        return list(self._sessions.values())

    @property
    def full(self) -> bool:
        return len(self._sessions) >= self.limit

    async def close(self, session_id: str) -> None:
        """Ends one session; one that is gone already is fine."""
        session = self._sessions.get(session_id)
        if session is not None:
            await session.close()

    async def close_all(self) -> None:
        await asyncio.gather(*(session.close() for session in self.all()))
