"""Where the recorder dials: the address that was asked for, or Google's own. Pure.

Source of the hosts: Google's reference of BidiGenerateContent for the Developer API and for Vertex AI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

DEVELOPER_HOST = "generativelanguage.googleapis.com"
VERTEX_HOST = "aiplatform.googleapis.com"
FIREBASE_HOST = "firebasevertexai.googleapis.com"
URL_VARIABLE = "GEMINI_EMULATOR_RECORD_URL"
LOCATION_VARIABLE = "GOOGLE_CLOUD_LOCATION"
_SECURE = {"wss": True, "https": True, "ws": False, "http": False}


@dataclass(frozen=True, slots=True)
class Upstream:
    """A host to dial."""

    host: str
    port: int
    secure: bool
    prefix: str = ""
    """What goes before the path that the client asked for, without a slash at its end."""

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        usual = 443 if self.secure else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """What the cassette says it was recorded from."""
        return "google" if self.host.endswith(".googleapis.com") else self.host


class NoUpstream(Exception):
    """The address cannot be dialled. The text is a sentence."""


def parse(url: str) -> Upstream:
    """Raises NoUpstream."""
    parts = urlsplit(url if "://" in url else f"wss://{url}")
    secure = _SECURE.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if secure is None or not parts.hostname or port == -1:
        raise NoUpstream(f"{url!r} is no address to record from; it looks like wss://host or ws://127.0.0.1:8090.")
    return Upstream(parts.hostname, port or (443 if secure else 80), secure, parts.path.rstrip("/"))


def vertex_host(location: str) -> str:
    """`global`, a region such as us-central1, or one of the multi-regions us and eu. Raises NoUpstream."""
    if not re.fullmatch(r"[a-z0-9-]+", location):
        raise NoUpstream(f"{location!r} is no location of Vertex AI; it looks like us-central1 or global.")
    if location == "global":
        return VERTEX_HOST
    return f"aiplatform.{location}.rep.googleapis.com" if location in ("us", "eu") else f"{location}-{VERTEX_HOST}"


def choose(path: str, url: str, location: str) -> Upstream:
    """`url` if there is one, else Google's host for that path. Raises NoUpstream."""
    if url:
        return parse(url)
    if "google.firebase.vertexai." in path:
        return Upstream(FIREBASE_HOST, 443, True)
    host = vertex_host(location) if "google.cloud.aiplatform." in path else DEVELOPER_HOST
    return Upstream(host, 443, True)


def from_environment(environment: Mapping[str, str]) -> tuple[str, str]:
    """(url, location) that the environment names."""
    return environment.get(URL_VARIABLE, ""), environment.get(LOCATION_VARIABLE, "") or "global"
