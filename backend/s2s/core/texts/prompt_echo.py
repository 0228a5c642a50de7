"""Removes our own prompts to the model from the transcript of the user's speech.

A prompt ("(Your last answer could not be heard. ...)") is sent as a user turn, because there is no other way. A service
that transcribes such turns would have them shown, logged and remembered as the user's words.
"""

import re
from collections import deque

from s2s.core.events import UserTranscriptDelta

_MAX_PROMPTS = 8
_LETTERS = re.compile(r"[\W_]+")
_CLOSING_BRACKET = re.compile(r"^[^\w(]*\)")


class PromptEchoFilter:
    """The newest prompts of one session, and what part of the transcript may be one of them."""

    def __init__(self) -> None:
        self._prompts: deque[str] = deque(maxlen=_MAX_PROMPTS)
        self._held = ""

    def on_prompt_sent(self, text: str) -> None:
        """Remember a prompt that went to the model. All of them are in brackets."""
        if text.startswith("("):
            self._prompts.append(_letters_only(text))

    def strip_echo(self, said: UserTranscriptDelta) -> UserTranscriptDelta | None:
        """Return what part of it is the user's: all, none (None), or with it what was held back by mistake."""
        if not self._prompts or not (self._held or "(" in said.text):
            return said
        text = self._held + said.text
        plain = _letters_only(text)
        if text.lstrip().startswith("(") and any(order.startswith(plain) for order in self._prompts):
            whole = plain in self._prompts
            self._held = "" if whole or said.interim else text
            return None
        if not said.interim:
            self._held = ""
        rest = self._strip_prompts(text)
        return UserTranscriptDelta(rest, said.interim) if rest.strip() else None

    def _strip_prompts(self, text: str) -> str:
        """Cut out a prompt that came in one piece with the user's words."""
        letters = [(letter, at) for at, char in enumerate(text) for letter in _letters_only(char)]
        plain = "".join(letter for letter, _ in letters)
        for order in self._prompts:
            if order and (found := plain.find(order)) >= 0:
                before = text[: letters[found][1]].rstrip().removesuffix("(")
                after = _CLOSING_BRACKET.sub("", text[letters[found + len(order) - 1][1] + 1 :], count=1)
                return f"{before.rstrip()} {after.lstrip()}" if before.strip() and after.strip() else before + after
        return text


def _letters_only(text: str) -> str:
    return _LETTERS.sub("", text).casefold()
