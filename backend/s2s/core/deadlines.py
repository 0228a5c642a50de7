"""When to look again: the earliest of several times, and the time until which a reply is expected."""

# After this long without a sign of a reply the phase goes from thinking back to listening.
REPLY_TIMEOUT_S = 8.0


def earliest(*times: float | None) -> float | None:
    """The smallest of them, in seconds; None: none of them is set.

    It is asked about ten times for every frame of sound: a plain loop is three times as fast as `min` over a generator.
    """
    first = None
    for time in times:
        if time is not None and (first is None or time < first):
            first = time
    return first


class ReplyDeadline:
    """Until when the user is shown that a reply may still come. The only owner of that time."""

    def __init__(self, timeout_s: float = REPLY_TIMEOUT_S) -> None:
        self.due_by: float | None = None
        """Call `expire` no later than this; None: no reply is expected."""
        self._timeout_s = timeout_s

    @property
    def is_awaited(self) -> bool:
        """Whether a reply is expected."""
        return self.due_by is not None

    def expect(self, now: float) -> None:
        """The user, or a tool, has just finished something that deserves a reply."""
        self.due_by = now + self._timeout_s

    def cancel(self) -> None:
        """The reply has begun, or none will come."""
        self.due_by = None

    def expire(self, now: float) -> None:
        """Stop expecting a reply whose time is over."""
        if self.due_by is not None and now >= self.due_by:
            self.due_by = None
