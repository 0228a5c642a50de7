"""Security headers on every HTTP response: API, errors, redirects, static files, refused WebSockets.

A route that sets one of these headers itself keeps its own value; the client's page and /docs do.
"""

from ipaddress import ip_address

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Data is no document: nothing in it may load, run or be framed, should a browser ever show it as one.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Pages of S2S_CORS_ORIGINS read by CORS, which this does not restrict (Fetch, 3.7).
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT = "max-age=31536000"
"""A year, for this host name alone: what else the domain serves may not have TLS (RFC 6797, 6.1)."""


def security_headers(scope: Scope) -> dict[str, str]:
    """Return the headers for one request. HSTS is for HTTPS (RFC 6797, 7.2) and never for this machine's own names,
    where it would cut off every other local server."""
    if scope["scheme"] in ("https", "wss") and not _is_local_name(Headers(scope=scope).get("host", "")):
        return DEFAULTS | {"Strict-Transport-Security": STRICT_TRANSPORT}
    return DEFAULTS


def _is_local_name(host: str) -> bool:
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    name = name.strip("[]").rstrip(".").lower()
    try:
        # Browsers ignore it for addresses (RFC 6797, 8.1.1).
        return bool(ip_address(name))
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


class SecurityHeaders:
    """ASGI middleware that adds the headers to HTTP responses. WebSockets pass through untouched: they carry audio."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in security_headers(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_on)


class HardenedApp(FastAPI):
    """A FastAPI app whose responses all have the headers, also the one for an unexpected exception, which Starlette
    sends from outside of all middleware."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(super().build_middleware_stack())


def with_security_headers(scope: Scope, response: Response) -> list[tuple[bytes, bytes]]:
    """Return a response's raw headers with those missing added, for a refused WebSocket."""
    for name, value in security_headers(scope).items():
        response.headers.setdefault(name, value)
    return response.raw_headers
