"""Asks a question aloud over each transport and understands the spoken answer. `make fresh` runs it.

`cd backend && .venv/bin/python ../scripts/spoken_call.py http://127.0.0.1:8000`: a line each, exit code 1 for a wrong
answer. Both voices are real: the question is spoken by the local engine's synthesizer and sent in real time, the answer
is put together from the frames that came and read by its recognizer.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys

# Read at import; without it the recognizer's threads spin.
os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
sys.path.insert(0, os.getcwd())  # the backend

import numpy as np
from bench.clients.headless import TalkerError, talker
from bench.clients.transports import TransportKind
from gemini_emulator.speech.hibari import load
from gemini_emulator.speech.resample import resampled
from moonshine_voice import ModelArch, Transcriber, get_model_path
from s2s import wire

QUESTION, ANSWER = "What time is it in London?", re.compile("london", re.IGNORECASE)
WAYS = (("WebRTC", TransportKind.PLAIN), ("WebSocket", TransportKind.SOCKET))
# A first answer loads what later ones have; a busy machine needs several times as long as a quiet one.
LIMIT_S = 120.0


def floats(pcm):
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768


def spoken(text):
    """PCM16LE mono at 16 kHz."""
    voice = resampled(floats(load()(text)), 2, 3)
    return (np.clip(voice, -1, 1) * 32_767).astype("<i2").tobytes()


def words(transcriber, pcm):
    lines = transcriber.transcribe_without_streaming(floats(pcm).tolist(), wire.OUTPUT_RATE).lines
    return " ".join(line.text.strip() for line in lines)


async def ask(url, way, question):
    """The voice that answered, PCM16LE mono at 24 kHz. Raises TalkerError."""
    async with talker(url, way) as person:
        asked_at = person.say(question)
        await person.wait_until(lambda: person.sounding_turn(asked_at) is not None, "voice", LIMIT_S)
        heard = person.sounding_turn(asked_at)
        await person.wait_until(
            lambda: any(isinstance(one, wire.TurnEnd) and one.turn == heard.turn for one in person.messages),
            "end of the answer",
            LIMIT_S,
        )
        return bytes(heard.pcm)


def main():
    url = sys.argv[1]
    options = {"return_audio_data": "false", "identify_speakers": "false"}
    transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options)
    question, wrong = spoken(QUESTION), 0
    for name, way in WAYS:
        try:
            voice = asyncio.run(ask(url, way, question))
            said = words(transcriber, voice)
        except (TalkerError, OSError, TimeoutError) as fault:
            print("%s: no call: %s" % (name, fault or type(fault).__name__), flush=True)
            wrong += 1
            continue
        right = ANSWER.search(said)
        verdict = "" if right else ", which is no answer"
        seconds = len(voice) / 2 / wire.OUTPUT_RATE
        print('%s: "%s" was answered "%s" (%.1f s of voice)%s' % (name, QUESTION, said, seconds, verdict), flush=True)
        wrong += not right
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
