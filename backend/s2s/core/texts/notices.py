"""Notices of the core to the user; the page shows their text as it is."""

from s2s import wire

SILENT_TURN = wire.Notice(
    level="info",
    code="silent_turn",
    message="The AI chose not to answer.",
    hint="If you wanted an answer, ask once more.",
)
NO_ANSWER = wire.Notice(
    level="warning",
    code="no_answer",
    message="The voice service does not answer.",
    hint="Say it again. If this goes on, end the session and begin a new one.",
)
VOICE_UNPLAYABLE = wire.Notice(
    level="error",
    code="voice_unplayable",
    message="The voice service sends its voice in a form that cannot be played here.",
    hint="You can read the answers. Tell whoever runs this service: the error log names the form.",
)
CONTINUED_ELSEWHERE = wire.Notice(
    level="info",
    code="call_continued_elsewhere",
    message="This call goes on in another tab or on another device.",
    hint="If that was not you, end the call there or begin a new one here.",
    ends_in_ms=0,
)
ANSWER_WITHHELD = wire.Notice(
    level="info", code="answer_withheld", message="The voice service chose not to answer that.", hint="Ask differently."
)
ACTIVITY_IS_AUTOMATIC = wire.Notice(
    level="warning",
    code="activity_is_automatic",
    message="Here the AI hears by itself when you have finished; the talk button does nothing.",
    hint='For push to talk, choose it before the conversation begins (REST: "turn_taking": "manual").',
)
