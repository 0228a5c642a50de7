"""When an access token is fetched: ahead of its end, and again after a failure. Sans-IO; `now` in seconds of the wall
clock, because a monotonic one stands still while a laptop sleeps and tokens do not."""

from s2s.upstream.refusals.token_errors import CredentialsError

REFRESH_AHEAD_S = 600.0
"""Metadata servers hand out the same token until five minutes before its end; half its life is waited at least."""
SPARE_S = 5.0
"""A token that ends sooner is not used: the dial takes a while."""
MIN_REFRESH_PAUSE_S = 5.0
INITIAL_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0
MAX_DEMAND_PAUSE_S = 5.0
"""Between two attempts while somebody needs a token now."""


class TokenRefreshState:
    """One token's times, and what stands in the way of the next."""

    def __init__(self) -> None:
        self.trouble: CredentialsError | None = None
        """Of the last attempt, if it failed."""
        self.due_at = 0.0
        """When the next attempt is to be made without anybody's asking."""
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
        """Whether the token that was fetched last may still be sent."""
        return now < self._expires_at - SPARE_S

    def on_success(self, now: float, expires_at: float) -> None:
        """A token came."""
        self.trouble, self._failures = None, 0
        self._expires_at = expires_at
        life_s = expires_at - now
        self.due_at = now + max(life_s - REFRESH_AHEAD_S, life_s / 2, MIN_REFRESH_PAUSE_S)

    def on_failure(self, now: float, trouble: CredentialsError) -> None:
        """None came. What is wrong with the credentials is looked at again every minute: somebody may mend it."""
        self.trouble, self._failed_at = trouble, now
        pause_s = min(INITIAL_BACKOFF_S * 2.0**self._failures, MAX_BACKOFF_S) if trouble.retryable else MAX_BACKOFF_S
        self._failures += 1
        self.due_at = now + pause_s

    def on_refused(self) -> None:
        """The service that it is for did not take the token."""
        self._expires_at = 0.0

    def pause_s(self, now: float) -> float:
        """How long whoever needs a token now waits before the next attempt: the last one was only just made."""
        if self.trouble is None:
            return 0.0
        return max(0.0, self._failed_at + min(self.due_at - self._failed_at, MAX_DEMAND_PAUSE_S) - now)
