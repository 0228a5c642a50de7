"""Why upstream closed or refused, and what that means for the next dial.

From close codes met in the field; the reason text decides, for codes alone are ambiguous (1008 is both a routine
expiry and a wrong model). Texts are matched by what they begin with or contain: Google cuts them at 123 bytes.
"""

from dataclasses import dataclass
from enum import StrEnum

# Ours, never on a wire: the local engine cannot load, the key file is of no use.
ENGINE_MISSING = 4503
BAD_CREDENTIALS = 4401


class Verdict(StrEnum):
    """What to do about a lost socket."""

    RETRY = "retry"
    """Dial again, with the handle if there is one."""
    FRESH = "fresh"
    """The handle is dead: dial again without it."""
    WAIT = "wait"
    """Overload or quota: dial again, but much later."""
    FATAL = "fatal"
    """Dialling again cannot help: somebody must change something."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict with the words for a person."""

    verdict: Verdict
    code: str
    message: str
    hint: str


_ASK_KEY = "Check GEMINI_API_KEY in backend/.env, or remove it to talk to the local engine."
_ASK_MODEL = "Check GEMINI_MODEL and GCP_REGION in backend/.env; leave GEMINI_MODEL empty for the default."
_ASK_ROLE = 'Check that the service account has the role "Vertex AI User" and that the Vertex AI API is enabled.'

_BY_REASON: tuple[tuple[str, Diagnosis], ...] = (
    (
        "api key",
        Diagnosis(Verdict.FATAL, "bad_api_key", "The voice service does not accept the API key.", _ASK_KEY),
    ),
    (
        "session not found",
        Diagnosis(Verdict.FRESH, "handle_expired", "The earlier conversation can no longer be resumed.", ""),
    ),
    (
        "invalid session handle",
        Diagnosis(Verdict.FRESH, "handle_expired", "The earlier conversation can no longer be resumed.", ""),
    ),
    (
        "requested entity was not found",
        Diagnosis(Verdict.FRESH, "handle_expired", "The earlier conversation can no longer be resumed.", ""),
    ),
    (
        "is not found",
        Diagnosis(Verdict.FATAL, "model_not_found", "The voice service does not know this model.", _ASK_MODEL),
    ),
    (
        "not supported for bidi",
        Diagnosis(Verdict.FATAL, "model_not_found", "This model cannot hold live conversations.", _ASK_MODEL),
    ),
    (
        "has not been used in project",
        Diagnosis(Verdict.FATAL, "api_disabled", "The API is not enabled in this Google Cloud project.", _ASK_ROLE),
    ),
    (
        "quota",
        Diagnosis(
            Verdict.WAIT,
            "quota_exceeded",
            "The voice service's quota is used up, or too many sessions are open.",
            "Wait a minute, close other sessions, or check plan and billing.",
        ),
    ),
    (
        "overloaded",
        Diagnosis(Verdict.WAIT, "overloaded", "The voice service is overloaded.", "It is dialled again by itself."),
    ),
    (
        "unknown name",
        Diagnosis(Verdict.FATAL, "setup_refused", "The voice service refused a setting of this session.", _ASK_MODEL),
    ),
    (
        "cannot extract voices",
        Diagnosis(Verdict.FATAL, "setup_refused", "The voice service refused a setting of this session.", _ASK_MODEL),
    ),
)
_RETRY = Diagnosis(
    Verdict.RETRY,
    "upstream_lost",
    "The connection to the voice service was lost.",
    "It is dialled again by itself.",
)


def diagnose(code: int, reason: str, *, was_live: bool) -> Diagnosis:
    """`code` is a WebSocket close code or the HTTP status of a refused handshake; `was_live` whether setup had been
    accepted on that socket."""
    if code == ENGINE_MISSING:
        return Diagnosis(
            Verdict.FATAL, "engine_missing", reason, "Or connect Gemini: put GEMINI_API_KEY into backend/.env."
        )
    if code == BAD_CREDENTIALS:
        return Diagnosis(Verdict.FATAL, "bad_credentials", reason, _ASK_ROLE)
    if code in (401, 403):
        return Diagnosis(
            Verdict.FATAL, "not_authorised", "The voice service does not accept the credentials.", _ASK_ROLE
        )
    if code == 404:
        return Diagnosis(Verdict.FATAL, "not_found", "The voice service has no such endpoint or model.", _ASK_MODEL)
    if code == 429:
        return next(d for text, d in _BY_REASON if text == "quota")
    lowered = reason.lower()
    for text, diagnosis in _BY_REASON:
        if text in lowered:
            return diagnosis
    if code == 1007 and not was_live:
        return Diagnosis(
            Verdict.FATAL,
            "setup_refused",
            f"The voice service refused the session: {reason or 'no reason given'}.",
            _ASK_MODEL,
        )
    if code == 1008 and not was_live and "abort" not in lowered and "expired" not in lowered:
        return Diagnosis(
            Verdict.FATAL,
            "not_allowed",
            f"The voice service refused the session: {reason or 'no reason given'}.",
            _ASK_MODEL,
        )
    return _RETRY
