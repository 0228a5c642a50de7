"""Whether somebody wants something done or known, or only tells something."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"(?<=[a-z])[.!?;]\s+|,\s+(?:so|but|please)?\s*(?=[a-z])|\s+(?:so|but)\s+", re.IGNORECASE)
_POLITE = re.compile(
    r"^(?:(?:please|hey|hi|hello|so|okay|ok|well|and|oh|um|uh|then|now|also|yes|no|sorry|excuse me)\b[ ,.!]*)+",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:i|we)(?:'d|'ll)? ?(?:would |really |just |also )*"
    r"(?:want|need|wanna|like to|like a|like an|like some|like \w+ (?:pizza|ticket)|take a|have a|have to know"
    r"|am looking for|'m looking for)\b|^(?:i'd|i would|we'd|we would) (?:like|love)\b|^(?:i'm|i am) looking for\b",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"^(?:(?:i|we|you|he|she|they|it|that|this|there|these|those|everybody|everyone|someone|nobody)"
    r"(?:'\w+)?\b|my \w+|our \w+"
    r"|the (?:\w+ ){1,6}?(?:is|are|was|were|has|had|have|looks?|seems?|tastes?|sounds?|went|came)\b"
    r"|\w+ (?:is|are|was|were) (?!the\b|it\b|there\b|in\b|on\b)\w+)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^(?:what|what's|whats|who|who's|where|where's|when|why|how|how's|which|is|are|will|does|do|did|can|could|would"
    r"|should|any|may|shall)\b",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\bdo you (?:\w+ )?(?:think|like|love|hate|enjoy|prefer|feel|believe|have (?:a|any) (?:favou?rite|opinion))\b"
    r"|\bwhat(?:'s| is) your (?:favou?rite|opinion)\b|\bare you\b|\bhave you (?:ever )?\b|\bdid you\b",
    re.IGNORECASE,
)


def request(heard: str) -> str:
    """The words from the first clause on that asks for something; nothing when all of them only tell."""
    for start in _starts(heard):
        clause = _POLITE.sub("", heard[start:].strip())
        if clause and _asks(clause):
            return heard[start:].strip()
    return ""


def _starts(heard: str) -> list[int]:
    return [0, *(found.end() for found in _CLAUSE.finditer(heard))]


def _asks(clause: str) -> bool:
    if _OPINION.search(clause):
        return False
    if _WISH.search(clause) or _ASKING.search(clause):
        return True
    return not _TELLING.search(clause)
