"""Daily budget of tokens and money over all sessions and restarts of the gateway. A day ends at midnight UTC."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from s2s.limits.usage import Usage
from s2s.logs import LOGGER
from s2s.private_files import write_private

# Written at most this often while it grows, and once at the end.
WRITE_INTERVAL_S = 30.0
# How often each of several processes merges its usage with that of the others.
MERGE_INTERVAL_S = 1.0


class _Page(msgspec.Struct):
    day: str
    tokens: int = 0
    usd: float = 0.0


class DailyBudget:
    """Usage of the current day, kept in one small file that is read at startup."""

    def __init__(
        self,
        path: Path,
        most: Usage,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lock: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """`most`: the day's limits, 0 for none. An unreadable file is logged and the count starts at 0.

        `alone`: lock against other processes that add to the same file; None for a single process.
        """
        self._path = path
        self._lock = lock
        self._unwritten = Usage()
        self.most = most
        self._clock = clock
        self._page = self._read()
        self._written_at: datetime | None = None

    @property
    def today(self) -> Usage:
        self._turn_page()
        if self._lock is not None and self._is_time(MERGE_INTERVAL_S):
            self.write()
        return Usage(self._page.tokens, self._page.usd)

    @property
    def is_exceeded(self) -> bool:
        """Whether the day's limits are reached."""
        spent, most = self.today, self.most
        return bool((most.tokens and spent.tokens >= most.tokens) or (most.usd and spent.usd >= most.usd))

    def seconds_to_midnight(self) -> int:
        """Seconds until the budget is renewed, at least 1."""
        now = self._clock()
        tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1, int((tomorrow - now).total_seconds()))

    def add_usage(self, spent: Usage) -> None:
        self._turn_page()
        self._page.tokens += spent.tokens
        self._page.usd += spent.usd
        if self._lock is not None:
            self._unwritten += spent
        if self._is_time(WRITE_INTERVAL_S if self._lock is None else MERGE_INTERVAL_S):
            self.write()

    def write(self) -> None:
        """Replace the file atomically. A failed write is logged, and counting continues in memory."""
        if self._lock is not None:
            self._merge(self._lock)
        elif self._page.tokens:
            self._replace()

    def _is_time(self, pause_s: float) -> bool:
        return self._written_at is None or (self._clock() - self._written_at).total_seconds() >= pause_s

    def _merge(self, lock: Callable[[], AbstractContextManager[None]]) -> None:
        with lock():
            page, added = self._read(), self._unwritten
            page.tokens += added.tokens
            page.usd += added.usd
            self._page = page
            self._written_at = self._clock()
            if added != Usage() and self._replace():
                self._unwritten = Usage()

    def _replace(self) -> bool:
        self._written_at = self._clock()
        fresh = self._path.with_suffix(".new")
        try:
            write_private(fresh, msgspec.json.encode(self._page))
            fresh.replace(self._path)
        except OSError as fault:
            LOGGER.warning("the day's usage could not be written: %s", fault, extra={"code": "usage_file"})
            return False
        return True

    def _read(self) -> _Page:
        empty = _Page(self._day())
        try:
            page = msgspec.json.decode(self._path.read_bytes(), type=_Page)
        except FileNotFoundError:
            return empty
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as fault:
            LOGGER.warning("the day's usage could not be read: %s", fault, extra={"code": "usage_file"})
            return empty
        return page if page.day == empty.day else empty

    def _day(self) -> str:
        return self._clock().date().isoformat()

    def _turn_page(self) -> None:
        if self._page.day != self._day():
            self._page, self._unwritten = _Page(self._day()), Usage()
