"""What every ear and every voice must do, whatever is behind it."""

import wave
from pathlib import Path

import numpy as np

from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.speech.recognizer import Recognizer
from gemini_emulator.speech.resample import resampled
from gemini_emulator.speech.synthesizer import Synthesizer

CLIPS = Path(__file__).resolve().parents[1] / "clips"
PEOPLE = {
    "go-forward-ten-meters": "go forward ten meters",
    "made-amiable-himself": "might even have been made amiable himself",
}


def clip(name: str) -> bytes:
    """A person, PCM16LE mono 16 kHz."""
    with wave.open(str(CLIPS / f"{name}.wav")) as file:
        return file.readframes(file.getnframes())


def at_16_khz(pcm: bytes) -> bytes:
    """24 kHz down to the recognizer's rate."""
    samples = resampled(np.frombuffer(pcm, "<i2").astype(np.float32), 2, 3)
    return bytes(np.clip(samples, -32_768, 32_767).astype("<i2").tobytes())


def an_ear_hears(recognize: Recognizer) -> None:
    for name, words in PEOPLE.items():
        assert words in recognize(clip(name)).lower().replace("10", "ten")
    quiet = (np.frombuffer(clip("go-forward-ten-meters"), "<i2") // 16).astype("<i2").tobytes()
    assert "forward" in recognize(quiet).lower()


def an_ear_invents_nothing(recognize: Recognizer) -> None:
    hum = (3_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)).astype("<i2").tobytes()
    for nothing in (b"", bytes(2), bytes(16_000), bytes(64_000), hum):
        assert recognize(nothing) == ""


def a_voice_speaks(speak: Synthesizer, recognize: Recognizer) -> None:
    pcm = speak("The weather in Paris is sunny, and it is 17°C.")
    said = recognize(at_16_khz(pcm)).lower()
    assert "weather in paris is sunny" in said
    assert "degrees celsius" in said
    samples = np.abs(np.frombuffer(pcm, "<i2").astype(int))
    assert 8_000 < samples.max() < 32_767
    assert samples[-OUTPUT_RATE // 10 :].max() > 200, "no silence behind the voice"
    assert samples[: OUTPUT_RATE // 10].max() > 200, "the voice begins at once"


def a_voice_is_silent_about_nothing(speak: Synthesizer) -> None:
    for nothing in ("", "   ", "🙂", "..."):
        assert speak(nothing) == b""
