"""flite: English words to voice, by the program of that name (licence like BSD). Plain, small, nearly everywhere."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.audio.pronunciation import pronounced
from gemini_emulator.audio.silences import Floats, trimmed, with_pauses
from gemini_emulator.speech.engine_selection import CannotLoad
from gemini_emulator.speech.resample import resampled
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, Synthesizer, finished, has_words

GAIN = 1.4
"""The voice peaks at about 0.6 of full scale."""
VOICE = "slt"
OWN_WPM = 190
"""Words a minute without stretching, with our pauses."""
RATE = 16_000
FLITE_TIMEOUT_S = 20.0
REMEDY = "To get it, install the program flite (on Debian: sudo apt install flite)."


class FliteError(Exception):
    """The program is there, but did not speak."""


def load(wpm: int = DEFAULT_WPM) -> Synthesizer:
    """Raises `CannotLoad` when there is no such program, `FliteError` when it does not work."""
    program = shutil.which("flite")
    if program is None:
        raise CannotLoad("the program flite is not installed")

    def speak(sentence: str, rate: float = 1.0) -> bytes:
        text = pronounced(sentence)
        if not has_words(text):
            return b""
        spoken = trimmed(_said(program, text, OWN_WPM / (wpm * rate)))
        return finished(with_pauses(spoken, text, rate), GAIN)

    speak("Ready.")
    return speak


def _said(program: str, text: str, stretch: float) -> Floats:
    """Float samples at 24 kHz; `stretch`: how much longer than usual.

    A file, because the header can be completed only there.
    """
    with tempfile.TemporaryDirectory(prefix="flite-") as folder:
        path = Path(folder) / "said.wav"
        done = subprocess.run(
            [
                program, "-voice", VOICE, "--setf", f"duration_stretch={stretch:.3f}", "-t", text, "-o", str(path),
            ],
            capture_output=True, text=True, timeout=FLITE_TIMEOUT_S, check=False,
        )  # fmt: skip
        if done.returncode or not path.exists():
            raise FliteError(f"flite ended with code {done.returncode}: {done.stderr.strip()[:80]}")
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise FliteError(f"flite spoke at {file.getframerate()} Hz instead of {RATE}")
            pcm = file.readframes(file.getnframes())
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)
    return resampled(samples, OUTPUT_RATE // 8_000, RATE // 8_000)
