"""Whether a reply is due and what for: a state table, drawn in docs/reply-state.md.

The gateway's own meter hears speech before upstream has understood any of it, and it takes noise for speech. So a reply
is due for certain only once upstream has understood something; speech without words proves no more than that the socket
may be deaf.
"""

from enum import StrEnum

from s2s.core.events import ReplyGivenUp


class ReplyState(StrEnum):
    """Whether the model still has to reply."""

    NOT_DUE = "not_due"
    NOISE = "noise"
    UNRECOGNIZED = "unrecognized"
    RETRIED = "retried"
    EXHAUSTED = "exhausted"
    DUE = "due"


DESCRIPTIONS: dict[ReplyState, str] = {
    ReplyState.NOT_DUE: "nothing was said that deserves a reply.",
    ReplyState.NOISE: "a sound too short for a sentence; given up without a word when its time is over.",
    ReplyState.UNRECOGNIZED: "speech in which upstream recognized no words; the socket may be deaf.",
    ReplyState.RETRIED: "speech without words, on a socket that has been replaced for that reason.",
    ReplyState.EXHAUSTED: "no reply is due; speech without words does not get another socket.",
    ReplyState.DUE: "upstream has understood a request: words, typed text or the result of a tool.",
}


class NoiseHeard:
    """The meter heard a sound that was too short for a sentence."""


class SpeechHeard:
    """The meter heard speech; upstream has recognized no words of it yet."""


class RequestUnderstood:
    """Upstream has what it should reply to, or was asked again for a reply that failed."""


class SocketReplaced:
    """The socket was changed because it may be deaf."""


class ReplyReceived:
    """The model has given a good reply."""


class ReplyInterrupted:
    """The user interrupted the reply."""


# An absent pair means "stay".
REPLY: dict[ReplyState, dict[type, ReplyState]] = {
    ReplyState.NOT_DUE: {
        NoiseHeard: ReplyState.NOISE,
        SpeechHeard: ReplyState.UNRECOGNIZED,
        RequestUnderstood: ReplyState.DUE,
    },
    ReplyState.NOISE: {
        SpeechHeard: ReplyState.UNRECOGNIZED,
        RequestUnderstood: ReplyState.DUE,
        ReplyReceived: ReplyState.NOT_DUE,
        ReplyInterrupted: ReplyState.NOT_DUE,
        ReplyGivenUp: ReplyState.NOT_DUE,
    },
    ReplyState.UNRECOGNIZED: {
        RequestUnderstood: ReplyState.DUE,
        SocketReplaced: ReplyState.RETRIED,
        ReplyReceived: ReplyState.NOT_DUE,
        ReplyInterrupted: ReplyState.NOT_DUE,
        ReplyGivenUp: ReplyState.NOT_DUE,
    },
    ReplyState.RETRIED: {
        RequestUnderstood: ReplyState.DUE,
        ReplyReceived: ReplyState.NOT_DUE,
        ReplyInterrupted: ReplyState.EXHAUSTED,
        ReplyGivenUp: ReplyState.EXHAUSTED,
    },
    ReplyState.EXHAUSTED: {
        NoiseHeard: ReplyState.RETRIED,
        SpeechHeard: ReplyState.RETRIED,
        RequestUnderstood: ReplyState.DUE,
        ReplyReceived: ReplyState.NOT_DUE,
    },
    ReplyState.DUE: {
        ReplyReceived: ReplyState.NOT_DUE,
        ReplyInterrupted: ReplyState.NOT_DUE,
        ReplyGivenUp: ReplyState.NOT_DUE,
    },
}


class DueReply:
    """Walks the table, and knows why the reply is due."""

    def __init__(self) -> None:
        self.state = ReplyState.NOT_DUE
        self.is_due = False
        """Something was heard or understood that may deserve a reply. Read after every frame, so it is not computed."""
        self.reason = ""
        """The code of the incident if no reply comes."""
        self.was_spoken = False
        """The user asked by voice. A model may choose not to reply to that."""
        self.follows_interruption = False
        """The user interrupted the last reply: what they say is taken for words before upstream says so."""

    @property
    def is_understood(self) -> bool:
        """Whether upstream has understood the request."""
        return self.state is ReplyState.DUE

    def expect(self, event: type, reason: str, *, spoken: bool) -> None:
        """The user, or a tool, asks for a reply, as `event` says."""
        self.apply(event)
        self.reason, self.was_spoken = reason, spoken

    def expect_again(self, reason: str) -> None:
        """The reply failed, for this reason: it is asked for once more."""
        self.apply(RequestUnderstood)
        self.reason = reason

    def apply(self, event: type) -> None:
        """Follow the table."""
        self.state = REPLY[self.state].get(event, self.state)
        self.is_due = self.state not in (ReplyState.NOT_DUE, ReplyState.EXHAUSTED)
        if event is ReplyReceived:
            self.follows_interruption = False

    def on_interrupted(self, *, by_user: bool) -> None:
        """The model's turn was interrupted. `by_user`: the user heard what they interrupted."""
        self.follows_interruption = by_user
