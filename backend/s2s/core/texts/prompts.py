"""Prompts to the model for when something goes wrong."""

CONTINUE_PROMPT = (
    "(The connection broke while you were speaking. What you had said until then was heard. Go on from there; do not "
    "repeat it and do not mention the connection.)"
)
REPEAT_PROMPT = "(Your last answer could not be heard. Please say it again, and do not mention this.)"
PHANTOM_PROMPT = (
    "(You were interrupted by mistake: nobody spoke. Go on from where you were cut off; do not mention this.)"
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
