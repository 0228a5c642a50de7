"""Reduce a refused handshake or an error frame to one bounded line of text. Pure.

Google answers with `{"error": {"code", "message", "status", "details"}}`, some of its front ends with a list of those
(AIP-193); proxies and login pages answer with HTML or plain text.
"""

import re
from html.parser import HTMLParser
from typing import Any

import msgspec

from s2s.core.events import UpstreamErrorReported

MAX_BODY_BYTES = 64 * 1024
"""Limit of the body that is read."""
MAX_CHARS = 2_000
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# By google.rpc.Code's documented HTTP mapping; for error frames without a status.
_HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


def one_line(text: str) -> str:
    """Return the text on one line of bounded length, without control characters."""
    line = _UNPRINTABLE.sub(" ", text[: MAX_CHARS * 2]).strip()
    return line if len(line) <= MAX_CHARS else f"{line[: MAX_CHARS - 1]}…"


def refusal_text(status: int, body: bytes | bytearray | None) -> str:
    """Return a line such as "HTTP 403 PERMISSION_DENIED: Permission ... denied"; the body may be anything."""
    head = f"HTTP {status}"
    text = bytes((body or b"")[:MAX_BODY_BYTES]).decode("utf-8", "replace").strip()
    if not text:
        return head
    error = _google_error(text)
    if error is not None:
        word, sentence = error
        return one_line(f"{head}{f' {word}' if word else ''}{f': {sentence}' if sentence else ''}")
    return one_line(f"{head}: {_readable(text)}")


def from_error_frame(told: UpstreamErrorReported) -> tuple[int, str]:
    """Return (code, reason) for an error frame; the code is an HTTP status, or 1011."""
    code = told.code if 400 <= told.code < 600 else _HTTP_STATUS.get(told.status, 1011)
    return code, one_line(": ".join(part for part in (told.status, told.message) if part))


def _google_error(text: str) -> tuple[str, str] | None:
    """Return (status, message); None if the body is not a Google error."""
    try:
        document: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(document, list):
        document = document[0] if document else None
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, str):
        told = document.get("error_description") or document.get("message")
        return error, told if isinstance(told, str) else ""
    if not isinstance(error, dict):
        return None
    word, sentence = error.get("status"), error.get("message")
    sentence = sentence if isinstance(sentence, str) else ""
    if (reason := _error_info(error.get("details"))) and reason.lower() not in sentence.lower():
        sentence = f"{sentence} ({reason})".strip()
    return word if isinstance(word, str) else "", sentence


def _error_info(details: Any) -> str:
    """google.rpc.ErrorInfo.reason, such as API_KEY_INVALID."""
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and isinstance(reason := detail.get("reason"), str):
            return reason
    return ""


class _Words(HTMLParser):
    """Extracts the text of an HTML page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        self._hidden = max(0, self._hidden - (tag in ("script", "style")))

    def handle_data(self, data: str) -> None:
        """Called by the parser."""
        if not self._hidden:
            self.words.append(data)


def _readable(text: str) -> str:
    if "<" not in text:
        return text
    page = _Words()
    page.feed(text)
    page.close()
    return " ".join(" ".join(page.words).split()) or "an empty page"
