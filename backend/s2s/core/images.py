"""Images that the user shares: checked, kept until the model may see them, sent again to a session that lost them.

A still image waits until it interrupts no answer; text that is typed next asks about it. Frames of a camera or screen
never wait: they are only useful at once.
"""

from collections import deque

from s2s.core.effects import SendImage, SendText

MAX_WAITING_IMAGES = 4
MAX_IMAGE_BYTES = 240_000
"""A JPEG of 1,024 pixels; in base64 far below the limit of one message to the service."""
IMAGE_PLACEHOLDER = "(shows a picture)"
"""Takes the place of an image in the conversation log and in the history."""
_JPEG_MAGIC = b"\xff\xd8\xff"


def is_jpeg(data: bytes) -> bool:
    """Check the first bytes; nothing is decoded here."""
    return data.startswith(_JPEG_MAGIC)


class PendingImages:
    """Still images of one conversation that the model has not answered yet."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._unanswered: list[bytes] = []

    @property
    def has_waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether no more images may wait."""
        return len(self._waiting) >= MAX_WAITING_IMAGES

    def add_image(self, jpeg: bytes) -> None:
        """Queue one more image."""
        self._waiting.append(jpeg)

    def send_waiting(self) -> list[SendImage]:
        """Send the images that wait. Until the model has answered they may have to be sent again."""
        images, self._waiting = list(self._waiting), deque()
        self._unanswered = [*self._unanswered, *images][-MAX_WAITING_IMAGES:]
        return [SendImage(jpeg) for jpeg in images]

    def send_with_text(self, text: str, *, together: bool) -> list[SendImage | SendText]:
        """Send typed text and the images that wait. `together`: text and image may be one turn."""
        images, self._waiting = list(self._waiting), deque()
        if not images or not together:
            return [*(SendImage(jpeg) for jpeg in images), SendText(text)]
        return [*(SendImage(jpeg) for jpeg in images[:-1]), SendImage(images[-1], text)]

    def on_turn_complete(self) -> None:
        """Forget what was sent: a handle to this session covers it now."""
        self._unanswered.clear()

    def on_link_lost(self, *, refused: bool) -> None:
        """Note that the socket is gone. `refused`: because of the last message, perhaps an image: send none again."""
        if refused:
            self._unanswered.clear()

    def resend_unanswered(self) -> list[SendImage]:
        """Send again what was not answered, to another session."""
        return [SendImage(jpeg) for jpeg in self._unanswered]
