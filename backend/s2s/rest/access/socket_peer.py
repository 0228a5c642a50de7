"""Keep the address of the socket's peer, which uvicorn replaces by what trusted proxies report.

With FORWARDED_ALLOW_IPS=* any client may say that it is 127.0.0.1. Whether a request is local, and whether a proxy's
identity headers are believed, is therefore decided by the peer itself. Delete this module once uvicorn keeps it.
"""

from typing import Any

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_KEY = "s2s.socket_peer"


def keep_socket_peers(middleware: Any = ProxyHeadersMiddleware) -> None:
    """Write the peer of each connection into its scope before uvicorn replaces it. Idempotent for the process."""
    if hasattr(middleware, "s2s_keeps_peers"):
        return
    call = middleware.__call__

    async def keep_and_call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        scope[_KEY] = scope.get("client")
        await call(self, scope, receive, send)

    middleware.__call__ = keep_and_call
    middleware.s2s_keeps_peers = True


def socket_peer(scope: Scope) -> str | None:
    """Return the address at the other end of the socket; None for a Unix socket."""
    peer = scope.get(_KEY, scope.get("client"))
    return str(peer[0]) if peer else None
