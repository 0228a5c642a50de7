"""What is said to the model, and to the person, when something does not go as it should."""

from s2s import wire

GO_ON = (
    "(The connection broke while you were speaking. What you had said until then was heard. Go on from there; do not "
    "repeat it and do not mention the connection.)"
)
SAY_AGAIN = "(Your last answer could not be heard. Please say it again, and do not mention this.)"
NOBODY_SPOKE = (
    "(You were interrupted by mistake: nobody spoke. Go on from where you were cut off; do not mention this.)"
)
NO_ANSWER = wire.Notice(
    level="warning",
    code="no_answer",
    message="The voice service does not answer.",
    hint="Say it again. If this goes on, end the session and begin a new one.",
)
WITHHELD = wire.Notice(
    level="info", code="answer_withheld", message="The voice service chose not to answer that.", hint="Ask differently."
)
ACTIVITY_IS_AUTOMATIC = wire.Notice(
    level="warning",
    code="activity_is_automatic",
    message="This session finds the end of speech by itself; the push-to-talk mark was ignored.",
    hint='Create the session with "turn_taking": "manual" to use push-to-talk.',
)


def cut_note(heard: str) -> str:
    """For the model: how much of its interrupted answer reached the ear."""
    if not heard:
        return "(Your last answer was cut off before any of it was heard.)"
    return f'(Your last answer was cut off. Only this much of it was heard: "{heard}")'
