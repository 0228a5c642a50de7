"""What the load bench makes of its figures: healthy, unhealthy, rejected, and how many a machine should take."""

from dataclasses import fields, replace

import pytest

from bench.analysis.load_verdict import Point, judge_step, largest_healthy, suggested_max_sessions
from bench.harness.metrics import Figures, Spread


def figures(n: int, up_p95: float = 1.0, down_p95: float = 2.0, lost: int = 0, faults: tuple[str, ...] = ()) -> Figures:
    def spread(p95: float) -> Spread:
        return Spread(p95 / 2, p95, p95 * 2, 100)

    known = {
        "contestant": "s2s", "n": n, "cpu_ms_per_session_s": 9.876, "uplink_ms": spread(up_p95), "uplink_missed": lost,
        "downlink_ms": spread(down_p95), "turns": 50, "interrupt_ms": None, "first_audio_ms": spread(50),
        "base_mb": 100.0, "mb_per_session": 0.5, "client_late_ms": spread(1), "upstream_late_ms": None,
        "faults": list(faults),
    }  # fmt: skip
    return Figures(**{field.name: 0 for field in fields(Figures)} | known)


def point(n: int, healthy: bool = True) -> Point:
    return replace(judge_step(figures(n), None, 0.1), healthy=healthy)


def test_one_talker_is_healthy_when_nothing_is_lost():
    alone = judge_step(figures(1), None, 0.5)
    assert (alone.healthy, alone.why, alone.cpu_ms_per_session_s, alone.rss_mb) == (True, "", 9.88, 100.5)
    assert (alone.up_p50_ms, alone.up_p95_ms, alone.up_p99_ms, alone.interrupt_p99_ms) == (0.5, 1.0, 2.0, None)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (figures(50, up_p95=11.5), "up p95 is 12 ms, alone it is 1"),
        (figures(50, down_p95=30), "down p95 is 30 ms, alone it is 2"),
        (figures(50, lost=2), "2 of 52 were lost"),
    ],
)
def test_later_or_lost_is_not_healthy(found: Figures, why: str):
    judgement = judge_step(found, point(1), 0.5)
    assert (judgement.healthy, judgement.honest, judgement.why) == (False, True, why)


def test_ten_milliseconds_later_is_still_healthy():
    assert judge_step(figures(50, up_p95=11.0, down_p95=12.0), point(1), 0.5).healthy


def test_a_step_in_which_the_bench_was_late_says_nothing_about_the_gateway():
    judgement = judge_step(figures(50, faults=("talkers were late by 30 ms",)), point(1), 0.5)
    assert (judgement.healthy, judgement.honest) == (False, False)


def test_the_suggestion_leaves_something_to_spare():
    points = [point(1), point(50), point(100), point(120, healthy=False), point(140)]
    assert largest_healthy(points) == 100
    assert suggested_max_sessions(points) == 80
    assert suggested_max_sessions([point(1), point(6)]) == 5
    assert suggested_max_sessions([point(1), point(2)]) == 2
    assert suggested_max_sessions([point(1, healthy=False)]) == 0
