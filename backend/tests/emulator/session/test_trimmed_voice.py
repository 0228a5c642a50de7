"""The silence around a synthesized sentence is not waited for."""

import numpy as np

from gemini_emulator.audio.silences import trimmed


def test_the_silence_around_the_voice_goes_and_the_voice_stays():
    voice = np.full(24_000, 0.2, dtype=np.float32)
    padded = np.concatenate([np.zeros(7_200, dtype=np.float32), voice, np.zeros(12_000, dtype=np.float32)])
    kept = trimmed(padded)
    assert voice.size <= kept.size <= voice.size + 2 * 960
    assert np.count_nonzero(kept) == voice.size


def test_all_silence_is_left_as_it_is():
    silence = np.zeros(4_800, dtype=np.float32)
    assert trimmed(silence).size == silence.size
