"""A scenario: when which action happens. Pure data; `reading.py` makes it from YAML, `director.py` plays it."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_emulator.scenarios.actions import Action

MESSAGES = (
    "setup", "clientContent", "realtimeInput", "audio", "video", "text", "mediaChunks", "activityStart", "activityEnd",
    "audioStreamEnd", "toolResponse", "contextUpdate",
)  # fmt: skip
"""Kinds of client message that a step can wait for; those of realtimeInput by their own name, too."""


@dataclass(frozen=True, slots=True)
class When:
    """All that is given must hold. Exactly one of four families: a handshake, a turn, a client message, or time."""

    handshake: int | None = None
    """The n-th handshake since the scenario was loaded, from 1. The step can only say how it is answered."""
    turn: int | None = None
    """The n-th turn of the model on this connection, from 1."""
    heard: str | None = None
    """A turn that answers these words (whole words, in any case)."""
    spoken_s: float | None = None
    """So much of the turn's voice is sent. Without it: before anything of the turn is sent."""
    message: str | None = None
    """A client message of this kind arrives; the step acts before the message does."""
    nth: int | None = None
    """The n-th message of that kind on this connection, from 1. Without it: any."""
    connected_s: float | None = None
    """Seconds since the handshake."""
    setup_s: float | None = None
    """Seconds since setup was accepted."""
    connection: int | None = None
    """Only on the n-th connection since the scenario was loaded, from 1."""
    chance: float | None = None
    """With this probability, 0 to 1."""

    @property
    def on_handshake(self) -> bool:
        return self.handshake is not None

    @property
    def on_turn(self) -> bool:
        return self.turn is not None or self.heard is not None or self.spoken_s is not None

    @property
    def on_message(self) -> bool:
        return self.message is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One "when this, do that"."""

    when: When
    do: tuple[Action, ...]
    times: int | None = 1
    """How often at most, over all connections. None: always."""


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str = ""
    about: str = ""
    seed: int = 0
    steps: tuple[Step, ...] = ()
