"""Log handlers that keep what is stated and no longer, and that never trouble a call when they cannot write."""

import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from s2s.private_files import open_private

MAX_BYTES = 10_000_000
BACKUPS = 4
"""Older files besides the current one, so a log takes at most 50 MB."""
FILES_PER_PERIOD = 4
"""A file covers at most this part of the days for which lines are kept, so that no line outlives them."""
_DAY_S = 86_400.0
_DATE = re.compile(rb"\d{4}-\d\d-\d\d")


class LogFile(RotatingFileHandler):
    """A log file for its owner alone, rolled over by size and by age. Lines older than `keep_days` are deleted.

    If the file cannot be written, that is logged once, and its lines are lost until it can.
    """

    def __init__(self, path: Path, keep_days: float, clock: Callable[[], float] = time.time) -> None:
        """`keep_days`: 0 for no limit by age. `clock` returns Unix time."""
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)
        self._clock = clock
        self._keep_s = keep_days * _DAY_S
        self._span_s = self._keep_s / FILES_PER_PERIOD
        self._begun_at = 0.0
        self._has_failed = False

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        self._begun_at = _begun_at(path) or self._clock()
        return open(path, "a", encoding=self.encoding, errors=self.errors, opener=open_private)

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        """Called by logging."""
        if self.stream is None:
            self.stream = self._open()
        if super().shouldRollover(record):
            return True
        path = Path(self.baseFilename)
        too_old = bool(self._span_s) and record.created - self._begun_at >= self._span_s
        return too_old and path.is_file() and path.stat().st_size > 0

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        super().emit(record)
        if self._has_failed and self.stream is not None:
            self._has_failed = False
            self._report(logging.INFO, "can be written to again", "log_writable")

    def handleError(self, record: logging.LogRecord) -> None:
        """Close the file, so that nothing piles up in its buffer; the next line opens it again."""
        stream, self.stream = self.stream, None
        if stream is not None:
            # It cannot flush what it could not write.
            with suppress(OSError, ValueError):
                stream.close()
        if not self._has_failed:
            self._has_failed = True
            self._report(logging.WARNING, "cannot be written to; its lines are lost until it can", "log_unwritable")

    def _report(self, level: int, what: str, code: str) -> None:
        logging.getLogger("s2s").log(level, "the log %s %s", Path(self.baseFilename).name, what, extra={"code": code})

    def delete_expired(self, now: float) -> None:
        """Delete the files whose lines may be older than `keep_days` at `now` (Unix time)."""
        if not self._keep_s:
            return
        # A file's first line is at most a span older than its last.
        oldest = now - self._keep_s + self._span_s
        path = Path(self.baseFilename)
        self.acquire()
        try:
            for file in [path, *path.parent.glob(f"{path.name}.*")]:
                with suppress(FileNotFoundError):
                    if file.stat().st_mtime < oldest:
                        self._close_if_current(file)
                        file.unlink()
        finally:
            self.release()

    def _close_if_current(self, file: Path) -> None:
        if file == Path(self.baseFilename) and self.stream is not None:
            self.stream.close()
            self.stream = None


def _begun_at(path: Path) -> float | None:
    """Return the day of a file's first line as Unix time, that of its last change if it has none; None if it is new."""
    try:
        with path.open("rb") as file:
            found = _DATE.search(file.read(64))
        return datetime.fromisoformat(found[0].decode()).timestamp() if found else path.stat().st_mtime
    except (FileNotFoundError, ValueError):
        return None


class Terminal(logging.StreamHandler):  # type: ignore[type-arg]  # generic in typeshed only
    """Standard error. A terminal that is gone is no reason for a traceback a line."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line: there is no other place where an error of the terminal could be told."""


class RepeatLimit(logging.Filter):
    """Limits the lines of one code, so that thousands of one kind do not flush away the others.

    `BURST` lines at once, then one every `INTERVAL_S`. `record.left_out` counts those before it that were left out.
    One instance serves all handlers of a logger.
    """

    BURST = 200
    INTERVAL_S = 2.0
    MAX_CODES = 500

    def __init__(self) -> None:
        super().__init__()
        self._next_at: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Called by logging."""
        if not hasattr(record, "left_out"):
            vars(record)["left_out"] = self._left_out_before(str(getattr(record, "code", "")), record.created)
        return vars(record)["left_out"] is not None

    def _left_out_before(self, code: str, now: float) -> int | None:
        """Return how many lines of this code were left out since the last one; None if this one is left out too."""
        if not code or (code not in self._next_at and len(self._next_at) >= self.MAX_CODES):
            return 0
        next_at = self._next_at.get(code, float("-inf"))
        if next_at - (self.BURST - 1) * self.INTERVAL_S > now:
            self._left_out[code] = self._left_out.get(code, 0) + 1
            return None
        self._next_at[code] = max(next_at, now) + self.INTERVAL_S
        return self._left_out.pop(code, 0)
