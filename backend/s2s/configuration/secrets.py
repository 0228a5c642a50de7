"""API keys and passwords in settings: whether a key can be sent, and what must never be printed. Pure."""

import unicodedata
from urllib.parse import unquote, urlsplit


def api_key(text: str) -> str:
    """The key, unchanged. Raises ValueError for one that cannot go into a header (RFC 9110, section 5.5): a blank or a
    curly quote that was copied along cannot be seen."""
    odd = next((char for char in text if not "!" <= char <= "~"), None)
    if odd is not None:
        where = text.index(odd) + 1
        name = unicodedata.name(odd, f"U+{ord(odd):04X}")
        raise ValueError(
            f"character {where} of {len(text)} is {name}, which no API key holds; copy the key again (it is not "
            "printed here)"
        )
    return text


def password_of(address: str) -> str:
    """Of a URL such as https://name:password@host; empty where there is none."""
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""
