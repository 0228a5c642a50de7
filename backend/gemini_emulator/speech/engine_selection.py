"""The first of several engines that can run here, and a sentence when it is not the one that was wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

log = logging.getLogger("gemini_emulator")

Port = TypeVar("Port")
MAX_REASON_CHARS = 60


class CannotLoad(Exception):
    """The engine is not on this machine, or does not run on it. The text says what is missing, without a full stop."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Port]):
    """One engine behind a port."""

    load: Callable[[], Port]
    """Makes it ready, in the calling thread. Raises anything: what fails here is not chosen."""
    remedy: str
    """How to get it, as a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen(Generic[Port]):
    name: str
    port: Port
    sentence: str = ""
    """For people, when this is not the engine that was wanted; else empty."""


def choose(does: str, candidates: Mapping[str, Candidate[Port]], wanted: str) -> Chosen[Port]:
    """`wanted`, else the first other one that loads; `does` is the verb for the sentence ("hears", "speaks").

    Raises `CannotLoad` when none can; its text is about the wanted one.
    """
    if wanted not in candidates:
        first = next(iter(candidates))
        told = f'No engine that {does} is called "{wanted}": {{}} {does}. Choose {" or ".join(candidates)}.'
        chosen = choose(does, candidates, first)
        return Chosen(chosen.name, chosen.port, told.format(chosen.name))
    reason = ""
    for name in _wanted_first(wanted, list(candidates)):
        try:
            port = candidates[name].load()
        except Exception as error:
            # Whatever a native library does when it does not fit this machine: the other engine is tried.
            log.info("%s cannot run: %s", name, error, exc_info=not isinstance(error, CannotLoad))
            reason = reason or why(error)
            continue
        if name == wanted:
            return Chosen(name, port)
        return Chosen(name, port, f"{wanted} cannot run ({reason}): {name} {does} instead. {candidates[wanted].remedy}")
    raise CannotLoad(reason)


def why(error: Exception) -> str:
    """The first line of it, short enough to be read aloud."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:MAX_REASON_CHARS].rstrip(" .")


def _wanted_first(wanted: str, names: Sequence[str]) -> list[str]:
    return [wanted, *(name for name in names if name != wanted)]
