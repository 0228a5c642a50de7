"""Parse and validate STUN and TURN servers in the form of the browser API (W3C WebRTC, RTCIceServer).

Browsers and aiortc both throw on a URL that they cannot parse, which would end every call.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from s2s.configuration.addresses import ascii_host
from s2s.configuration.wording import nearest, shown

EXAMPLE = '[{"urls": ["stun:stun.example.org:3478"]}]'
MAX_CHARS = 20_000
MAX_SERVERS = 20
MAX_URLS = 20
# RFC 7064 and 7065: no slashes, an IPv6 host in brackets.
_URL = re.compile(
    r"(?P<scheme>[a-z]+):(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]/?:@#\s]+)(?::(?P<port>\d{1,5}))?(?:\?(?P<query>.*))?"
)
_SCHEMES = ("stun", "stuns", "turn", "turns")
_FIELDS = ("urls", "username", "credential", "credentialType")


class IceServer(BaseModel, frozen=True):
    """A STUN or TURN server in the form of RTCPeerConnection's configuration."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None

    @property
    def readable_here(self) -> list[str]:
        """URLs that aiortc can parse: its pattern does not match IPv6 addresses (1.16, rtcicetransport.py)."""
        return [url for url in self.urls if "[" not in url]

    @property
    def stun_urls(self) -> list[str]:
        """URLs of this server that need no password."""
        return [url for url in self.urls if url.startswith("stun")]


def ice_url(text: str) -> str:
    """Return the URL of a STUN or TURN server, its scheme in lower case. Raises ValueError."""
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _SCHEMES:
        raise ValueError(f'"{shown(text)}" must begin with stun:, stuns:, turn: or turns:')
    if rest.startswith("//"):
        raise ValueError(f'"{shown(text)}" must have no slashes: write {scheme}:{shown(rest.strip("/"))}')
    if "@" in rest:
        after = rest.rpartition("@")[2]
        raise ValueError(
            f'"{scheme}:***@{shown(after)}" must hold no user name and password: leave out what stands before the @'
        )
    if re.search(r"[,\s]", rest.partition("?")[0]):
        raise ValueError(f'"{shown(text)}" must be one address: write a list of them')
    found = _URL.fullmatch(f"{scheme}:{rest}")
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(f'"{shown(text)}" must be {scheme}:, a host and perhaps a port, such as {scheme}:host:3478')
    query = found["query"]
    if query is not None:
        if scheme.startswith("stun"):
            raise ValueError(f'"{shown(text)}" must have nothing after ?: only TURN servers take a transport')
        if query not in ("transport=udp", "transport=tcp"):
            raise ValueError(f'"{shown(text)}" may end in ?transport=udp or ?transport=tcp, nothing else')
    host = found["host"] if found["host"].startswith("[") else ascii_host(found["host"])
    port = f":{found['port']}" if found["port"] else ""
    return f"{scheme}:{host}{port}" + (f"?{query}" if query is not None else "")


def turn_url(text: str) -> str:
    """Return the URL of a TURN server. Raises ValueError."""
    if not text.lower().startswith(("turn:", "turns:")):
        raise ValueError(f'each address begins with turn: or turns:, not "{shown(text)}"')
    return ice_url(text)


def ice_servers(text: Any) -> Any:
    """Parse a JSON list of IceServer; pass on anything but text, which is such a list already.

    Raises ValueError with a sentence that names the entry and the field.
    """
    if not isinstance(text, str):
        return text
    if len(text) > MAX_CHARS:
        raise ValueError(f"it may have {MAX_CHARS:,} characters at most")
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"it must be a JSON list such as {EXAMPLE}") from None
    if not isinstance(entries, list):
        raise ValueError(f"it must be a JSON list such as {EXAMPLE}")
    if len(entries) > MAX_SERVERS:
        raise ValueError(f"it may name {MAX_SERVERS} servers at most")
    return [_server(f"[{index}]", entry) for index, entry in enumerate(entries)]


def _server(where: str, entry: Any) -> IceServer:
    if not isinstance(entry, Mapping):
        raise ValueError(f'{where} must be an object such as {{"urls": ["stun:stun.example.org:3478"]}}')
    if "urls" not in entry:
        raise ValueError(f"{where}.urls is missing{_instead_of('urls', entry)}")
    urls = [entry["urls"]] if isinstance(entry["urls"], str) else entry["urls"]
    if not isinstance(urls, list) or not urls or len(urls) > MAX_URLS:
        raise ValueError(f"{where}.urls must be an address or a list of 1 to {MAX_URLS} addresses")
    read = [_url(f"{where}.urls[{index}]", url) for index, url in enumerate(urls)]
    if entry.get("credentialType", "password") != "password":
        raise ValueError(f'{where}.credentialType must be "password"')
    texts = {name: entry.get(name) for name in ("username", "credential")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{where}.{name} must be text in quotes")
        if not value and any(url.startswith("turn") for url in read):
            raise ValueError(f"{where}.{name} is missing, which a TURN server needs{_instead_of(name, entry)}")
    return IceServer(urls=read, username=texts["username"], credential=texts["credential"])


def _url(where: str, url: Any) -> str:
    if not isinstance(url, str):
        raise ValueError(f"{where} must be text in quotes")
    try:
        return ice_url(url)
    except ValueError as fault:
        raise ValueError(f"{where} {fault}") from None


def _instead_of(name: str, entry: Mapping[str, Any]) -> str:
    unknown = [str(key) for key in entry if key not in _FIELDS]
    written = nearest(name, unknown)
    return f' (you wrote "{shown(written)}")' if written else ""
