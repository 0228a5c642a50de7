"""Explain a network failure, whichever library raised it: certificate, name, proxy, timeout."""

import socket
import ssl
from typing import TypeVar
from urllib.parse import urlsplit

from websockets.exceptions import InvalidProxyStatus, ProxyError

from s2s.configuration.proxies import Proxy
from s2s.upstream.refusals.token_errors import Attempt, CredentialsError, Failure, explain_failure

NetworkFault = TypeVar("NetworkFault", bound=BaseException)


def find_cause(fault: BaseException, kind: type[NetworkFault]) -> NetworkFault | None:
    """Return the first exception of a type along `raise ... from`."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, kind):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def explain_no_answer(fault: BaseException, host: str, proxy: str) -> Attempt:
    """`proxy`: printable form; empty: none."""
    if distrust := find_cause(fault, ssl.SSLCertVerificationError):
        return Attempt(
            host, proxy, failure="certificate", detail=distrust.verify_message, verify_code=distrust.verify_code
        )
    if unsafe := find_cause(fault, ssl.SSLError):
        return Attempt(host, proxy, failure="connection", detail=unsafe.reason or "TLS failed")
    if find_cause(fault, socket.gaierror):
        # With a proxy it is the proxy's name that cannot be resolved.
        failure: Failure = "connection" if proxy else "name"
        return Attempt(host, proxy, failure=failure, detail="its name cannot be resolved")
    if find_cause(fault, TimeoutError):
        return Attempt(host, proxy, failure="timeout")
    system = find_cause(fault, OSError)
    return Attempt(host, proxy, failure="connection", detail=_message_of(system) or type(fault).__name__)


def _message_of(fault: OSError | None) -> str:
    return (fault.strerror or str(fault)) if fault else ""


def explain_dial(fault: BaseException, url: str, proxy: Proxy | None) -> CredentialsError | None:
    """Explain why the model's socket did not open if a setting can fix it: a refusing proxy, an untrusted authority, an
    unknown name. None: the fault speaks for itself."""
    host, shown = urlsplit(url).hostname or "", proxy.shown if proxy else ""
    if isinstance(fault, InvalidProxyStatus):
        response = fault.response
        detail = f"{response.status_code} {response.reason_phrase}"
        return explain_failure(Attempt(host, shown, failure="proxy", detail=detail))
    if isinstance(fault, ProxyError):
        return explain_failure(Attempt(host, shown, failure="proxy", detail=str(fault.__cause__ or fault)))
    return explain_failure(explain_no_answer(fault, host, shown))
