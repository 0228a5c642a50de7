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
    """A verdict with the words for a person, and how often in a row it is worth another try."""

    verdict: Verdict
    code: str
    message: str
    hint: str = ""
    tries: int = 5
    """Ends with this code in a row, without a socket that held, before it counts as final."""
    tries_with_handle: int = 5
    """After so many of them the handle is dropped: one that fails twice is poisoned."""
    other_model_may_help: bool = True
    """Whether it is worth trying the fallback model."""


_BY_ITSELF = "It is called again by itself."
_ASK_KEY = "Check GEMINI_API_KEY in backend/.env, or remove it to talk to the local engine."
_ASK_MODEL = "Check GEMINI_MODEL and GCP_REGION in backend/.env; leave GEMINI_MODEL empty for the default."
_ASK_ROLE = 'Check that the service account has the role "Vertex AI User" and that the Vertex AI API is enabled.'
_NO_RESUME = "The earlier conversation could not be gone on with; a new one knows what was said."
_LOST = "The connection to the voice service was lost."

_EXPIRED = Diagnosis(Verdict.FRESH, "handle_expired", _NO_RESUME, tries=3)
_REFUSED = Diagnosis(
    Verdict.FATAL, "setup_refused", "The voice service refused a setting of this conversation.", _ASK_MODEL
)
_KEY = Diagnosis(
    Verdict.FATAL,
    "bad_api_key",
    "The voice service does not accept the API key.",
    _ASK_KEY,
    other_model_may_help=False,
)
_NO_MODEL = Diagnosis(Verdict.FATAL, "model_not_found", "The voice service does not know this model.", _ASK_MODEL)
_NOT_LIVE = Diagnosis(Verdict.FATAL, "model_not_found", "This model cannot hold live conversations.", _ASK_MODEL)
_DISABLED = Diagnosis(
    Verdict.FATAL,
    "api_disabled",
    "The voice service (Vertex AI API) is not switched on in this Google Cloud project.",
    _ASK_ROLE,
    other_model_may_help=False,
)
_QUOTA = Diagnosis(
    Verdict.WAIT,
    "quota_exceeded",
    "The voice service allows no more for now: its quota is used up, or too many conversations are open.",
    "Wait a minute, end other conversations, or check plan and billing.",
)
_OVERLOADED = Diagnosis(Verdict.WAIT, "overloaded", "The voice service is overloaded.", _BY_ITSELF, tries=4)
_UNAVAILABLE = Diagnosis(
    Verdict.RETRY, "unavailable", "The voice service is not available just now.", _BY_ITSELF, tries_with_handle=2
)
_INTERNAL = Diagnosis(
    Verdict.RETRY, "internal_error", "The voice service had an error of its own.", _BY_ITSELF, tries_with_handle=2
)
_LIFETIME = Diagnosis(Verdict.RETRY, "lifetime_over", "The voice service ended this connection.", _BY_ITSELF)
_AUDIO_IN_CALL = Diagnosis(
    Verdict.RETRY,
    "audio_during_call",
    "The voice service cannot listen while a tool runs.",
    "From now on it hears what you say meanwhile as soon as the tool has finished.",
)
_KEEPALIVE = Diagnosis(Verdict.RETRY, "keepalive", "The voice service did not answer any more.", _BY_ITSELF)
_BAD_WORDS = Diagnosis(
    Verdict.FRESH,
    "message_refused",
    "The voice service did not understand something that it was sent.",
    "That is not sent again, and the conversation goes on.",
    tries=3,
)
_RETRY = Diagnosis(Verdict.RETRY, "upstream_lost", _LOST, _BY_ITSELF)

_BY_REASON: tuple[tuple[str, Diagnosis], ...] = (
    ("api key", _KEY),
    ("session not found", _EXPIRED),
    ("invalid session handle", _EXPIRED),
    ("requested entity was not found", _EXPIRED),
    ("not supported for bidi", _NOT_LIVE),
    ("is not found", _NO_MODEL),
    ("has not been used in project", _DISABLED),
    ("quota", _QUOTA),
    ("resource_exhausted", _QUOTA),
    ("overloaded", _OVERLOADED),
    ("unknown name", _REFUSED),
    ("cannot extract voices", _REFUSED),
    ("content_type_audio", _AUDIO_IN_CALL),
    ("operation is not implemented", _AUDIO_IN_CALL),
    ("internal error", _INTERNAL),
    ("currently unavailable", _UNAVAILABLE),
    ("deadline expired", _LIFETIME),
    ("was aborted", _LIFETIME),
    ("was cancelled", _LIFETIME),
    ("keepalive", _KEEPALIVE),
)

REFUSED_WORDS = frozenset({"message_refused"})
"""Codes that mean: what was sent last must not be sent again."""


def diagnose(code: int, reason: str, *, was_live: bool) -> Diagnosis:
    """`code` is a WebSocket close code or the HTTP status of a refused handshake; `was_live` whether setup had been
    accepted on that socket."""
    if code == ENGINE_MISSING:
        hint = "Or connect Gemini: put GEMINI_API_KEY into backend/.env."
        return Diagnosis(Verdict.FATAL, "engine_missing", reason, hint, other_model_may_help=False)
    if code == BAD_CREDENTIALS:
        return Diagnosis(Verdict.FATAL, "bad_credentials", reason, _ASK_ROLE, other_model_may_help=False)
    if code in (401, 403):
        text = "The voice service does not accept the credentials."
        return Diagnosis(Verdict.FATAL, "not_authorised", text, _ASK_ROLE, other_model_may_help=False)
    if code == 404:
        text = "The voice service does not know this model, or not in this region."
        return Diagnosis(Verdict.FATAL, "not_found", text, _ASK_MODEL)
    if code == 429:
        return _QUOTA
    lowered = reason.lower()
    for text, diagnosis in _BY_REASON:
        if text in lowered:
            return diagnosis
    if code == 1007:
        return _BAD_WORDS if was_live else _refused("setup_refused", reason)
    if code == 1008 and not was_live and "expired" not in lowered:
        return _refused("not_allowed", reason)
    return _RETRY


def _refused(code: str, reason: str) -> Diagnosis:
    text = f"The voice service refused the conversation: {reason or 'no reason given'}."
    return Diagnosis(Verdict.FATAL, code, text, _ASK_MODEL)
