"""The answer to questions about pictures, which the emulator does not look at."""

from __future__ import annotations

import re

CANNOT_SEE = "Your picture has arrived, but I can't see pictures. Tell me in words what it shows."

_ABOUT_A_PICTURE = re.compile(
    r"\b(?:pictures?|photos?|photographs?|images?|screenshots?|videos?|camera|drawing)\b"
    r"|\b(?:can|do|did) you see\b|\bsee (?:me|this|that|it)\b|\bwhat (?:am i|do you think i am) (?:holding|showing)\b"
    r"|\blook at (?:this|that|me|it)\b|^what(?:'s| is) (?:this|that|in front of me)\b",
    re.IGNORECASE,
)


def reply(heard: str) -> str:
    """To a question about what was shown; nothing to other words."""
    return CANNOT_SEE if _ABOUT_A_PICTURE.search(heard) else ""
