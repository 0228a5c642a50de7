"""What a failure on the way says, whichever library raised it: a certificate, a name, a proxy, a silence."""

import socket
import ssl
from typing import TypeVar
from urllib.parse import urlsplit

from websockets.exceptions import InvalidProxyStatus, ProxyError

from s2s.configuration.proxies import Proxy
from s2s.upstream.refusals.token_errors import Attempt, CredentialsError, Failure, explain_failure

NetworkFault = TypeVar("NetworkFault", bound=BaseException)


def find_cause(fault: BaseException, kind: type[NetworkFault]) -> NetworkFault | None:
    """The first of a kind along `raise ... from`."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, kind):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def explain_no_answer(fault: BaseException, host: str, proxy: str) -> Attempt:
    """`proxy`: as people may see it; empty: none."""
    if distrust := find_cause(fault, ssl.SSLCertVerificationError):
        return Attempt(
            host, proxy, failure="certificate", detail=distrust.verify_message, verify_code=distrust.verify_code
        )
    if unsafe := find_cause(fault, ssl.SSLError):
        return Attempt(host, proxy, failure="connection", detail=unsafe.reason or "TLS failed")
    if find_cause(fault, socket.gaierror):
        # With a proxy it is the proxy's own name that nobody knows.
        failure: Failure = "connection" if proxy else "name"
        return Attempt(host, proxy, failure=failure, detail="its name cannot be resolved")
    if find_cause(fault, TimeoutError):
        return Attempt(host, proxy, failure="timeout")
    system = find_cause(fault, OSError)
    return Attempt(host, proxy, failure="connection", detail=_message_of(system) or type(fault).__name__)


def _message_of(fault: OSError | None) -> str:
    return (fault.strerror or str(fault)) if fault else ""


def explain_dial(fault: BaseException, url: str, proxy: Proxy | None) -> CredentialsError | None:
    """Why the model's socket did not open, when a setting cures it: a proxy that refuses, an authority that is not
    trusted, a name that nobody knows. None: read the fault itself."""
    host, shown = urlsplit(url).hostname or "", proxy.shown if proxy else ""
    if isinstance(fault, InvalidProxyStatus):
        response = fault.response
        detail = f"{response.status_code} {response.reason_phrase}"
        return explain_failure(Attempt(host, shown, failure="proxy", detail=detail))
    if isinstance(fault, ProxyError):
        return explain_failure(Attempt(host, shown, failure="proxy", detail=str(fault.__cause__ or fault)))
    return explain_failure(explain_no_answer(fault, host, shown))
