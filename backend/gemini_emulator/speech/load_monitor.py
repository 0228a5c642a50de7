"""How many people talk at once, and whether there is time for anything but their answers."""

from __future__ import annotations

LOOKED_BACK_S = 3.0
MOST_TALKERS = 8
"""With more there are no interim transcripts: 16 talkers with them were answered 0.8 to 1.6 s late (two cores)."""
LEAST_GAP_S = 0.15
"""Between two of them, whoever asks: each keeps a core busy for about half of that."""


class Crowd:
    """Times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._talked: dict[int, float] = {}
        self._last = -LEAST_GAP_S

    def talks(self, connection: int, now: float) -> None:
        """Somebody's words are to be recognised."""
        self._talked[connection] = now

    def may_glimpse(self, connection: int, now: float) -> bool:
        """True starts the next gap."""
        self.talks(connection, now)
        self._talked = {who: at for who, at in self._talked.items() if now - at <= LOOKED_BACK_S}
        if len(self._talked) > MOST_TALKERS or now - self._last < LEAST_GAP_S:
            return False
        self._last = now
        return True
