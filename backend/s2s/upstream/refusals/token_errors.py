"""Explain why no access token came, by the answer of the token service or of a proxy on the way.

Texts of OAuth errors: RFC 6749 section 5.2, and what Google's services add to them.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Kind = Literal["service_account", "authorized_user", "external_account", "impersonated_service_account", "metadata"]
Failure = Literal["", "timeout", "proxy", "certificate", "name", "connection"]

CLOCK_TOLERANCE_S = 300.0
"""Google accepts assertions that are off by a few minutes."""
MAX_REASON_CHARS = 200
_TIMES = re.compile(
    r"\b(iat|exp|nbf)\b|short-lived|timeframe|too early|in the future|not yet valid|expired", re.IGNORECASE
)
_NOT_YET_VALID, _HAS_EXPIRED = 9, 10
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""

_REMEDY: dict[Kind, str] = {
    "service_account": "Make a new key for the service account and put it where SERVICE_ACCOUNT_KEY_PATH points; "
    "see VERTEX_AI_SETUP.md.",
    "authorized_user": "Run gcloud auth application-default login again.",
    "external_account": "Check the workload identity pool and the identity that the credentials file names.",
    "impersonated_service_account": 'Give your login the role "Service Account Token Creator" on that service account, '
    "and enable the IAM Service Account Credentials API.",
    "metadata": "Attach a service account with the scope cloud-platform to this machine.",
}
_OWNER: dict[Kind, str] = {
    "service_account": "the service account key",
    "authorized_user": "the gcloud login",
    "external_account": "the workload identity",
    "impersonated_service_account": "the impersonation of the service account",
    "metadata": "the attached service account",
}
_SET_PROXY = "Correct the proxy's address, user name and password in the environment or backend/.env."
_WAIT_FOR_SERVICE = "Wait a minute, then start a new conversation. GET /health shows when the service can be reached."
WAIT_HINT = "Wait a minute, then start a new conversation. GET /health shows when tokens can be fetched again."


class CredentialsError(Exception):
    """No token is available; the text says why, without secrets."""

    def __init__(self, text: str, *, code: str = "bad_credentials", retryable: bool = False, hint: str = "") -> None:
        """`code`: stable, such as token_unavailable. `retryable`: the same credentials may work a little later."""
        super().__init__(text)
        self.code = code
        self.retryable = retryable
        self.hint = hint
        """The remedy, one sentence; empty: the backend's default."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last request to a token service, as far as it got."""

    host: str
    proxy: str = ""
    """Printable form of the proxy; empty: none."""
    status: int = 0
    """HTTP status; 0: no answer."""
    date: str = ""
    """The Date header of the answer."""
    body: str = ""
    failure: Failure = ""
    detail: str = ""
    """The library's message about the failure."""
    verify_code: int = 0
    """OpenSSL's reason for refusing a certificate."""

    def clock_error_s(self, now: datetime) -> float | None:
        """How far this machine's clock is ahead of the service's (negative: behind); None: unknown."""
        try:
            return (now - parsedate_to_datetime(self.date).astimezone(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None


def explain(attempt: Attempt | None, fault: str, kind: Kind, now: datetime) -> CredentialsError:
    """Return the error to show. `fault`: google-auth's message; `now`: with time zone."""
    if attempt is None:
        text = f"No access token can be had from {_OWNER[kind]}: {_short(fault)}"
        return CredentialsError(text, code="key_refused", hint=_REMEDY[kind])
    if attempt.failure:
        return _unanswered(attempt)
    return _answered(attempt, kind, now)


def explain_failure(attempt: Attempt) -> CredentialsError | None:
    """Explain a failed dial in the same terms; None if no setting can fix it."""
    cured = attempt.failure in ("proxy", "certificate", "name") or (attempt.proxy and attempt.failure == "connection")
    if not cured:
        return None
    trouble = _unanswered(attempt)
    if trouble.hint == WAIT_HINT:
        # The model is dialled here, perhaps with an API key.
        trouble.hint = _WAIT_FOR_SERVICE
    return trouble


def _unanswered(attempt: Attempt) -> CredentialsError:
    match attempt.failure:
        case "timeout":
            text = f"{attempt.host} does not answer{_through(attempt)}."
            return CredentialsError(text, code="token_timeout", retryable=True, hint=WAIT_HINT)
        case "proxy":
            return _refused_by_proxy(attempt)
        case "certificate":
            return _untrusted(attempt)
        case "name":
            text = f"The name {attempt.host} cannot be resolved here."
            return CredentialsError(text, code="token_unavailable", retryable=True, hint="Check DNS and the network.")
        case _ if attempt.proxy:
            text = f"{attempt.host} cannot be reached{_through(attempt)} ({_short(attempt.detail)})."
            return CredentialsError(text, code="proxy_unreachable", retryable=True, hint=_SET_PROXY)
        case _:
            text = f"{attempt.host} cannot be reached ({_short(attempt.detail)})."
            return CredentialsError(text, code="token_unavailable", retryable=True, hint=WAIT_HINT)


def _refused_by_proxy(attempt: Attempt) -> CredentialsError:
    status = int(found[0]) if (found := re.match(r"\d{3}", attempt.detail)) else attempt.status
    proxy = f"The proxy {attempt.proxy}" if attempt.proxy else "A proxy on the way"
    if status == 407 or "auth" in attempt.detail.lower():
        text = f"{proxy} wants a user name and password, or other ones."
        return CredentialsError(text, code="proxy_refused", hint=_SET_PROXY)
    passing = status >= 500 or (not status and "ruleset" not in attempt.detail.lower())
    text = f"{proxy} does not let this machine reach {attempt.host} ({_short(attempt.detail)})."
    hint = WAIT_HINT if passing else f"Have {attempt.host} allowed there, or name another proxy."
    return CredentialsError(text, code="proxy_refused", retryable=passing, hint=hint)


def _untrusted(attempt: Attempt) -> CredentialsError:
    if attempt.verify_code in (_NOT_YET_VALID, _HAS_EXPIRED):
        when = "is not valid yet" if attempt.verify_code == _NOT_YET_VALID else "has expired"
        text = f"The certificate of {attempt.host} {when} by the clock of this machine."
        return CredentialsError(text, code="clock_wrong", hint="Check this machine's date, time and time zone.")
    text = f"The certificate of {attempt.host} is not trusted here ({_short(attempt.detail)})."
    hint = "If your company inspects TLS, name its certificate authority in S2S_CA_FILE."
    return CredentialsError(text, code="certificate_untrusted", hint=hint)


def _answered(attempt: Attempt, kind: Kind, now: datetime) -> CredentialsError:
    status, told = attempt.status, _json(attempt.body)
    if status == 407:
        return _refused_by_proxy(attempt)
    if status in (408, 425, 429) or status >= 500:
        text = f"Google's token service is not available just now (HTTP {status} from {attempt.host})."
        return CredentialsError(text, code="token_unavailable", retryable=True, hint=WAIT_HINT)
    if kind == "metadata":
        text = f"This machine's metadata server has no access token (HTTP {status})."
        return CredentialsError(text, code="key_refused", hint=_REMEDY[kind])
    if told is None and 200 <= status < 400:
        text = f"Something answered for {attempt.host} that is no token service (HTTP {status}{_looks(attempt)})."
        return CredentialsError(
            text, code="token_unavailable", retryable=True, hint="Check proxies and log-in pages of the network."
        )
    if told is None:
        text = f"A proxy or firewall answered for {attempt.host} (HTTP {status}{_looks(attempt)})."
        return CredentialsError(text, code="proxy_refused", hint=f"Have {attempt.host} allowed there.")
    error, description = told
    if 200 <= status < 300 or not (error or description):
        text = f"{attempt.host} answered without an access token."
        return CredentialsError(text, code="token_unavailable", retryable=True, hint=WAIT_HINT)
    if error in ("server_error", "temporarily_unavailable", "internal_failure"):
        text = f"Google's token service is not available just now ({error})."
        return CredentialsError(text, code="token_unavailable", retryable=True, hint=WAIT_HINT)
    if kind == "service_account" and (clock := _clock(attempt, error, description, now)):
        return clock
    if kind == "impersonated_service_account" and error == "invalid_grant":
        # The login behind the impersonation is at fault.
        kind = "authorized_user"
    reason = _short(description or error)
    text = f"Google does not accept {_OWNER[kind]}: {reason}"
    return CredentialsError(text if text.endswith(".") else f"{text}.", code="key_refused", hint=_remedy(kind, reason))


def _remedy(kind: Kind, reason: str) -> str:
    if kind == "service_account" and "disabled" in reason.lower():
        return "Enable the service account in the Google Cloud console (IAM & Admin, Service Accounts)."
    return _REMEDY[kind]


def _clock(attempt: Attempt, error: str, description: str, now: datetime) -> CredentialsError | None:
    """Return True if the signed assertion was refused because of its times."""
    if error != "invalid_grant" or "signature" in description.lower():
        return None
    ahead_s = attempt.clock_error_s(now)
    off = ahead_s is not None and abs(ahead_s) > CLOCK_TOLERANCE_S
    if not off and not _TIMES.search(description):
        return None
    hint = "Set date, time and time zone of this machine, best by NTP."
    if ahead_s is None or abs(ahead_s) < 2:
        text = "Google refused the times in a signed request: the clock of this machine seems to be wrong."
    else:
        text = f"The clock of this machine is {_span(ahead_s)} {'ahead' if ahead_s > 0 else 'behind'}."
    return CredentialsError(text, code="clock_wrong", hint=hint)


def _span(seconds: float) -> str:
    count = abs(seconds)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if count >= 2 * size:
            return f"{round(count / size)} {unit}s"
    return f"{round(count)} seconds"


def _json(body: str) -> tuple[str, str] | None:
    """Return (error, description) in OAuth's or Google's form; None if it is not a JSON object."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    error = told.get("error", "")
    if isinstance(error, dict):
        return str(error.get("status", "")), str(error.get("message", ""))
    return str(error), str(told.get("error_description", ""))


def _looks(attempt: Attempt) -> str:
    return ", a web page" if re.search(r"<(!doctype|html|head|body)", attempt.body, re.IGNORECASE) else ""


def _through(attempt: Attempt) -> str:
    return f" through the proxy {attempt.proxy}" if attempt.proxy else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_REASON_CHARS else f"{line[:MAX_REASON_CHARS]}…"
