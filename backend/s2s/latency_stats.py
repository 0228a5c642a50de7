"""Measure response latency from events and effects: marks per answer, percentiles over many."""

from collections import Counter, deque
from collections.abc import Sequence
from statistics import quantiles

from s2s import wire
from s2s.core.effects import Effect, PlayFrame
from s2s.core.events import Event, ModelAudio, PlayedReport

MARKS = ("first_voice", "first_sent", "first_heard")
# Speech that ended longer ago than this did not cause the audio that arrives now.
MAX_ANSWER_S = 20.0


class TurnTrace:
    """Milliseconds from the end of the user's speech to each mark of the answer.

    Marks belong to one turn; audio that is not played starts none. A quick answer arrives before the end of speech is
    detected, which takes a quarter of a second, so the marks are computed when its first audio has been played.
    """

    def __init__(self) -> None:
        self._turn: int | None = None
        self._voice_at = 0.0
        self._sent_at: float | None = None
        self._asked: float | None = None
        self._used: float | None = None

    def watch(
        self, event: Event, effects: Sequence[Effect], speech_ended_at: float | None, now: float, turn: int | None
    ) -> wire.Latency | None:
        """Return a turn's marks once its first audio was played, else None. `turn`: the turn that receives model audio
        now, if any."""
        if isinstance(event, ModelAudio) and turn is not None and turn != self._turn:
            self._turn, self._voice_at, self._sent_at, self._asked = turn, now, None, speech_ended_at
        if self._turn is None:
            return None
        if self._sent_at is None and any(isinstance(e, PlayFrame) and e.turn == self._turn for e in effects):
            self._sent_at = now
        if not (isinstance(event, PlayedReport) and event.turn == self._turn and event.ms > 0):
            return None
        return self._on_audio_heard(event.turn, now - event.ms / 1000, speech_ended_at)

    def _on_audio_heard(self, turn: int, at: float, speech_ended_at: float | None) -> wire.Latency | None:
        before_it = speech_ended_at is not None and speech_ended_at <= self._voice_at
        asked = speech_ended_at if before_it else self._asked
        if self._sent_at is None or asked in (None, self._used):
            return None
        assert asked is not None
        self._used = asked
        if self._voice_at - asked >= MAX_ANSWER_S:
            return None
        times = zip(MARKS, (self._voice_at, self._sent_at, at), strict=True)
        return wire.Latency(turn=turn, marks={name: round((t - asked) * 1000, 1) for name, t in times})


class LatencyStats:
    """The marks of recent turns over all sessions."""

    def __init__(self, turns: int = 500) -> None:
        self._turns: deque[dict[str, float]] = deque(maxlen=turns)
        self.incidents: Counter[str] = Counter()
        """Number of recovered failures by code, over all sessions."""

    def record_turn(self, marks: dict[str, float]) -> None:
        self._turns.append(dict(marks))

    def report(self) -> dict[str, object]:
        """Return the number of turns, and p50, p95 and p99 of each mark in milliseconds."""
        marks: dict[str, object] = {}
        for name in MARKS:
            values = [turn[name] for turn in self._turns if name in turn]
            if len(values) == 1:
                marks[name] = dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"), values[0])
            elif values:
                cuts = quantiles(values, n=100, method="inclusive")
                marks[name] = {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}
        return {"turns": len(self._turns), **marks}
