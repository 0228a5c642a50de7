"""How the gateway paces an answer: far enough ahead of the ear, and with as few timers as that takes."""

import pytest

from s2s.core.playout import ASSUMED_START_DELAY_S, FRAME_BYTES, Playout
from s2s.wire import FRAME_MS

VOICE_S = 4
FRAME_S = FRAME_MS / 1000


def speaking(lead_ms: int) -> Playout:
    """An answer has come in one piece, and its first frames have left."""
    playout = Playout(lead_ms)
    playout.push(1, bytes(FRAME_BYTES * VOICE_S * 50))
    assert len(playout.pop_due_frames(0.0)) == lead_ms // FRAME_MS
    return playout


def report(playout: Playout, now: float) -> None:
    """The page tells what it has played, as it does every 300 ms."""
    playout.on_played_report(1, max(0, round((now - ASSUMED_START_DELAY_S) * 1000)), now)


def test_while_the_microphone_is_open_the_voice_needs_no_timer():
    playout = speaking(240)
    sent = 12
    for tick in range(1, 150):
        # The microphone's clock is not the loudspeaker's: its frames come in between.
        now = tick * FRAME_S + 0.007
        deadline = playout.deadline()
        assert deadline is None or deadline >= now
        sent += len(playout.pop_due_frames(now))
        if tick % 15 == 0:
            report(playout, now)
        assert 200 <= sent * FRAME_MS - playout.heard_position_ms(now) <= 240
    assert sent > 150


def test_without_a_microphone_the_deadline_keeps_the_lead():
    playout = speaking(240)
    now, sent = 0.0, 12
    while now < VOICE_S - 1:
        deadline = playout.deadline()
        assert deadline is not None
        assert deadline > now
        now = deadline
        assert sent * FRAME_MS - playout.heard_position_ms(now) >= 200 - 0.01
        sent += len(playout.pop_due_frames(now))
        report(playout, now)


@pytest.mark.parametrize(("lead_ms", "late_ms"), [(240, 20), (160, 20), (140, 0), (60, 0)])
def test_only_a_comfortable_lead_lets_a_frame_wait(lead_ms: int, late_ms: int):
    due_s = ASSUMED_START_DELAY_S + FRAME_S
    assert speaking(lead_ms).deadline() == pytest.approx(due_s + late_ms / 1000)
