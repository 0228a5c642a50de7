"""Model of the page's playout: starts with 40 ms buffered, then plays on. Pure; time is an argument."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from s2s import wire

START_MS = 40
LOOK_MS = 100
REPORT_MS = 300
DRIFT_MS = 60
"""The page looks every 100 ms, and tells less often while all goes as the gateway expects: see playbackPosition.ts."""
# Quieter than this counts as silence: about -44 dBFS.
AUDIBLE = 200


def first_audible_ms(pcm: bytes, rate: int) -> float | None:
    """Where PCM16LE mono becomes audible, in ms from its start; None when it never does."""
    loud = np.flatnonzero(np.abs(_samples(pcm)) >= AUDIBLE)
    return float(loud[0]) * 1000 / rate if loud.size else None


def speech_end_ms(pcm: bytes, rate: int) -> float:
    """Where speech ends in PCM16LE mono, in ms from its start: the last 20 ms within 26 dB of the loudest 20 ms.

    Raises ValueError for pure silence.
    """
    window = rate * wire.FRAME_MS // 1000
    samples = _samples(pcm)
    blocks = samples[: len(samples) // window * window].reshape(-1, window).astype(float)
    power = np.mean(blocks**2, axis=1)
    if not power.size or power.max() == 0:
        raise ValueError("the recording is silent")
    return float(np.flatnonzero(power >= power.max() / 10**2.6)[-1] + 1) * wire.FRAME_MS


def _samples(pcm: bytes) -> NDArray[np.int32]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.int32)


@dataclass(slots=True)
class PlayedTurn:
    """One turn at the ear. Times are the caller's clock in seconds."""

    turn: int
    arrived: float
    """Its first frame arrived."""
    sent_clock_ms: int
    """Its first frame left, by the gateway's own clock (u32)."""
    started: float | None = None
    """Its first sample sounded."""
    sounded: float | None = None
    """Its first audible sample sounded."""
    frames: int = 0
    """Its length so far, lost frames included."""
    newest_seq: int = 0
    gaps: int = 0
    """Times the voice ran dry in mid-turn."""
    gap_ms: float = 0.0
    pcm: bytearray = field(default_factory=bytearray, repr=False)
    dry_at: float = 0.0
    over: bool = False

    def played_ms(self, now: float) -> int:
        """Return how much of the turn has been played, in ms."""
        if self.started is None:
            return 0
        return max(0, round(self.frames * wire.FRAME_MS - max(0.0, self.dry_at - now) * 1000))


class PlayoutModel:
    """Model the playout of the page: what is audible when, and which `played` reports are due."""

    def __init__(self) -> None:
        self.turns: list[PlayedTurn] = []
        self._dead_through: int | None = None
        self._reported_ms = -1
        self._reported_at = 0.0

    @property
    def current(self) -> PlayedTurn | None:
        """The turn that sounds, or waits to sound."""
        return self.turns[-1] if self.turns and not self.turns[-1].over else None

    def push(self, frame: wire.Frame, now: float) -> None:
        """Add a frame that has arrived. Frames of a flushed turn are dropped."""
        if self._dead_through is not None and not wire.turn_is_after(frame.turn, self._dead_through):
            return
        voice = self.current
        if voice is None or voice.turn != frame.turn:
            voice = PlayedTurn(
                turn=frame.turn, arrived=now, sent_clock_ms=frame.clock_ms, newest_seq=(frame.seq - 1) % 2**32
            )  # fmt: skip
            self.turns.append(voice)
            self._reported_ms = -1
        steps = (frame.seq - voice.newest_seq) % 2**32
        if not 0 < steps < 2**31:
            return
        voice.newest_seq = frame.seq
        voice.frames += steps
        voice.pcm += frame.pcm
        last = bool(frame.flags & wire.FLAG_LAST_OF_TURN)
        if voice.started is None:
            if last or voice.frames * wire.FRAME_MS >= START_MS:
                voice.started, voice.dry_at = now, now + voice.frames * wire.FRAME_MS / 1000
        else:
            if now > voice.dry_at:
                voice.gaps += 1
                voice.gap_ms += (now - voice.dry_at) * 1000
                voice.dry_at = now
            voice.dry_at += steps * wire.FRAME_MS / 1000
        if voice.started is not None and voice.sounded is None:
            lead_in = first_audible_ms(bytes(voice.pcm), wire.OUTPUT_RATE)
            if lead_in is not None:
                voice.sounded = voice.started + (lead_in + voice.gap_ms) / 1000

    def flush(self, turn: int, now: float) -> wire.Played:
        """Stop playback; returns how much of the turn was heard."""
        voice = self.current
        heard_ms = voice.played_ms(now) if voice is not None and voice.turn == turn else 0
        self._dead_through = turn
        if voice is not None and not wire.turn_is_after(voice.turn, turn):
            voice.over = True
        return wire.Played(turn=turn, ms=heard_ms)

    def report_due(self, now: float) -> wire.Played | None:
        """The `played` report that is due now: at the first sample, every 300 ms, after a halt, and at the end."""
        voice = self.current
        if voice is None or voice.started is None:
            return None
        heard_ms = voice.played_ms(now)
        before_ms = self._reported_ms
        halted = (now - self._reported_at) * 1000 - (heard_ms - before_ms) > DRIFT_MS
        if (
            before_ms < 0
            or heard_ms // REPORT_MS > before_ms // REPORT_MS
            or (halted and heard_ms // LOOK_MS > before_ms // LOOK_MS)
            or (now >= voice.dry_at and heard_ms > before_ms)
        ):
            self._reported_ms, self._reported_at = heard_ms, now
            return wire.Played(turn=voice.turn, ms=heard_ms)
        return None

    def playback_end(self, turn: int) -> float | None:
        """All frames of `turn` were sent: when its last sample will have sounded; None when it already fell silent."""
        voice = self.current
        return voice.dry_at if voice is not None and voice.turn == turn else None

    def finish_turn(self, turn: int) -> None:
        """The turn has been played to its end."""
        voice = self.current
        if voice is not None and voice.turn == turn:
            voice.over, self._dead_through = True, turn
