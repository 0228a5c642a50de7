"""Detect a dead upstream connection that was never closed. Sans-I/O: the client sends pings, this class judges.

A missing pong alone proves nothing: Google's pongs came 8 to 30 s late on healthy sessions (A1 of the field notes). So
a connection counts as dead only if pongs have always been quick and no byte has come since the ping. After two false
positives the detector is disabled for a while.
"""

from dataclasses import dataclass

PING_EVERY_S = 1.5
PONG_TIMEOUT_S = 4.0
QUICK_PONG_S = 1.0
MIN_PONGS = 1
MAX_VERDICTS = 2
RESET_AFTER_S = 600.0


@dataclass(slots=True)
class ServiceLatency:
    """Pong latency of the service, as seen by all sockets of one gateway."""

    slow: bool = False
    """True after a late pong: silence proves nothing here."""
    verdicts: int = 0
    last_verdict_at: float = float("-inf")


class Keepalive:
    """Keepalive of one socket. Times are in seconds."""

    def __init__(self, service: ServiceLatency) -> None:
        self.heard_at = 0.0
        """Time of the last received byte."""
        self._service = service
        self._pongs = 0

    def on_pong(self, after_s: float, now: float) -> None:
        """Record the round trip of a ping."""
        self.heard_at = now
        self._pongs += 1
        self._service.slow = self._service.slow or after_s > QUICK_PONG_S

    def is_dead(self, pinged_at: float, now: float) -> bool:
        """Return True if the unanswered ping means that the connection is dead."""
        service = self._service
        if service.slow or self._pongs < MIN_PONGS or self.heard_at >= pinged_at or now - pinged_at < PONG_TIMEOUT_S:
            return False
        if now - service.last_verdict_at >= RESET_AFTER_S:
            service.verdicts = 0
        if service.verdicts >= MAX_VERDICTS:
            return False
        service.verdicts, service.last_verdict_at = service.verdicts + 1, now
        return True
