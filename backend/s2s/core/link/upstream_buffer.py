"""Messages to upstream: queued while it is not connected, held back behind the gate, sent again if they were lost.

A resumed session knows what was said up to its handle, and handles come at the end of turns. So what the user said
since then is kept here until it is answered; if the socket dies first, the next one gets it from its beginning.

No message confirms which audio a socket has taken in. So the next one also gets the last moments in which the meter
noticed no speech: they hold the first syllable of a sentence.
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
from s2s.core.events import LinkLost, SetupComplete
from s2s.core.link.upstream_buffer_state import (
    UPSTREAM_BUFFER,
    UTTERANCE,
    GateClosed,
    GateOpened,
    HandOverStarted,
    ReplyFinished,
    ReplyStarted,
    RequestWithdrawn,
    UpstreamBufferState,
    UserSpoke,
    UtteranceState,
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

# 10 s of 20 ms frames. A longer silence between two sockets is not part of a conversation.
MAX_KEPT_FRAMES = 500
# 20 s of what was said and not answered yet: about 640 kB.
MAX_UTTERANCE_FRAMES = 1_000
# 2 s before the first sign of speech: the transcript may be the first sign, and it comes late.
LOOKBACK_FRAMES = 100
# The meter notices speech after four frames, soft speech later: 1 s is sent again to the next socket, noticed or not.
MAX_UNNOTICED_FRAMES = 50
# Of what came before the end of an answer, no more than an onset can belong to the next sentence.
ONSET_FRAMES = 29
_LISTENING = (UpstreamBufferState.LIVE, UpstreamBufferState.GATED)


class UpstreamBuffer:
    """Passes messages on while upstream listens and queues them, in order, while it does not.

    Microphone audio is bounded: silence is dropped before speech, the oldest first, and counted. Text and marks are
    never dropped.
    """

    def __init__(self) -> None:
        self.state = UpstreamBufferState.NEW
        self.utterance = UtteranceState.NONE
        self.dropped_frames = 0
        """Frames that upstream never got, because the queue was full."""
        self.gate_dropped_frames = 0
        """Frames without speech that came while the gate was closed."""
        self._queued: deque[UpstreamEffect] = deque()
        self._queued_frames = 0
        self._silent_frames: deque[SendAudio] = deque()
        """Those of the queued frames that hold no speech."""
        self._gated: deque[tuple[UpstreamEffect, bool]] = deque()
        """What waits behind the gate, and whether it is silence."""
        self._lookback: deque[SendAudio] = deque(maxlen=LOOKBACK_FRAMES)
        self._unanswered: deque[UpstreamEffect] = deque()
        self._unnoticed_frames = 0
        """How many of the last frames that were sent held no noticed speech and were not followed by an answer."""
        self._next_utterance_at = 0
        """Where in `_unanswered` the user's words over the reply begin, while it is OVERTAKEN."""

    @property
    def is_live(self) -> bool:
        """Whether upstream listens, though perhaps not to the microphone."""
        return self.state in _LISTENING

    @property
    def is_gated(self) -> bool:
        """Whether the microphone is held back."""
        return self.state is UpstreamBufferState.GATED

    def send(self, effect: UpstreamEffect, *, silent: bool = False) -> list[ConversationEffect]:
        """Return what can be sent now, and keep the rest for `on_link_open`. A stop is for the current generation and
        is not kept. `silent`: microphone audio without speech."""
        state = self.state
        if state is UpstreamBufferState.GATED and isinstance(effect, SendAudio | SendActivity | EndAudioStream):
            self._gated.append((effect, silent))
            return []
        if state in _LISTENING:
            self._remember(effect, silent)
            return [effect]
        if isinstance(effect, StopGeneration):
            return []
        self._queued.append(effect)
        if isinstance(effect, SendAudio):
            self._queued_frames += 1
            if silent:
                self._silent_frames.append(effect)
            if self._queued_frames > MAX_KEPT_FRAMES:
                self._drop_oldest_frame()
        return []

    # --- the link ---

    def on_link_open(self, *, again: bool = True) -> list[ConversationEffect]:
        """Return everything that upstream does not know and everything that was queued, in the order it was said.
        `again` False: the very same session continues, and knows what was sent to it."""
        self._follow(SetupComplete)
        unanswered = list(self._unanswered) if again else []
        effects = [*unanswered, *(e for e in self._queued if not (again and isinstance(e, SendToolResponse)))]
        silence = {
            id(frame)
            for frame in (*self._silent_frames, *_last_frames(_audio_frames(unanswered), self._unnoticed_frames))
        }
        self._unanswered.clear()
        self._queued.clear()
        self._silent_frames.clear()
        self._queued_frames = 0
        if any(isinstance(e, SendText | SendImage | SendToolResponse) for e in effects):
            self._follow_utterance(UserSpoke)
        for effect in effects:
            self._remember(effect, silent=id(effect) in silence)
        return [*effects]

    def on_link_lost(self, *, planned: bool, refused: bool = False) -> None:
        """Prepare for another socket. `refused`: one of the messages since the last answer closed the socket, so only
        audio is sent again."""
        was_live, before = self.is_live, self.utterance
        self._follow(HandOverStarted if planned else LinkLost)
        self._follow_utterance(LinkLost)
        unanswered: Sequence[UpstreamEffect] = list(self._unanswered)
        # The rest of an answer is asked for in other ways; what the user said over it still counts.
        if before is UtteranceState.OVERTAKEN:
            unanswered = unanswered[self._next_utterance_at :]
        elif before is UtteranceState.ANSWERING:
            unanswered = _last_frames(_audio_frames(unanswered), self._unnoticed_frames)
        elif was_live and before is UtteranceState.NONE:
            unanswered = _last_frames(self._lookback, self._unnoticed_frames)
        self._unanswered = deque(e for e in unanswered if _is_replayable(e, refused))
        self._lookback.clear()
        while self._gated:
            effect, silent = self._gated.popleft()
            self.send(effect, silent=silent)

    # --- what must not be lost ---

    @property
    def has_unanswered(self) -> bool:
        """Whether the user has said something that has not been answered completely."""
        return self.utterance is not UtteranceState.NONE

    def start_utterance(self, frames_before: int = LOOKBACK_FRAMES) -> None:
        """Note that the user says something, which began this many frames ago."""
        for _ in range(min(frames_before, len(self._silent_frames))):
            self._silent_frames.pop()
        frames_before = max(frames_before, min(self._unnoticed_frames, ONSET_FRAMES))
        before = self.utterance
        self._follow_utterance(UserSpoke)
        if before is UtteranceState.NONE:
            # Without a socket, what the next one has to hear again is in the list already.
            self._unanswered.extend(_last_frames(self._lookback, frames_before))
            self._lookback.clear()
        elif before is UtteranceState.ANSWERING:
            self._next_utterance_at = max(0, len(self._unanswered) - frames_before)

    def on_reply_started(self) -> None:
        """Note that the model has begun to answer."""
        self._follow_utterance(ReplyStarted)

    def on_reply_finished(self) -> None:
        """Note that the answer is complete. What was said over it still has to be answered."""
        before = self.utterance
        self._follow_utterance(ReplyFinished)
        if before is UtteranceState.OVERTAKEN:
            self._unanswered = deque(list(self._unanswered)[self._next_utterance_at :])
        elif before is UtteranceState.ANSWERING:
            self._forget()

    def forget_unanswered(self) -> None:
        """Note that nothing that was said wants an answer any more."""
        before = self.utterance
        self._follow_utterance(RequestWithdrawn)
        if before is UtteranceState.NONE:
            self._unnoticed_frames = min(self._unnoticed_frames, ONSET_FRAMES)
        else:
            self._forget()

    def pending_audio(self) -> list[SendAudio]:
        """Return the audio that no socket has been given yet."""
        return _audio_frames([*self._unanswered, *(effect for effect, _ in self._gated), *self._queued])

    # --- the gate ---

    def close_gate(self) -> None:
        """Hold back the microphone from now on."""
        self._follow(GateClosed)

    def open_gate(self, *, deliver: bool) -> list[ConversationEffect]:
        """Let the microphone through again. What was held back is returned, or its audio is counted and dropped."""
        self._follow(GateOpened)
        gated, self._gated = self._gated, deque()
        if not deliver:
            self.gate_dropped_frames += sum(isinstance(effect, SendAudio) for effect, _ in gated)
            gated = deque(one for one in gated if not isinstance(one[0], SendAudio))
        for effect, silent in gated:
            self._remember(effect, silent)
        return [effect for effect, _ in gated]

    def _remember(self, effect: UpstreamEffect, silent: bool) -> None:
        if isinstance(effect, SendAudio):
            self._unnoticed_frames = min(self._unnoticed_frames + 1, MAX_UNNOTICED_FRAMES) if silent else 0
        if self.utterance is UtteranceState.NONE:
            if isinstance(effect, SendAudio):
                self._lookback.append(effect)
            return
        if isinstance(effect, StopGeneration):
            return
        self._unanswered.append(effect)
        if len(self._unanswered) > MAX_UTTERANCE_FRAMES and isinstance(self._unanswered[0], SendAudio):
            self._unanswered.popleft()
            if self.utterance is UtteranceState.OVERTAKEN:
                self._next_utterance_at = max(0, self._next_utterance_at - 1)

    def _forget(self) -> None:
        """Keep only audio of what was answered: the next utterance may begin in it."""
        self._unnoticed_frames = min(self._unnoticed_frames, ONSET_FRAMES)
        self._lookback = deque(_audio_frames(self._unanswered), maxlen=LOOKBACK_FRAMES)
        self._unanswered.clear()

    def _follow(self, event: type) -> None:
        self.state = UPSTREAM_BUFFER[self.state].get(event, self.state)

    def _follow_utterance(self, event: type) -> None:
        self.utterance = UTTERANCE[self.utterance].get(event, self.utterance)

    def _drop_oldest_frame(self) -> None:
        oldest = self._silent_frames.popleft() if self._silent_frames else None
        del self._queued[
            next(
                at for at, e in enumerate(self._queued) if e is oldest or (oldest is None and isinstance(e, SendAudio))
            )
        ]
        self._queued_frames -= 1
        self.dropped_frames += 1


def _is_replayable(effect: UpstreamEffect, refused: bool) -> bool:
    if isinstance(effect, SendAudio):
        return True
    # A call id means nothing to another session, and a request to continue is made again in other ways.
    return not refused and not isinstance(effect, SendToolResponse | PromptReply | SendContext)


def _last_frames(frames: Iterable[SendAudio], count: int) -> list[SendAudio]:
    return list(frames)[-count:] if count else []


def _audio_frames(effects: Iterable[UpstreamEffect]) -> list[SendAudio]:
    return [effect for effect in effects if isinstance(effect, SendAudio)]
