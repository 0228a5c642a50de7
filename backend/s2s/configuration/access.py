"""Validate settings about who may call. Pure."""

import re

MIN_KEY_CHARS = 24


def operator_key(text: str) -> str:
    """Return the operator's key. Raises ValueError if it can be guessed or cannot be sent in a header."""
    if len(text) < MIN_KEY_CHARS or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(
            f"it must have at least {MIN_KEY_CHARS} characters of ASCII, without spaces; "
            "`openssl rand -base64 33` makes one"
        )
    return text
