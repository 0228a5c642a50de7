"""Notices of the core to the user; the page shows their text as it is."""

from s2s import wire

SILENT_TURN = wire.Notice(
    level="info",
    code="silent_turn",
    message="The AI chose not to answer.",
    hint="If you wanted an answer, ask again.",
)
NO_ANSWER = wire.Notice(
    level="warning",
    code="no_answer",
    message="The AI service isn’t responding.",
    hint="Say that again. If it keeps happening, end this conversation and start a new one.",
)
VOICE_UNPLAYABLE = wire.Notice(
    level="error",
    code="voice_unplayable",
    message="The AI’s voice comes in a format that can’t be played here.",
    hint="You can still read the answers. Tell whoever runs this server.",
)
CONTINUED_ELSEWHERE = wire.Notice(
    level="info",
    code="call_continued_elsewhere",
    message="This conversation continues in another tab or on another device.",
    hint="If that wasn’t you, end it there or start a new one here.",
    ends_in_ms=0,
)
ANSWER_WITHHELD = wire.Notice(
    level="info",
    code="answer_withheld",
    message="The AI service declined to answer that.",
    hint="Try asking differently.",
)
ACTIVITY_IS_AUTOMATIC = wire.Notice(
    level="warning",
    code="activity_is_automatic",
    message="The AI replies when you pause, so the talk button does nothing.",
    hint="Turn on push to talk before you start a conversation.",
)
