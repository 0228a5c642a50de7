"""A listener far away: reports are old when they come, and voice needs its time to get there. In virtual time."""

import pytest

from s2s.core.playout import FRAME_BYTES, Playout
from s2s.wire import FRAME_MS
from tests.stage import voice

REPORT_EVERY_MS = 300
START_MS = 60
"""A page begins to play when so much has come."""


def dry_ms(lead_ms: int, round_trip_ms: int, *, told: bool, seconds: int = 10) -> int:
    """How long the ear had nothing to play in the middle of an answer of that length."""
    playout = Playout(lead_ms)
    if told:
        playout.set_round_trip(round_trip_ms)
    playout.push(1, voice(seconds))
    playout.end_turn(1)
    half_ms = round_trip_ms // 2
    arrivals: list[int] = []
    reports: list[tuple[int, int]] = []
    came = played = dry = 0
    began = False
    for now_ms in range(0, 60_000, FRAME_MS):
        now = now_ms / 1000
        while reports and reports[0][0] <= now_ms:
            playout.on_played_report(1, reports.pop(0)[1], now)
        arrivals += [now_ms + half_ms] * len(playout.pop_due_frames(now))
        while arrivals and arrivals[0] <= now_ms:
            arrivals.pop(0)
            came += FRAME_MS
        began = began or came >= START_MS
        if began and played < came:
            played += FRAME_MS
            if played == FRAME_MS or played % REPORT_EVERY_MS == 0:
                reports.append((now_ms + half_ms, played))
        elif began and played < seconds * 1000:
            dry += FRAME_MS
    assert played == seconds * 1000
    return dry


@pytest.mark.parametrize("round_trip_ms", [0, 20, 80, 150, 300, 600, 1_000])
def test_an_ear_that_is_far_away_never_runs_dry_once_its_distance_is_known(round_trip_ms: int):
    assert dry_ms(240, round_trip_ms, told=True) == 0


def test_without_knowing_the_distance_the_voice_would_stall():
    assert dry_ms(240, 300, told=False) > 1_000


def test_a_near_ear_changes_nothing_and_a_wish_for_more_lead_stands():
    for lead_ms, expected in ((240, 12), (600, 30)):
        playout = Playout(lead_ms)
        playout.set_round_trip(2)
        playout.push(1, voice(2))
        assert len(playout.pop_due_frames(0.0)) == expected
        assert playout.unsent_bytes() == 2 * 48_000 - expected * FRAME_BYTES


def test_a_distance_that_cannot_be_true_fills_no_browser():
    playout = Playout(240)
    playout.set_round_trip(600_000)
    playout.push(1, voice(30))
    assert len(playout.pop_due_frames(0.0)) * FRAME_MS <= 1_200
