"""Diagnosis of the end of an upstream socket: verdict, stable code, message and remedy. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Verdict(StrEnum):
    """What to do about a lost socket."""

    RETRY = "retry"
    """Dial again, with the handle if there is one."""
    FRESH = "fresh"
    """The handle is dead: dial again without it."""
    WAIT = "wait"
    """Overload or quota: dial again, but much later."""
    RENEW_TOKEN = "renew_token"
    """The access token was refused: fetch another one, once, and dial again."""
    CHANGE_MODEL = "change_model"
    """The model is unknown or retired here: dial another one, if there is one."""
    FATAL = "fatal"
    """Fatal: redialling cannot help until a setting or an account changes."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict with its message, and how often in a row a retry is worth it."""

    verdict: Verdict
    code: str
    message: str
    """What happened; not what will be done, which depends on how often it happened."""
    hint: str = ""
    """The remedy, shown once there are no more retries."""
    tries: int = 5
    """Consecutive ends with this code, without a stable socket, before it counts as final."""
    tries_with_handle: int = 5
    """Ends after which the handle is dropped: one that fails twice is poisoned."""
    other_model_may_help: bool = True
    """True if the fallback model is worth a try."""

    def saying(self, message: str) -> "Diagnosis":
        """Return the same diagnosis with another message."""
        return replace(self, message=message)
