"""Reorder and deduplicate mic frames: deliver each once and in order. Pure.

A page that reconnects retransmits every frame whose arrival is unconfirmed; a page on a bad network sends every frame
twice over an unordered channel. Sequence numbers identify the duplicates in both cases.
"""

from typing import Generic, TypeVar

Audio = TypeVar("Audio")

MAX_REPEATED_FRAMES = 500
"""What a page buffers while it is disconnected: 10 s."""
UNORDERED_WAIT_FRAMES = 5
"""On an unordered channel, how many later frames may arrive before a missing one is given up: its repetition follows
three frames behind it, and the network may reorder frames."""


class MicReorderBuffer(Generic[Audio]):
    """Jitter buffer without a clock: `push` each frame as it arrives; it returns the frames that are due."""

    def __init__(self) -> None:
        self.missing = 0
        """Number of frames given up as lost."""
        self._next: int | None = None
        self._early: dict[int, Audio] = {}

    def push(self, seq: int, audio: Audio, wait_frames: int = 0) -> list[Audio]:
        """Return the audio of this frame and of those that waited for it, in order; nothing for a duplicate.

        `seq` is u32 and wraps. `wait_frames` is how many later frames to wait for a missing one; 0 on an ordered
        channel, where a missing frame will never arrive.
        """
        if seq == self._next and not self._early:
            self._next = (seq + 1) & 0xFFFFFFFF
            return [audio]
        if self._next is None:
            self._next = seq
        ahead = _distance(seq, self._next)
        # An ordered channel repeats frame 0 only right after it; a later frame 0 is the first one of a reloaded page.
        is_new_page = seq == 0 and ahead < -1 and not wait_frames
        if ahead < 0 and -ahead <= MAX_REPEATED_FRAMES and not is_new_page:
            return []
        if ahead < 0 or ahead > MAX_REPEATED_FRAMES:
            # A different page, whose sequence numbers start elsewhere.
            return [*self._flush_all(), *self._restart_at(seq, audio)]
        self._early.setdefault(seq, audio)
        return self._frames_due(wait_frames)

    def _frames_due(self, wait_frames: int) -> list[Audio]:
        assert self._next is not None
        due: list[Audio] = []
        while self._early:
            if (sound := self._early.pop(self._next, None)) is not None:
                due.append(sound)
            elif max(_distance(seq, self._next) for seq in self._early) < wait_frames:
                break
            else:
                self.missing += 1
            self._next = (self._next + 1) & 0xFFFFFFFF
        return due

    def _flush_all(self) -> list[Audio]:
        due = self._frames_due(0)
        self._next = None
        return due

    def _restart_at(self, seq: int, audio: Audio) -> list[Audio]:
        self._next = (seq + 1) & 0xFFFFFFFF
        return [audio]


def _distance(seq: int, other: int) -> int:
    """How far `seq` lies ahead of `other`, or behind it (negative), modulo 2**32."""
    return (seq - other + 2**31) % 2**32 - 2**31
