"""Verdict on a soak: growth with its error, and why a talker got no answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.analysis.loop_lag import Pause, total_s, worst_s

WARM_UP_SHARE = 0.25
BLOCKS, MIN_BLOCKS = 8, 4
T_95 = {2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45}
"""Student's t for 95 % both ways, by degrees of freedom."""
TOLERANCE = {"memory_mb": (0.05, 5.0), "fds": (0.10, 8.0), "tasks": (0.10, 8.0), "upstreams": (0.10, 3.0)}
"""How much of each may be added over the whole time after the warm-up: this share of its middle, or this much."""
NAMES = {
    "memory_mb": "memory, MB",
    "fds": "file descriptors",
    "tasks": "tasks",
    "upstreams": "upstream sockets",
}
MAX_PAUSE_S = 1.0
"""A window in which talkers or upstream stood still for longer says nothing about the gateway."""
MIN_VALID_SHARE = 0.5
STARVED_S = 4.0
"""The gateway lets a browser go that was silent for 6 s: a talker that stood still for so long is near that."""
STARVED_SHARE = 0.25
"""Of the time in which an answer was waited for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The gateway at one time, and the lag of all processes since the previous sample."""

    at_s: float
    memory_mb: float
    fds: int
    tasks: int
    """Of its event loop."""
    upstreams: int
    sessions: int
    calls: int
    """Begun so far."""
    client_late_s: float = 0.0
    """The longest pause of the talkers' loop."""
    upstream_late_s: float = 0.0
    gateway_queued_s: float = 0.0
    """So long the gateway could have run and had no processor."""

    @property
    def is_valid(self) -> bool:
        return max(self.client_late_s, self.upstream_late_s) <= MAX_PAUSE_S


class Verdict(StrEnum):
    FLAT = "flat"
    GROWS = "GROWS"
    UNCLEAR = "unclear"
    """The error is larger than what is allowed: a longer run would tell."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One series after the warm-up."""

    name: str
    middle: float
    grown: float
    """By the straight line that fits best, from the first to the last sample."""
    error: float
    """95 of 100 such runs find `grown` within this of the truth."""
    allowed: float
    hours: float
    """From the first to the last sample."""
    calls: int
    """Begun in that time."""

    @property
    def verdict(self) -> Verdict:
        if self.grown + self.error <= self.allowed:
            return Verdict.FLAT
        return Verdict.GROWS if self.grown - self.error > 0 and self.grown > self.allowed else Verdict.UNCLEAR

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict.value}


def fit_trends(samples: Sequence[Sample]) -> list[Trend]:
    """The trends after the warm-up, of the windows that count. Raises ValueError where there are too few of them."""
    late = samples[int(len(samples) * WARM_UP_SHARE) :]
    steady = [sample for sample in late if sample.is_valid]
    if len(steady) < MIN_VALID_SHARE * len(late):
        raise ValueError(
            f"{len(late) - len(steady)} of {len(late)} windows are rejected: talkers or upstream had no time. "
            "Nothing is said about the gateway; run it on a quiet machine."
        )
    if len(steady) < 2 * MIN_BLOCKS:
        raise ValueError("too short for a verdict: let it run for longer")
    return [_trend(name, steady) for name in TOLERANCE]


def _trend(name: str, steady: Sequence[Sample]) -> Trend:
    """A line through the means of blocks: samples that follow each other are alike, blocks are not."""
    times: NDArray[np.float64] = np.array([one.at_s for one in steady])
    values: NDArray[np.float64] = np.array([float(getattr(one, name)) for one in steady])
    count = min(BLOCKS, len(times) // 2)
    xs = np.array([block.mean() for block in np.array_split(times, count)])
    ys = np.array([block.mean() for block in np.array_split(values, count)])
    slope, start = np.polyfit(xs, ys, 1)
    around = xs - xs.mean()
    spread = float(np.sum((ys - slope * xs - start) ** 2)) / (count - 2)
    span = float(times[-1] - times[0])
    error = T_95[count - 2] * (spread / float(np.sum(around**2))) ** 0.5 * span
    share, least = TOLERANCE[name]
    middle = float(np.median(values))
    grown = float(slope) * span
    calls = steady[-1].calls - steady[0].calls
    allowed = max(share * middle, least)
    return Trend(name, middle, round(grown, 2), round(error, 2), allowed, span / 3600, calls)


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """A talker got no answer. Times are CLOCK_MONOTONIC in seconds."""

    way: str
    called: float
    """When its call began."""
    waited: float
    """Since when it waited."""
    ended: float
    said: str
    """What the talker knew at the end."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there was no answer, with the evidence. Seconds."""

    starved: bool
    client_worst_s: float
    client_total_s: float
    upstream_worst_s: float
    upstream_total_s: float
    gateway_queued_s: float

    @property
    def words(self) -> str:
        who = "this machine had no time for it" if self.starved else "the gateway lost it"
        return (
            f"{who}: the talkers' loop stood still for up to {self.client_worst_s:.1f} s "
            f"({self.client_total_s:.1f} s together), the upstream's for {self.upstream_worst_s:.1f} s "
            f"({self.upstream_total_s:.1f} s), the gateway waited {self.gateway_queued_s:.1f} s for a processor"
        )


def find_cause(
    silence: MissingAnswer, client: Sequence[Pause], upstream: Sequence[Pause], queued: Sequence[tuple[float, float]]
) -> Cause:
    """`queued`: when the gateway was looked at, and how long it had waited for a processor since it began."""
    whole = (silence.called, silence.ended)
    wait = (silence.waited, silence.ended)
    worst = [worst_s(pauses, *whole) for pauses in (client, upstream)]
    total = [total_s(pauses, *wait) for pauses in (client, upstream)]
    waited = _queued(queued, *wait)
    share = STARVED_SHARE * (silence.ended - silence.waited)
    return Cause(
        max(worst) >= STARVED_S or max(*total, waited) >= share, worst[0], total[0], worst[1], total[1], waited
    )


def _queued(looks: Sequence[tuple[float, float]], began: float, ended: float) -> float:
    before = [total for at, total in looks if at <= began] or [total for _, total in looks[:1]]
    until = [total for at, total in looks if at <= ended]
    return max(0.0, until[-1] - before[-1]) if before and until else 0.0


def part(
    samples: Sequence[Sample], causes: Sequence[tuple[MissingAnswer, Cause]], events: Mapping[str, int]
) -> dict[str, Any]:
    """One of the two parts of a soak, for JSON."""
    try:
        trends, why = [trend.as_json() for trend in fit_trends(samples)], ""
    except ValueError as fault:
        trends, why = [], str(fault)
    lost = sum(not found.starved for _, found in causes)
    return {
        "minutes": round(samples[-1].at_s / 60, 1) if samples else 0.0,
        "calls": events.get("call", 0),
        "rejected_windows": sum(not sample.is_valid for sample in samples),
        "windows": len(samples),
        "why_no_verdict": why,
        "trends": trends,
        "starved": len(causes) - lost,
        "lost_by_the_gateway": lost,
        "silences": [{"way": one.way, "said": one.said, "why": found.words} for one, found in causes],
        "events": dict(events),
        "samples": [asdict(sample) for sample in samples],
    }


def has_passed(found: Mapping[str, Any]) -> bool:
    """Nothing grows, and the gateway lost no answer."""
    flat = bool(found["trends"]) and all(trend["verdict"] == Verdict.FLAT for trend in found["trends"])
    return flat and not found["lost_by_the_gateway"]


def has_failed(found: Mapping[str, Any]) -> bool:
    """Something grows, or the gateway lost an answer."""
    return any(trend["verdict"] == Verdict.GROWS for trend in found["trends"]) or found["lost_by_the_gateway"] > 0


def table(found: Mapping[str, Any], *, by_calls: bool) -> list[str]:
    """Lines of Markdown about one part; growth is per 100 calls, or per hour."""
    if not found["trends"]:
        return [f"No verdict: {found['why_no_verdict']}"]

    def rate(trend: Mapping[str, Any]) -> str:
        per = trend["calls"] / 100 if by_calls else trend["hours"]
        return f"{trend['grown'] / per:+.1f} ± {trend['error'] / per:.1f}"

    unit = "for 100 calls" if by_calls else "for an hour"
    rows = [
        f"| {NAMES[t['name']]} | {t['middle']:.1f} | {t['grown']:+.1f} ± {t['error']:.1f} | {t['allowed']:.1f} "
        f"| {rate(t)} | {t['verdict']} |"
        for t in found["trends"]
    ]
    head = f"| of the gateway | middle | grown | allowed | that is, {unit} | |"
    return [head, "|---|---|---|---|---|---|", *rows]


def summary(found: Mapping[str, Any]) -> str:
    """What happened, in sentences."""
    said = f"{found['calls']} calls in {found['minutes']:.0f} minutes."
    if found["rejected_windows"]:
        said += f" {found['rejected_windows']} of {found['windows']} windows were rejected: this machine was busy."
    said += f" No answer within a minute: {found['lost_by_the_gateway']} by the gateway's fault"
    return said + f", {found['starved']} because this machine had no time."
