"""The folder of reports, as those who run the service read it."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from s2s.errors import ReportNotFound
from s2s.recording.report_store import READ_MARK, SUFFIX, mark_as_read

_NAME = re.compile(r"report-[0-9A-Za-z-]+" + re.escape(SUFFIX))
MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """One report in the folder."""

    name: str
    saved_at: str
    """ISO 8601, UTC."""
    size_bytes: int
    was_read: bool


class ReportInbox:
    """Lists, reads and deletes reports. Its methods block; call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> list[ReportEntry]:
        """Return the reports, newest first, at most `MAX_LISTED`."""
        found: list[tuple[int, ReportEntry]] = []
        for path in self._folder.glob(f"report-*{SUFFIX}"):
            # It may be deleted at this moment to make room.
            with suppress(FileNotFoundError):
                facts = path.stat()
                saved_at = datetime.fromtimestamp(facts.st_mtime, UTC).isoformat(timespec="milliseconds")
                entry = ReportEntry(path.name, saved_at, facts.st_size, _mark_of(path).exists())
                found.append((facts.st_mtime_ns, entry))
        newest_first = sorted(found, key=lambda one: one[0], reverse=True)
        return [entry for _, entry in newest_first[:MAX_LISTED]]

    def read(self, name: str) -> bytes:
        """Return a report, gzip, and mark it as read, so that it may make room for others. Raises ReportNotFound."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError as fault:
            raise ReportNotFound(f"no report is called {name}") from fault
        mark_as_read(path)
        return data

    def delete(self, name: str) -> None:
        """Delete a report. Raises ReportNotFound."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError as fault:
            raise ReportNotFound(f"no report is called {name}") from fault
        _mark_of(path).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ReportNotFound("that is no name of a report")
        return self._folder / name


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + READ_MARK)
