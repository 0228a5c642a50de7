"""Refuse requests for a foreign host name, and writes and WebSockets from a foreign page, before they are read.

A browser sends a page's requests to whatever address the page's host name resolves to. An attacker can point a name at
127.0.0.1 ("DNS rebinding") and then read a local gateway as same-origin; such a request carries a foreign Host.
WebSockets and simple POSTs are not subject to CORS preflights, so their `Origin` is checked too (RFC 6455, 10.2), and
what browsers say in its place: `Sec-Fetch-Site` (W3C Fetch Metadata), or a content type that only a form would send.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from s2s.errors import HostNotAllowed, JSONRequired, OriginNotAllowed, S2SError
from s2s.logs import LOGGER, escape_controls
from s2s.rest.problem_details import refuse

PROBE_PATHS = frozenset({"/health", "/livez", "/readyz"})
"""Paths that load balancers and orchestrators request under other host names. They reveal no secrets."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that a foreign page may send outside /api, since CORS keeps it from reading the response. Under /api a read
may have a cost: a sample of a voice dials the model."""
READABLE = "/api/origin"
"""The one answer under /api that is meant for pages from everywhere."""
OTHER_SITES = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site for requests from a page of another origin."""
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""Content types that a foreign page may send without a preflight (Fetch standard, "CORS-safelisted request-header")."""
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.%\w-]+\]|[^:\[\]/@\s]+)(:\d{1,5})?")
_DEFAULT_PORTS = (":80", ":443")


class RequestGuard:
    """ASGI middleware. Always allowed as hosts: localhost, its subdomains and IP addresses."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str], cors_origins: Iterable[str]) -> None:
        """`allowed_hosts`: host names, `*.example.org` for subdomains, or `*`. `cors_origins` are allowed as origins,
        and their hosts as hosts."""
        self._app = app
        self._origins = frozenset(cors_origins)
        self._own = _Names(allowed_hosts)
        self._hosts = _Names(host for origin in self._origins if (host := urlsplit(origin).hostname))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        LOGGER.warning("%s", refusal, extra={"code": refusal.code})
        await refuse(scope, receive, send, refusal)

    def _refusal(self, scope: Scope) -> S2SError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] not in PROBE_PATHS and not self._is_allowed_host(host):
            return HostNotAllowed(f"the request is for the host {escape_controls(host[:100])!r}")
        if scope["type"] == "http" and _is_free_read(scope):
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None:
            if not self._is_allowed_origin(origin, host):
                return OriginNotAllowed(f"the page comes from {escape_controls(origin[:100])!r}")
        elif site in OTHER_SITES:
            return OriginNotAllowed("the page comes from another site")
        elif site is None and scope["type"] == "http" and _content_type(headers) in FORM_TYPES:
            # Not from a browser of today, which says where its page comes from.
            return JSONRequired(f"the body is {_content_type(headers)}")
        return None

    def _is_allowed_host(self, host: str) -> bool:
        # HTTP/1.0 requests may have no Host; browsers always send one.
        if self._own.any or not host:
            return True
        match = _HOST.fullmatch(host)
        return match is not None and self._is_allowed_name(match["name"].lower().rstrip("."))

    def _is_allowed_name(self, name: str) -> bool:
        if name == "localhost" or name.endswith(".localhost") or _is_address(name):
            return True
        return name in self._own or name in self._hosts

    def _is_allowed_origin(self, origin: str, host: str) -> bool:
        if "*" in self._origins or origin in self._origins:
            return True
        try:
            page = urlsplit(origin)
            name = page.hostname or ""
        except ValueError:
            return False
        # Same origin: equal host and port; the scheme may differ behind a TLS-terminating proxy.
        if page.netloc and _without_default_port(page.netloc) == _without_default_port(host):
            return True
        return name in self._own


class _Names:
    """Set of host names and `*.example.org` patterns for subdomains."""

    def __init__(self, names: Iterable[str]) -> None:
        listed = frozenset(names)
        self.any = "*" in listed
        self._exact = frozenset(name for name in listed if not name.startswith("*"))
        self._below = tuple(name[1:] for name in listed if name.startswith("*."))

    def __contains__(self, name: str) -> bool:
        return name in self._exact or name.endswith(self._below)


def _is_free_read(scope: Scope) -> bool:
    if scope["method"] == "OPTIONS":
        return True
    return scope["method"] in READS and (not scope["path"].startswith("/api/") or scope["path"] == READABLE)


def _content_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _without_default_port(netloc: str) -> str:
    lowered = netloc.lower()
    port = next((port for port in _DEFAULT_PORTS if lowered.endswith(port)), "")
    return lowered.removesuffix(port)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
