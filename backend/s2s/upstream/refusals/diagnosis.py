"""What the end of an upstream socket means: a verdict, a stable code, and words for people. Pure."""

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
    """Dialling again cannot help: somebody must change something."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict with the words for a person, and how often in a row it is worth another try."""

    verdict: Verdict
    code: str
    message: str
    """What happened. Says nothing about what will be done: that depends on how often it happened."""
    hint: str = ""
    """The remedy, once nothing more is tried."""
    tries: int = 5
    """Ends with this code in a row, without a socket that held, before it counts as final."""
    tries_with_handle: int = 5
    """After so many of them the handle is dropped: one that fails twice is poisoned."""
    other_model_may_help: bool = True
    """Whether it is worth trying the fallback model."""

    def saying(self, message: str) -> "Diagnosis":
        """The same with another message."""
        return replace(self, message=message)
