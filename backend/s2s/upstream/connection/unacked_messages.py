"""Transparent resumption (Vertex AI): track which messages the service has consumed and which to replay.

Messages are numbered from 1 on each connection, without setup. With each handle the service reports the last one it
consumed (`lastConsumedClientMessageIndex`). After a reconnect the rest is replayed first, and numbering restarts.
Source: Google's samples for the Live API on Vertex AI (session manager).
"""

from collections import deque
from collections.abc import Iterable

# A minute of sound; older sound goes first. Other messages are never dropped.
MAX_AUDIO_FRAMES = 3_000


class UnackedMessages:
    """Everything sent since the last handle, in order."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, str, bool]] = deque()
        self._next = 1
        self._audio = 0

    def on_sent(self, text: str, is_audio: bool) -> None:
        """One message went out on this connection."""
        self._sent.append((self._next, text, is_audio))
        self._next += 1
        self._audio += is_audio
        if self._audio > MAX_AUDIO_FRAMES:
            oldest = next(message for message in self._sent if message[2])
            self._sent.remove(oldest)
            self._audio -= 1

    def passed(self) -> None:
        """One message went out that is never sent again."""
        self._next += 1

    def on_consumed(self, index: int) -> None:
        """The service has taken in everything up to there, and its newest handle knows it."""
        while self._sent and self._sent[0][0] <= index:
            self._audio -= self._sent.popleft()[2]

    def messages_to_replay(self, unsent: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
        """A new connection goes on with the same session: what it must be sent first. `unsent` never went out."""
        rest = [(text, is_audio) for _, text, is_audio in self._sent]
        self.reset()
        return [*rest, *unsent]

    def reset(self) -> None:
        """A new session, or a new connection: nothing was sent there."""
        self._sent.clear()
        self._next, self._audio = 1, 0
