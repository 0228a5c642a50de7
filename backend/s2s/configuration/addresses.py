"""Normalise and validate origins, host names and service addresses in settings. Pure.

The gateway compares an origin with what a browser sends (RFC 6454, section 6.2): scheme, host in lower case and ASCII,
and the port unless it is the scheme's default. So each origin is normalised to that form, and one that no browser can
send is refused.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

import idna

from s2s.configuration.wording import shown

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_WEB_SERVICE = ("ws", "wss", "http", "https")
_PAGE_SCHEMES = {"ws": "http", "wss": "https"}
"""The scheme of the page that opens a WebSocket with this scheme."""
_QUOTES = "\"'"
_BRACKETS_AND_QUOTES = "[" + _QUOTES
_ORIGIN_FORM = "an origin is a scheme, a host and perhaps a port, such as https://www.example.org"


def items(read: Callable[[str], str]) -> Callable[[Any], Any]:
    """Return a parser for comma-separated lists that applies `read` to each item and passes on anything but text."""

    def read_all(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [read(item.strip()) for item in value.split(",") if item.strip()]

    return read_all


def ascii_host(host: str) -> str:
    """Return a host name as URLs spell it: lower case, other scripts in Punycode. Raises ValueError."""
    lowered = host.lower()
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except idna.IDNAError as fault:
        raise ValueError(f"{host} is not a host name") from fault


def _split(text: str) -> tuple[SplitResult, str, int | None]:
    """Split a URL; also return its host in ASCII (an IPv6 address in brackets) and its port. Raises ValueError."""
    if any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("an address holds no spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as fault:
        raise ValueError("it cannot be read") from fault
    host = ascii_host(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host) or port == 0:
        raise ValueError("its host or port cannot be read" if host else "it names no host")
    return parts, host, port


def web_origin(text: str) -> str:
    """Return one origin of S2S_CORS_ORIGINS as browsers send it; `*` and `null` unchanged. Raises ValueError."""
    if text in ("*", "null"):
        return text
    if text[0] in _BRACKETS_AND_QUOTES or text[-1] in _QUOTES:
        raise ValueError(f"{shown(text)}: write commas between them, and no brackets or quotation marks")
    if len(several := [item for item in re.split(r"[;\s]+", text) if item]) > 1:
        whole = ", ".join(item if "://" in item else f"https://{item}" for item in several)
        raise ValueError(f"{shown(text)}: write commas between them: {shown(whole)}")
    if "*" in text:
        raise ValueError(f"{shown(text)} can never match: name each origin in full, or * alone for any page")
    if "://" not in text:
        raise ValueError(_without_scheme(text))
    try:
        parts, host, port = _split(text)
    except ValueError as fault:
        raise ValueError(f"{shown(text)}: {_ORIGIN_FORM}") from fault
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", parts.scheme):
        raise ValueError(f"{shown(text)}: {_ORIGIN_FORM}")
    scheme = _PAGE_SCHEMES.get(parts.scheme, parts.scheme)
    origin = f"{scheme}://{host}"
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        origin += f":{port}"
    if scheme != parts.scheme:
        why = f"a page's origin begins with {scheme}://"
        raise ValueError(f"{shown(text)} can never match, because {why}: write {origin}")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{shown(text)} can never match, because browsers send no more than {origin}: write that")
    return origin


def _without_scheme(text: str) -> str:
    """Message for an origin without a scheme, with the corrected origin."""
    try:
        _, host, port = _split(f"https://{text.lstrip('/')}")
    except ValueError:
        return f"{shown(text)}: {_ORIGIN_FORM}"
    if re.match(r"(https?|wss?):/", text):
        return f"{shown(text)}: {_ORIGIN_FORM}"
    address = f"{host}:{port}" if port is not None else host
    return f"{shown(text)} has no scheme: write https://{address} (or http://)"


def frame_ancestor(text: str) -> str:
    """Return one host source of S2S_FRAME_ANCESTORS (W3C CSP 3, 2.3.1): an origin, `https://*.example.org`, a port
    `*`, or `*`. Raises ValueError."""
    if text == "*":
        return text
    form = "each is an origin such as https://www.example.org, or * for any page"
    found = re.fullmatch(r"(?i:(https?)://(\*\.)?([^\s/?#@*:,;\[\]]+|\[[0-9a-f:.]+\]))(?::(\d{1,5}|\*))?/?", text)
    if found is None:
        raise ValueError(f"{shown(text)}: {form}")
    scheme, wildcard, host, port = found.groups()
    host = ascii_host(host)
    if not _HOST.fullmatch(host) or ((port or "").isdigit() and not 0 < int(port) < 65536):
        raise ValueError(f"{shown(text)}: {form}")
    return f"{scheme.lower()}://{wildcard or ''}{host}" + (f":{port}" if port else "")


def allowed_host(text: str) -> str:
    """Return one name of S2S_ALLOWED_HOSTS: a host without scheme and port. Raises ValueError."""
    if text == "*":
        return text
    wildcard, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    host = ascii_host(name)
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host):
        raise ValueError("each is a host name such as voice.example.org or *.example.org, without scheme and port")
    return wildcard + host


def service_address(text: str) -> str:
    """Return the address of a WebSocket service, stripped of spaces. Raises ValueError."""
    form = "it must be an address such as wss://host.example.org or ws://127.0.0.1:9090"
    if urlsplit_scheme(text) not in _WEB_SERVICE or "://" not in text:
        raise ValueError(form)
    try:
        parts, _, _ = _split(text)
    except ValueError as fault:
        raise ValueError(form) from fault
    if parts.query or parts.fragment:
        raise ValueError(f"{form}, without ? and #")
    return text


def is_service_address(text: str) -> bool:
    """Whether the text is a valid address of a WebSocket service."""
    try:
        service_address(text)
    except ValueError:
        return False
    return True


def urlsplit_scheme(text: str) -> str:
    """Return the part before the first colon in lower case; empty if there is no colon."""
    return text.partition(":")[0].lower() if ":" in text else ""


def address_range(text: str) -> str:
    """Return an IP address or a network of S2S_ICE_ADDRESSES, such as 192.0.2.7 or 10.0.0.0/8. Raises ValueError."""
    try:
        network = ip_network(text.strip("[]"), strict=False)
    except ValueError:
        raise ValueError(
            f"{shown(text)} is no IP address: write an address of this machine, such as 192.0.2.7, or a network, such "
            "as 10.0.0.0/8"
        ) from None
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
