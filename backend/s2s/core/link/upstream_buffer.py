"""What goes to upstream: kept while nobody listens there, held back while it must not be heard, said again when lost.

A session that is resumed knows what was said up to its handle, and handles come at the end of turns. So what the person
said since is kept here until it is answered; if the socket dies first, the next one hears it from its beginning.

Nobody tells us what sound a socket has taken in. So the next one also hears the last moment in which nobody was noticed
to speak: the first syllable of a sentence is in it.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from s2s.core.effects import (
    ConversationEffect,
    EndAudioStream,
    PromptReply,
    SendActivity,
    SendAudio,
    SendContext,
    SendImage,
    SendText,
    SendToolResponse,
    SendVideoFrame,
    StopGeneration,
)

UpstreamEffect = (
    SendAudio
    | SendText
    | SendImage
    | SendVideoFrame
    | StopGeneration
    | SendActivity
    | EndAudioStream
    | SendToolResponse
    | PromptReply
    | SendContext
)

# 10 s of 20 ms frames. Longer silences between two links are no conversation any more.
MAX_KEPT_FRAMES = 500
# 20 s of what was said and not answered yet: about 640 kB.
MAX_UTTERANCE_FRAMES = 1_000
# 2 s before the first sign of speech: the transcript may be the first sign, and it comes late.
LOOKBACK_FRAMES = 100
# The meter notices speech after four frames, soft speech later: 1 s is said again to the next socket, noticed or not.
MAX_UNNOTICED_FRAMES = 50
# Of what came before an answer's end no more than an onset can belong to the next sentence.
ONSET_FRAMES = 29


class UpstreamBuffer:
    """Passes effects through while upstream listens; keeps them, in order, while it does not.

    Microphone audio is bounded: silence goes before speech, the oldest first, and is counted. Text and marks are never
    dropped.
    """

    def __init__(self) -> None:
        self.live = False
        self.was_live = False
        self.handing_over = False
        """Between two sockets by our own choice: soon live again."""
        self.dropped_frames = 0
        """Frames that no upstream will hear, for want of room."""
        self.gated_frames = 0
        """Frames without speech that came while the microphone was held back."""
        self.gated = False
        """Upstream must not hear the microphone just now."""
        self._kept: deque[UpstreamEffect] = deque()
        self._kept_frames = 0
        self._silence: deque[SendAudio] = deque()
        """Those of the kept frames in which nobody spoke."""
        self._held: deque[tuple[UpstreamEffect, bool]] = deque()
        """What waits behind the gate, and whether it is silence."""
        self._before: deque[SendAudio] = deque(maxlen=LOOKBACK_FRAMES)
        self._said: deque[UpstreamEffect] = deque()
        self._unnoticed = 0
        """The last frames that went out, in which nobody was noticed to speak, and that no answer has followed."""
        self._open = False
        self._answer_began = False
        self._next_begins: int | None = None

    def send(self, effect: UpstreamEffect, *, silent: bool = False) -> list[ConversationEffect]:
        """The effect, now or after the next `opened`. A stop is for the generation that runs: it is not kept. `silent`:
        microphone sound in which nobody speaks."""
        if self.live and self.gated and isinstance(effect, SendAudio | SendActivity | EndAudioStream):
            self._held.append((effect, silent))
            return []
        if self.live:
            self._remember(effect, silent)
            return [effect]
        if isinstance(effect, StopGeneration):
            return []
        self._kept.append(effect)
        if isinstance(effect, SendAudio):
            self._kept_frames += 1
            if silent:
                self._silence.append(effect)
            if self._kept_frames > MAX_KEPT_FRAMES:
                self._drop_a_frame()
        return []

    # --- the link ---

    def opened(self, *, again: bool = True) -> list[ConversationEffect]:
        """Upstream listens: everything that it does not know and everything kept, in the order it was said. `again`
        False: the very same session goes on, and knows what was said to it."""
        self.live = self.was_live = True
        self.handing_over = False
        said = list(self._said) if again else []
        effects = [*said, *(e for e in self._kept if not (again and isinstance(e, SendToolResponse)))]
        silence = {id(frame) for frame in (*self._silence, *_last(_frames(said), self._unnoticed))}
        self._said.clear()
        self._kept.clear()
        self._silence.clear()
        self._kept_frames = 0
        self._open = self._open or any(isinstance(e, SendText | SendImage | SendToolResponse) for e in effects)
        for effect in effects:
            self._remember(effect, silent=id(effect) in silence)
        return [*effects]

    def lost(self, *, planned: bool, refused: bool = False) -> None:
        """Upstream does not listen any more. `refused`: one of the messages since the last answer closed the socket, so
        nothing of that but sound is said again."""
        was_live, self.live, self.handing_over = self.live, False, planned
        self.gated = False
        said: Sequence[UpstreamEffect] = list(self._said)
        if self._answer_began:
            # The rest of that answer is asked for in other ways; what was said over it still counts.
            self._open = self._next_begins is not None
            said = said[self._next_begins :] if self._open else _last(_frames(said), self._unnoticed)
        elif was_live and not self._open:
            said = _last(self._before, self._unnoticed)
        self._said = deque(e for e in said if _may_be_said_again(e, refused))
        self._before.clear()
        self._answer_began, self._next_begins = False, None
        while self._held:
            effect, silent = self._held.popleft()
            self.send(effect, silent=silent)

    # --- what must not be lost ---

    @property
    def unanswered(self) -> bool:
        """Whether the person has said something that has had no answer to its end."""
        return self._open

    def begin(self, frames_before: int = LOOKBACK_FRAMES) -> None:
        """The person says something; it began so many frames ago."""
        for _ in range(min(frames_before, len(self._silence))):
            self._silence.pop()
        frames_before = max(frames_before, min(self._unnoticed, ONSET_FRAMES))
        if not self._open:
            self._open = True
            # Without a socket, what the next one shall hear again is there already.
            self._said.extend(_last(self._before, frames_before))
            self._before.clear()
        elif self._answer_began and self._next_begins is None:
            self._next_begins = max(0, len(self._said) - frames_before)

    def answer_began(self) -> None:
        """The model has begun to answer."""
        self._answer_began = self._open

    def answered(self) -> None:
        """The answer has come to its end. What was said over it is still to be answered."""
        if not self._answer_began:
            return
        if self._next_begins is not None:
            self._said = deque(list(self._said)[self._next_begins :])
        else:
            self._close()
        self._answer_began, self._next_begins = False, None

    def settled(self) -> None:
        """Nothing that was said wants an answer any more."""
        self._close()
        self._answer_began, self._next_begins = False, None

    def kept_audio(self) -> list[SendAudio]:
        """Sound that no socket has been given yet."""
        return _frames([*self._said, *(effect for effect, _ in self._held), *self._kept])

    # --- the gate ---

    def gate(self) -> None:
        """From now on the microphone is held back."""
        self.gated = True

    def ungate(self, *, deliver: bool) -> list[ConversationEffect]:
        """The microphone is heard again; what came meanwhile is delivered, or counted and forgotten."""
        self.gated = False
        held, self._held = self._held, deque()
        if not deliver:
            self.gated_frames += sum(isinstance(effect, SendAudio) for effect, _ in held)
            held = deque(one for one in held if not isinstance(one[0], SendAudio))
        for effect, silent in held:
            self._remember(effect, silent)
        return [effect for effect, _ in held]

    def _remember(self, effect: UpstreamEffect, silent: bool) -> None:
        if isinstance(effect, SendAudio):
            self._unnoticed = min(self._unnoticed + 1, MAX_UNNOTICED_FRAMES) if silent else 0
        if not self._open:
            if isinstance(effect, SendAudio):
                self._before.append(effect)
            return
        if isinstance(effect, StopGeneration):
            return
        self._said.append(effect)
        if len(self._said) > MAX_UTTERANCE_FRAMES and isinstance(self._said[0], SendAudio):
            self._said.popleft()
            if self._next_begins is not None:
                self._next_begins = max(0, self._next_begins - 1)

    def _close(self) -> None:
        self._unnoticed = min(self._unnoticed, ONSET_FRAMES)
        if not self._open:
            return
        self._open = False
        self._before = deque(_frames(self._said), maxlen=LOOKBACK_FRAMES)
        self._said.clear()

    def _drop_a_frame(self) -> None:
        oldest = self._silence.popleft() if self._silence else None
        del self._kept[
            next(at for at, e in enumerate(self._kept) if e is oldest or (oldest is None and isinstance(e, SendAudio)))
        ]
        self._kept_frames -= 1
        self.dropped_frames += 1


def _may_be_said_again(effect: UpstreamEffect, refused: bool) -> bool:
    if isinstance(effect, SendAudio):
        return True
    # A call id means nothing to another session, and a request to go on is made anew.
    return not refused and not isinstance(effect, SendToolResponse | PromptReply | SendContext)


def _last(frames: Iterable[SendAudio], count: int) -> list[SendAudio]:
    return list(frames)[-count:] if count else []


def _frames(effects: Iterable[UpstreamEffect]) -> list[SendAudio]:
    return [effect for effect in effects if isinstance(effect, SendAudio)]
