"""One answer on its way out: sentences to synthesize, chunks of voice and the words spoken in them, paced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, OUTPUT_RATE
from gemini_emulator.audio.speech_text import sentences
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
    """`prepare` may run before `begin`, so that the first sentence is ready when the turn comes."""

    def __init__(self, text: str, pace: Pace, new_job: Callable[[], int]) -> None:
        self._pace = pace
        self._new_job = new_job
        self._unasked = deque(sentences(text))
        self._jobs: dict[int, str] = {}
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
        """Sentences still in synthesis."""
        return [job for job in self._jobs if job not in self._ready]

    @property
    def all_sent(self) -> bool:
        return not (self.growing or self._unasked or self._jobs or self._chunks)

    @property
    def deadline(self) -> float | None:
        return self._next_at if self._chunks else None

    def extend(self, text: str) -> None:
        """More to say, after all that is there."""
        self._unasked.extend(sentences(text))

    def prepare(self) -> list[Synthesize]:
        """Sentences to synthesize now."""
        asked = []
        while self._unasked and self._wants_more():
            job, text = self._new_job(), self._unasked.popleft()
            self._jobs[job] = text
            asked.append(Synthesize(job, text))
        return asked

    def _wants_more(self) -> bool:
        if self._next_at is None:
            return not (self._jobs or self._chunks)
        return len(self._jobs) < 2 and len(self._chunks) * self._pace.chunk_ms < AHEAD_S * 1000

    def accept(self, job: int, pcm: bytes) -> bool:
        """One sentence is spoken. False when it is not of this speech."""
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

    def _cut(self, sentence: str, pcm: bytes) -> None:
        """Each word goes with the chunk in which it begins, by its share of the letters.

        The space between the words of two chunks is by turns at the end of one and at the beginning of the other: the
        service has no rule.
        """
        size = int(_BYTES_PER_S * self._pace.chunk_ms / 1000) & ~1
        pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        if not pieces:
            return
        spoken = [""] * len(pieces)
        letters = 0
        for word in sentence.split():
            index = min(len(pieces) - 1, letters * len(pieces) // max(1, len(sentence)))
            spoken[index] += f" {word}"
            letters += len(word) + 1
        worded = [index for index, words in enumerate(spoken) if words]
        for index, following in list(pairwise(worded))[::2]:
            spoken[index] += " "
            spoken[following] = spoken[following].removeprefix(" ")
        self._chunks.extend(Chunk(piece, words) for piece, words in zip(pieces, spoken, strict=True))
