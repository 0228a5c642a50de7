"""Prints the words in a WAV file (PCM16 mono). Used by the end-to-end tests to hear what the page really played."""

import os
import sys
import wave

import numpy as np

# Read at import; without it the library's threads spin.
os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
from moonshine_voice import ModelArch, Transcriber, get_model_path  # noqa: E402


def main(path: str) -> None:
    with wave.open(path) as wav:
        rate = wav.getframerate()
        pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float32) / 32768
    options = {"return_audio_data": "false", "identify_speakers": "false"}
    transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options)
    print(" ".join(line.text.strip() for line in transcriber.transcribe_without_streaming(pcm.tolist(), rate).lines))


if __name__ == "__main__":
    main(sys.argv[1])
