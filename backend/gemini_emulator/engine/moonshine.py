"""Moonshine tiny-en: PCM to English words. The weights are inside the wheel."""

from __future__ import annotations

import importlib.util
import os

from gemini_emulator.engine.choice import CannotLoad
from gemini_emulator.engine.ear import Recogniser, floats
from gemini_emulator.text import modern
from gemini_emulator.vocabulary import INPUT_RATE

REMEDY = "It needs 64-bit Linux with glibc 2.34, macOS 15 on Apple silicon, or Windows."


def load() -> Recogniser:
    """Takes 0.2 to 0.5 s. Raises `CannotLoad`, and what the library raises on a machine that it was not made for."""
    if importlib.util.find_spec("moonshine_voice") is None:
        raise CannotLoad("moonshine-voice is not installed")
    # Read at import: without it the library's threads spin and cost twice the CPU.
    os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    # The library's own voice detection invents lines at the edges of a cut utterance; ours has cut it already.
    options = {"return_audio_data": "false", "identify_speakers": "false", "vad_threshold": "0"}
    transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options)

    def recognise(pcm: bytes) -> str:
        lines = transcriber.transcribe_without_streaming(floats(pcm).tolist(), INPUT_RATE).lines
        return modern(" ".join(line.text.strip() for line in lines if line.text.strip()))

    return recognise
