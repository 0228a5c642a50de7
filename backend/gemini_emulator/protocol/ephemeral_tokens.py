"""Ephemeral tokens (`POST .../auth_tokens`): for how long, how often, and for which setup a browser may come in."""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gemini_emulator.protocol import protojson
from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.setup import Refused

LIFE_S = 30 * 60.0
NEW_SESSION_S = 60.0
MAX_LIFE_S = 20 * 3600.0
MAX_TOKENS = 2_000
"""The oldest go first beyond this."""
_WORD = re.compile(r"_([a-z])")


class Invalid(Exception):
    """The request for a token is wrong; the text is what the service would answer with status 400."""


@dataclass(slots=True)
class TokenConstraints:
    """One token. Times are the machine's `now`."""

    ends_at: float
    """No session lasts longer."""
    begin_by: float
    """A new session must begin before; a resumed one only before `ends_at`."""
    uses: int
    """Sessions that may still begin. -1: any number."""
    setup: Mapping[str, Any] | None = None
    """What the client's setup is bound to."""
    mask: Sequence[str] | None = None
    """Which fields of it, as paths in camelCase. None: all, whatever the client asks for."""

    def admit(self, body: Mapping[str, Any], now: float) -> Mapping[str, Any]:
        """The setup that counts, for the one that the client sent. Raises `Refused`.

        A used-up token is refused for a resumed session, too, as seen in the field.
        """
        resumed = bool((body.get("sessionResumption") or {}).get("handle"))
        if now >= self.ends_at or (now >= self.begin_by and not resumed):
            raise Refused(CLOSES["key_not_valid"].code, CLOSES["key_not_valid"].reason)
        if self.uses == 0:
            row = CLOSES["unavailable" if resumed else "token_used_up"]
            raise Refused(row.code, row.reason)
        if self.uses > 0:
            self.uses -= 1
        return bound(body, self.setup, self.mask)


def bound(
    body: Mapping[str, Any], locked: Mapping[str, Any] | None, mask: Sequence[str] | None
) -> Mapping[str, Any]:  # fmt: skip
    """The client's setup with the locked fields put in their place. The handle is always the client's: no one else has
    it.
    """
    if locked is None:
        return body
    if mask is None:
        whole = dict(copy.deepcopy(locked))
        handle = (body.get("sessionResumption") or {}).get("handle")
        if handle:
            whole["sessionResumption"] = {**whole.get("sessionResumption", {}), "handle": handle}
        return whole
    out = copy.deepcopy(dict(body))
    for path in mask:
        _put(out, locked, path.split("."))
    return out


def _put(into: dict[str, Any], source: Mapping[str, Any], path: Sequence[str]) -> None:
    """Copy the value at that path; where the source has none, take the target's away."""
    name, *rest = path
    if not rest:
        if name in source:
            into[name] = copy.deepcopy(source[name])
        else:
            into.pop(name, None)
        return
    inner, given = source.get(name, {}), into.get(name)
    if isinstance(inner, Mapping) and (inner or isinstance(given, dict)):
        target = given if isinstance(given, dict) else {}
        into[name] = target
        _put(target, inner, rest)


@dataclass(slots=True)
class Tokens:
    """All tokens of a server."""

    time_scale: float = 1.0
    _grants: dict[str, TokenConstraints] = field(default_factory=dict)
    new_name: Callable[[], str] = lambda: f"auth_tokens/{secrets.token_hex(32)}"

    def find(self, name: str) -> TokenConstraints | None:
        return self._grants.get(name)

    def mint(self, request: Mapping[str, Any], now: float, wall: datetime) -> str:
        """A new token's name. `request` is the body as JSON, `wall` the time of day. Raises `Invalid`."""
        try:
            read = protojson.read_message("AuthToken", request)
        except protojson.Malformed as error:
            raise Invalid(str(error)) from None
        life, begin = (
            _seconds(read, "expireTime", wall, LIFE_S),
            _seconds(read, "newSessionExpireTime", wall, NEW_SESSION_S),
        )
        if not 0 < life <= MAX_LIFE_S or begin <= 0:
            raise Invalid("expire_time and new_session_expire_time must be in the future, less than 20 hours away.")
        uses = read.get("uses", 1)
        if uses < 0:
            raise Invalid("uses must not be negative.")
        mask = read.get("fieldMask")
        name = self.new_name()
        self._grants[name] = TokenConstraints(
            ends_at=now + life / self.time_scale,
            begin_by=now + min(begin, life) / self.time_scale,
            uses=uses or -1,
            setup=read.get("bidiGenerateContentSetup"),
            mask=None if mask is None else [_camel(path.strip()) for path in mask.split(",") if path.strip()],
        )
        while len(self._grants) > MAX_TOKENS:
            del self._grants[next(iter(self._grants))]
        return name


def _seconds(read: Mapping[str, Any], name: str, wall: datetime, otherwise: float) -> float:
    if name not in read:
        return otherwise
    try:
        return (datetime.fromisoformat(read[name]) - wall).total_seconds()
    except (ValueError, TypeError):
        raise Invalid(f"{name} must be a time like 2026-11-22T00:00:00Z.") from None


def _camel(path: str) -> str:
    return _WORD.sub(lambda found: found[1].upper(), path)
