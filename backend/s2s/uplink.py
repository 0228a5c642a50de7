"""What goes to upstream, kept while nobody listens there. Words spoken while connecting are not lost."""

from collections import deque

from s2s.effects import (
    AnswerTool,
    EndAudioStream,
    Nudge,
    SendActivity,
    SendAudio,
    SendContext,
    SendText,
    StopGeneration,
    TalkEffect,
)

UpstreamEffect = (
    SendAudio | SendText | StopGeneration | SendActivity | EndAudioStream | AnswerTool | Nudge | SendContext
)

# 10 s of 20 ms frames. Longer silences between two links are no conversation any more.
RING_FRAMES = 500


class Uplink:
    """Passes effects through while upstream listens; keeps them, in order, while it does not.

    Microphone audio is a ring (the oldest frame goes first); text, marks and tool answers are never dropped.
    """

    def __init__(self) -> None:
        self.live = False
        self.was_live = False
        self.handing_over = False
        """Between two sockets by our own choice: soon live again."""
        self.dropped_frames = 0
        self._kept: deque[UpstreamEffect] = deque()
        self._kept_frames = 0

    def send(self, effect: UpstreamEffect) -> list[TalkEffect]:
        """The effect, now or after the next `opened`. A stop is for the generation that runs: it is not kept."""
        if self.live:
            return [effect]
        if isinstance(effect, StopGeneration):
            return []
        self._kept.append(effect)
        if isinstance(effect, SendAudio):
            self._kept_frames += 1
            if self._kept_frames > RING_FRAMES:
                self._drop_oldest_frame()
        return []

    def opened(self) -> list[TalkEffect]:
        """Upstream listens: everything kept, in the order it was said."""
        self.live = self.was_live = True
        self.handing_over = False
        kept: list[TalkEffect] = list(self._kept)
        self._kept.clear()
        self._kept_frames = 0
        return kept

    def lost(self, planned: bool) -> None:
        """Upstream does not listen any more."""
        self.live = False
        self.handing_over = planned

    def _drop_oldest_frame(self) -> None:
        oldest = next(e for e in self._kept if isinstance(e, SendAudio))
        self._kept.remove(oldest)
        self._kept_frames -= 1
        self.dropped_frames += 1
