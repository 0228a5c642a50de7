"""Make redirects that add or remove a trailing slash relative.

Starlette builds them from the host and path that it sees. A proxy in front may have another host and may have stripped
a path prefix (/voice/docs/), so only a relative redirect leads to the right place.
"""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RelativeRedirects:
    """ASGI middleware that rewrites the Location header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 307:
                headers = MutableHeaders(raw=message["headers"])
                headers["location"] = relative_location(scope["path"], headers.get("location", ""))
            await send(message)

        await self._app(scope, receive, send_on)


def relative_location(path: str, location: str) -> str:
    """Return `location` relative to `path` if the two differ only in trailing slashes; else return it unchanged."""
    target = urlsplit(location)
    name = target.path.rstrip("/").rpartition("/")[2]
    if not target.netloc or not name or target.path.rstrip("/") != path.rstrip("/"):
        return location
    up = "../" * (len(path) - len(path.rstrip("/")))
    end = "/" if target.path.endswith("/") else ""
    query = f"?{target.query}" if target.query else ""
    return f"{up}{name}{end}{query}"
