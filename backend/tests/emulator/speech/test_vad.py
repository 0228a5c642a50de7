"""How soon the local engine believes that somebody speaks, with recordings of people and the real voice detector; and
which sounds of a room it takes for one. The figures are those of docs/decisions/0020-sooner-quieter.md."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.analysis.audio_analysis import speech_begin_ms
from bench.audio.noises import LIFELESS, THROATS, noises
from bench.audio.recordings import PROMPTS, RATE, Sound, need_recordings, pcm, read
from gemini_emulator.session.user_turn.turn_detector import CHUNK_MS, Rules, TurnDetector
from gemini_emulator.session.user_turn.turn_detector import Sound as Change
from gemini_emulator.speech.vad import CHUNK_BYTES, VoiceDetector

ROOM = 0.0003
QUIET_S = 0.5
PAUSE_CHUNKS = 150
"""Nearly 5 s between two turns of the same person."""
PADDING_MS = 100
"""What the gateway asks for."""


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    return VoiceDetector()


def starts_at_ms(detector: VoiceDetector, rules: Rules, sound: Sound) -> float | None:
    """In a quiet room, counted from the first sample of the sound; None: no turn begins."""
    room = ROOM * np.random.default_rng(1).standard_normal(int(QUIET_S * RATE) + sound.size)
    room[-sound.size :] += sound
    said, hear, turns = pcm(room), detector.stream(), TurnDetector(rules)
    for number, at in enumerate(range(0, len(said) - CHUNK_BYTES + 1, CHUNK_BYTES), 1):
        if turns.feed_probability(hear(said[at : at + CHUNK_BYTES])) is Change.START:
            return number * CHUNK_MS - 1000 * QUIET_S
    return None


def heard(detector: VoiceDetector, rules: Rules, sound: Sound) -> bool:
    return starts_at_ms(detector, rules, sound) is not None


def people() -> list[tuple[Sound, float]]:
    """Every eighth prompt and where its voice begins, each with another phase of the detector's chunk."""
    need_recordings(PROMPTS)
    found = []
    for number, path in enumerate(sorted(Path(PROMPTS).glob("*.g722"))[::8]):
        sound = np.concatenate([np.zeros(number % 8 * 64), read(path, "g722")])
        begins_ms = speech_begin_ms(_samples(sound), RATE)
        found.append((sound[: int((begins_ms / 1000 + 0.8) * RATE)], begins_ms))
    return found


def _samples(sound: Sound) -> NDArray[np.int16]:
    return np.frombuffer(pcm(sound), "<i2")


def rules(start: str) -> Rules:
    return Rules.from_wire(
        {"startOfSpeechSensitivity": f"START_SENSITIVITY_{start}", "prefixPaddingMs": PADDING_MS}
    )  # fmt: skip


def test_half_of_the_speakers_are_noticed_in_110_ms_and_nearly_all_in_200(
    detector: VoiceDetector,
):
    waits = []
    for sound, begins_ms in people():
        started = starts_at_ms(detector, rules("HIGH"), sound)
        waits.append(np.inf if started is None else started - begins_ms)
    assert len(waits) >= 40
    assert np.percentile(waits, 50) <= 110
    assert np.percentile(waits, 95) <= 195


def test_in_a_long_conversation_people_are_noticed_as_soon_as_in_its_beginning(detector: VoiceDetector):
    hear, turns = detector.stream(), TurnDetector(rules("HIGH"))
    room, waits, heard_ms = np.random.default_rng(2), [], 0
    for sound, begins_ms in people():
        quiet = PAUSE_CHUNKS * CHUNK_BYTES // 2
        said = ROOM * room.standard_normal((quiet + sound.size) // 512 * 512)
        said[quiet:] += sound[: said.size - quiet]
        begun, data = heard_ms + PAUSE_CHUNKS * CHUNK_MS + begins_ms, pcm(said)
        changes = [turns.feed_probability(hear(data[at : at + CHUNK_BYTES])) for at in range(0, len(data), CHUNK_BYTES)]
        if Change.START in changes:
            waits.append(heard_ms + (changes.index(Change.START) + 1) * CHUNK_MS - begun)
        heard_ms += len(changes) * CHUNK_MS
    assert len(waits) >= 42
    assert np.percentile(waits, 50) <= 120
    assert np.percentile(waits, 95) <= 200


def test_no_sound_without_a_voice_begins_a_turn(detector: VoiceDetector):
    begun = [name for name, sound in noises(LIFELESS, 8).items() if heard(detector, rules("HIGH"), sound)]
    assert begun == []


def test_what_is_surely_a_voice_counts_more_and_no_cough_more_begins_a_turn(detector: VoiceDetector):
    patient = Rules(start_ms=PADDING_MS, trusting=False)
    throats = noises(THROATS, 8)
    begun = [
        {name for name, sound in throats.items() if heard(detector, how, sound)} for how in (patient, rules("HIGH"))
    ]
    assert begun[1] == begun[0]
    assert begun[0]
