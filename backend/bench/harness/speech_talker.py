"""Load talker that speaks like our page, with recorded speech as its microphone."""

import httpx
import numpy as np

from bench.clients.gateway_process import BACKEND
from bench.clients.headless import read_wav
from bench.harness.channel_talkers import S2STalker
from bench.harness.test_tones import FRAME_MS, near_silence, tone
from s2s import wire

CLIPS = ("go-forward-ten-meters.wav", "made-amiable-himself.wav", "not-an-ill-disposed-young-man.wav")
PAUSE_MS = 3_000
LEVEL = 9_000
"""Loudest sample of the voice: an ordinary microphone."""


def speech_frames(clip: str) -> list[bytes]:
    """Frames of 20 ms that are repeated without end: a mark, a person's sentence, the quiet of a room.

    The mark is 20 ms of a tone: the first loud sample behind a quiet, by which the upstream's stamps are matched with
    the talker's.
    """
    voice = np.frombuffer(read_wav(BACKEND / "tests/clips" / clip), "<i2").astype(np.float64)
    voice *= LEVEL / np.abs(voice).max()
    said = tone(FRAME_MS, wire.INPUT_RATE) + voice.astype("<i2").tobytes() + near_silence(PAUSE_MS, wire.INPUT_RATE)
    size = 2 * wire.INPUT_SAMPLES
    return [said[at : at + size] for at in range(0, len(said) // size * size, size)]


class SpeechTalker(S2STalker):
    """Says one of three sentences."""

    voices = tuple(speech_frames(clip) for clip in CLIPS)

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        super().__init__(number, http)
        self.frames = self.voices[number % len(self.voices)]
        self.period_frames = len(self.frames)
