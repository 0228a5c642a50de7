"""Queue audio and control messages for one browser whose connection is slower than the audio.

A transport sends in order, so a message handed to it waits behind all audio handed over before. Audio that the
connection cannot take yet is therefore queued here, where control messages overtake it and an interruption drops it: a
`flush` that arrives seconds late would let the interrupted audio play on for just as long. No I/O, no clock.
"""

from collections import deque
from collections.abc import Callable

from s2s import wire


class BrowserSendQueue:
    """Priority queue: control messages first, then audio, each in order.

    Two exceptions: `turn_end` stays behind its turn's audio, since a page waits only 200 ms for the rest of it; and
    whatever is queued after such a message stays behind it. The transports that own a queue bound it.
    """

    def __init__(self) -> None:
        self._ahead: deque[str] = deque()
        self._ordered: deque[bytes | str] = deque()
        """Audio, and the messages that wait for the audio before them."""
        self._held = 0
        """Number of messages in `_ordered`."""
        self.audio_frames = 0
        self.audio_bytes = 0
        self.control_chars = 0

    def __len__(self) -> int:
        return len(self._ahead) + len(self._ordered)

    @property
    def messages(self) -> int:
        return len(self._ahead) + self._held

    def enqueue_frame(self, frame: bytes) -> None:
        """Queue one encoded audio frame."""
        self._ordered.append(frame)
        self.audio_frames += 1
        self.audio_bytes += len(frame)

    def enqueue_control(self, text: str) -> None:
        """Queue one control message. A `flush` also drops the queued audio of the turns it ends."""
        self.control_chars += len(text)
        if self._ordered:
            message = wire.decode_to_browser(text)
            if isinstance(message, wire.Flush):
                self._drop_turn(message.turn)
            if self._held or (self._ordered and isinstance(message, wire.TurnEnd)):
                self._ordered.append(text)
                self._held += 1
                return
        self._ahead.append(text)

    def pop_message(self) -> str | None:
        """Remove and return the next message that is not held behind audio; None if there is none."""
        if not self._ahead:
            return None
        text = self._ahead.popleft()
        self.control_chars -= len(text)
        return text

    def pop_next(self) -> bytes | str | None:
        """Remove and return the next message or frame; None if the queue is empty."""
        if self._ahead or not self._ordered:
            return self.pop_message()
        item = self._ordered.popleft()
        if isinstance(item, str):
            self._held -= 1
            self.control_chars -= len(item)
        else:
            self.audio_frames -= 1
            self.audio_bytes -= len(item)
        return item

    def drop_audio(self) -> None:
        """Drop the queued audio when there is no channel for it; keep the messages."""
        self._retain_frames(lambda _: False)

    def _drop_turn(self, turn: int) -> None:
        """Drop the queued audio of this turn and of all earlier ones."""
        self._retain_frames(lambda frame: wire.turn_is_after(wire.turn_of(frame), turn))

    def _retain_frames(self, wanted: Callable[[bytes], bool]) -> None:
        line, self._ordered = self._ordered, deque[bytes | str]()
        self._held = self.audio_frames = self.audio_bytes = 0
        for item in line:
            if isinstance(item, bytes):
                if wanted(item):
                    self.enqueue_frame(item)
            elif self._ordered:
                self._ordered.append(item)
                self._held += 1
            else:
                self._ahead.append(item)
