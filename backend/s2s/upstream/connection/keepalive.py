"""Whether a line to the service is dead although nobody has closed it. Sans-IO: the door sends the pings, this judges.

A ping without an answer proves nothing by itself: Google's pongs were seen 8 to 30 s late on sessions that were well
(A1 of the field notes). So a line counts as dead only where pongs have always been quick, and when no byte of any kind
has come since the ping. Who was wrong twice does not judge any more.
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
    """What all sockets of one gateway have seen of the service."""

    slow: bool = False
    """A pong was late once: silence means nothing here."""
    verdicts: int = 0
    last_verdict_at: float = float("-inf")


class Keepalive:
    """One socket. Times are in seconds."""

    def __init__(self, service: ServiceLatency) -> None:
        self.heard_at = 0.0
        """When anything was received."""
        self._service = service
        self._pongs = 0

    def on_pong(self, after_s: float, now: float) -> None:
        """A ping was answered so much later."""
        self.heard_at = now
        self._pongs += 1
        self._service.slow = self._service.slow or after_s > QUICK_PONG_S

    def is_dead(self, pinged_at: float, now: float) -> bool:
        """The ping has had no answer so far."""
        service = self._service
        if service.slow or self._pongs < MIN_PONGS or self.heard_at >= pinged_at or now - pinged_at < PONG_TIMEOUT_S:
            return False
        if now - service.last_verdict_at >= RESET_AFTER_S:
            service.verdicts = 0
        if service.verdicts >= MAX_VERDICTS:
            return False
        service.verdicts, service.last_verdict_at = service.verdicts + 1, now
        return True
