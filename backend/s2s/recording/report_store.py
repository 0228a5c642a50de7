"""Recordings that users handed in: saved in a folder within a number of bytes, and fair among senders.

A report is read once `python -m s2s.replay` has opened it. When there is no room, reports that were read make it, then
older ones of the same sender; an unread report of another sender never does. Names hold keyed hashes of the sender and
of the call, by which a person's own reports are found again.
"""

import hmac
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from s2s.errors import ReportsFull
from s2s.private_files import make_private_folder, open_private, write_private

MAX_REPORTS = 1_000
SENDER_SHARE = 4
"""A sender may take one part in this many of the room."""
SUFFIX = ".s2s.gz"
KEY_FILE = ".senders"
READ_MARK = ".read"
_NAME = re.compile(
    r"report-\d{8}T\d{6}Z-(?:(?P<sender>[0-9a-f]{12})-)?(?:(?P<call>[0-9a-f]{24})-)?[0-9a-f]{8}" + re.escape(SUFFIX)
)
_DISK_BLOCK_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class _Report:
    path: Path
    sender: str
    """Hash of who sent it; empty for one of an earlier version."""
    call: str
    """Hash of its call's key; empty for one of an earlier version."""
    size_bytes: int
    saved_ns: int
    was_read: bool


class ReportStore:
    """The folder of reports. Its methods block; call them in a thread."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def save(self, data: bytes, sender: str, call_key: bytes = b"") -> str:
        """Write one report, make room for it, and return its name.

        `sender`: an account (`Caller.account`). `call_key`: hash of the session's key; empty if it is not known.

        Raises ReportsFull if only unread reports of others could make room, OSError if it cannot be written.
        """
        with self._lock:
            make_private_folder(self._folder)
            key = self._key()
            tag = _tag_of_sender(key, sender)
            call = f"{_tag_of_call(key, call_key)}-" if call_key else ""
            doomed = self._doomed(tag, _on_disk(len(data)))
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            name = f"report-{stamp}-{tag}-{call}{secrets.token_hex(4)}{SUFFIX}"
            write_private(self._folder / name, data)
            for report in doomed:
                _delete(report.path)
        return name

    def forget(self, identity: str, call_keys: Iterable[bytes]) -> tuple[int, bool]:
        """Delete the reports of an identity, and of the calls with these hashes of keys.

        Return how many, and whether there are reports of an earlier version, which do not say whose they are. Raises
        OSError. `identity`: empty for none; an address is not enough, since many share it.
        """
        with self._lock:
            if not self._folder.exists():
                return 0, False
            key = self._key()
            sender = _tag_of_sender(key, identity) if identity else None
            calls = {_tag_of_call(key, call_key) for call_key in call_keys}
            reports = self._reports()
            mine = [report for report in reports if report.sender == sender or report.call in calls]
            for report in mine:
                _delete(report.path)
        return len(mine), any(not report.sender for report in reports)

    def _doomed(self, tag: str, new_bytes: int) -> list[_Report]:
        """Return the reports that make room for another of `tag`. Raises ReportsFull."""
        kept = self._reports()
        own = [report for report in kept if report.sender == tag]
        share = max(self._max_bytes // SENDER_SHARE, new_bytes)
        doomed = _oldest_beyond(own, own, share - new_bytes, MAX_REPORTS // SENDER_SHARE - 1)
        left = [report for report in kept if report not in doomed]
        candidates = [report for report in left if report.was_read]
        candidates += [report for report in left if report.sender == tag and not report.was_read]
        doomed += _oldest_beyond(left, candidates, self._max_bytes - new_bytes, MAX_REPORTS - 1)
        left = [report for report in left if report not in doomed]
        if sum(report.size_bytes for report in left) + new_bytes > self._max_bytes or len(left) >= MAX_REPORTS:
            raise ReportsFull(f"{len(left)} reports, none of them read, fill the folder")
        return doomed

    def _reports(self) -> list[_Report]:
        """Return all reports, oldest first."""
        found = []
        for path in self._folder.glob(f"report-*{SUFFIX}"):
            if named := _NAME.fullmatch(path.name):
                # Another process may have deleted it.
                with suppress(FileNotFoundError):
                    facts = path.stat()
                    size, was_read = _on_disk(facts.st_size), _mark_of(path).exists()
                    sender, call = named["sender"] or "", named["call"] or ""
                    found.append(_Report(path, sender, call, size, facts.st_mtime_ns, was_read))
        return sorted(found, key=lambda report: report.saved_ns)

    def _key(self) -> bytes:
        """Return the key of this folder's hashes. Without one, a hash would give an IPv4 address away."""
        path = self._folder / KEY_FILE
        with suppress(FileNotFoundError):
            return path.read_bytes()
        key = secrets.token_bytes(32)
        try:
            descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            # Of several processes that begin together, the first one's key counts.
            return path.read_bytes()
        with open(descriptor, "wb") as file:
            file.write(key)
        return key


def mark_as_read(path: Path) -> None:
    """Mark a report in its own folder as read, so that it may make room for new ones. Other files are left alone."""
    if _NAME.fullmatch(path.name) and (path.parent / KEY_FILE).exists():
        # A reader without the right to write sees the report all the same.
        with suppress(PermissionError):
            write_private(_mark_of(path), b"")


def _oldest_beyond(
    reports: Iterable[_Report], candidates: Iterable[_Report], most_bytes: int, most: int
) -> list[_Report]:
    """Return the first of `candidates` that must go for `reports` to be within both limits, or all of them."""
    kept = list(reports)
    size, count = sum(report.size_bytes for report in kept), len(kept)
    doomed = []
    for report in candidates:
        if size <= most_bytes and count <= most:
            break
        doomed.append(report)
        size, count = size - report.size_bytes, count - 1
    return doomed


def _tag_of_sender(key: bytes, sender: str) -> str:
    return hmac.digest(key, sender.encode(), "sha256").hex()[:12]


def _tag_of_call(key: bytes, call_key: bytes) -> str:
    return hmac.digest(key, b"call " + call_key, "sha256").hex()[:24]


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    _mark_of(path).unlink(missing_ok=True)


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + READ_MARK)


def _on_disk(size_bytes: int) -> int:
    return -(-size_bytes // _DISK_BLOCK_BYTES) * _DISK_BLOCK_BYTES
