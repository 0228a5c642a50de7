"""The tones that the talkers send are found again."""

from bench.harness import test_tones


def test_a_beginning_is_found_once_for_each_burst():
    ear = test_tones.OnsetDetector()
    said = test_tones.tone_frames(16_000) * 3
    heard = [ear.detect_onset(pcm, number * 0.02) for number, pcm in enumerate(said)]
    assert [number for number, begins in enumerate(heard) if begins] == [0, 40, 80]
