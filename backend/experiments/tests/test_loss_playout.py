"""What a page would have played of the frames that arrived, as the loss bench computes it."""

import pytest

from experiments.loss.playout import play_out
from s2s import wire


def frame(seq: int) -> wire.Frame:
    return wire.Frame(turn=1, seq=seq, clock_ms=seq * 20, pcm=bytes([seq, 0]) * wire.OUTPUT_SAMPLES)


def test_frames_in_time_sound_as_they_are():
    sounded = play_out([(seq * 0.02, frame(seq)) for seq in range(5)])
    assert sounded.pcm == b"".join(frame(seq).pcm for seq in range(5))
    assert (sounded.concealed, sounded.stalled_ms) == (0, 0.0)


def test_a_lost_frame_is_concealed_and_a_repetition_heals_it():
    lost = [(seq * 0.02, frame(seq)) for seq in range(5) if seq != 2]
    assert play_out(lost).concealed == 1
    assert play_out([*lost, (0.05, frame(2))]).concealed == 0
    assert play_out([*lost, (0.05, frame(1))]).concealed == 1


def test_what_comes_late_with_nothing_after_it_is_waited_for():
    sounded = play_out([(0.0, frame(0)), (0.02, frame(1)), (0.195, frame(2)), (0.195, frame(3))])
    assert sounded.concealed == 0
    assert sounded.stalled_ms == pytest.approx(100)
    assert len(sounded.pcm) == (4 + 5) * 2 * wire.OUTPUT_SAMPLES
