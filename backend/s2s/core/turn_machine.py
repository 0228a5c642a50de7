"""The turn machine as a table. Everything that moves it stands here; the picture in docs is drawn from it. Sans-IO."""

from enum import StrEnum

from s2s.core.events import GenerationComplete, Interrupted, LinkLost, ModelAudio, ModelTranscriptDelta, TurnComplete


class Turn(StrEnum):
    """Whose turn it is, from the listener's side."""

    LISTENING = "listening"
    SPEAKING = "speaking"
    DRAINING = "draining"
    CUT = "cut"


DESCRIPTIONS: dict[Turn, str] = {
    Turn.LISTENING: "nobody is heard; the person has the floor.",
    Turn.SPEAKING: "upstream is generating an answer.",
    Turn.DRAINING: "upstream has said all of it; the listener still hears the tail, which can be cut.",
    Turn.CUT: "the person wants silence, upstream has not noticed yet: what it still says falls on the floor.",
}


CUT_TIMEOUT_S = 5.0
# An answer that had not begun when it was refused: if it was on its way, it comes, or its end comes, within this.
UNSPOKEN_CUT_TIMEOUT_S = 1.0


class InterruptRequested:
    """The person asked for silence while something could be heard."""


class InterruptRequestedWhileWaiting:
    """The person asked for silence while they waited for an answer: what may come of it is not wanted."""


class PlaybackFinished:
    """The listener has heard the last of it."""


class InterruptTimedOut:
    """Upstream has been quiet for so long after a cut that it must have stopped without saying so."""


# An absent pair means "stay": on a real-time link late words are legal.
TURN: dict[Turn, dict[type, Turn]] = {
    Turn.LISTENING: {
        ModelAudio: Turn.SPEAKING,
        ModelTranscriptDelta: Turn.SPEAKING,
        InterruptRequestedWhileWaiting: Turn.CUT,
    },
    Turn.SPEAKING: {
        InterruptRequested: Turn.CUT,
        Interrupted: Turn.LISTENING,
        GenerationComplete: Turn.DRAINING,
        TurnComplete: Turn.DRAINING,
        LinkLost: Turn.DRAINING,
    },
    Turn.DRAINING: {
        InterruptRequested: Turn.LISTENING,
        Interrupted: Turn.LISTENING,
        PlaybackFinished: Turn.LISTENING,
        ModelAudio: Turn.SPEAKING,
        ModelTranscriptDelta: Turn.SPEAKING,
    },
    Turn.CUT: {
        Interrupted: Turn.LISTENING,
        GenerationComplete: Turn.LISTENING,
        TurnComplete: Turn.LISTENING,
        LinkLost: Turn.LISTENING,
        InterruptTimedOut: Turn.LISTENING,
    },
}


def next_turn(turn: Turn, event: type) -> Turn:
    """Where `fact` leads from `turn`."""
    return TURN[turn].get(event, turn)


class TurnMachine:
    """Walks the table. A cut ends with a word from upstream, or after a time without one."""

    def __init__(self) -> None:
        self.turn = Turn.LISTENING
        self.cut_expires_at: float | None = None
        """Call `pass_time` no later than this."""
        self._cut_is_unspoken = False
        """Of the answer that was cut nothing had been said."""

    def apply(self, event: type) -> None:
        """`fact` happened."""
        self.turn = next_turn(self.turn, event)

    def request_interrupt(self, event: type, cut_until: float) -> None:
        """The person asked for silence, as `fact` says. `cut_until`: when to stop waiting for upstream's word."""
        self.apply(event)
        self._cut_is_unspoken = event is InterruptRequestedWhileWaiting
        self._keep_cut_until(cut_until)

    def extend_cut(self, cut_until: float) -> bool:
        """Upstream has not said all of what it was asked. Whether what is still to come was cut, and falls on the
        floor, too."""
        if self.turn is not Turn.CUT:
            return False
        self._cut_is_unspoken = True
        self._keep_cut_until(cut_until)
        return True

    def end_unspoken_cut(self) -> None:
        """The person goes on with something new. What was cut before it was spoken will not be, or upstream says so:
        what comes now is the answer to the new."""
        if self._cut_is_unspoken:
            self.cut_expires_at = None
            self.apply(InterruptTimedOut)

    def discards_output(self, now: float) -> bool:
        """Upstream says more. Whether it falls on the floor, being of an answer that was cut."""
        if self.turn is not Turn.CUT:
            return False
        self._cut_is_unspoken = False
        self._keep_cut_until(now + CUT_TIMEOUT_S)
        return True

    def _keep_cut_until(self, cut_until: float) -> None:
        self.cut_expires_at = max(self.cut_expires_at or cut_until, cut_until) if self.turn is Turn.CUT else None

    def pass_time(self, now: float) -> None:
        """A cut that upstream says nothing about is over some time."""
        if self.cut_expires_at is not None and (self.turn is not Turn.CUT or now >= self.cut_expires_at):
            self.cut_expires_at = None
            self.apply(InterruptTimedOut)
