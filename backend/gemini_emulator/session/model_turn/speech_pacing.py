"""One answer on its way out: sentences to synthesize, chunks of voice and the words spoken in them, paced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, OUTPUT_RATE
from gemini_emulator.audio.phrasing import Phrase, phrases
from gemini_emulator.session.events import Synthesize
from gemini_emulator.settings import Pace

_BYTES_PER_S = OUTPUT_RATE * BYTES_PER_SAMPLE
AHEAD_S = 6.0
"""Voice kept ready: enough never to run dry, little to throw away at a barge-in."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Voice to send now, PCM16LE mono 24 kHz, and the words that begin in it. The words of all chunks are to be joined
    as they come; a sentence begins with a space.
    """

    pcm: bytes
    words: str


class Speech:
    """`prepare` may run before `begin`, so that the first phrase is ready when the turn comes."""

    def __init__(self, text: str, pace: Pace, new_job: Callable[[], int], rate: float = 1.0) -> None:
        """`rate`: how much faster than the voice's own speed."""
        self._pace, self._rate = pace, rate
        self._new_job = new_job
        self._unasked = deque(phrases(text, first=True))
        self._jobs: dict[int, Phrase] = {}
        self._pause_s = 0.0
        """Silence before the next phrase."""
        self._ready: dict[int, bytes] = {}
        self._chunks: deque[Chunk] = deque()
        self._next_at: float | None = None
        self.growing = False
        """More text will come."""
        self.said = ""
        """The words sent so far."""
        self.sent_s = 0.0
        """Seconds of voice sent so far."""
        self.playout_ends = 0.0
        """When a listener who plays at once has heard all that was sent."""

    @property
    def jobs(self) -> list[int]:
        """Phrases still in synthesis."""
        return [job for job in self._jobs if job not in self._ready]

    @property
    def all_sent(self) -> bool:
        return not (self.growing or self._unasked or self._jobs or self._chunks)

    @property
    def deadline(self) -> float | None:
        return self._next_at if self._chunks else None

    def extend(self, text: str) -> None:
        """More to say, after all that is there."""
        self._unasked.extend(phrases(text))

    def prepare(self) -> list[Synthesize]:
        """Phrases to synthesize now."""
        asked = []
        while self._unasked and self._wants_more():
            job, phrase = self._new_job(), self._unasked.popleft()
            self._jobs[job] = phrase
            asked.append(Synthesize(job, phrase.said, self._rate))
        return asked

    def _wants_more(self) -> bool:
        if self._next_at is None:
            return not (self._jobs or self._chunks)
        return len(self._jobs) < 2 and len(self._chunks) * self._pace.chunk_ms < AHEAD_S * 1000

    def accept(self, job: int, pcm: bytes) -> bool:
        """One phrase is spoken. False when it is not of this speech."""
        if job not in self._jobs:
            return False
        self._ready[job] = pcm
        while self._jobs and (first := next(iter(self._jobs))) in self._ready:
            self._cut(self._jobs.pop(first), self._ready.pop(first))
        return True

    def begin_playout(self, now: float) -> None:
        self._next_at = now + self._pace.first_delay_s
        self.playout_ends = self._next_at

    def stall(self, seconds: float, now: float) -> None:
        """Nothing more for so long."""
        if not seconds:
            return
        self._next_at = max(self._next_at or now, now) + seconds

    def next_due(self, now: float) -> Chunk | None:
        """The next chunk, if its time has come."""
        if not self._chunks or self._next_at is None or self._next_at > now:
            return None
        chunk = self._chunks.popleft()
        seconds = len(chunk.pcm) / _BYTES_PER_S
        self._next_at = max(self._next_at, now - 1.0) + seconds / self._pace.speed
        self.playout_ends = max(self.playout_ends, now) + seconds
        self.sent_s += seconds
        self.said += chunk.words
        return chunk

    def _cut(self, phrase: Phrase, voice: bytes) -> None:
        """Each word goes with the chunk in which it begins, by its share of the letters.

        The space between the words of two chunks is by turns at the end of one and at the beginning of the other: the
        service has no rule.
        """
        if not voice:
            return
        silence = bytes(int(self._pause_s / self._rate * OUTPUT_RATE) * BYTES_PER_SAMPLE)
        self._pause_s = phrase.pause_s
        pcm, size = silence + voice, int(_BYTES_PER_S * self._pace.chunk_ms / 1000) & ~1
        pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        spoken = [""] * len(pieces)
        letters = 0
        for word in phrase.text.split():
            begins = len(silence) + letters * len(voice) // max(1, len(phrase.text))
            spoken[min(len(pieces) - 1, begins // size)] += f" {word}"
            letters += len(word) + 1
        worded = [index for index, words in enumerate(spoken) if words]
        for index, following in list(pairwise(worded))[::2]:
            spoken[index] += " "
            spoken[following] = spoken[following].removeprefix(" ")
        self._chunks.extend(Chunk(piece, words) for piece, words in zip(pieces, spoken, strict=True))
