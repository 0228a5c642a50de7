"""Pace of speech: how far ahead of the listener's ear the gateway may be, and what the ear has heard.

Upstream speaks in bursts of several times real time. Sending it all at once would fill the
browser with voice that an interruption must throw away again; sending it too late lets the
ear run dry. So at most `lead_ms` are on their way or waiting in the browser.
"""

from collections import deque
from dataclasses import dataclass, field

from s2s.audio import OUTPUT_BYTES_PER_MS
from s2s.effects import PlayFrame
from s2s.wire import FRAME_MS

FRAME_BYTES = FRAME_MS * OUTPUT_BYTES_PER_MS

# Network and the browser's start target, until the first `played` report tells the truth.
ASSUMED_START_DELAY_S = 0.06

# A listener that reports is believed about the end too; this long after it should have come, it is not waited for.
REPORT_PATIENCE_S = 1.0

# Seconds as floats do not give back exact milliseconds; without this a deadline could come round twice.
_ROUNDING_MS = 0.001


@dataclass(slots=True)
class TurnVoice:
    """One turn's voice on its way."""

    turn: int
    waiting: bytearray = field(default_factory=bytearray)
    sent_frames: int = 0
    voice_bytes: int = 0
    ended: bool = False
    starts_at_ms: int = 0
    """Position of its first frame in everything sent since the beginning."""
    reported_ms: int | None = None
    """What the listener said last; None: nothing yet."""

    @property
    def voice_ms(self) -> int:
        """Length of the voice received so far."""
        return self.voice_bytes // OUTPUT_BYTES_PER_MS

    @property
    def all_sent(self) -> bool:
        return self.ended and not self.waiting

    @property
    def end_is_unreported(self) -> bool:
        """Whether the listener reports, but has not yet reported the end."""
        return self.reported_ms is not None and self.reported_ms < self.voice_ms


@dataclass(frozen=True, slots=True)
class Cut:
    """What a flush did to one turn."""

    turn: int
    heard_ms: int
    voice_ms: int


class Playout:
    """Turns in the order they were spoken; at most `lead_ms` sent ahead of the ear."""

    def __init__(self, lead_ms: int) -> None:
        self._lead_ms = lead_ms
        self._turns: deque[TurnVoice] = deque()
        self._sent_ms = 0
        self._heard_ms = 0.0
        self._heard_at = 0.0
        self.held = False
        """Nobody listens: nothing is sent until somebody does."""

    def push(self, turn: int, pcm: bytes) -> None:
        """More voice of `turn`, which is the newest one."""
        voice = self._newest(turn)
        voice.waiting += pcm
        voice.voice_bytes += len(pcm)

    def end(self, turn: int) -> None:
        """No more voice will come for `turn`. Unknown or silent turns are none of our business."""
        for voice in self._turns:
            if voice.turn == turn:
                voice.ended = True

    def truncate(self, turn: int, at_ms: int) -> None:
        """The voice of `turn` ends there, or where it has been sent to."""
        for voice in self._turns:
            if voice.turn == turn:
                keep = max(0, at_ms * OUTPUT_BYTES_PER_MS - voice.sent_frames * FRAME_BYTES)
                voice.voice_bytes -= len(voice.waiting) - len(voice.waiting[:keep])
                del voice.waiting[keep:]

    def due(self, now: float) -> list[PlayFrame]:
        """The frames that may leave now, in order."""
        frames: list[PlayFrame] = []
        if self.held:
            return frames
        for voice in self._turns:
            while self._has_frame(voice):
                if self._sent_ms - self.ear_ms(now) > self._lead_ms - FRAME_MS + _ROUNDING_MS:
                    return frames
                frames.append(self._take(voice, now))
            if not voice.all_sent:
                break
        return frames

    def deadline(self) -> float | None:
        """When `due` will have something again without news; None: not before news."""
        if self.held:
            return None
        for voice in self._turns:
            if self._has_frame(voice):
                ahead_ms = self._sent_ms - self._heard_ms - (self._lead_ms - FRAME_MS)
                return self._heard_at + max(0.0, ahead_ms) / 1000
            if not voice.all_sent:
                return None
        return None

    def ear_ms(self, now: float) -> float:
        """Position of the ear in everything sent: never ahead of what was sent."""
        return min(self._sent_ms, self._heard_ms + max(0.0, now - self._heard_at) * 1000)

    def is_dry(self, now: float) -> bool:
        """Whether the ear has heard all that came so far."""
        return not any(self._has_frame(voice) for voice in self._turns) and self.ear_ms(now) >= self._sent_ms

    def heard_ms(self, turn: int, now: float) -> int:
        """How much of the turn's own voice was heard, in milliseconds; 0 for a turn that is unknown."""
        for voice in self._turns:
            if voice.turn == turn:
                heard = int(self.ear_ms(now) - voice.starts_at_ms) if voice.sent_frames else 0
                return max(0, min(heard, voice.voice_ms))
        return 0

    def played(self, turn: int, ms: int, now: float) -> None:
        """Fact from the listener. Reports of turns that are gone are ignored."""
        for voice in self._turns:
            if voice.turn == turn and voice.sent_frames:
                sent_of_turn = voice.sent_frames * FRAME_MS
                self._heard_ms = voice.starts_at_ms + min(ms, sent_of_turn)
                self._heard_at = now
                voice.reported_ms = ms

    def next_heard(self) -> float | None:
        """When the ear will have heard the oldest turn to its end; None: not all of it is sent."""
        if not self._turns or not self._turns[0].all_sent:
            return None
        oldest = self._turns[0]
        patience_s = REPORT_PATIENCE_S if oldest.end_is_unreported else 0.0
        end_ms = oldest.starts_at_ms + oldest.voice_ms
        return self._heard_at + max(0.0, end_ms - self._heard_ms) / 1000 + patience_s

    def forget_heard(self, now: float) -> list[Cut]:
        """Drops the turns that the ear has heard to the end; answers them."""
        gone: list[Cut] = []
        while (at := self.next_heard()) is not None and now >= at - _ROUNDING_MS / 1000:
            voice = self._turns.popleft()
            gone.append(Cut(voice.turn, voice.voice_ms, voice.voice_ms))
        return gone

    def flush(self, now: float) -> list[Cut]:
        """Silence: forgets everything, heard or not; answers each turn that still had something to say."""
        cuts = [Cut(v.turn, self.heard_ms(v.turn, now), v.voice_ms) for v in self._turns]
        self._turns.clear()
        self._heard_ms = self._sent_ms
        self._heard_at = now
        return cuts

    def turns(self) -> list[int]:
        """Turns with voice that may not have been heard to the end, oldest first."""
        return [voice.turn for voice in self._turns]

    def unsent_bytes(self) -> int:
        """Voice not yet sent, over all turns."""
        return sum(len(voice.waiting) for voice in self._turns)

    def all_sent(self, turn: int) -> TurnVoice | None:
        """The turn, if it has ended and every frame of it was sent."""
        return next((v for v in self._turns if v.turn == turn and v.all_sent), None)

    def _newest(self, turn: int) -> TurnVoice:
        if not self._turns or self._turns[-1].turn != turn:
            self._turns.append(TurnVoice(turn))
        return self._turns[-1]

    @staticmethod
    def _has_frame(voice: TurnVoice) -> bool:
        return len(voice.waiting) >= FRAME_BYTES or (voice.ended and len(voice.waiting) > 0)

    def _take(self, voice: TurnVoice, now: float) -> PlayFrame:
        if self.ear_ms(now) >= self._sent_ms:
            # The ear is dry: the clock of listening starts again with this frame.
            self._heard_ms = self._sent_ms
            self._heard_at = now + ASSUMED_START_DELAY_S
        if voice.sent_frames == 0:
            voice.starts_at_ms = self._sent_ms
        pcm = bytes(voice.waiting[:FRAME_BYTES])
        del voice.waiting[:FRAME_BYTES]
        voice.sent_frames += 1
        self._sent_ms += FRAME_MS
        last = voice.all_sent
        return PlayFrame(voice.turn, pcm.ljust(FRAME_BYTES, b"\0"), last)
