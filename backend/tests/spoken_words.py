"""When each word of the engine's voice has sounded: the test set for cutting an answer at the word that was heard.

Run `python -m tests.spoken_words` to measure it again. The beginning of a sentence is spoken by itself, one word longer
each time; where that voice ends, the word has sounded. The transcript pieces are those that the emulator sends.
"""

import itertools
import json
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("spoken_words.json")
TEXTS = (
    "The weather in Paris is sunny and it will stay warm until Sunday evening.",
    "I can look up the weather, tell you the time in any city, or work out a sum for you.",
    "Once upon a time there was a fox who lived behind the old mill near the river.",
    "Twelve times fourteen is one hundred and sixty eight.",
    "Yes. The library opens at nine. It closes at half past six, except on Mondays.",
)
_BYTES_PER_MS = 48


def measured() -> list[dict[str, Any]]:
    """Each with `text`, `ends_ms` of its words, `voice_ms`, and `pieces`: (voice so far in ms, words)."""
    return list(json.loads(MEASURED.read_text()))


def _measure(text: str) -> dict[str, Any]:
    from gemini_emulator.audio.speech_text import sentences
    from gemini_emulator.session.model_turn.speech_pacing import Pace, Speech
    from gemini_emulator.speech.hibari import load

    speak = load()
    ends: list[float] = []
    before = 0.0
    for sentence in (part.strip() for part in sentences(text)):
        words, whole_ms = sentence.split(), len(speak(sentence)) / _BYTES_PER_MS
        for count in range(1, len(words)):
            ends.append(before + min(len(speak(" ".join(words[:count]))) / _BYTES_PER_MS, whole_ms))
        before += whole_ms
        ends.append(before)
    speech = Speech(text, Pace(), itertools.count(1).__next__)
    speech.begin_playout(0.0)
    pieces: list[tuple[int, str]] = []
    voice_ms = 0.0
    while jobs := speech.prepare():
        for job in jobs:
            speech.accept(job.job, speak(job.text))
        while chunk := speech.next_due(1e6):
            if chunk.words:
                pieces.append((int(voice_ms), chunk.words))
            voice_ms += len(chunk.pcm) / _BYTES_PER_MS
    return {"text": text, "ends_ms": [round(end) for end in ends], "voice_ms": int(voice_ms), "pieces": pieces}


if __name__ == "__main__":
    MEASURED.write_text("[\n" + ",\n".join(json.dumps(_measure(text)) for text in TEXTS) + "\n]\n")
