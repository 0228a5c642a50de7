"""Journal of what every account has used, by day: an SQLite file that all gateway processes share.

Each process writes separate rows, with absolute numbers: writing them twice does no harm, and what could not be
written is in the next write. Write-ahead logging keeps what was written when a process is killed; `checkpoint` brings
it to the disk, where it survives a power failure.

All methods block and belong to one thread.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from s2s.limits.ledger import DAY, NOTHING, Account, Balance, Refusal, Request, Snapshot, grant
from s2s.limits.usage import Usage
from s2s.private_files import open_private

# A transaction takes a millisecond; the rest is for a machine that is very busy. Nothing but this thread waits.
LOCK_TIMEOUT_S = 4.0
KEEP_DAYS = 62
"""Days with usage that are kept for the operator's table."""
# A process with open calls writes every second. One that has not for this long is dead, and its reservations are void.
OWNER_TIMEOUT_S = 10.0
_TABLES = (
    "CREATE TABLE IF NOT EXISTS usage (kind TEXT NOT NULL, name TEXT NOT NULL, day TEXT NOT NULL, owner TEXT NOT NULL,"
    " calls INTEGER NOT NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL,"
    " reserved_tokens INTEGER NOT NULL, reserved_usd REAL NOT NULL,"
    " PRIMARY KEY (kind, name, day, owner)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS usage_by_day ON usage (day)",
    # `seen` is in seconds of the machine's monotonic clock, which is the same for all processes.
    "CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, worker INTEGER NOT NULL, seen REAL NOT NULL)",
)
_OTHERS = (
    "SELECT total(calls), total(tokens), total(usd),"
    " total(reserved_tokens * (seen BETWEEN :alive AND :now)), total(reserved_usd * (seen BETWEEN :alive AND :now))"
    " FROM usage LEFT JOIN owners USING (owner)"
    " WHERE kind = :kind AND name = :name AND day >= :since AND NOT (owner = :me AND day = :day)"
)
_Key = tuple[date, Account]


class Answer(NamedTuple):
    """Result of one exchange."""

    granted: dict[str, Usage | Refusal]
    others: dict[Account, Balance]
    """Balances of other processes and of earlier ones, for the accounts that were asked about."""
    newest: date
    """The last day that any process has written."""


class UsageRow(NamedTuple):
    """What one account has used on one day."""

    day: str
    kind: str
    name: str
    calls: int
    tokens: int
    usd: float


class UsageJournal:
    """One process's connection to the journal. Opened when it is needed, and again after a failure."""

    def __init__(self, path: Path, owner: str, worker: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`owner`: name of this process, used by no other ever. `worker`: its number; a process that is started takes
        over from the one that had its number before. `clock`: monotonic, in seconds."""
        self._path, self._owner, self._worker, self._clock = path, owner, worker, clock
        self._file: sqlite3.Connection | None = None
        self._written: dict[_Key, Balance] = {}

    def exchange(self, mine: Snapshot, requests: Iterable[Request], since: date) -> Answer:
        """Write this process's balances, and grant requests by those of all processes, in one transaction.

        `since`: today by the clock; later days count as today, too: a clock that is set back renews no budget. Raises
        OSError, sqlite3.Error; then nothing was written and nothing granted.
        """
        wanted = list(requests)
        accounts = {DAY, *(account for request in wanted for account in request.limits)}
        own = dict(mine.balances)
        with self._transaction() as file:
            others = {account: self._others(file, account, mine.day, since) for account in accounts}
            granted = grant(own, others, wanted)
            rows = {**mine.earlier, **{(mine.day, account): balance for account, balance in own.items()}}
            self._write(file, rows)
            newest = file.execute("SELECT max(day) FROM usage").fetchone()[0]
        self._written.update(rows)
        self._written = {key: balance for key, balance in self._written.items() if key[0] == mine.day}
        return Answer(granted, others, date.fromisoformat(newest) if newest else mine.day)

    def rows(self, day: str) -> list[UsageRow]:
        """Return what each account has used on a day (ISO 8601), the dearest first. Raises OSError, sqlite3.Error."""
        with self._transaction() as file:
            found = file.execute(
                "SELECT day, kind, name, sum(calls), sum(tokens), sum(usd) FROM usage WHERE day = ?"
                " GROUP BY kind, name ORDER BY sum(usd) DESC, sum(tokens) DESC, kind, name",
                (day,),
            ).fetchall()
        return [UsageRow(*row) for row in found]

    def checkpoint(self) -> None:
        """Bring to the disk what was written. Holds up no other process. Raises sqlite3.Error."""
        if self._file is not None:
            self._file.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        file, self._file = self._file, None
        self._written.clear()
        if file is not None:
            file.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            file = self._file = self._file or self._open()
            file.execute("BEGIN IMMEDIATE")
            yield file
            file.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        # Who spends what is private. SQLite gives its other files the mode of the first.
        os.close(open_private(self._path, os.O_RDWR | os.O_CREAT))
        file = sqlite3.connect(self._path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("PRAGMA synchronous=NORMAL")
            file.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                file.execute(table)
            # What this process's predecessor reserved is void. If it lives after all, it writes again within a second.
            file.execute("DELETE FROM owners WHERE worker = ?", (self._worker,))
            file.execute(
                "DELETE FROM usage WHERE day NOT IN (SELECT DISTINCT day FROM usage ORDER BY day DESC LIMIT ?)",
                (KEEP_DAYS,),
            )
            file.execute("COMMIT")
        except BaseException:
            file.close()
            raise
        return file

    def _others(self, file: sqlite3.Connection, account: Account, day: date, since: date) -> Balance:
        now = self._clock()
        calls, tokens, usd, reserved_tokens, reserved_usd = file.execute(
            _OTHERS,
            {
                "kind": account.kind, "name": account.name, "me": self._owner, "day": day.isoformat(),
                "since": since.isoformat(), "alive": now - OWNER_TIMEOUT_S, "now": now + 1.0,
            },
        ).fetchone()  # fmt: skip
        return Balance(Usage(int(tokens), usd), Usage(int(reserved_tokens), reserved_usd), int(calls))

    def _write(self, file: sqlite3.Connection, rows: Mapping[_Key, Balance]) -> None:
        file.execute("REPLACE INTO owners VALUES (?, ?, ?)", (self._owner, self._worker, self._clock()))
        file.executemany(
            "REPLACE INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *account,
                    day.isoformat(),
                    self._owner,
                    balance.calls,
                    *_numbers(balance.used),
                    *_numbers(balance.reserved),
                )
                for (day, account), balance in rows.items()
                if self._written.get((day, account), NOTHING) != balance
            ],
        )


def _numbers(usage: Usage) -> tuple[int, float]:
    return usage.tokens, usage.usd
