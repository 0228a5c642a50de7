"""Diagnose why upstream closed or refused: what to do and what to tell the user.

Numbers are mapped here, texts in `refusal_table`; both come from the field. The text decides, for codes alone are
ambiguous (1008 is both a routine expiry and a wrong model). Texts are matched by what they contain: Google cuts close
reasons at 123 bytes.
"""

from s2s.upstream.refusals import refusal_rows, refusal_table
from s2s.upstream.refusals.diagnosis import Diagnosis, Verdict
from s2s.wire import Backend

__all__ = [
    "BAD_CREDENTIALS",
    "CERTIFICATE_REFUSED",
    "ENGINE_MISSING",
    "NO_ANSWER",
    "PROXY_REFUSED",
    "REFUSED_IN_GENERAL",
    "REFUSED_WORDS",
    "Diagnosis",
    "Verdict",
    "diagnose",
    "quoted",
]

# Our own codes, never on a wire.
BAD_CREDENTIALS = 4401
"""No credentials were available; `SocketLost` has the reason."""
PROXY_REFUSED = 4407
"""The web proxy refused, or its address is unusable."""
NO_ANSWER = 4408
"""A step of the dial timed out."""
CERTIFICATE_REFUSED = 4495
"""The peer's certificate is not trusted."""
ENGINE_MISSING = 4503
"""The local engine cannot load."""

_OURS = {
    BAD_CREDENTIALS: refusal_rows.BAD_CREDENTIALS,
    PROXY_REFUSED: refusal_rows.PROXY,
    NO_ANSWER: refusal_rows.NO_ANSWER,
    CERTIFICATE_REFUSED: refusal_rows.CERTIFICATE,
    ENGINE_MISSING: refusal_rows.ENGINE_MISSING,
}

REFUSED_WORDS = frozenset({"message_refused"})
"""Codes after which the last message must not be sent again."""
REFUSED_IN_GENERAL = frozenset({"setup_refused", "not_allowed"})
"""Codes without a cause. For a resumed session they mean an invalid handle: everything else was accepted before."""
# Limit of the service's message in a notice; logs have all of it.
MAX_QUOTE_CHARS = 240


def diagnose(code: int, reason: str, *, was_live: bool, backend: Backend = "developer") -> Diagnosis:
    """Return the diagnosis of the end of a socket, worded for `backend`.

    `code` is a WebSocket close code, the HTTP status of a refused handshake or of an error frame, or one of ours;
    `was_live`: setup had been accepted on that socket.
    """
    row = _OURS.get(code) or _row(code, reason, was_live=was_live)
    diagnosis = row.diagnosis(backend)
    if not row.quotes:
        return diagnosis
    return diagnosis.saying(diagnosis.message.format(reason=quoted(reason)))


def _row(code: int, reason: str, *, was_live: bool) -> refusal_rows.Row:
    lowered = reason.lower()
    for row in refusal_table.ROWS:
        # A proxy's page may contain any text: from a 5xx only texts about passing faults count.
        if 500 <= code < 600 and row.verdict not in (Verdict.RETRY, Verdict.WAIT):
            continue
        # Google uses one sentence for an unknown model, project, path and session.
        if code == 404 and row is refusal_table.EXPIRED and "session" not in lowered:
            continue
        if any(text in lowered for text in row.texts):
            return row
    if code < 1000:
        return _http_row(code, reason, was_live=was_live)
    if code == 1007:
        return refusal_rows.BAD_WORDS if was_live else refusal_rows.REFUSED
    if code == 1008 and not was_live and "expired" not in lowered:
        return refusal_rows.NOT_ALLOWED
    if code in (1012, 1013):
        return refusal_rows.UNAVAILABLE
    if code == 1006 and not was_live and any(text in lowered for text in refusal_rows.UNREACHED.texts):
        return refusal_rows.UNREACHED
    return refusal_rows.LOST


def _http_row(status: int, reason: str, *, was_live: bool) -> refusal_rows.Row:
    match status:
        case 400:
            return refusal_rows.BAD_WORDS if was_live else refusal_rows.REFUSED
        case 401:
            return refusal_rows.NOT_AUTHENTICATED
        case 403:
            # Google's refusals were matched by their text; a bare status does not tell who refused.
            return refusal_rows.FORBIDDEN if reason.startswith("HTTP 403:") else refusal_rows.NOT_AUTHORISED
        case 404:
            return refusal_rows.NOT_FOUND
        case 407:
            return refusal_rows.PROXY
        case 408 | 425:
            return refusal_rows.UNAVAILABLE
        case 429:
            return refusal_rows.QUOTA
        case 500:
            return refusal_rows.INTERNAL
    if status >= 500:
        return refusal_rows.UNAVAILABLE
    return refusal_rows.NO_VOICE_SERVICE if status < 400 else refusal_rows.HANDSHAKE_REFUSED


def quoted(reason: str) -> str:
    """Return the service's message, shortened for a notice."""
    text = " ".join(reason.split()).rstrip(".") or "no reason given"
    return text if len(text) <= MAX_QUOTE_CHARS else f"{text[: MAX_QUOTE_CHARS - 1].rstrip()}…"
