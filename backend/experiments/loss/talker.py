"""One call of the loss bench, on the browser's host: `python -m experiments.loss.talker URL WAY`.

Says "connected" and waits for a line before it speaks: the network turns bad in mid-call. The last line is JSON.
"""

import asyncio
import json
import os
import sys
from statistics import median
from typing import Any

import numpy as np

from bench.analysis.word_errors import Score, score
from bench.clients import sentences
from bench.clients.headless import Talker, TalkerError, talker
from bench.clients.transports import TransportKind
from experiments.loss.playout import PlayedAudio, play_out
from s2s import wire

QUESTIONS = 6
STORIES = 1
CLICKS = 4
MAX_ANSWER_S = 20.0
MAX_STORY_S = 90.0
PAUSE_S = 0.8


async def call(url: str, way: TransportKind) -> dict[str, Any]:
    """Raises TalkerError when no call comes about."""
    async with talker(url, way) as person:
        print("connected", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        heard = Score()
        for clip in sentences.sentences()[:QUESTIONS]:
            heard += score(clip.text, await _say(person, clip.pcm))
        stories = [await _listen(person) for _ in range(STORIES)]
        clicks = [await _interrupt(person) for _ in range(CLICKS)]
        person.send_ping()
        await person.wait_until(lambda: person.last_pong is not None, "pong")
        pong = person.last_pong
        assert pong is not None
    # After the call: a recognizer in the middle of it would stop the microphone.
    spoken = Score()
    for sounded, words in stories:
        spoken += score(words, recognize(sounded.pcm))
    voices = [sounded for sounded, _ in stories]
    voice_ms = sum(len(one.pcm) / 2 / wire.OUTPUT_RATE * 1000 for one in voices)
    return {
        "voice_missing": sum(one.concealed for one in voices) / max(1, sum(one.frames for one in voices)),
        "stalled_ms": sum(one.stalled_ms for one in voices) / voice_ms * 60_000,
        "voice_late_p99_ms": max(one.late_p99_ms for one in voices),
        "mic_missing": pong.mic_missing / person.mic_frames,
        "voice_word_errors": spoken.percent / 100,
        "mic_word_errors": heard.percent / 100,
        "interrupt_ms": median(clicks),
        "interrupt_worst_ms": max(clicks),
        "machine_late_ms": float(np.percentile(person.lateness_ms, 99)),
    }


async def _say(person: Talker, pcm: bytes) -> str:
    """What the gateway understood."""
    already = len(person.messages)
    person.say(pcm)

    def finals() -> list[str]:
        said = [told for told in person.messages[already:] if isinstance(told, wire.UserTranscript)]
        return [told.text for told in {told.id: told for told in said}.values()]

    try:
        await person.wait_until(
            lambda: any(isinstance(told, wire.TurnEnd) for told in person.messages[already:]), "answer", MAX_ANSWER_S
        )
    except TalkerError:
        # Too little of it arrived to be answered: its words are wrong, and the bench goes on.
        print("a sentence was not answered", file=sys.stderr)
    await asyncio.sleep(PAUSE_S)
    return " ".join(finals())


async def _listen(person: Talker) -> tuple[PlayedAudio, str]:
    """A story: what sounded, and what was said."""
    told, frames = len(person.messages), len(person.arrivals)
    person.send_text("Tell me a story.")
    await person.wait_until(
        lambda: any(isinstance(one, wire.TurnEnd) for one in person.messages[told:]), "story", MAX_STORY_S
    )
    await asyncio.sleep(PAUSE_S)
    words = "".join(one.text for one in person.messages[told:] if isinstance(one, wire.ModelTranscript))
    return play_out(person.arrivals[frames:]), words


async def _interrupt(person: Talker) -> float:
    """Milliseconds from the click to the flush."""
    loop, already = asyncio.get_running_loop(), len(person.messages)
    asked = loop.time()
    person.send_text("Tell me a story.")
    await person.wait_until(lambda: person.sounding_turn(asked) is not None, "voice")
    sounding = person.sounding_turn(asked)
    assert sounding is not None
    clicked = loop.time()
    person.press_interrupt(sounding.turn)
    await person.wait_until(lambda: any(isinstance(one, wire.Flush) for one in person.messages[already:]), "flush")
    took = (loop.time() - clicked) * 1000
    await asyncio.sleep(PAUSE_S)
    return took


def recognize(pcm: bytes) -> str:
    """The words in PCM16LE at 24 kHz."""
    # Read at import; without it the library's threads spin.
    os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
    from moonshine_voice import ModelArch, Transcriber, get_model_path

    options = {"return_audio_data": "false", "identify_speakers": "false"}
    transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options)
    sound = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    lines = transcriber.transcribe_without_streaming(sound.tolist(), wire.OUTPUT_RATE).lines
    return " ".join(line.text.strip() for line in lines)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(call(sys.argv[1], TransportKind(sys.argv[2])))))
