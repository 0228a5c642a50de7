"""Logging to standard error, error_log.txt, conversation_log.txt and the ring buffer behind GET /errors.

Transcripts are logged, audio and secrets never: whatever looks like a key or a token is redacted.
"""

import logging
import re
import time
import unicodedata
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from s2s.redaction import Redactor

LOGGER = logging.getLogger("s2s")
CONVERSATION = logging.getLogger("s2s.conversation")
MAX_BYTES = 2_000_000
BACKUPS = 3

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

    def __init__(self, size: int = 500) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[ErrorLine] = deque(maxlen=size)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        self._lines.append(
            ErrorLine(
                time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                code=str(getattr(record, "code", record.levelname.lower())),
                message=escape_controls(scrub(record.getMessage())),
                session=short_id(str(getattr(record, "session", ""))),
                at=record.created,
            )
        )

    def newest(self, limit: int) -> list[ErrorLine]:
        """Return up to `limit` errors, newest first."""
        return list(self._lines)[::-1][:limit]

    def count_since(self, at: float) -> int:
        return sum(line.at >= at for line in self._lines)


class _Scrubbing(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        session = getattr(record, "session", "")
        code = getattr(record, "code", "")
        record.where = f" [{short_id(str(session))}]" if session else ""
        record.what = f" {code}:" if code else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = escape_controls(scrub(record.message))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        # Indented, so that a line break in user text cannot begin a log line.
        lines = scrub(super().formatException(ei)).split("\n")
        return "\n".join(f"  | {escape_controls(line)}" for line in lines)


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


def start(log_dir: Path, level: str) -> ErrorRing:
    """Attach the log handlers. Called once per process; a second call replaces them."""
    stop()
    log_dir.mkdir(parents=True, exist_ok=True)
    ring = ErrorRing()
    terminal = logging.StreamHandler()
    errors = _file(log_dir / "error_log.txt")
    errors.setLevel(logging.WARNING)
    conversation = _file(log_dir / "conversation_log.txt")
    _attach(LOGGER, [terminal, errors, ring])
    _attach(CONVERSATION, [conversation])
    LOGGER.setLevel(level.upper())
    CONVERSATION.setLevel(logging.INFO)
    CONVERSATION.propagate = False
    return ring


def stop() -> None:
    """Detach and close the log handlers."""
    for logger in (LOGGER, CONVERSATION):
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()


def _file(path: Path) -> RotatingFileHandler:
    return RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True)


def _attach(logger: logging.Logger, handlers: Iterable[logging.Handler]) -> None:
    for handler in handlers:
        handler.setFormatter(_Scrubbing(_LINE))
        logger.addHandler(handler)
