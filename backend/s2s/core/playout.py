"""Playout pacing: how far ahead of playback the gateway sends model audio, and how much of it was heard.

Upstream sends audio in bursts of several times real time. Forwarding it all at once would fill the browser with audio
that an interruption must throw away again; forwarding it too late would cause gaps. So at most `lead_ms` are on their
way or buffered in the browser, more if the round trip is long.

What was sent is kept until the browser reports that it was played. A connection may be dead for seconds before anyone
notices: when the reports stop, so does the audio, and a browser that comes back hears it from the last report on.
Frames keep their numbers, so that a page that has some of them already plays each of them once.
"""

from collections import deque
from dataclasses import dataclass, field
from math import inf

from s2s.core.audio import OUTPUT_BYTES_PER_MS
from s2s.core.effects import PlayFrame
from s2s.wire import FRAME_MS

FRAME_BYTES = FRAME_MS * OUTPUT_BYTES_PER_MS

# Network and the browser's start target, until the first `played` report gives the real value.
ASSUMED_START_DELAY_S = 0.06

# A browser that reports is trusted about the end too; this long after its report should have come, it is given up.
PLAYED_REPORT_TIMEOUT_S = 1.0

# A browser that reports does so every 300 ms, and at once when playback stalls; half a round trip may come on top.
# After this much audio without a report nothing more is sent.
MAX_UNREPORTED_MS = 1_000

# A browser that is alive but reports no end has lost a few frames there: more than this is no such loss.
MAX_LOST_TAIL_MS = 500

# A dead browser is noticed within 6 s. One that is still attached after that and reports nothing never reports.
SILENT_BROWSER_TIMEOUT_S = 7.0

# With this much lead a frame may leave one frame late. Microphone frames come every 20 ms, and frames that are due
# leave with them: the timer then never fires, which saves a tenth of the gateway's CPU.
COMFORTABLE_LEAD_MS = 160

# What should be buffered in the browser, however far away it is. Measured at a round trip of 300 ms: with a lead of 240
# ms playback stalled for 14 to 17 s in a minute, with 500 ms for 1.9 s.
BROWSER_BUFFER_MS = 200
MAX_ROUND_TRIP_MS = 1_000

# Seconds as floats do not give back exact milliseconds; without this a deadline could fire twice.
_ROUNDING_MS = 0.001


@dataclass(slots=True)
class TurnAudio:
    """The audio of one turn on its way to the browser."""

    turn: int
    waiting: bytearray = field(default_factory=bytearray)
    sent_frames: int = 0
    voice_bytes: int = 0
    ended: bool = False
    starts_at_ms: int = 0
    """Position of its first frame in everything sent since the beginning."""
    reported_ms: int | None = None
    """What the browser reported last; None: nothing yet."""
    unreported: deque[bytes] = field(default_factory=deque)
    """The frames that were sent and are not known to have been played, as they were in `waiting`."""
    max_sent_frames: int = 0
    """How many frames had been sent before they had to be sent again."""
    resent_from_ms: int = 0
    """Where it began when it was sent again."""
    report_offset_ms: int = 0
    """The browser counts from there: a page that was loaded again knows nothing of what was before."""

    @property
    def voice_ms(self) -> int:
        """Duration of the audio received so far."""
        return self.voice_bytes // OUTPUT_BYTES_PER_MS

    @property
    def is_all_sent(self) -> bool:
        return self.ended and not self.waiting

    @property
    def unreported_ms(self) -> int:
        """How much of it the browser has not reported."""
        return max(0, self.voice_ms - (self.reported_ms or 0))

    def position_ms(self, reported_ms: int) -> int:
        """Return the position that a report means. Playback never goes back: such a report comes from a new page."""
        if reported_ms + self.report_offset_ms < (self.reported_ms or 0):
            self.report_offset_ms = self.resent_from_ms
        return reported_ms + self.report_offset_ms

    def confirm(self, ms: int) -> None:
        """Note that the browser has played the turn up to `ms`."""
        self.reported_ms = ms
        while self.unreported:
            end_ms = (self.sent_frames - len(self.unreported) + 1) * FRAME_MS
            if min(end_ms, self.voice_ms) > ms:
                return
            self.unreported.popleft()


@dataclass(frozen=True, slots=True)
class FlushedTurn:
    """What a flush did to one turn."""

    turn: int
    heard_ms: int
    voice_ms: int
    report_offset_ms: int = 0
    """What the browser reports of it is counted from there."""


class Playout:
    """Turns in the order they were spoken; at most `lead_ms` sent ahead of playback."""

    def __init__(self, lead_ms: int) -> None:
        """`lead_ms`: exceeded only if a round trip needs it."""
        self._min_lead_ms = self._lead_ms = lead_ms
        self._timer_slack_ms = FRAME_MS if lead_ms >= COMFORTABLE_LEAD_MS else 0
        self._turns: deque[TurnAudio] = deque()
        self._sent_ms = 0
        self._max_sent_ms = 0
        """Frame numbers up to here are never given to another frame."""
        self._heard_ms = 0.0
        self._heard_at = 0.0
        self._confirmed_ms = 0.0
        """Position that was reported, or will not be."""
        self._reports = False
        """Whether this browser reports what it has played."""
        self._browser_alive_at = 0.0
        """When anything came from the browser last."""
        self.is_held = False
        """No browser is attached: nothing is sent until one is."""

    def set_round_trip(self, ms: int) -> None:
        """Reports arrive half an RTT late and frames take the other half, so one RTT of lead is always in flight."""
        self._lead_ms = max(self._min_lead_ms, min(ms, MAX_ROUND_TRIP_MS) + BROWSER_BUFFER_MS)

    def push(self, turn: int, pcm: bytes) -> None:
        """Add audio to `turn`, which is the newest one."""
        voice = self._newest_turn(turn)
        voice.waiting += pcm
        voice.voice_bytes += len(pcm)

    def end_turn(self, turn: int) -> None:
        """End `turn`: no more audio will come. Unknown or silent turns are ignored."""
        for voice in self._turns:
            if voice.turn == turn:
                voice.ended = True

    def truncate_turn(self, turn: int, at_ms: int) -> None:
        """End the audio of `turn` at `at_ms`, or where it has been sent to."""
        for voice in self._turns:
            if voice.turn == turn:
                end_bytes = max(at_ms * OUTPUT_BYTES_PER_MS, voice.max_sent_frames * FRAME_BYTES)
                keep = end_bytes - voice.sent_frames * FRAME_BYTES
                voice.voice_bytes -= len(voice.waiting) - len(voice.waiting[:keep])
                del voice.waiting[keep:]

    def pop_due_frames(self, now: float) -> list[PlayFrame]:
        """Return the frames that may leave now, in order."""
        frames: list[PlayFrame] = []
        if self.is_held:
            return frames
        too_far = self._sent_ms - (self._lead_ms - FRAME_MS) > self._max_position_ms
        if too_far and now >= self._silence_tolerated_until() - _ROUNDING_MS / 1000:
            self._reports = False
        for voice in self._turns:
            while self._has_frame(voice):
                if self._sent_ms - self.heard_position_ms(now) > self._lead_ms - FRAME_MS + _ROUNDING_MS:
                    return frames
                frames.append(self._pop_frame(voice, now))
            if not voice.is_all_sent:
                break
        return frames

    def deadline(self) -> float | None:
        """Return when to call `pop_due_frames` again without another event; None: only after one."""
        if self.is_held:
            return None
        for voice in self._turns:
            if self._has_frame(voice):
                ear_ms = self._sent_ms - (self._lead_ms - FRAME_MS)
                if ear_ms > self._max_position_ms:
                    return self._silence_tolerated_until()
                return self._heard_at + (max(0.0, ear_ms - self._heard_ms) + self._timer_slack_ms) / 1000
            if not voice.is_all_sent:
                return None
        return None

    def heard_position_ms(self, now: float) -> float:
        """Return the playback position in everything sent: never ahead of what was sent, nor far ahead of the last
        report."""
        return min(self._sent_ms, self._max_position_ms, self._heard_ms + max(0.0, now - self._heard_at) * 1000)

    def is_dry(self, now: float) -> bool:
        """Return whether all audio that came so far was heard."""
        return not any(self._has_frame(voice) for voice in self._turns) and self.heard_position_ms(now) >= self._sent_ms

    def heard_ms(self, turn: int, now: float) -> int:
        """Return how much of the turn's own audio was heard, in milliseconds; 0 for an unknown turn."""
        for voice in self._turns:
            if voice.turn == turn:
                heard = int(self.heard_position_ms(now) - voice.starts_at_ms) if voice.sent_frames else 0
                return max(0, min(heard, voice.voice_ms))
        return 0

    def on_played_report(self, turn: int, ms: int, now: float) -> None:
        """Take a report from the browser. Reports of turns that are gone are ignored."""
        at = next((at for at, voice in enumerate(self._turns) if voice.turn == turn), None)
        if at is None or not self._turns[at].max_sent_frames:
            return
        for earlier in list(self._turns)[:at]:
            # Turns are played in order.
            self._skip_frames(earlier, earlier.max_sent_frames)
            earlier.confirm(earlier.voice_ms)
        voice = self._turns[at]
        ms = voice.position_ms(ms)
        self._skip_frames(voice, min(ms // FRAME_MS, voice.max_sent_frames))
        voice.confirm(ms)
        if voice.sent_frames:
            self._heard_ms = self._confirmed_ms = voice.starts_at_ms + min(ms, voice.sent_frames * FRAME_MS)
            self._heard_at = self._browser_alive_at = now
            self._reports = True

    def on_browser_alive(self, now: float) -> None:
        """Note that anything came from the browser."""
        self._browser_alive_at = now

    def hold(self) -> None:
        """Send nothing until `resend_unreported`: no browser is attached."""
        self.is_held = True

    def resend_unreported(self, now: float) -> None:
        """Send again, under the old numbers, what was not reported: another browser is attached, or the same one
        again."""
        self.is_held = False
        for voice in self._turns:
            voice.waiting[:0] = b"".join(voice.unreported)
            voice.sent_frames -= len(voice.unreported)
            self._sent_ms -= len(voice.unreported) * FRAME_MS
            voice.unreported.clear()
            voice.resent_from_ms = voice.sent_frames * FRAME_MS
        self._heard_ms = self._confirmed_ms = min(self._heard_ms, self._sent_ms)
        self._heard_at = self._browser_alive_at = now

    def next_turn_heard_at(self) -> float | None:
        """Return when the oldest turn will have been heard completely; None: not all of it is sent."""
        if not self._turns or not self._turns[0].is_all_sent or self.is_held:
            return None
        oldest = self._turns[0]
        end_ms = oldest.starts_at_ms + oldest.voice_ms
        heard_at = self._heard_at + max(0.0, end_ms - self._heard_ms) / 1000
        if not self._reports or not oldest.unreported_ms:
            return heard_at
        lost_its_tail = self._browser_alive_at >= heard_at and oldest.unreported_ms <= MAX_LOST_TAIL_MS
        return heard_at + (PLAYED_REPORT_TIMEOUT_S if lost_its_tail else SILENT_BROWSER_TIMEOUT_S)

    def pop_heard_turns(self, now: float) -> list[FlushedTurn]:
        """Drop and return the turns that were heard completely."""
        gone: list[FlushedTurn] = []
        while (at := self.next_turn_heard_at()) is not None and now >= at - _ROUNDING_MS / 1000:
            voice = self._turns.popleft()
            self._confirmed_ms = max(self._confirmed_ms, voice.starts_at_ms + voice.sent_frames * FRAME_MS)
            gone.append(FlushedTurn(voice.turn, voice.voice_ms, voice.voice_ms))
        return gone

    def flush(self, now: float) -> list[FlushedTurn]:
        """Stop playback: forget everything, heard or not, and return each turn that was not heard completely."""
        cuts = [FlushedTurn(v.turn, self.heard_ms(v.turn, now), v.voice_ms, v.report_offset_ms) for v in self._turns]
        self._turns.clear()
        self._heard_ms = self._confirmed_ms = self._sent_ms = self._max_sent_ms
        self._heard_at = now
        return cuts

    def unheard_turns(self) -> list[int]:
        """Return the turns whose audio may not have been heard completely, oldest first."""
        return [voice.turn for voice in self._turns]

    def unsent_bytes(self) -> int:
        """Return how much audio is not yet sent, over all turns."""
        return sum(len(voice.waiting) for voice in self._turns)

    def fully_sent_turn(self, turn: int) -> TurnAudio | None:
        """Return the turn if it has ended and every frame of it was sent."""
        return next((v for v in self._turns if v.turn == turn and v.is_all_sent), None)

    @property
    def _max_position_ms(self) -> float:
        """The position that playback cannot have passed."""
        return self._confirmed_ms + (0 if self.is_held else MAX_UNREPORTED_MS) if self._reports else inf

    def _silence_tolerated_until(self) -> float:
        """Return how long to wait for a browser that reports, when it doesn't."""
        return self._heard_at + max(0.0, self._max_position_ms - self._heard_ms) / 1000 + SILENT_BROWSER_TIMEOUT_S

    def _newest_turn(self, turn: int) -> TurnAudio:
        if not self._turns or self._turns[-1].turn != turn:
            self._turns.append(TurnAudio(turn))
        return self._turns[-1]

    @staticmethod
    def _has_frame(voice: TurnAudio) -> bool:
        return len(voice.waiting) >= FRAME_BYTES or (voice.ended and len(voice.waiting) > 0)

    def _pop_frame(self, voice: TurnAudio, now: float) -> PlayFrame:
        if self.heard_position_ms(now) >= self._sent_ms:
            # The browser has run dry: the playback clock starts again with this frame.
            self._heard_ms = self._sent_ms
            self._heard_at = now + ASSUMED_START_DELAY_S
        seq, pcm = self._sent_ms // FRAME_MS, self._next_frame(voice)
        voice.unreported.append(pcm)
        return PlayFrame(voice.turn, pcm.ljust(FRAME_BYTES, b"\0"), voice.is_all_sent, seq)

    def _skip_frames(self, voice: TurnAudio, frames: int) -> None:
        """Drop frames that the browser has already."""
        while voice.sent_frames < frames and self._has_frame(voice):
            self._next_frame(voice)

    def _next_frame(self, voice: TurnAudio) -> bytes:
        if voice.sent_frames == 0:
            voice.starts_at_ms = self._sent_ms
        pcm = bytes(voice.waiting[:FRAME_BYTES])
        del voice.waiting[:FRAME_BYTES]
        voice.sent_frames += 1
        voice.max_sent_frames = max(voice.max_sent_frames, voice.sent_frames)
        self._sent_ms += FRAME_MS
        self._max_sent_ms = max(self._max_sent_ms, self._sent_ms)
        return pcm
