"""Which service a handshake asks for, and whether its credentials are the right ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.settings import Settings

VERTEX_VERSIONS = frozenset(["v1", "v1beta1"])
KEY_INVALID = "API key not valid. Please pass a valid API key."

_DEVELOPER = re.compile(
    r"/ws/google\.ai\.generativelanguage\.(v\w+)\.GenerativeService[./]BidiGenerateContent(Constrained)?$"
)
_FIREBASE = re.compile(r"/ws/google\.firebase\.vertexai\.(v\w+)\.GenerativeService/BidiGenerateContent$")
_FIREBASE_VERTEX = re.compile(
    r"/ws/google\.firebase\.vertexai\.(v\w+)\.LlmBidiService/BidiGenerateContent/locations/[\w-]+$"
)
"""Firebase AI Logic's way to either service. Its clients show the key of their Firebase project on both."""
_VERTEX = re.compile(r"/ws/google\.cloud\.aiplatform\.(v\w+)\.LlmBidiService[./]BidiGenerateContent$")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client came in."""

    backend: Backend
    api_version: str
    refusal: tuple[int, str] | None = None
    """Close code and reason after the first frame; the service does so with a wrong key."""
    token: str = field(default="", compare=False)
    """The ephemeral token that was shown, `auth_tokens/...`."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The handshake is refused with this HTTP status."""

    status: int
    text: str


def open_door(
    target: str,
    headers: Mapping[str, str],
    settings: Settings,
    is_token: Callable[[str], bool] = lambda name: False,
) -> Endpoint | Rejected:
    """`target` is the request target with its query. Header names are looked up as given by the mapping.

    `is_token` knows the ephemeral tokens that this server has given out.
    """
    url = urlsplit(target)
    path = re.sub(r"/{2,}", "/", url.path if url.netloc == "" else f"/{url.netloc}{url.path}")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    key = headers.get("x-goog-api-key") or query.get("key")
    scheme, _, token = (headers.get("Authorization") or "").partition(" ")
    token = token.strip() or query.get("access_token", "")
    if found := _DEVELOPER.search(path):
        shown = next((name for name in (token, key or "") if is_token(name)), "")
        return _developer(Endpoint(Backend.DEVELOPER, found[1], token=shown), key, token, settings)
    if found := _FIREBASE.search(path):
        return _developer(Endpoint(Backend.DEVELOPER, found[1]), key, token, settings)
    if found := _FIREBASE_VERTEX.search(path):
        return _developer(Endpoint(Backend.VERTEX, found[1]), key, "", settings)
    if (found := _VERTEX.search(path)) and found[1] in VERTEX_VERSIONS:
        bearer = token if scheme.lower() == "bearer" else ""
        return _vertex(Endpoint(Backend.VERTEX, found[1]), key, bearer, settings)
    return Rejected(404, "Not found: this server speaks BidiGenerateContent only.")


def _developer(door: Endpoint, key: str | None, token: str, settings: Settings) -> Endpoint | Rejected:
    if (
        settings.require_key is not None
        and "any-key" not in settings.deviations
        and key != settings.require_key
        and not door.token
    ):
        return Endpoint(door.backend, door.api_version, (1007, KEY_INVALID))
    if not key and not token:
        return Rejected(403, "Method doesn't allow unregistered callers. Please use API Key or other identity.")
    return door


def _vertex(door: Endpoint, key: str | None, bearer: str, settings: Settings) -> Endpoint | Rejected:
    if (
        settings.require_bearer is not None
        and "any-key" not in settings.deviations
        and bearer != settings.require_bearer
    ):
        return Rejected(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.")
    if not bearer and not key:
        return Rejected(401, "Request is missing required authentication credential. Expected OAuth 2 access token.")
    return door
