"""A reader of what passes the one door: marks per answer, percentiles over many."""

from collections import Counter, deque
from collections.abc import Sequence
from statistics import quantiles

from s2s import wire
from s2s.effects import Effect, PlayFrame
from s2s.vocabulary import Input, PlayedReport, VoiceOut

MARKS = ("first_voice", "first_sent", "first_heard")
# An end of speech this long ago did not cause the voice that comes now.
LONGEST_ANSWER_S = 20.0


class TurnTrace:
    """Milliseconds from the end of the person's speech to each mark of the answer."""

    def __init__(self) -> None:
        self._from: float | None = None
        self._used: float | None = None
        self._marks: dict[str, float] = {}
        self._turn: int | None = None

    def watch(
        self, event: Input, effects: Sequence[Effect], speech_ended_at: float | None, now: float
    ) -> wire.Latency | None:
        """Answers the marks of a turn once its first sound was heard."""
        if isinstance(event, VoiceOut) and self._from is None and speech_ended_at not in (None, self._used):
            assert speech_ended_at is not None
            self._used = speech_ended_at
            if now - speech_ended_at < LONGEST_ANSWER_S:
                self._from, self._marks, self._turn = speech_ended_at, {}, None
                self._mark("first_voice", now)
        if self._from is None:
            return None
        first = next((e for e in effects if isinstance(e, PlayFrame)), None)
        if first is not None and self._turn is None:
            self._turn = first.turn
            self._mark("first_sent", now)
        if isinstance(event, PlayedReport) and event.turn == self._turn and event.ms > 0:
            self._mark("first_heard", now - event.ms / 1000)
            told = wire.Latency(turn=event.turn, marks=self._marks)
            self._from = None
            return told
        return None

    def _mark(self, name: str, now: float) -> None:
        assert self._from is not None
        self._marks[name] = round((now - self._from) * 1000, 1)


class LatencyBook:
    """The marks of recent turns over all sessions."""

    def __init__(self, turns: int = 500) -> None:
        self._turns: deque[dict[str, float]] = deque(maxlen=turns)
        self.incidents: Counter[str] = Counter()
        """How often something went wrong and was dealt with, by its code, over all sessions."""

    def add(self, marks: dict[str, float]) -> None:
        self._turns.append(dict(marks))

    def report(self) -> dict[str, object]:
        """Number of turns, and p50, p95, p99 of each mark in milliseconds."""
        marks: dict[str, object] = {}
        for name in MARKS:
            values = [turn[name] for turn in self._turns if name in turn]
            if len(values) == 1:
                marks[name] = dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"), values[0])
            elif values:
                cuts = quantiles(values, n=100, method="inclusive")
                marks[name] = {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}
        return {"turns": len(self._turns), **marks}
