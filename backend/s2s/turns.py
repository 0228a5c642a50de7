"""The turn machine as a table. Everything that moves it stands here; the picture in docs is drawn from it."""

from enum import StrEnum

from s2s.vocabulary import GenerationComplete, Interrupted, LinkLost, ModelSaid, TurnComplete, VoiceOut


class Turn(StrEnum):
    """Whose turn it is, from the listener's side."""

    LISTENING = "listening"
    SPEAKING = "speaking"
    DRAINING = "draining"
    CUT = "cut"


MEANING: dict[Turn, str] = {
    Turn.LISTENING: "nobody is heard; the person has the floor.",
    Turn.SPEAKING: "upstream is generating an answer.",
    Turn.DRAINING: "upstream has said all of it; the listener still hears the tail, which can be cut.",
    Turn.CUT: "the person wants silence, upstream has not noticed yet: what it still says falls on the floor.",
}


class Pressed:
    """The person asked for silence while something could be heard."""


class PressedWaiting:
    """The person asked for silence while they waited for an answer: what may come of it is not wanted."""


class TailHeard:
    """The listener has heard the last of it."""


class CutExpired:
    """Upstream has been quiet for so long after a cut that it must have stopped without saying so."""


# An absent pair means "stay": on a real-time link late words are legal.
TURN: dict[Turn, dict[type, Turn]] = {
    Turn.LISTENING: {VoiceOut: Turn.SPEAKING, ModelSaid: Turn.SPEAKING, PressedWaiting: Turn.CUT},
    Turn.SPEAKING: {
        Pressed: Turn.CUT,
        Interrupted: Turn.LISTENING,
        GenerationComplete: Turn.DRAINING,
        TurnComplete: Turn.DRAINING,
        LinkLost: Turn.DRAINING,
    },
    Turn.DRAINING: {
        Pressed: Turn.LISTENING,
        Interrupted: Turn.LISTENING,
        TailHeard: Turn.LISTENING,
        VoiceOut: Turn.SPEAKING,
        ModelSaid: Turn.SPEAKING,
    },
    Turn.CUT: {
        Interrupted: Turn.LISTENING,
        GenerationComplete: Turn.LISTENING,
        TurnComplete: Turn.LISTENING,
        LinkLost: Turn.LISTENING,
        CutExpired: Turn.LISTENING,
    },
}


def after(turn: Turn, fact: type) -> Turn:
    """Where `fact` leads from `turn`."""
    return TURN[turn].get(fact, turn)


def mermaid() -> str:
    """The machine as a mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Turn.LISTENING}"]
    for state, row in TURN.items():
        lines += [f"    {state} --> {target}: {fact.__name__}" for fact, target in row.items()]
    return "\n".join(lines) + "\n"
