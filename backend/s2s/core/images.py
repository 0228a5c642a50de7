"""Pictures that the person shows: checked, kept until the model may see them, shown again to a session that lost them.

A still picture waits for a moment in which it interrupts nobody; what is typed next is asked about it. Frames of a
camera or screen never wait: a frame that cannot be seen at once is of no use.
"""

from collections import deque

from s2s.core.effects import SendImage, SendText

MAX_WAITING_IMAGES = 4
MAX_IMAGE_BYTES = 240_000
"""A JPEG of 1,024 pixels; in base64 far below what one message to the service may have."""
IMAGE_PLACEHOLDER = "(shows a picture)"
"""Stands for a picture in the conversation log, and in what a new session is told of an old one."""
_JPEG_MAGIC = b"\xff\xd8\xff"


def is_jpeg(data: bytes) -> bool:
    """By its first bytes; nothing is decoded here."""
    return data.startswith(_JPEG_MAGIC)


class PendingImages:
    """Still pictures of one conversation."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._unanswered: list[bytes] = []

    @property
    def has_waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def is_full(self) -> bool:
        """So many wait that another one would be too much."""
        return len(self._waiting) >= MAX_WAITING_IMAGES

    def add_image(self, jpeg: bytes) -> None:
        """One more, after those that wait."""
        self._waiting.append(jpeg)

    def send_waiting(self) -> list[SendImage]:
        """The model sees them now. Until it has answered something they may have to be shown again."""
        shown, self._waiting = list(self._waiting), deque()
        self._unanswered = [*self._unanswered, *shown][-MAX_WAITING_IMAGES:]
        return [SendImage(jpeg) for jpeg in shown]

    def send_with_text(self, text: str, *, together: bool) -> list[SendImage | SendText]:
        """What was typed, about those that wait. `together`: words and picture may be one turn."""
        shown, self._waiting = list(self._waiting), deque()
        if not shown or not together:
            return [*(SendImage(jpeg) for jpeg in shown), SendText(text)]
        return [*(SendImage(jpeg) for jpeg in shown[:-1]), SendImage(shown[-1], text)]

    def on_turn_complete(self) -> None:
        """A turn is complete: a handle to this session knows what was shown."""
        self._unanswered.clear()

    def on_link_lost(self, *, refused: bool) -> None:
        """The socket is gone. `refused`: by what it was sent, perhaps a picture."""
        if refused:
            self._waiting.clear()
            self._unanswered.clear()

    def resend_unanswered(self) -> list[SendImage]:
        """Another session must see what was not answered."""
        return [SendImage(jpeg) for jpeg in self._unanswered]
