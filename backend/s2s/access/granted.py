"""Hold a new session to what its caller was granted. Pure."""

from collections.abc import Sequence

from s2s.access.caller import Grants
from s2s.errors import NotGranted


def granted_voice(asked: str | None, default: str, grants: Grants) -> str:
    """Return the voice of a session: the one that was asked for, else the default if it is granted, else the first one
    that is. Raises NotGranted."""
    allowed = grants.voices
    if allowed is None or (asked or default) in allowed:
        return asked or default
    if asked is not None or not allowed:
        raise NotGranted(f"the voice {asked or default} is not one of those that you may use{_listed(allowed)}")
    return min(allowed)


def granted_tools(asked: Sequence[str] | None, registered: Sequence[str], grants: Grants) -> Sequence[str] | None:
    """Return the functions of a session, None for all: those that were asked for, else all that are granted.

    Raises NotGranted.
    """
    allowed = grants.tools
    if allowed is None:
        return asked
    if beyond := sorted(set(asked or ()) - allowed):
        raise NotGranted(f"not among the functions that you may use: {', '.join(beyond)}")
    return asked if asked is not None else [name for name in registered if name in allowed]


def check_instruction(asked: str | None, grants: Grants) -> None:
    """Refuse a system instruction of the caller's own where it is not granted. Raises NotGranted."""
    if asked and not grants.own_instruction:
        raise NotGranted("you may not send a system instruction")


def _listed(names: frozenset[str]) -> str:
    return f": {', '.join(sorted(names))}" if names else ""
