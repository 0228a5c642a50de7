"""What our own voices say, as recordings of them would sound to a microphone."""

from collections.abc import Callable

import numpy as np

from bench.audio.recordings import Sound
from gemini_emulator.speech import synthesizer_selection
from gemini_emulator.speech.resample import resampled


def speaker(name: str = synthesizer_selection.NAMES[0]) -> Callable[[str], Sound]:
    """Text to sound at 16 kHz. Raises `CannotLoad`."""
    voice = synthesizer_selection.choose_synthesizer(name).port

    def speak(text: str) -> Sound:
        samples = np.frombuffer(voice(text), "<i2").astype(np.float32) / np.float32(32_768)
        return resampled(samples, 2, 3).astype(np.float64)

    return speak
