"""Logging to standard error, error_log.txt, conversation_log.txt and the ring buffer behind GET /errors.

Transcripts are logged unless S2S_LOG_TRANSCRIPTS is false, audio and secrets never: whatever looks like a key or a
token is redacted. A record whose message repeats words of a conversation has them in `quote` too, so that they can be
left out.
"""

import json
import logging
import re
import time
import traceback
import unicodedata
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s2s.log_files import LogFile, RepeatLimit, Terminal
from s2s.private_files import make_private_folder
from s2s.redaction import Redactor

LOGGER = logging.getLogger("s2s")
CONVERSATION = logging.getLogger("s2s.conversation")
SERVER_LOGS = ("uvicorn", "uvicorn.access", "uvicorn.error")
NOT_LOGGED = "[words not logged]"

_REDACTOR = Redactor()
SHORT_ID_CHARS = 8
_SESSION_PATH = re.compile(r"(?<=/api/session/)[^/?\s\"]+")
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: harmless format characters that emoji and several scripts need."""


def register_secrets(*values: str) -> None:
    """Redact these secrets from everything that is logged, recorded or shown from now on, in every encoding."""
    _REDACTOR.add_secrets(values)


def scrub(text: str) -> str:
    """Return the text with everything redacted that is, or looks like, a credential."""
    return _REDACTOR.redact(text)


def escape_controls(text: str) -> str:
    """Escape control and format characters, surrogates and line separators as Python does, so that text can neither
    forge a log line nor colour a terminal nor change the reading direction."""
    if text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else ascii(char)[1:-1] for char in text)


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) in ("Zs", "Mn", "Mc", "Me", "Co", "Cn")


def short_id(session_id: str) -> str:
    """Shorten a session id for logs and /errors: enough to find the session, too little to join it."""
    return session_id[:SHORT_ID_CHARS]


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One recent error, as GET /errors shows it."""

    time: str
    code: str
    message: str
    session: str
    at: float


class ErrorRing(logging.Handler):
    """Ring buffer of the newest errors."""

    def __init__(self, size: int = 500, *, transcripts: bool = True) -> None:
        super().__init__(logging.WARNING)
        self._transcripts = transcripts
        self._lines: deque[ErrorLine] = deque(maxlen=size)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        self._lines.append(
            ErrorLine(
                time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                code=str(getattr(record, "code", record.levelname.lower())),
                message=_message(record, self._transcripts),
                session=short_id(str(getattr(record, "session", ""))),
                at=record.created,
            )
        )

    def newest(self, limit: int) -> list[ErrorLine]:
        """Return up to `limit` errors, newest first."""
        return list(self._lines)[::-1][:limit]

    def count_since(self, at: float) -> int:
        return sum(line.at >= at for line in self._lines)


def _message(record: logging.LogRecord, transcripts: bool) -> str:
    text = record.getMessage()
    quote = getattr(record, "quote", "")
    if quote and not transcripts:
        text = text.replace(quote, NOT_LOGGED)
    if left_out := getattr(record, "left_out", 0):
        text += f" ({left_out:,} more like it are left out)"
    return escape_controls(scrub(text))


class _Lines(logging.Formatter):
    """What text and JSON lines have in common: secrets and, if they are not wanted, the words of users are left out."""

    def __init__(self, form: str | None = None, *, transcripts: bool = True) -> None:
        super().__init__(form)
        self._transcripts = transcripts

    def exception_lines(self, record: logging.LogRecord) -> list[str]:
        """Return the traceback, without control characters."""
        if not record.exc_info or record.exc_info[0] is None:
            return []
        if getattr(record, "quote", "") and not self._transcripts:
            # The texts of exceptions, also of those that led to this one, may repeat it.
            text = "".join([*traceback.format_tb(record.exc_info[2]), record.exc_info[0].__name__])
        else:
            text = super().formatException(record.exc_info)
        return [escape_controls(line) for line in scrub(text).split("\n")]


class TextLines(_Lines):
    """One line of text for a record; the lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging."""
        session = getattr(record, "session", "")
        code = getattr(record, "code", "")
        record.where = f" [{short_id(str(session))}]" if session else ""
        record.what = f" {code}:" if code else ""
        record.message = _message(record, self._transcripts)
        record.asctime = self.formatTime(record)
        # Indented, so that a line break in user text cannot begin a log line.
        return "\n".join([self.formatMessage(record), *(f"  | {line}" for line in self.exception_lines(record))])


class JsonLines(_Lines):
    """One JSON object a line, ASCII only: time (ISO 8601, UTC), level, logger, message, and where there are any, code,
    session and exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging."""
        facts: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if code := getattr(record, "code", ""):
            facts["code"] = str(code)
        if session := getattr(record, "session", ""):
            facts["session"] = short_id(str(session))
        facts["message"] = _message(record, self._transcripts)
        if lines := self.exception_lines(record):
            facts["exception"] = lines
        return json.dumps(facts)


class ShortIds(logging.Filter):
    """Shorten session ids in the paths of the access log, which operators of a proxy can read too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Called by logging."""
        if isinstance(record.args, tuple):
            record.args = tuple(_with_short_ids(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _with_short_ids(text: str) -> str:
    return _SESSION_PATH.sub(
        lambda found: short_id(found[0]) + "…" if len(found[0]) > SHORT_ID_CHARS else found[0], text
    )


def shorten_ids_in_server_logs() -> None:
    """Shorten session ids in uvicorn's access logs of requests and WebSockets. Idempotent."""
    for name in ("uvicorn.access", "uvicorn.error"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, ShortIds) for known in logger.filters):
            logger.addFilter(ShortIds())


_LINE = "%(asctime)s %(levelname)-7s%(where)s%(what)s %(message)s"
_replaced_formatters: list[tuple[logging.Handler, logging.Formatter | None]] = []


def start(
    log_dir: Path, level: str, *, as_json: bool = False, transcripts: bool = True, keep_days: float = 30.0
) -> ErrorRing:
    """Attach the log handlers. Called once per process; a second call replaces them.

    `as_json`: JSON lines, also for the server's own lines. Without `transcripts` no words of a conversation are logged.
    `keep_days`: age at which lines are deleted, 0 for none; see `delete_expired`.
    """
    stop()
    make_private_folder(log_dir)
    ring = ErrorRing(transcripts=transcripts)
    errors = LogFile(log_dir / "error_log.txt", keep_days)
    errors.setLevel(logging.WARNING)
    lines = JsonLines(transcripts=transcripts) if as_json else TextLines(_LINE, transcripts=transcripts)
    limit = RepeatLimit()
    handlers: tuple[logging.Handler, ...] = (Terminal(), errors, ring)
    for handler in handlers:
        handler.addFilter(limit)
        _attach(LOGGER, handler, lines)
    _attach(CONVERSATION, LogFile(log_dir / "conversation_log.txt", keep_days), lines)
    LOGGER.setLevel(level.upper())
    CONVERSATION.setLevel(logging.INFO if transcripts else logging.CRITICAL + 1)
    CONVERSATION.propagate = False
    if as_json:
        for name in SERVER_LOGS:
            for theirs in logging.getLogger(name).handlers:
                _replaced_formatters.append((theirs, theirs.formatter))
                theirs.setFormatter(lines)
    return ring


def stop() -> None:
    """Detach and close the log handlers."""
    for logger in (LOGGER, CONVERSATION):
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
    while _replaced_formatters:
        server_handler, formatter = _replaced_formatters.pop()
        server_handler.setFormatter(formatter)


def delete_expired(now: float) -> None:
    """Delete log files whose lines have reached the age limit at `now` (Unix time). Called every hour."""
    for logger in (LOGGER, CONVERSATION):
        for handler in logger.handlers:
            if isinstance(handler, LogFile):
                handler.delete_expired(now)


def _attach(logger: logging.Logger, handler: logging.Handler, lines: logging.Formatter) -> None:
    handler.setFormatter(lines)
    logger.addHandler(handler)
