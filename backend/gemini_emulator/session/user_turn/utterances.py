"""The user's audio stream: kept until judged, cut into utterances with the sound before their start."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, INPUT_RATE
from gemini_emulator.session.user_turn.turn_detector import CHUNK_MS, CHUNK_SAMPLES, Rules, Sound, TurnDetector

CHUNK_BYTES = CHUNK_SAMPLES * BYTES_PER_SAMPLE
PRE_ROLL_MS = 300
"""Sound before the believed start that belongs to the utterance: onsets are soft and detectors late."""
LONG_PART_S = 8
"""A pause after this much speech ends a part: the recognizer's cost grows faster than the length."""
MAX_PART_S = 25
"""A part ends here without a pause."""
MAX_MANUAL_S = 60
REJOIN_MS = 600
"""Speech that begins again so soon after the end of a turn goes on with it: no one replies to an answer that fast."""
MAX_WAIT_S = 300
"""Audio kept while the engine loads; older sound is dropped first. On a busy machine loading takes minutes, and an open
microphone must not push the first words out."""

_BYTES_PER_S = INPUT_RATE * BYTES_PER_SAMPLE


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """A change in the user's voice. `pcm` (PCM16LE mono 16 kHz) is the part so far at PAUSE, PART and END."""

    sound: Sound
    pcm: bytes = b""


class Hearing:
    """`take` audio, send out each of its `chunks`, `judge` each with its probability, act on what was noticed."""

    def __init__(self, rules: Rules | None) -> None:
        """No rules: the client marks the turns itself (manual activity)."""
        self._detector = TurnDetector(rules or Rules())
        self._manual = rules is None
        self._sound = bytearray()
        self._asked = 0
        self._judged = 0
        self._start: int | None = None
        self._paused_at = 0
        self._last: tuple[int, int] | None = None
        """Where the last turn began and ended, while speech may go on with it."""
        self._forgotten = 0

    @property
    def speaking(self) -> bool:
        return self._start is not None

    @property
    def began_s(self) -> float:
        """Seconds of the whole stream before the voice that is heard now."""
        voiced = self._detector.voiced_chunks * CHUNK_BYTES if self.speaking else 0
        return (self._forgotten + self._judged - voiced) / _BYTES_PER_S

    @property
    def judged_s(self) -> float:
        """Seconds of the whole stream that are judged."""
        return (self._forgotten + self._judged) / _BYTES_PER_S

    @property
    def behind(self) -> bool:
        """Sound has come that is not judged yet."""
        return len(self._sound) - self._judged >= CHUNK_BYTES

    @property
    def unfinished(self) -> bytes:
        """The utterance so far, or between two of them the sound that the next one may begin in."""
        since = self._start if self._start is not None else max(0, len(self._sound) - _bytes(PRE_ROLL_MS))
        return bytes(self._sound[since:])

    @property
    def so_far(self) -> bytes:
        """The part of the turn that is judged."""
        return b"" if self._start is None else bytes(self._sound[self._start : self._judged])

    @property
    def so_far_ms(self) -> int:
        return 0 if self._start is None else (self._judged - self._start) * 1000 // _BYTES_PER_S

    @property
    def goes_on(self) -> bool:
        """What began just now came so soon after the end of a turn that it belongs to it."""
        return self._last is not None and self._start is not None

    @property
    def pause_ms(self) -> int:
        """The silence before the voice that began, or went on, just now."""
        if self._last is None or self._start is None:
            return self._detector.pause_ms
        voiced = self._detector.voiced_chunks * CHUNK_BYTES
        between = self._judged - voiced - self._last[1]
        return self._detector.pause_ms + max(0, between) * 1000 // _BYTES_PER_S

    def take(self, pcm: bytes) -> None:
        self._sound += pcm

    def chunks(self) -> list[bytes]:
        """Whole chunks that have not been sent to voice detection yet."""
        out = []
        while len(self._sound) - self._asked >= CHUNK_BYTES:
            out.append(bytes(self._sound[self._asked : self._asked + CHUNK_BYTES]))
            self._asked += CHUNK_BYTES
        return out

    def trim_unheard(self) -> None:
        """The engine is still loading: keep only the last seconds."""
        surplus = len(self._sound) - MAX_WAIT_S * _BYTES_PER_S
        if surplus > 0 and self._asked == 0:
            del self._sound[:surplus]
            self._forgotten += surplus
            self._start = None if self._start is None else max(0, self._start - surplus)

    def judge(self, probability: float) -> SpeechEvent | None:
        """The probability of the oldest chunk not yet judged."""
        self._judged += CHUNK_BYTES
        change = self._detector.feed_probability(probability)
        if self._manual:
            self._bound_manual_turn()
            return None
        if self._last is not None:
            self._let_go(self._last[1], change)
        if change is Sound.START:
            self._begin(self._detector.voiced_chunks * CHUNK_MS)
            return SpeechEvent(change)
        if change in (Sound.PAUSE, Sound.END):
            return self._noticed(change)
        if self._start is None:
            self._forget_before(self._judged - _bytes(PRE_ROLL_MS) * 2)
        elif change is Sound.RESUME and self._paused_at - self._start > LONG_PART_S * _BYTES_PER_S:
            return self._part(self._paused_at)
        elif self._judged - self._start > MAX_PART_S * _BYTES_PER_S:
            return self._part(self._judged)
        return SpeechEvent(change) if change else None

    def wait(self, silence_ms: int) -> SpeechEvent | None:
        """The silence that ends this turn, now that the words are known; the end, if it has passed already."""
        if self._start is None or self._manual or not self._detector.wait(silence_ms):
            return None
        return self._noticed(Sound.END)

    def rejoin(self) -> None:
        """The turn that began just now is the last one, which went on: it begins where that began."""
        assert self._last is not None
        self._start, self._last = self._last[0], None

    def start_manually(self) -> None:
        """`activityStart`: the turn is what arrives from now on."""
        self._detector.close()
        self._start, self._last = len(self._sound), None

    def finish(self) -> SpeechEvent | None:
        """End the turn here (`activityEnd`, `audioStreamEnd`, a dried-up stream). None when no turn was open."""
        if self._start is None:
            self._detector.close()
            return None
        pcm = self._sound[self._start :]
        silent = self._manual and self._detector.voiced_chunks == 0 and self._judged - self._start > CHUNK_BYTES * 2
        self._close()
        return SpeechEvent(Sound.END, b"" if silent else bytes(pcm))

    def _bound_manual_turn(self) -> None:
        oldest = self._judged - MAX_MANUAL_S * _BYTES_PER_S
        if self._start is None:
            self._forget_before(self._judged - _bytes(PRE_ROLL_MS))
        elif oldest > self._start:
            self._start = oldest

    def _begin(self, needed_ms: int) -> None:
        # What belongs to the last turn is heard once, unless both become one.
        earliest = self._last[1] if self._last else 0
        self._start = max(earliest, self._judged - _bytes(needed_ms + PRE_ROLL_MS))

    def _noticed(self, change: Sound) -> SpeechEvent:
        pcm = bytes(self._sound[self._start or 0 : self._judged])
        self._paused_at = self._judged
        if change is Sound.END:
            self._last = (self._start or 0, self._judged)
            self._close()
        return SpeechEvent(change, pcm)

    def _let_go(self, ended: int, change: Sound | None) -> None:
        """Forget the last turn once what is said is no longer a part of it."""
        began = self._judged - (self._detector.voiced_chunks * CHUNK_BYTES if change is Sound.START else 0)
        if self._start is not None or began - ended > _bytes(REJOIN_MS):
            self._last = None

    def _part(self, until: int) -> SpeechEvent:
        pcm = bytes(self._sound[self._start or 0 : until])
        self._start = until
        self._forget_before(until)
        return SpeechEvent(Sound.PART, pcm)

    def _close(self) -> None:
        self._detector.close()
        self._start = None
        self._forget_before(self._judged)

    def _forget_before(self, position: int) -> None:
        position = min(position, self._judged, self._last[0] if self._last else position)
        if position <= 0:
            return
        del self._sound[:position]
        self._forgotten += position
        self._last = (self._last[0] - position, self._last[1] - position) if self._last else None
        self._start = None if self._start is None else self._start - position
        self._paused_at -= position
        self._asked -= position
        self._judged -= position


def _bytes(milliseconds: int) -> int:
    return INPUT_RATE * milliseconds // 1000 * BYTES_PER_SAMPLE
