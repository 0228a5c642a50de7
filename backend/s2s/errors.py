"""Every failure the gateway names.

S2SError
├── ClientError            the call cannot be served as asked
│   ├── SessionNotFound    404
│   ├── TooManySessions    503, Retry-After
│   ├── BadOffer           422
│   ├── BadCandidate       422
│   ├── UnknownTool        422
│   └── BodyTooLarge       413
└── UpstreamError          the model's side
    ├── UpstreamRefused    502: credentials, model name, region; never retried
    └── UpstreamNotReady   503: the local engine has not started
"""

from typing import ClassVar


class S2SError(Exception):
    """Carries what REST and the browser tell: a stable code, a status, and what to do next."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong in the gateway"
    hint: ClassVar[str] = "Look at GET /errors and backend/error_log.txt."
    retry_after_s: ClassVar[int | None] = None


class ClientError(S2SError):
    """The call cannot be served as asked."""


class SessionNotFound(ClientError):
    """No session has this id."""

    code = "session_not_found"
    status = 404
    title = "There is no such session"
    hint = "It has ended or expired. Create a new one with POST /api/session/create."


class TooManySessions(ClientError):
    """The gateway is full."""

    code = "too_many_sessions"
    status = 503
    title = "All lines are busy"
    hint = "Try again in a few seconds, or raise S2S_MAX_SESSIONS."
    retry_after_s = 5


class BadOffer(ClientError):
    """The SDP offer cannot be used."""

    code = "bad_offer"
    status = 422
    title = "The SDP offer cannot be used"
    hint = 'Send {"sdp": ..., "type": "offer"} with the data channels "audio" and "control".'


class BadCandidate(ClientError):
    """The ICE candidate cannot be read."""

    code = "bad_candidate"
    status = 422
    title = "The ICE candidate cannot be read"
    hint = "Send the candidate as the browser gave it, with sdpMid or sdpMLineIndex, after the offer."


class UnknownTool(ClientError):
    """A tool was asked for that is not registered."""

    code = "unknown_tool"
    status = 422
    title = "There is no such tool"
    hint = "Register it in backend/tools.py, or leave it out."


class BodyTooLarge(ClientError):
    """The request body is over the limit."""

    code = "body_too_large"
    status = 413
    title = "The request is too large"
    hint = "Requests may have 256 kB at most."


class UpstreamError(S2SError):
    """The model's side."""


class UpstreamRefused(UpstreamError):
    """Credentials, model name or region are wrong; dialling again would not help."""

    code = "upstream_refused"
    status = 502
    title = "The voice service refused the connection"
    hint = "Check the credentials and the model name; GET /health says what was tried."


class UpstreamNotReady(UpstreamError):
    """The local engine's process is not running."""

    code = "upstream_not_ready"
    status = 503
    title = "The local engine is not running yet"
    hint = "It restarts by itself; try again in a few seconds."
    retry_after_s = 2
