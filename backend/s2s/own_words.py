"""Recognises our own orders to the model when they come back as if the person had said them. Sans-IO.

An order ("(Your last answer could not be heard. ...)") goes up as a turn of the person's, for want of another way.
A service that transcribes such turns too would have them shown, logged and remembered as the person's words.
"""

import re
from collections import deque

from s2s.vocabulary import UserSaid

_KEPT = 8
_LETTERS = re.compile(r"[\W_]+")


class OwnWords:
    """The newest orders of one session, and what of the transcript may be one of them."""

    def __init__(self) -> None:
        self._orders: deque[str] = deque(maxlen=_KEPT)
        self._held = ""

    def sent(self, text: str) -> None:
        """An order went to the model. All of them stand in brackets."""
        if text.startswith("("):
            self._orders.append(_plain(text))

    def without(self, said: UserSaid) -> UserSaid | None:
        """What of it is the person's: all, nothing (None), or with it what was held back by mistake."""
        if not self._orders or not (self._held or said.text.lstrip().startswith("(")):
            return said
        text = self._held + said.text
        plain = _plain(text)
        if any(order.startswith(plain) for order in self._orders):
            whole = plain in self._orders
            self._held = "" if whole or said.interim else text
            return None
        if not said.interim:
            self._held = ""
        return UserSaid(text, said.interim)


def _plain(text: str) -> str:
    return _LETTERS.sub("", text).casefold()
