"""Two state tables: what happens to a message for upstream, and how much of what the user said is unanswered.

Both are drawn in docs/upstream-buffer.md. The first tells whether a message is sent, held back or queued; the second
how much of what was sent the next session has to hear again.
"""

from enum import StrEnum

from s2s.core.events import LinkLost, SetupComplete


class UpstreamBufferState(StrEnum):
    """Whether upstream hears what is sent."""

    NEW = "new"
    LIVE = "live"
    GATED = "gated"
    LOST = "lost"
    HANDING_OVER = "handing_over"


class UtteranceState(StrEnum):
    """How far what the user said has been answered."""

    NONE = "none"
    WAITING = "waiting"
    ANSWERING = "answering"
    OVERTAKEN = "overtaken"


BUFFER_DESCRIPTIONS: dict[UpstreamBufferState, str] = {
    UpstreamBufferState.NEW: "there has been no socket yet; messages are queued.",
    UpstreamBufferState.LIVE: "upstream listens; messages are sent at once.",
    UpstreamBufferState.GATED: "upstream listens, but must not hear the microphone while a tool runs.",
    UpstreamBufferState.LOST: "the socket is gone; messages are queued.",
    UpstreamBufferState.HANDING_OVER: "between two sockets by our own choice; messages are queued.",
}
UTTERANCE_DESCRIPTIONS: dict[UtteranceState, str] = {
    UtteranceState.NONE: "everything that the user said has been answered.",
    UtteranceState.WAITING: "the user has said something that the model has not begun to answer.",
    UtteranceState.ANSWERING: "the model is answering it.",
    UtteranceState.OVERTAKEN: "the user has said more while the model was answering.",
}


class HandOverStarted:
    """The socket is left for the next one, by our own choice."""


class GateClosed:
    """A tool runs, and the model takes no audio until it has the result."""


class GateOpened:
    """The microphone may be heard again."""


class UserSpoke:
    """The user said something, by voice, text or image."""


class ReplyStarted:
    """The model has begun to reply."""


class ReplyFinished:
    """The model's reply has come to its end."""


class RequestWithdrawn:
    """Nothing that was said wants a reply any more."""


# An absent pair means "stay".
UPSTREAM_BUFFER: dict[UpstreamBufferState, dict[type, UpstreamBufferState]] = {
    UpstreamBufferState.NEW: {SetupComplete: UpstreamBufferState.LIVE},
    UpstreamBufferState.LIVE: {
        GateClosed: UpstreamBufferState.GATED,
        LinkLost: UpstreamBufferState.LOST,
        HandOverStarted: UpstreamBufferState.HANDING_OVER,
    },
    UpstreamBufferState.GATED: {
        GateOpened: UpstreamBufferState.LIVE,
        LinkLost: UpstreamBufferState.LOST,
        HandOverStarted: UpstreamBufferState.HANDING_OVER,
    },
    UpstreamBufferState.LOST: {
        SetupComplete: UpstreamBufferState.LIVE,
        HandOverStarted: UpstreamBufferState.HANDING_OVER,
    },
    UpstreamBufferState.HANDING_OVER: {
        SetupComplete: UpstreamBufferState.LIVE,
        LinkLost: UpstreamBufferState.LOST,
    },
}
UTTERANCE: dict[UtteranceState, dict[type, UtteranceState]] = {
    UtteranceState.NONE: {UserSpoke: UtteranceState.WAITING},
    UtteranceState.WAITING: {ReplyStarted: UtteranceState.ANSWERING, RequestWithdrawn: UtteranceState.NONE},
    UtteranceState.ANSWERING: {
        UserSpoke: UtteranceState.OVERTAKEN,
        ReplyFinished: UtteranceState.NONE,
        RequestWithdrawn: UtteranceState.NONE,
        LinkLost: UtteranceState.NONE,
    },
    UtteranceState.OVERTAKEN: {
        ReplyFinished: UtteranceState.WAITING,
        RequestWithdrawn: UtteranceState.NONE,
        LinkLost: UtteranceState.WAITING,
    },
}
