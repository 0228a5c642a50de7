"""Exceptions of the gateway, each with a stable code, an HTTP status and a hint.

S2SError
├── ClientError            the request cannot be served
│   ├── SessionNotFound    404
│   ├── SessionKeyRequired 401: the key of the session is missing
│   ├── SessionKeyWrong    403
│   ├── TooManySessions    503, Retry-After
│   ├── TooManySessionsFromAddress     429, Retry-After: sessions of one address
│   ├── TooManyTransports  503, Retry-After: connections of all browsers
│   ├── TooManyTransportsFromAddress   429, Retry-After: connections of one address
│   ├── RateLimited        429, Retry-After: sessions made too fast
│   ├── DailyBudgetExceeded         503, Retry-After: tokens or money of the day
│   ├── IdentityBudgetExceeded      429, Retry-After: what one caller may use in a day
│   ├── BudgetUnavailable  503, Retry-After: what calls use cannot be written down
│   ├── PaidCallsOff       503, Retry-After: the operator has switched paid calls off
│   ├── SwitchNotSaved     507: that could not be written down
│   ├── GatewayStopping    503, Retry-After
│   ├── NotRecorded        409: there is no recording to report
│   ├── ReportStorageFailed    507: a report could not be written
│   ├── ReportsFull        507: only unread reports could make room
│   ├── ReportNotFound     404: no report has this name
│   ├── NotDeleted         503: a report could not be deleted
│   ├── BadOffer           422
│   ├── BadCandidate       422
│   ├── UnknownTool        422
│   ├── NotAPicture        422: no JPEG
│   ├── PictureTooLarge    413
│   ├── ImagesUnsupported   409: the model sees nothing
│   ├── PicturesTooFast    429, Retry-After
│   ├── AuthRequired       403: a paid service and no way to authenticate; only this machine may call
│   ├── CredentialsRefused 401: credentials are missing or wrong
│   ├── OperatorOnly       403
│   ├── NotGranted         403: the caller's key or token does not allow what is asked
│   ├── TokensUnavailable  503: join tokens cannot be issued or checked
│   ├── LoginUnavailable   503, Retry-After: the identity provider's keys cannot be fetched
│   ├── NoSuchRoute        404
│   ├── HostNotAllowed     403: a host name that is not ours
│   ├── OriginNotAllowed   403: a page that may not use this gateway
│   ├── JSONRequired       415: a body that any page can send
│   ├── BodyTooLarge       413
│   └── BodyTooSlow        408
└── UpstreamError          the model's side
    ├── UpstreamRefused    502: credentials, model name, region; never retried
    ├── UpstreamNotReady   503: the local engine has not started
    └── UpstreamUnavailable  503, Retry-After: the circuit breaker is open
"""

import math
from typing import ClassVar


class S2SError(Exception):
    """Base class with what REST responses and notices show: a stable code, a status and a hint."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on the server"
    hint: ClassVar[str] = "Look at GET /errors and backend/error_log.txt."
    challenge: ClassVar[str] = ""
    """The WWW-Authenticate header of a 401 (RFC 9110, section 11.6.1)."""
    retry_after_s: int | None = None
    """Seconds to wait before a retry; an instance may override the default of its class."""

    def __init__(self, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        if retry_after_s is not None:
            self.retry_after_s = max(1, math.ceil(retry_after_s))


class ClientError(S2SError):
    """The request cannot be served."""


class SessionNotFound(ClientError):
    """No session has this id."""

    code = "session_not_found"
    status = 404
    title = "No such session"
    hint = "It has ended or expired. Create a new one with POST /api/session/create."


class SessionKeyRequired(ClientError):
    """A request or `hello` about a session came without its key. Pages of earlier versions know none."""

    code = "session_key_required"
    status = 401
    title = "The session key is missing"
    hint = (
        "Reload the page: it is older than the server. Programs send the session_key that POST /api/session/create "
        'returned, as "Authorization: Bearer <session_key>" and in hello.'
    )
    challenge = 'Bearer realm="session"'


class SessionKeyWrong(ClientError):
    """A request or `hello` came with a key that is not the session's."""

    code = "session_key_wrong"
    status = 403
    title = "This key does not belong to this session"
    hint = "Send the session_key that POST /api/session/create returned for this session, or create a new one."


class TooManySessions(ClientError):
    """The gateway has its maximum number of sessions."""

    code = "too_many_sessions"
    status = 503
    title = "All conversations are in use"
    hint = "Try again in a few seconds, or raise S2S_MAX_SESSIONS."
    retry_after_s = 5


class TooManySessionsFromAddress(ClientError):
    """The address has its maximum number of sessions."""

    code = "too_many_sessions_from_address"
    status = 429
    title = "Too many conversations from this network"
    hint = "End one of them first. The limit is S2S_MAX_SESSIONS_PER_ADDRESS."
    retry_after_s = 5


class TooManyTransports(ClientError):
    """The gateway has no file descriptors left for another browser connection."""

    code = "too_many_transports"
    status = 503
    title = "All connections are in use"
    hint = "Try again in a few seconds. The operator can raise the limit on open files (ulimit -n)."
    retry_after_s = 5


class TooManyTransportsFromAddress(ClientError):
    """The address has its share of browser connections."""

    code = "too_many_transports_from_address"
    status = 429
    title = "Too many connections from this network"
    hint = "Close other tabs with this page, or wait for earlier connections to end."
    retry_after_s = 5


class RateLimited(ClientError):
    """The address creates sessions too fast."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"
    hint = "Wait a moment, then try again. S2S_CREATES_PER_MINUTE limits new conversations."
    retry_after_s = 5


class DailyBudgetExceeded(ClientError):
    """The day's tokens or money are used up."""

    code = "day_limit"
    status = 503
    title = "Today’s budget is used up"
    hint = "It resets at midnight UTC. The limits are S2S_DAY_TOKENS and S2S_DAY_USD."
    retry_after_s = 3600


class IdentityBudgetExceeded(ClientError):
    """What this caller, or the group or address they belong to, may use in a day is used up. Others are admitted."""

    code = "identity_limit"
    status = 429
    title = "Your budget for today is used up"
    hint = (
        "It resets at midnight UTC. The limits are S2S_IDENTITY_DAY_USD, S2S_IDENTITY_DAY_TOKENS, "
        "S2S_ADDRESS_DAY_USD and S2S_GROUP_DAY_USD, and what a token grants."
    )
    retry_after_s = 3600


class BudgetUnavailable(ClientError):
    """The journal of what calls use cannot be written, so no budget could be kept."""

    code = "budget_unavailable"
    status = 503
    title = "The server cannot keep track of costs right now"
    hint = (
        "Operator: make room on the disk, or make usage.sqlite in S2S_LOG_DIR writable; move a damaged one away. "
        "GET /health says what is wrong."
    )
    retry_after_s = 60


class PaidCallsOff(ClientError):
    """The operator has switched paid calls off."""

    code = "paid_calls_off"
    status = 503
    title = "Conversations are turned off for now"
    hint = "Try again later. The operator turns them on with POST /api/operator/paid-calls."
    retry_after_s = 300


class SwitchNotSaved(ClientError):
    """Paid calls were to be allowed or refused, but that cannot be written down."""

    code = "switch_not_saved"
    status = 507
    title = "The switch could not be saved"
    hint = "Check the folder S2S_LOG_DIR and the room on the disk. Stop the gateway to stop all calls."


class GatewayStopping(ClientError):
    """The gateway is shutting down."""

    code = "gateway_stopping"
    status = 503
    title = "The server is restarting"
    hint = "Try again in a few seconds. A conversation can continue from what was said before."
    retry_after_s = 3


class NotRecorded(ClientError):
    """A report was requested, but there is no recording."""

    code = "not_recorded"
    status = 409
    title = "There is no recording of this conversation"
    hint = "Set S2S_RECORDER=on in backend/.env to record conversations."


class ReportStorageFailed(ClientError):
    """A report could not be written."""

    code = "report_not_saved"
    status = 507
    title = "The report could not be saved"
    hint = "Check the folder S2S_REPORT_DIR and the room on the disk."


class ReportsFull(ClientError):
    """There is no room for a report, and only unread ones could make some."""

    code = "reports_full"
    status = 507
    title = "The report could not be saved"
    hint = "Unread reports fill S2S_REPORT_DIR. Open them with python -m s2s.replay, move them or raise S2S_REPORTS_MB."


class ReportNotFound(ClientError):
    """No report has this name."""

    code = "report_not_found"
    status = 404
    title = "There is no such report"
    hint = "GET /api/operator/reports lists them. Reports that were read may have made room for new ones."


class NotDeleted(ClientError):
    """A saved report could not be deleted."""

    code = "not_deleted"
    status = 503
    title = "Not everything could be deleted"
    hint = "Try again. If it keeps failing, tell the operator: the folder is S2S_REPORT_DIR."


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
    hint = "Send the candidate as the browser gave it, with sdpMid or sdpMLineIndex."


class UnknownTool(ClientError):
    """A requested tool is not registered."""

    code = "unknown_tool"
    status = 422
    title = "There is no such tool"
    hint = "Register it in backend/tools.py, or leave it out."


class NotAPicture(ClientError):
    """The image is not a JPEG."""

    code = "not_a_picture"
    status = 422
    title = "This is not an image that can be sent"
    hint = "Send a JPEG as the body, with Content-Type: image/jpeg."


class PictureTooLarge(ClientError):
    """The image is over the size limit."""

    code = "picture_too_large"
    status = 413
    title = "The image is too large"
    hint = "The limit is 240 kB. 1,024 pixels are enough."


class ImagesUnsupported(ClientError):
    """The current model does not accept images."""

    code = "pictures_not_taken"
    status = 409
    title = "This AI cannot see images"
    hint = "Describe it in words, or ask the operator for a model that accepts images."


class PicturesTooFast(ClientError):
    """Images exceed the rate limit, or too many are queued for the model."""

    code = "pictures_too_fast"
    status = 429
    title = "Too many images at once"
    hint = "Wait a moment, then send it again."
    retry_after_s = 2


class AuthRequired(ClientError):
    """Calls cost money, there is no way to authenticate, and the request is not local."""

    code = "auth_required"
    status = 403
    title = "This server is not open to visitors yet"
    hint = (
        "Set S2S_AUTH=key, jwt or proxy in backend/.env (docs/access.md), or use it on the machine it runs on. "
        "S2S_AUTH=none-i-know lets everyone in."
    )


class CredentialsRefused(ClientError):
    """The request needs credentials: there are none, or they are wrong or out of date."""

    code = "credentials_refused"
    status = 401
    title = "You are not signed in, or your sign-in has expired"
    hint = "Sign in again. Programs send their key or token as Authorization: Bearer."
    challenge = "Bearer"


class OperatorOnly(ClientError):
    """The route is for the person who runs the gateway."""

    code = "operator_only"
    status = 403
    title = "Only the operator of this server can do that"
    hint = "Send S2S_OPERATOR_KEY as Authorization: Bearer, or ask from the machine that the gateway runs on."


class NotGranted(ClientError):
    """The caller's grants do not allow what is asked."""

    code = "not_granted"
    status = 403
    title = "Your sign-in does not allow that"
    hint = "Leave it out, or ask for a key or token that allows it."


class TokensUnavailable(ClientError):
    """Join tokens are not in use, or their secret cannot be read or written."""

    code = "tokens_unavailable"
    status = 503
    title = "Join tokens cannot be used here"
    hint = "Set S2S_AUTH=key, jwt or proxy, and let the gateway write to the folder of S2S_AUTH_KEYS_FILE."


class LoginUnavailable(ClientError):
    """The identity provider's keys are needed and cannot be fetched."""

    code = "login_unavailable"
    status = 503
    title = "Sign-ins cannot be checked right now"
    hint = "Try again in a minute. The operator finds the reason in /errors; the address is S2S_JWT_JWKS_URL."
    retry_after_s = 15


class NoSuchRoute(ClientError):
    """No route has this method and path."""

    code = "not_found"
    status = 404
    title = "Not Found"
    hint = "The calls that exist are on the page /docs."


class HostNotAllowed(ClientError):
    """The request names an unlisted host."""

    code = "host_not_allowed"
    status = 403
    title = "This server does not answer to that host name"
    hint = "Add the host name to S2S_ALLOWED_HOSTS in backend/.env, or use localhost or the IP address."


class OriginNotAllowed(ClientError):
    """A page of a foreign origin sent a write request or tried to open a WebSocket."""

    code = "origin_not_allowed"
    status = 403
    title = "Pages from that origin may not use this server"
    hint = "Add the page's origin to S2S_CORS_ORIGINS in backend/.env."


class JSONRequired(ClientError):
    """A write request has a content type that a foreign page's form could send."""

    code = "json_required"
    status = 415
    title = "Requests that change something must carry JSON"
    hint = "Send Content-Type: application/json, or neither a body nor a Content-Type."


class BodyTooSlow(ClientError):
    """The request body was not complete in time."""

    code = "body_too_slow"
    status = 408
    title = "The request took too long to arrive"
    hint = "Try again on a faster connection."


class BodyTooLarge(ClientError):
    """The request body is over the limit."""

    code = "body_too_large"
    status = 413
    title = "The request is too large"
    hint = "The limit is 256 kB."


class UpstreamError(S2SError):
    """A failure on the upstream side."""


class UpstreamRefused(UpstreamError):
    """Credentials, model name or region are wrong; a retry would not help."""

    code = "upstream_refused"
    status = 502
    title = "The AI service refused the connection"
    hint = "Check the credentials and the model name; GET /health says what was tried."


class UpstreamNotReady(UpstreamError):
    """The local engine's process is not running."""

    code = "upstream_not_ready"
    status = 503
    title = "The local engine is not running yet"
    hint = "It restarts on its own. Try again in a few seconds."
    retry_after_s = 2


class UpstreamUnavailable(UpstreamError):
    """The circuit breaker is open."""

    code = "upstream_unavailable"
    status = 503
    title = "The AI service is not responding"
    hint = "Try again a little later. GET /health says what is wrong."
    retry_after_s = 10
