"""Validate API keys and key paths in settings, and find passwords that must never be printed. Pure."""

import re
import unicodedata
from base64 import urlsafe_b64decode
from binascii import Error
from urllib.parse import unquote, urlsplit


def api_key(text: str) -> str:
    """Return the key unchanged. Raises ValueError for one that cannot be sent in a header (RFC 9110, section 5.5), such
    as one with a space or curly quote that was copied along unnoticed."""
    odd = next((char for char in text if not "!" <= char <= "~"), None)
    if odd is not None:
        where = text.index(odd) + 1
        name = unicodedata.name(odd, f"U+{ord(odd):04X}")
        raise ValueError(
            f"character {where} of {len(text)} is {name}, which no API key holds; copy the key again (it is not "
            "printed here)"
        )
    return text


def path_of_a_key(text: str) -> str:
    """Return the path unchanged. Raises ValueError for the key itself, since paths appear in logs and GET /health."""
    if re.match(r"AIza|AQ\.", text):
        raise ValueError("it holds an API key (not printed here); it belongs in GEMINI_API_KEY")
    if text.lstrip().startswith("{") or "-----BEGIN" in text or _in_base64(text).lstrip().startswith(b"{"):
        raise ValueError("it holds the key itself (not printed here); save it as a file and name that file")
    return text


def _in_base64(text: str) -> bytes:
    """Decode the beginning of `text` if it is base64."""
    try:
        return urlsafe_b64decode(text[:80].replace("+", "-").replace("/", "_"))
    except (Error, ValueError):
        return b""


def password_of(address: str) -> str:
    """Return the password in a URL such as https://name:password@host; empty if there is none."""
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""
