"""Grants and identity as they are written: in a token's claims, in the file of keys, in a request for a token. Pure."""

import math
from typing import Annotated

import msgspec

from s2s.access.caller import Grants

MAX_NAMES = 64
MAX_GROUPS = 50
MAX_TEXT_CHARS = 200

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
Names = Annotated[list[Name], msgspec.Meta(max_length=MAX_NAMES)]


class ClaimError(ValueError):
    """A claim or grant cannot be used; the message names it."""


class GrantClaims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What may be granted, all of it optional. A misspelt grant is refused, since leaving it out would grant more."""

    voices: Names | None = None
    tools: Names | None = None
    minutes: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Longest call."""
    tokens: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Of a day."""
    usd: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Of a day."""
    instruction: bool = True
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    operator: bool = False
    groups: Annotated[list[Name], msgspec.Meta(max_length=MAX_GROUPS)] = []

    def __post_init__(self) -> None:
        if not all(math.isfinite(amount) for amount in (self.minutes, self.usd) if amount is not None):
            raise ValueError("minutes and usd must be finite numbers")

    def to_grants(self) -> Grants:
        """Return them as the rest of the gateway reads them."""
        return Grants(
            voices=frozenset(self.voices) if self.voices is not None else None,
            tools=frozenset(self.tools) if self.tools is not None else None,
            session_minutes=self.minutes,
            day_tokens=self.tokens,
            day_usd=self.usd,
            own_instruction=self.instruction,
            priority=self.priority,
        )


def read_grants(claim: object) -> GrantClaims:
    """Read a decoded `s2s` claim. Raises ClaimError."""
    try:
        return msgspec.convert(claim, GrantClaims)
    except (msgspec.ValidationError, OverflowError) as fault:
        raise ClaimError(f"its claim s2s is wrong: {fault}") from fault


def what_exceeds(asked: GrantClaims, own: GrantClaims) -> str:
    """Return the first grant in which `asked` goes beyond `own`; empty if it is a part of it."""
    for name in ("voices", "tools"):
        mine, wanted = getattr(own, name), getattr(asked, name)
        if mine is not None and (wanted is None or not set(wanted) <= set(mine)):
            return name
    for name in ("minutes", "tokens", "usd"):
        mine, wanted = getattr(own, name), getattr(asked, name)
        if mine is not None and (wanted is None or wanted > mine):
            return name
    if asked.instruction and not own.instruction:
        return "instruction"
    if asked.priority > own.priority:
        return "priority"
    return "operator" if asked.operator else ""


def plain_text(value: object, what: str) -> str:
    """Return a claim that holds one line of text, of at most 200 characters. Raises ClaimError."""
    if not isinstance(value, str) or not value.strip():
        raise ClaimError(f"its claim {what} is no text")
    if len(value) > MAX_TEXT_CHARS or not value.isprintable():
        raise ClaimError(f"its claim {what} is too long or holds control characters")
    return value


def group_names(value: object, what: str = "groups") -> tuple[str, ...]:
    """Return a claim that lists names of groups; one name alone is a list of one. Raises ClaimError."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or len(listed) > MAX_GROUPS:
        raise ClaimError(f"its claim {what} is no list of at most {MAX_GROUPS} names")
    return tuple(dict.fromkeys(plain_text(item, what) for item in listed))
