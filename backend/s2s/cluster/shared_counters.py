"""Session counts and rate limits per caller, shared by several gateway processes.

They are kept in a small SQLite file in a folder that exists only while the processes run. Only its owner can read it,
and it holds hashes of session ids. Times are of the machine's monotonic clock, which is the same for all processes.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s2s.limits.rate_limit import RateLimiter
from s2s.logs import LOGGER
from s2s.private_files import make_private_folder, open_private

FILE = "counts.sqlite"
# A transaction takes a fraction of a millisecond; a process suspended in the middle of one must not block the others.
LOCK_TIMEOUT_S = 0.25
_TABLES = (
    "CREATE TABLE IF NOT EXISTS places (session TEXT PRIMARY KEY, worker INTEGER NOT NULL, caller TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS paces (caller TEXT PRIMARY KEY, next_at REAL NOT NULL)",
)


class SharedCounters:
    """One process's connection to the counters. If the file fails, this is logged and no call is refused for it."""

    def __init__(self, folder: Path, worker: int) -> None:
        """Open the file and delete what an earlier process with this number left behind."""
        self._worker = worker
        make_private_folder(folder)
        # SQLite would create it for everybody to read; its journal takes the file's mode.
        os.close(open_private(folder / FILE, os.O_RDWR | os.O_CREAT))
        self._file = sqlite3.connect(folder / FILE, timeout=LOCK_TIMEOUT_S, isolation_level=None)
        # No need to wait for the disk: if the machine fails, the calls that are counted end too.
        self._file.execute("PRAGMA synchronous=OFF")
        with self.exclusive():
            for table in _TABLES:
                self._file.execute(table)
            self._file.execute("DELETE FROM places WHERE worker = ?", (worker,))

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the cross-process lock; other processes block until it is released."""
        begun = False
        try:
            self._file.execute("BEGIN IMMEDIATE")
            begun = True
        except sqlite3.Error as fault:
            _warn_unusable(fault)
        try:
            yield
        except sqlite3.Error as fault:
            _warn_unusable(fault)
        finally:
            if begun and self._file.in_transaction:
                self._file.execute("COMMIT")

    def delay_s(self, caller: str, per_minute: int, now: float) -> float:
        """Apply `PerCallerRateLimiter.delay_s` over all processes."""
        if not per_minute or not caller:
            return 0.0
        wait_s = 0.0
        with self.exclusive():
            self._file.execute("DELETE FROM paces WHERE next_at <= ?", (now,))
            row = self._file.execute("SELECT next_at FROM paces WHERE caller = ?", (caller,)).fetchone()
            limiter = RateLimiter(per_minute, per_minute / 60, row[0] if row else float("-inf"))
            wait_s = limiter.retry_after_s(now)
            self._file.execute("REPLACE INTO paces VALUES (?, ?)", (caller, limiter.next_at))
        return wait_s

    def add_session(self, session: str, caller: str, most: int) -> bool:
        """Add a session. Return False if the caller already has `most` sessions (0: no limit)."""
        with self.exclusive():
            mine = self._file.execute("SELECT count(*) FROM places WHERE caller = ?", (caller,)).fetchone()[0]
            if most and caller and mine >= most:
                return False
            self._file.execute("INSERT INTO places VALUES (?, ?, ?)", (_hashed(session), self._worker, caller))
        return True

    def remove_session(self, session: str) -> None:
        with self.exclusive():
            self._file.execute("DELETE FROM places WHERE session = ?", (_hashed(session),))

    def count_sessions(self) -> int:
        """Return the number of sessions of all processes."""
        with self.exclusive():
            return int(self._file.execute("SELECT count(*) FROM places").fetchone()[0])
        return 0


def _hashed(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _warn_unusable(fault: sqlite3.Error) -> None:
    LOGGER.warning("the counts of all gateway processes are not at hand: %s", fault, extra={"code": "shared_counts"})
