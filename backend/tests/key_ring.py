"""The keys of the sessions that a test's client creates, sent with what concerns each: as every page does."""

import json
import re
from collections.abc import Generator

import httpx

from s2s import wire

_SESSION = re.compile(r"/api/session/([^/]+)")


class KeyRing(httpx.Auth):
    """For `httpx.AsyncClient(auth=...)`. A client without one is a stranger."""

    requires_response_body = True

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        """Session key by session id."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Called by httpx for each request."""
        found = _SESSION.match(request.url.path)
        key = self.keys.get(found[1], "") if found else ""
        if key:
            request.headers.setdefault("Authorization", f"Bearer {key}")
        response = yield request
        if request.url.path == "/api/session/create" and response.status_code == 201:
            created = json.loads(response.content)
            self.keys[created["session_id"]] = created["session_key"]

    def hello(self, session_id: str) -> str:
        """The first control message of a page in that session."""
        return wire.encode(wire.Hello(client="test", session_key=self.keys[session_id]))


def hello(http: httpx.AsyncClient, session_id: str) -> str:
    """The first control message of a page in a session that this client has created."""
    assert isinstance(http.auth, KeyRing)
    return http.auth.hello(session_id)
