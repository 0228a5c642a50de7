"""Queue what waits for one browser whose connection is slower than the audio.

A transport sends in its own order: whatever it was given before a message is heard before it. So voice that the line
does not take yet waits here, where a message can overtake it, and where an interruption throws it away: a `flush` that
came seconds after the interruption would let the voice go on for so long. No I/O, no clock.
"""

from collections import deque
from collections.abc import Callable

from s2s import wire


class BrowserSendQueue:
    """Messages first, in their order, then voice, in its own.

    Two exceptions. `turn_end` stays behind its turn's voice, for a page waits for the rest of it for 200 ms only; and
    what is said after such a message stays behind it. The bounds are the doors'.
    """

    def __init__(self) -> None:
        self._ahead: deque[str] = deque()
        self._ordered: deque[bytes | str] = deque()
        """Voice, and the messages that wait for the voice before them."""
        self._held = 0
        """Messages among it."""
        self.audio_frames = 0
        self.audio_bytes = 0
        self.control_chars = 0

    def __len__(self) -> int:
        return len(self._ahead) + len(self._ordered)

    @property
    def messages(self) -> int:
        return len(self._ahead) + self._held

    def enqueue_frame(self, frame: bytes) -> None:
        """One encoded audio frame."""
        self._ordered.append(frame)
        self.audio_frames += 1
        self.audio_bytes += len(frame)

    def enqueue_control(self, text: str) -> None:
        """One control message. A `flush` throws away the voice that it silences."""
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
        """The next one that waits for no voice."""
        if not self._ahead:
            return None
        text = self._ahead.popleft()
        self.control_chars -= len(text)
        return text

    def pop_next(self) -> bytes | str | None:
        """Whatever goes next; None: nothing waits."""
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
        """Drop the queued audio, which no channel can take; keep the messages."""
        self._retain_frames(lambda _: False)

    def _drop_turn(self, turn: int) -> None:
        """What was said up to this turn is not to be heard any more."""
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
