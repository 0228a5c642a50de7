"""The turn machine as a state table, drawn in docs/turn-machine.md. Everything that moves it is in this file."""

from enum import StrEnum

from s2s.core.events import GenerationComplete, Interrupted, LinkLost, ModelAudio, ModelTranscriptDelta, TurnComplete


class Turn(StrEnum):
    """Whose turn it is, as the user hears it."""

    LISTENING = "listening"
    SPEAKING = "speaking"
    DRAINING = "draining"
    CUT = "cut"


DESCRIPTIONS: dict[Turn, str] = {
    Turn.LISTENING: "nothing is playing; it is the user's turn.",
    Turn.SPEAKING: "upstream is generating an answer.",
    Turn.DRAINING: "upstream has generated all of it; its end is still playing and can be cut.",
    Turn.CUT: "the user has interrupted, upstream has not noticed yet: what it still sends is discarded.",
}


CUT_TIMEOUT_S = 5.0
# If an answer that had not begun when it was cut was on its way, it or its end comes within this.
UNSPOKEN_CUT_TIMEOUT_S = 1.0


class InterruptRequested:
    """The user interrupted while audio was playing."""


class InterruptRequestedWhileWaiting:
    """The user interrupted while waiting for an answer: the answer is not wanted."""


class PlaybackFinished:
    """The user has heard the last of it."""


class InterruptTimedOut:
    """Upstream has been silent after a cut for longer than it would be if it were still generating."""


# An absent pair means "stay": on a real-time link late messages are legal.
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
    """Return where `event` leads from `turn`."""
    return TURN[turn].get(event, turn)


class TurnMachine:
    """Walks the table. A cut ends with a message from upstream, or after a time without one."""

    def __init__(self) -> None:
        self.turn = Turn.LISTENING
        self.cut_expires_at: float | None = None
        """Call `pass_time` no later than this."""
        self._cut_is_unspoken = False
        """The answer that was cut had not begun."""

    def apply(self, event: type) -> None:
        """Follow the table."""
        self.turn = next_turn(self.turn, event)

    def request_interrupt(self, event: type, cut_until: float) -> None:
        """Cut the answer, as `event` says. `cut_until`: when to stop waiting for upstream's message."""
        self.apply(event)
        self._cut_is_unspoken = event is InterruptRequestedWhileWaiting
        self._keep_cut_until(cut_until)

    def extend_cut(self, cut_until: float) -> bool:
        """Keep a cut while upstream still works on the question. Returns whether there is one: the rest is then
        discarded too."""
        if self.turn is not Turn.CUT:
            return False
        self._cut_is_unspoken = True
        self._keep_cut_until(cut_until)
        return True

    def end_unspoken_cut(self) -> None:
        """The user says something new. An answer that was cut before it began will not come, or upstream says so: what
        comes now is the answer to the new input."""
        if self._cut_is_unspoken:
            self.cut_expires_at = None
            self.apply(InterruptTimedOut)

    def discards_output(self, now: float) -> bool:
        """Return whether more output is discarded, because it belongs to an answer that was cut."""
        if self.turn is not Turn.CUT:
            return False
        self._cut_is_unspoken = False
        self._keep_cut_until(now + CUT_TIMEOUT_S)
        return True

    def _keep_cut_until(self, cut_until: float) -> None:
        self.cut_expires_at = max(self.cut_expires_at or cut_until, cut_until) if self.turn is Turn.CUT else None

    def pass_time(self, now: float) -> None:
        """End a cut about which upstream says nothing."""
        if self.cut_expires_at is not None and (self.turn is not Turn.CUT or now >= self.cut_expires_at):
            self.cut_expires_at = None
            self.apply(InterruptTimedOut)
