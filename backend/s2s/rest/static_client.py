"""Serve the built client under /app/, with its content security policy and caching headers."""

import mimetypes
import os
import re
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Python 3.11 does not know this type, and with `nosniff` browsers rely on the header.
mimetypes.add_type("application/manifest+json", ".webmanifest")

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
HASHED = re.compile(r"(^|/)assets/[^/]+-[\w-]{8}\.\w+(\.map)?$")
"""Paths of files that the build names by content hash, so they can be cached forever."""

PERMISSIONS = (
    "microphone=(self), camera=(self), display-capture=(self), autoplay=(self), speaker-selection=(self), "
    "screen-wake-lock=(self), clipboard-write=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()"
)


def content_security_policy(frame_ancestors: Sequence[str]) -> str:
    """Return a policy that allows only this gateway as a source (W3C CSP 3).

    `'self'` covers WebSockets of the same host and port (CSP 3, 6.7.2.8). `data:` and `blob:` are for images that the
    page created or was given. `frame_ancestors`: origins whose pages may embed this one in a frame.
    """
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(("'self'", *frame_ancestors)),
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


class ClientFiles(StaticFiles):
    """Static files of the client. They hold nothing private, so any page may load them; the embedding page's own policy
    decides what they may do there."""

    def __init__(self, directory: str | os.PathLike[str], frame_ancestors: Sequence[str]) -> None:
        super().__init__(directory=directory, html=True)
        self._headers = {
            "Content-Security-Policy": content_security_policy(frame_ancestors),
            "Permissions-Policy": PERMISSIONS,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            # Redirect to the folder, relative: a proxy may have stripped a path prefix (/voice/app/examples).
            response = RedirectResponse(scope["path"].rsplit("/", 1)[-1] + "/")
        response.headers.update(self._headers)
        response.headers["Cache-Control"] = FOREVER if HASHED.search(path) else ASK_EACH_TIME
        return response


def install(app: FastAPI, folder: Path, frame_ancestors: Sequence[str]) -> None:
    """Serve the built client under /app/ if there is one."""
    if not (folder / "index.html").is_file():
        return

    @app.get("/app", include_in_schema=False)
    async def to_client() -> RedirectResponse:
        """Redirect to the client, relative so that it also works under a proxy's path prefix (/voice/app)."""
        return RedirectResponse("app/")

    app.mount("/app", ClientFiles(folder, frame_ancestors), name="client")
