"""Serve the built client under /app/, with its content security policy and caching headers.

The build leaves compressed forms beside its files (`scripts/finishBuild.js` of the client); a browser gets the one that
it prefers.
"""

import mimetypes
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from s2s.rest.page.accept_encoding import IDENTITY, choose_encoding

# Python 3.11 does not know this type, and with `nosniff` browsers rely on the header.
mimetypes.add_type("application/manifest+json", ".webmanifest")

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
HASHED = re.compile(r"(^|/)assets/[^/]+-[\w-]{8}\.\w+(\.map)?$")
"""Paths of files that the build names by content hash, so they can be cached forever."""

COMPRESSED = {"br": ".br", "gzip": ".gz"}
"""Content codings, best first, and how the names of such files end."""

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

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file. A compressed form is served under its file's address only."""
        return ("", None) if path.endswith(tuple(COMPRESSED.values())) else super().lookup_path(path)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file in the best form for this request: each has its ETag, and ranges count its bytes."""
        headers = Headers(scope=scope)
        forms = {coding: found for coding in COMPRESSED if (found := _compressed(full_path, coding, stat_result))}
        coding = choose_encoding(", ".join(headers.getlist("accept-encoding")), list(forms))
        if coding == IDENTITY:
            response = FileResponse(full_path, status_code, stat_result=stat_result)
        else:
            media_type = mimetypes.guess_type(full_path)[0] or "application/octet-stream"
            path = f"{os.fspath(full_path)}{COMPRESSED[coding]}"
            response = FileResponse(path, status_code, media_type=media_type, stat_result=forms[coding])
            response.headers["Content-Encoding"] = coding
            response.headers["ETag"] = f'{response.headers["ETag"][:-1]}-{coding}"'
        response.headers.add_vary_header("Accept-Encoding")
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, headers) else response

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            # Redirect to the folder, relative: a proxy may have stripped a path prefix (/voice/app/examples).
            response = RedirectResponse(scope["path"].rsplit("/", 1)[-1] + "/")
        response.headers.update(self._headers)
        response.headers["Cache-Control"] = FOREVER if HASHED.search(path) else ASK_EACH_TIME
        return response


def _compressed(path: str | os.PathLike[str], coding: str, original: os.stat_result) -> os.stat_result | None:
    """Return the state of a file's compressed form; None if there is none, or if the file has changed since."""
    try:
        found = os.lstat(f"{os.fspath(path)}{COMPRESSED[coding]}")
    except OSError:
        return None
    # Not through a link, which might lead out of the folder.
    return found if stat.S_ISREG(found.st_mode) and found.st_mtime_ns >= original.st_mtime_ns else None


def install(app: FastAPI, folder: Path, frame_ancestors: Sequence[str]) -> None:
    """Serve the built client under /app/ if there is one."""
    if not (folder / "index.html").is_file():
        return

    @app.get("/app", include_in_schema=False)
    async def to_client() -> RedirectResponse:
        """Redirect to the client, relative so that it also works under a proxy's path prefix (/voice/app)."""
        return RedirectResponse("app/")

    app.mount("/app", ClientFiles(folder, frame_ancestors), name="client")
