"""When to refresh an access token: ahead of expiry, and with backoff after a failure. Sans-I/O.

`now` is wall-clock time in seconds: a monotonic clock stands still while a laptop sleeps, and tokens expire.
"""

from s2s.upstream.refusals.token_errors import CredentialsError

REFRESH_AHEAD_S = 600.0
"""Metadata servers return the same token until five minutes before expiry; wait at least half its lifetime."""
SPARE_S = 5.0
"""A token that expires sooner is not used: the dial takes a while."""
MIN_REFRESH_PAUSE_S = 5.0
INITIAL_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0
MAX_DEMAND_PAUSE_S = 5.0
"""Between two attempts while a dial waits for a token."""


class TokenRefreshState:
    """Times of one token, and the failure that delays the next."""

    def __init__(self) -> None:
        self.trouble: CredentialsError | None = None
        """Failure of the last attempt, if it failed."""
        self.due_at = 0.0
        """Time of the next unprompted attempt."""
        self._expires_at = 0.0
        self._failed_at = 0.0
        self._failures = 0

    @property
    def state(self) -> str:
        """unchecked, ok, retrying or failed."""
        if self.trouble is not None:
            return "retrying" if self.trouble.retryable else "failed"
        return "ok" if self._expires_at else "unchecked"

    def usable(self, now: float) -> bool:
        """Return True if the last token may still be sent."""
        return now < self._expires_at - SPARE_S

    def on_success(self, now: float, expires_at: float) -> None:
        """Record a fetched token."""
        self.trouble, self._failures = None, 0
        self._expires_at = expires_at
        life_s = expires_at - now
        self.due_at = now + max(life_s - REFRESH_AHEAD_S, life_s / 2, MIN_REFRESH_PAUSE_S)

    def on_failure(self, now: float, trouble: CredentialsError) -> None:
        """Record a failed attempt. Permanent failures are retried every minute, as they may be fixed."""
        self.trouble, self._failed_at = trouble, now
        pause_s = min(INITIAL_BACKOFF_S * 2.0**self._failures, MAX_BACKOFF_S) if trouble.retryable else MAX_BACKOFF_S
        self._failures += 1
        self.due_at = now + pause_s

    def on_refused(self) -> None:
        """Record that the service refused the token."""
        self._expires_at = 0.0

    def pause_s(self, now: float) -> float:
        """Return how long a dial waits before the next attempt, if the last one was just made."""
        if self.trouble is None:
            return 0.0
        return max(0.0, self._failed_at + min(self.due_at - self._failed_at, MAX_DEMAND_PAUSE_S) - now)
