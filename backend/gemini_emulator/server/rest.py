"""The service's plain HTTP calls beside the WebSocket, on the same port: `POST .../auth_tokens`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import h11

from gemini_emulator.protocol.ephemeral_tokens import Invalid
from gemini_emulator.server.handshake import KEY_INVALID

Answer = tuple[int, Mapping[str, Any]]
"""Status and JSON."""
Rest = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Method, target, headers (lower case) and body in, the answer out."""

LARGEST_BODY_BYTES = 1024 * 1024
_TOKENS = re.compile(r"/(v\w+)/auth_tokens$")
_STATUS = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 413: "INVALID_ARGUMENT"}


def is_rest(data: bytes) -> bool:
    """The first bytes of a connection are not those of a WebSocket handshake, which is always a GET."""
    return data[:5] == b"POST "


def fault(status: int, text: str) -> Answer:
    return status, {"error": {"code": status, "message": text, "status": _STATUS[status]}}


def auth_tokens(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    mint: Callable[[Mapping[str, Any]], str],
    require_key: str | None,
) -> Answer:
    """A new ephemeral token. `mint` makes one from the body, and raises `Invalid`."""
    path, _, query = target.partition("?")
    found = _TOKENS.search(path)
    if method != "POST" or not found or found[1] != "v1alpha":
        return fault(404, f"There is no {method} at {path}. Tokens are made by POST to /v1alpha/auth_tokens.")
    key = headers.get("x-goog-api-key") or next((item[4:] for item in query.split("&") if item[:4] == "key="), "")
    if not key:
        return fault(403, "Method doesn't allow unregistered callers. Please use API Key or other identity.")
    if require_key is not None and key != require_key:
        return fault(400, KEY_INVALID)
    try:
        asked = json.loads(body or b"{}")
        return 200, {"name": mint(asked)}
    except Invalid as wrong:
        return fault(400, str(wrong))
    except ValueError:
        return fault(400, "Invalid JSON payload received.")


class RestConversation:
    """One request, one answer. Bytes in, bytes out."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = b""

    def receive(self, data: bytes) -> bytes | None:
        """The whole answer once the request is whole; the connection is to be closed after it."""
        self._http.receive_data(data)
        try:
            while True:
                match self._http.next_event():
                    case h11.Request() as request:
                        self._request = request
                    case h11.Data(data=part):
                        self._body += part
                        if len(self._body) > LARGEST_BODY_BYTES:
                            return self._answer(*fault(413, "Request payload size exceeds the limit."))
                    case h11.EndOfMessage() if self._request:
                        return self._answer(*self._ask(self._request))
                    case _:
                        return None
        except h11.RemoteProtocolError:
            return self._answer(*fault(400, "This is not HTTP."))

    def _ask(self, request: h11.Request) -> Answer:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in request.headers}
        return self._rest(request.method.decode(), request.target.decode("latin-1"), headers, self._body)

    def _answer(self, status: int, content: Mapping[str, Any]) -> bytes:
        data = json.dumps(content, indent=2).encode() + b"\n"
        headers = [("content-type", "application/json"), ("content-length", str(len(data))), ("connection", "close")]
        events = (h11.Response(status_code=status, headers=headers), h11.Data(data=data), h11.EndOfMessage())
        return b"".join(self._http.send(event) or b"" for event in events)
