"""The microphone's frames in their order, each once, whatever a network does to them. Pure.

A page that comes back sends again what it cannot prove to have arrived; a page on a bad network sends every frame
twice over an unordered channel. Both is told apart by the frames' numbers.
"""

from typing import Generic, TypeVar

Sound = TypeVar("Sound")

MOST_REPEATED_FRAMES = 500
"""What a page keeps while it is cut off: 10 s."""
UNORDERED_PATIENCE_FRAMES = 5
"""On an unordered channel a missing frame is waited for while this many later ones come: its repetition follows three
frames behind it, and the network may shuffle."""


class MicOrder(Generic[Sound]):
    """`take` each frame as it arrives; it answers what to hear now."""

    def __init__(self) -> None:
        self.missing = 0
        """Frames that were given up."""
        self._next: int | None = None
        self._early: dict[int, Sound] = {}

    def take(self, seq: int, sound: Sound, patience_frames: int = 0) -> list[Sound]:
        """The sound of this frame and of those that waited for it, in order; nothing for a repetition.

        `seq` is u32 and wraps. With no patience (an ordered channel) what is missing will never come.
        """
        if seq == self._next and not self._early:
            self._next = (seq + 1) & 0xFFFFFFFF
            return [sound]
        if self._next is None:
            self._next = seq
        ahead = _distance(seq, self._next)
        # An ordered channel brings frame 0 twice only at once: later it is the first of a page that was loaded anew.
        anew = seq == 0 and ahead < -1 and not patience_frames
        if ahead < 0 and -ahead <= MOST_REPEATED_FRAMES and not anew:
            return []
        if ahead < 0 or ahead > MOST_REPEATED_FRAMES:
            # Another page: its numbers begin elsewhere.
            return [*self._give_up_all(), *self._follow(seq, sound)]
        self._early.setdefault(seq, sound)
        return self._due(patience_frames)

    def _due(self, patience_frames: int) -> list[Sound]:
        assert self._next is not None
        due: list[Sound] = []
        while self._early:
            if (sound := self._early.pop(self._next, None)) is not None:
                due.append(sound)
            elif max(_distance(seq, self._next) for seq in self._early) < patience_frames:
                break
            else:
                self.missing += 1
            self._next = (self._next + 1) & 0xFFFFFFFF
        return due

    def _give_up_all(self) -> list[Sound]:
        due = self._due(0)
        self._next = None
        return due

    def _follow(self, seq: int, sound: Sound) -> list[Sound]:
        self._next = (seq + 1) & 0xFFFFFFFF
        return [sound]


def _distance(seq: int, other: int) -> int:
    """How far `seq` lies ahead of `other`, or behind it (negative), modulo 2**32."""
    return (seq - other + 2**31) % 2**32 - 2**31
