"""Verdict on one step of the load benchmark: healthy, unhealthy or invalid. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.harness.metrics import Figures, Spread

MAX_ADDED_MS = 10.0
"""The 95th percentile of either way may be so much above one talker's."""
SPARE_SHARE = 0.8
"""Share of the largest healthy number that is suggested as a limit, to leave headroom for load peaks."""
ROUND_TO = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One number of talkers. Times in ms; what could not be measured is None."""

    n: int
    healthy: bool
    why: str
    """Why it is not; empty: it is."""
    honest: bool
    """False: talkers or upstream were the bottleneck, so nothing is said about the gateway."""
    cpu_ms_per_session_s: float
    cores: float
    rss_mb: float
    mb_per_session: float
    up_p50_ms: float | None
    up_p95_ms: float | None
    up_p99_ms: float | None
    down_p50_ms: float | None
    down_p95_ms: float | None
    down_p99_ms: float | None
    interrupt_p50_ms: float | None
    interrupt_p99_ms: float | None
    first_audio_p50_ms: float | None
    first_audio_p95_ms: float | None
    lost: int
    """Marks that never reached the upstream, and answers that were never heard."""
    client_late_p99_ms: float | None
    upstream_late_p99_ms: float | None
    client_cores: float
    """Of talkers and upstream together."""
    load_before: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge_step(found: Figures, alone: Point | None, load_before: float) -> Point:
    """`alone`: the point of one talker; None: this is it."""
    lost = found.uplink_missed + found.missed_turns
    why = list(found.faults)
    if lost:
        why.append(f"{lost} of {found.turns + found.uplink_missed} were lost")
    for way, spread, best in (
        ("up", found.uplink_ms, alone.up_p95_ms if alone else None),
        ("down", found.downlink_ms, alone.down_p95_ms if alone else None),
    ):
        if spread is None:
            why.append(f"nothing went {way}")
        elif best is not None and spread.p95 > best + MAX_ADDED_MS:
            why.append(f"{way} p95 is {spread.p95:.0f} ms, alone it is {best:.0f}")
    return Point(
        n=found.n,
        healthy=not why,
        why="; ".join(why),
        honest=not found.faults,
        cpu_ms_per_session_s=round(found.cpu_ms_per_session_s, 2),
        cores=round(found.cores, 3),
        rss_mb=round(found.base_mb + found.mb_per_session * found.n, 1),
        mb_per_session=round(found.mb_per_session, 2),
        **_spread("up", found.uplink_ms),
        **_spread("down", found.downlink_ms),
        interrupt_p50_ms=_at(found.interrupt_ms, "p50"),
        interrupt_p99_ms=_at(found.interrupt_ms, "p99"),
        first_audio_p50_ms=_at(found.first_audio_ms, "p50"),
        first_audio_p95_ms=_at(found.first_audio_ms, "p95"),
        lost=lost,
        client_late_p99_ms=_at(found.client_late_ms, "p99"),
        upstream_late_p99_ms=_at(found.upstream_late_ms, "p99"),
        client_cores=round(found.helpers_cores, 3),
        load_before=round(load_before, 2),
    )


def _spread(way: str, spread: Spread | None) -> dict[str, Any]:
    return {f"{way}_{name}_ms": _at(spread, name) for name in ("p50", "p95", "p99")}


def _at(spread: Spread | None, name: str) -> float | None:
    return None if spread is None else float(getattr(spread, name))


def largest_healthy(points: Sequence[Point]) -> int:
    """Return the last number of talkers before the first unhealthy one; 0 if the first is unhealthy."""
    largest = 0
    for point in points:
        if not point.healthy:
            break
        largest = point.n
    return largest


def suggested_max_sessions(points: Sequence[Point]) -> int:
    """Suggest S2S_MAX_SESSIONS for one gateway process on this machine; 0 if there is no healthy point."""
    largest = largest_healthy(points)
    if largest < ROUND_TO:
        return largest
    return max(ROUND_TO, int(largest * SPARE_SHARE) // ROUND_TO * ROUND_TO)
