"""Prompts to the model and notices to the user for when something goes wrong."""

from s2s import wire

CONTINUE_PROMPT = (
    "(The connection broke while you were speaking. What you had said until then was heard. Go on from there; do not "
    "repeat it and do not mention the connection.)"
)
REPEAT_PROMPT = "(Your last answer could not be heard. Please say it again, and do not mention this.)"
PHANTOM_PROMPT = (
    "(You were interrupted by mistake: nobody spoke. Go on from where you were cut off; do not mention this.)"
)
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
ANSWER_WITHHELD = wire.Notice(
    level="info", code="answer_withheld", message="The voice service chose not to answer that.", hint="Ask differently."
)
ACTIVITY_IS_AUTOMATIC = wire.Notice(
    level="warning",
    code="activity_is_automatic",
    message="Here the AI hears by itself when you have finished; the talk button does nothing.",
    hint='For push to talk, choose it before the conversation begins (REST: "turn_taking": "manual").',
)


def phantom_prompt(heard: str | None) -> str:
    """Prompt after an interruption that the user did not make. `heard`: how much of the answer was heard; None: not
    known."""
    if heard is None:
        return PHANTOM_PROMPT
    return (
        f"(You were interrupted by mistake: nobody spoke. {cut_note(heard)[1:-1]} Go on from there; do not repeat what "
        "was heard and do not mention this.)"
    )


def repeat_rest_prompt(heard: str) -> str:
    """Prompt for the rest of an answer that had no sound."""
    return f'(Only the beginning of your last answer could be heard: "{heard}". Say the rest; do not mention this.)'


def cut_note(heard: str) -> str:
    """Note on how much of a cut answer was heard."""
    if not heard:
        return "(Your last answer was cut off before any of it was heard.)"
    return f'(Your last answer was cut off. Only this much of it was heard: "{heard}")'
