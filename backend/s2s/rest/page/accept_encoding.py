"""Choose a content coding by a request's Accept-Encoding (RFC 9110, 12.5.3). Pure."""

import re
from collections.abc import Sequence

IDENTITY = "identity"
MAX_CHARS = 1_000
"""Of the header. A longer one is not read."""

_WEIGHT = r"[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)"
_MEMBER = re.compile(rf"([!#$%&'*+.^`|~\w-]+)(?:[ \t]*;[ \t]*{_WEIGHT})?", re.ASCII)
_ALIASES = {"x-gzip": "gzip"}
_UNLISTED = 0.0001
"""Weight of no coding where the header does not name it: acceptable, but less than whatever is named (q >= 0.001)."""


def choose_encoding(accept: str, available: Sequence[str]) -> str:
    """Return the coding with the highest weight, of several the first in `available`; IDENTITY if none is accepted.

    A client that refuses IDENTITY too gets it nevertheless (RFC 9110, 12.5, allows it). Malformed members are skipped.
    """
    weights = _weights(accept)
    anything = weights.get("*")

    def weight(coding: str) -> float:
        default = _UNLISTED if coding == IDENTITY and anything is None else anything or 0.0
        return weights.get(coding, default)

    best = max((*available, IDENTITY), key=weight)
    return best if weight(best) > 0 else IDENTITY


def _weights(accept: str) -> dict[str, float]:
    """Return the weight of each named coding, in lower case."""
    if len(accept) > MAX_CHARS:
        return {}
    found = (_MEMBER.fullmatch(member.strip(" \t")) for member in accept.split(","))
    named = ((match[1].lower(), match[2]) for match in found if match)
    return {_ALIASES.get(name, name): float(weight or 1) for name, weight in named}
