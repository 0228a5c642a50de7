"""Validate settings about who may call: algorithms, header names, addresses of proxies and keys, secrets. Pure."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from s2s.configuration.wording import alternatives, nearest, shown

SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
DEFAULT_ASYMMETRIC = ("RS256", "ES256", "PS256", "EdDSA")
MIN_SECRET_BYTES = 32
"""As many as HS256's hash has (RFC 7518, section 3.2)."""
MIN_KEY_CHARS = 24
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,100}")
"""A field name (RFC 9110, section 5.1) without underscores: servers disagree whether `_` is `-`."""


def algorithm(text: str) -> str:
    """Return one name of S2S_JWT_ALGORITHMS in its own spelling. Raises ValueError."""
    known = SYMMETRIC + ASYMMETRIC
    if text.casefold() == "none":
        raise ValueError("the algorithm none would let anybody write a token")
    found = next((name for name in known if name.casefold() == text.casefold()), None)
    if found is None:
        meant = nearest(text, known)
        raise ValueError(f"{shown(text)} is no such algorithm: {f'write {meant}' if meant else alternatives(known)}")
    return found


def header_name(text: str) -> str:
    """Return the name of a header in lower case. Raises ValueError."""
    if not _HEADER.fullmatch(text):
        raise ValueError("it must be the name of a header, such as X-Forwarded-User, without a colon or underscore")
    return text.lower()


def proxy_network(text: str) -> str:
    """Return one entry of S2S_TRUSTED_PROXIES: an address or network. Raises ValueError."""
    if text == "*":
        raise ValueError("* would let everybody say who they are: name the addresses of the proxies")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{shown(text)}: each is an IP address or network, such as 10.0.0.5 or 10.0.0.0/24") from None
    if network.prefixlen == 0:
        raise ValueError(f"{shown(text)} would let everybody say who they are: name the addresses of the proxies")
    return str(network)


def keys_url(text: str) -> str:
    """Return the address of a key set (RFC 7517). Raises ValueError if it is not HTTPS, on this machine HTTP."""
    return _secure_url(text, "https://login.example.org/keys", "replace the keys")


def login_url(text: str) -> str:
    """Return the address of a page where people log in. Raises ValueError if it is not HTTPS, on this machine HTTP."""
    return _secure_url(text, "https://login.example.org/authorize?client_id=s2s", "read passwords")


def _secure_url(text: str, example: str, danger: str) -> str:
    form = f"it must be an address such as {example}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(form) from None
    if not host or parts.username or not text.isprintable() or " " in text:
        raise ValueError(form)
    is_here = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not is_here:
        raise ValueError(f"{form}; over http anybody on the way could {danger}")
    return text


def token_secret(text: str) -> str:
    """Return the secret that tokens are signed with. Raises ValueError if it is too short to be one."""
    if len(text.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"it must have at least {MIN_SECRET_BYTES} bytes; `openssl rand -base64 33` makes one")
    return text


def operator_key(text: str) -> str:
    """Return the operator's key. Raises ValueError if it can be guessed or cannot be sent in a header."""
    if len(text) < MIN_KEY_CHARS or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(
            f"it must have at least {MIN_KEY_CHARS} characters of ASCII, without spaces; "
            "`openssl rand -base64 33` makes one"
        )
    return text


def check_auth(mode: str, values: Mapping[str, Any]) -> None:
    """Check that a mode of S2S_AUTH has the settings that it needs. `values`: the fields. Raises ValueError."""
    url, secret = values.get("s2s_jwt_jwks_url"), values.get("s2s_jwt_secret")
    has_secret = bool(secret and secret.get_secret_value())
    if mode == "jwt" and not (url or has_secret):
        raise ValueError("it needs S2S_JWT_JWKS_URL, the address of your login service's keys, or S2S_JWT_SECRET")
    if mode in ("jwt", "proxy"):
        _check_tokens(url or "", has_secret, values)
    if mode == "proxy" and not url and not values.get("s2s_trusted_proxies"):
        raise ValueError("it needs S2S_TRUSTED_PROXIES, the addresses of the proxies that say who calls")


def _check_tokens(url: str, has_secret: bool, values: Mapping[str, Any]) -> None:
    if url and has_secret:
        raise ValueError("S2S_JWT_JWKS_URL and S2S_JWT_SECRET exclude each other")
    if url and not (values.get("s2s_jwt_issuer") and values.get("s2s_jwt_audience")):
        raise ValueError(
            "S2S_JWT_JWKS_URL needs S2S_JWT_ISSUER and S2S_JWT_AUDIENCE: else tokens that were made for other "
            "services would be taken"
        )
    fitting = SYMMETRIC if has_secret else ASYMMETRIC
    if (url or has_secret) and (odd := set(values.get("s2s_jwt_algorithms", ())) - set(fitting)):
        owner = "S2S_JWT_SECRET" if has_secret else "S2S_JWT_JWKS_URL"
        raise ValueError(f"S2S_JWT_ALGORITHMS: {alternatives(sorted(odd))} does not go with {owner}")
