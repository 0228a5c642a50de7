"""One logger, four readers: standard error, error_log.txt, conversation_log.txt, and the ring behind GET /errors.

Transcripts are logged, audio and secrets never: whatever looks like a key or a token is struck out.
"""

import logging
import re
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOGGER = logging.getLogger("s2s")
CONVERSATION = logging.getLogger("s2s.conversation")
MAX_BYTES = 2_000_000
BACKUPS = 3

_SECRETS = re.compile(
    r"AIza[\w-]{20,}|ya29\.[\w.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|auth_tokens/[\w-]+"
    r"|-----BEGIN[^-]+-----.*?(?:-----END[^-]+-----|$)"
    r"|(?i:(?<=bearer )|(?<=key=)|(?<=access_token=))[\w.~+/-]{8,}",
    re.DOTALL,
)


def scrub(text: str) -> str:
    """The text without anything that looks like a credential."""
    return _SECRETS.sub("[secret]", text)


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One recent error, as GET /errors shows it."""

    time: str
    code: str
    message: str
    session: str
    at: float


class ErrorRing(logging.Handler):
    """The newest errors, in memory."""

    def __init__(self, size: int = 500) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[ErrorLine] = deque(maxlen=size)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        self._lines.append(
            ErrorLine(
                time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                code=str(getattr(record, "code", record.levelname.lower())),
                message=scrub(record.getMessage()),
                session=str(getattr(record, "session", "")),
                at=record.created,
            )
        )

    def newest(self, limit: int) -> list[ErrorLine]:
        """Newest first."""
        return list(self._lines)[::-1][:limit]

    def count_since(self, at: float) -> int:
        return sum(line.at >= at for line in self._lines)


class _Scrubbing(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        session = getattr(record, "session", "")
        code = getattr(record, "code", "")
        record.where = f" [{session[:8]}]" if session else ""
        record.what = f" {code}:" if code else ""
        return scrub(super().format(record))


_LINE = "%(asctime)s %(levelname)-7s%(where)s%(what)s %(message)s"


def start(log_dir: Path, level: str) -> ErrorRing:
    """Attaches the readers. Called once per process; a second call replaces them."""
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
    """Detaches and closes the readers."""
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
