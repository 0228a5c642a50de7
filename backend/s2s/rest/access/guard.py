"""Identify the caller of every request once, and refuse what its route does not allow, before the body is read."""

from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from s2s.access.locality import RequestOrigin, is_loopback
from s2s.access.route_rules import Need, need_of
from s2s.cluster.routing import PEER_HEADER
from s2s.errors import NoSuchRoute, S2SError
from s2s.gateway import Gateway
from s2s.limits.rate_limit import address_group
from s2s.logs import LOGGER
from s2s.rest.access.socket_peer import socket_peer
from s2s.rest.problem_details import refuse

_PEER_HEADER = PEER_HEADER.lower()


class AccessGuard:
    """ASGI middleware. Writes the `Identification` of a request into its state as `who`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        gateway: Gateway = scope["app"].state.gateway
        refusal = await self._refusal(scope, gateway)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        LOGGER.info("%s", refusal, extra={"code": refusal.code})
        await refuse(scope, receive, send, refusal)

    async def _refusal(self, scope: Scope, gateway: Gateway) -> S2SError | None:
        client = scope.get("client")
        request = request_origin(scope, behind_own_proxy=gateway.settings.s2s_worker > 0)
        who = await gateway.access.identify(request, address_group(client[0]) if client else "")
        scope.setdefault("state", {})["who"] = who
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        need = need_of(method, path)
        if need is None:
            # A route without a rule stays shut for everybody but the operator.
            return None if who.caller.is_operator else NoSuchRoute(f"there is nothing to {method} at this path")
        if need is Need.SESSION and method == "POST" and not who.caller.is_operator:
            return _refusal_of_key(Headers(scope=scope), path, who.caller.address, gateway)
        return gateway.access.refusal(need, who)


def _refusal_of_key(headers: Headers, path: str, address: str, gateway: Gateway) -> S2SError | None:
    """Return why a request about a session does not have its key; None if it does.

    The route checks it again. Here, because a body of 256 kB from who has no key would be read, kept and parsed first.
    """
    scheme, key = get_authorization_scheme_param(headers.get("authorization"))
    try:
        gateway.sessions.keys.check_key(path.split("/")[3], key if scheme.lower() == "bearer" else "", address)
    except S2SError as fault:
        return fault
    return None


def request_origin(scope: Scope, *, behind_own_proxy: bool = False) -> RequestOrigin:
    """Return what an ASGI request says about where it comes from.

    `behind_own_proxy`: the nginx of several gateway processes is between, and tells the peer of its socket.
    """
    client, peer = scope.get("client"), socket_peer(scope)
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    if behind_own_proxy and is_loopback(peer or ""):
        told = [value for name, value in headers if name == _PEER_HEADER]
        # Twice: another proxy than ours has handed on what its caller wrote.
        peer = peer if not told else told[0] if len(told) == 1 else None
    return RequestOrigin(
        peer=peer,
        client=client[0] if client else None,
        headers=headers,
        http_version=scope.get("http_version", "1.1"),
    )
