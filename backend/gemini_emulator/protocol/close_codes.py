"""The ways in which the service was seen to end a connection, by name. From the field; a reason may be cut there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the close-code table. Code 1006: no close frame at all."""

    code: int
    reason: str


CLOSES: dict[str, Row] = {
    "normal": Row(1000, ""),
    "cancelled": Row(1000, "The operation was cancelled."),
    "no_close_frame": Row(1006, ""),
    "invalid_argument": Row(1007, "Request contains an invalid argument."),
    "unknown_field": Row(
        1007, "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup': Cannot find field."
    ),
    "thinking_level_required": Row(1007, "Thinking level must be specified for this model."),
    "thinking_level_not_supported": Row(1007, "Thinking level is not supported for this model."),
    "blocking_not_supported": Row(1007, "BLOCKING function calls are not supported for this model"),
    "sample_rate_changed": Row(1007, "Sample rate changed from previously 24000 to 16000, which is not supported."),
    "text_on_native_audio": Row(1007, "Cannot extract voices from a non-audio request."),
    "precondition_failed": Row(1007, "Precondition check failed."),
    "audio_not_supported": Row(1007, "CONTENT_TYPE_AUDIO not supported"),
    "activity_not_allowed": Row(
        1007, "Explicit activity control is not supported when automatic activity detection is enabled."
    ),
    "text_not_supported": Row(
        1007, "The requested combination of response modalities (TEXT) is not supported by the model. models/X"
    ),
    "language_not_supported": Row(1007, "Unsupported language code 'es' for model models/X"),
    "media_chunks": Row(1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."),
    "key_not_valid": Row(1007, "API key not valid. Please pass a valid API key."),
    "key_not_found": Row(1007, "API Key not found. Please pass a valid API key."),
    "key_expired": Row(1007, "API key expired. Please renew the API key."),
    "invalid_handle": Row(1007, "Invalid session handle"),
    "model_not_found": Row(
        1008, "models/X is not found for API version v1beta, or is not supported for bidiGenerateContent. Call L"
    ),
    "publisher_model_not_found": Row(
        1008, "Publisher Model `models/X` was not found or is not supported for bidiGenerateContent"
    ),
    "api_disabled": Row(
        1008, "Generative Language API has not been used in project 1 before or it is disabled. Enable it by visiting"
    ),
    "project_denied": Row(1008, "Your project has been denied access. Please contact support."),
    "session_not_found": Row(1008, "BidiGenerateContent session not found"),
    "kept_past_go_away": Row(
        1008,
        "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
        "session durat",
    ),
    "aborted": Row(1008, "The operation was aborted."),
    "wrong_region": Row(1008, ""),
    "not_implemented": Row(1008, "Operation is not implemented, or supported, or enabled."),
    "not_found": Row(1008, "Requested entity was not found."),
    "null_handle": Row(1008, ""),
    "internal_error": Row(1011, "Internal error encountered."),
    "internal_error_occurred": Row(1011, "Internal error occurred."),
    "unavailable": Row(1011, "The service is currently unavailable."),
    "deadline_expired": Row(1011, "Deadline expired before operation could complete."),
    "quota": Row(
        1011, "You exceeded your current quota, please check your plan and billing details. For more information on"
    ),
    "prepayment_credits": Row(
        1011,
        "Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your",
    ),
    "spending_cap": Row(
        1011, "Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to"
    ),
    "token_used_up": Row(1011, "Token has been used too many times"),
    "resource_exhausted": Row(1011, "RESOURCE_EXHAUSTED"),
    "overloaded": Row(1011, "OVERLOADED_TOO_MANY_RETRIES_PER_REQUEST"),
    "keepalive_timeout": Row(1011, "keepalive ping timeout"),
}

HTTP_TEXTS: dict[int, str] = {
    400: "API key not valid. Please pass a valid API key.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token.",
    403: "The caller does not have permission.",
    404: "Not Found",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}
"""What the service says when it refuses the handshake."""
