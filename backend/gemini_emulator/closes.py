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
    "text_on_native_audio": Row(1007, "Cannot extract voices from a non-audio request."),
    "precondition_failed": Row(1007, "Precondition check failed."),
    "audio_not_supported": Row(1007, "CONTENT_TYPE_AUDIO not supported"),
    "activity_not_allowed": Row(1007, ""),
    "key_not_valid": Row(1007, "API key not valid. Please pass a valid API key."),
    "key_not_found": Row(1007, "API Key not found. Please pass a valid API key."),
    "invalid_handle": Row(1007, "Invalid session handle"),
    "model_not_found": Row(
        1008, "models/X is not found for API version v1beta, or is not supported for bidiGenerateContent."
    ),
    "publisher_model_not_found": Row(
        1008, "Publisher Model `models/X` was not found or is not supported for bidiGenerateContent"
    ),
    "api_disabled": Row(
        1008, "Generative Language API has not been used in project 1 before or it is disabled. Enable it by visiting"
    ),
    "session_not_found": Row(1008, "BidiGenerateContent session not found"),
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
