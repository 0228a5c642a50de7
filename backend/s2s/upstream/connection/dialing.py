"""Open a socket to upstream, with a timeout for each step and every failure as SocketLost. Shell."""

import asyncio
import socket as sockets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidProxy, InvalidStatus, ProxyError

from s2s.core.events import SocketLost, UpstreamErrorReported
from s2s.logs import scrub
from s2s.upstream.codec.error_text import from_error_frame, one_line, refusal_text
from s2s.upstream.credentials.access_tokens import CredentialsError
from s2s.upstream.refusals.close_codes import BAD_CREDENTIALS, CERTIFICATE_REFUSED, NO_ANSWER, PROXY_REFUSED


@dataclass(frozen=True, slots=True)
class DialLimits:
    """Timeouts of the steps of a dial, in seconds."""

    credentials_s: float = 20.0
    connect_s: float = 15.0
    """Name resolution, TCP, a proxy's answer, and TLS."""
    tls_s: float = 8.0
    """The part of it for TLS."""
    upgrade_s: float = 10.0
    """The answer to the WebSocket handshake."""
    setup_s: float = 15.0
    """From the setup message to setupComplete; recorded: 0.1 to 2 s."""


class StepTimedOut(Exception):
    """A step of the dial timed out; the text names it."""


class ServiceError(Exception):
    """Upstream sent an error frame; the socket is unusable."""

    def __init__(self, told: UpstreamErrorReported) -> None:
        super().__init__(told.message)
        self.told = told


class LimitedConnection(ClientConnection):
    """A connection whose WebSocket handshake has a timeout."""

    upgrade_s = DialLimits().upgrade_s

    async def handshake(self, *args: Any, **options: Any) -> None:
        """Called by websockets. Raises StepTimedOut."""
        async with step_timeout(self.upgrade_s, "the WebSocket handshake was not answered"):
            await super().handshake(*args, **options)


class LimitedConnect(connect):
    """`websockets.connect` with a timeout per step and without redirects, which would forward the API key."""

    def __init__(self, url: str, limits: DialLimits, **options: Any) -> None:
        """`options` go to `websockets.connect`."""
        self._limits = limits
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = limits.tls_s
        options["create_connection"] = LimitedConnection
        # Each step has its own timeout.
        super().__init__(url, open_timeout=None, **options)

    async def open_tcp_connection(self) -> ClientConnection:
        """Called by websockets. Raises StepTimedOut."""
        async with step_timeout(self._limits.connect_s, "the connection did not stand"):
            connection = await super().open_tcp_connection()
        if isinstance(connection, LimitedConnection):
            connection.upgrade_s = self._limits.upgrade_s
        return connection

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Called by websockets. Follows no redirect."""
        return exc


@asynccontextmanager
async def step_timeout(limit_s: float, what: str) -> AsyncIterator[asyncio.Timeout]:
    """Raise StepTimedOut after `limit_s`; let a TimeoutError of the body pass."""
    try:
        async with asyncio.timeout(limit_s) as limit:
            yield limit
    except TimeoutError as fault:
        if not limit.expired():
            raise
        raise StepTimedOut(f"{what} within {limit_s:g} s") from fault


def socket_lost_from(fault: Exception, limits: DialLimits) -> SocketLost | None:
    """Convert a failure of a dial or of an open socket to SocketLost; None for a bug of ours."""
    match fault:
        case CredentialsError():
            return SocketLost(BAD_CREDENTIALS, printable(str(fault)), fault.code, fault.hint, fault.retryable)
        case StepTimedOut():
            return SocketLost(NO_ANSWER, printable(str(fault)))
        case ServiceError():
            code, reason = from_error_frame(fault.told)
            return SocketLost(code, printable(reason))
        case InvalidStatus():
            status = fault.response.status_code
            return SocketLost(status, printable(refusal_text(status, fault.response.body)))
        case InvalidProxy() | ProxyError():
            return SocketLost(PROXY_REFUSED, printable(str(fault)))
        case ssl.SSLCertVerificationError():
            return SocketLost(CERTIFICATE_REFUSED, printable(fault.verify_message or str(fault)))
        case sockets.gaierror():
            return SocketLost(1006, printable(f"the host name cannot be resolved ({fault.strerror or fault})"))
        case ConnectionAbortedError() if "SSL handshake" in str(fault):
            return SocketLost(NO_ANSWER, f"the TLS handshake was not finished within {limits.tls_s:g} s")
        case OSError() | InvalidHandshake() | ConnectionClosed():
            return SocketLost(1006, printable(f"{type(fault).__name__}: {fault}"))
    return None


def printable(reason: str) -> str:
    """Return the text as one bounded line without secrets, fit for logs and the page."""
    return one_line(scrub(reason))
