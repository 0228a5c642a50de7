"""Counts the concurrent talkers and decides whether there is time for interim transcripts."""

from __future__ import annotations

TALKER_WINDOW_S = 3.0
MAX_TALKERS = 8
"""With more there are no interim transcripts: 16 talkers with them were answered 0.8 to 1.6 s late (two cores)."""
MIN_INTERIM_GAP_S = 0.15
"""Between two interim transcripts of any connections: each keeps a core busy for about half of that."""


class LoadMonitor:
    """Times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._talked: dict[int, float] = {}
        self._last = -MIN_INTERIM_GAP_S

    def note_talker(self, connection: int, now: float) -> None:
        """Count this connection as talking."""
        self._talked[connection] = now

    def allows_interim(self, connection: int, now: float) -> bool:
        """Whether an interim transcript may be made now. True starts the next gap."""
        self.note_talker(connection, now)
        self._talked = {who: at for who, at in self._talked.items() if now - at <= TALKER_WINDOW_S}
        if len(self._talked) > MAX_TALKERS or now - self._last < MIN_INTERIM_GAP_S:
            return False
        self._last = now
        return True
