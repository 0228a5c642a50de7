"""Voice in another form than 24 kHz mono: it sounds all the same, or its loss is told."""

import base64
import json

import numpy as np
import pytest

from s2s.core.events import GenerationComplete, Interrupted, ModelAudio, TurnComplete, UnreadableMessage, UpstreamEvent
from s2s.upstream.codec import gemini_codec
from s2s.upstream.connection.audio_resampler import AudioResampler

TONE_HZ = 440
LEVEL = 10_000
UNHEARD_EDGE = 200


def tone(rate_hz: int, channels: int, seconds: float = 1.0) -> bytes:
    samples = LEVEL * np.sin(2 * np.pi * TONE_HZ * np.arange(int(rate_hz * seconds)) / rate_hz)
    return np.repeat(samples[:, None], channels, axis=1).astype("<i2").tobytes()


def sent(adapter: AudioResampler, pcm: bytes, mime_type: str, piece_bytes: int) -> list[UpstreamEvent]:
    facts = []
    for at in range(0, len(pcm), piece_bytes):
        data = base64.b64encode(pcm[at : at + piece_bytes]).decode()
        part = {"inlineData": {"mimeType": mime_type, "data": data}}
        frame = json.dumps({"serverContent": {"modelTurn": {"parts": [part]}}})
        facts += [fact for word in gemini_codec.decode(frame, iter(())) for fact in adapter.resample(word)]
    return facts


def heard(facts: list[UpstreamEvent]) -> np.ndarray:
    return np.frombuffer(b"".join(fact.pcm for fact in facts if isinstance(fact, ModelAudio)), "<i2").astype(float)


@pytest.mark.parametrize(
    ("mime_type", "rate_hz", "channels"),
    [
        ("audio/pcm;rate=24000", 24_000, 1),
        ("audio/pcm", 24_000, 1),
        ("", 24_000, 1),
        ("Audio/PCM; Rate=24000", 24_000, 1),
        ("audio/pcm;rate=24000;channels=1", 24_000, 1),
        ("audio/pcm;channels=1;rate=24000;endian=little", 24_000, 1),
        ("audio/L16;rate=24000", 24_000, 1),
        ("audio/L16;codec=pcm;rate=24000", 24_000, 1),
        ('audio/pcm;rate="16000"', 16_000, 1),
        ("audio/pcm;rate=8000", 8_000, 1),
        ("audio/pcm;rate=44100", 44_100, 1),
        ("audio/pcm;rate=48000;channels=2", 48_000, 2),
        ("audio/l16;rate=22050;channels=2", 22_050, 2),
        ("audio/pcm;channels=6", 24_000, 6),
    ],
)
def test_a_tone_in_any_form_is_the_same_tone_without_clicks_at_the_borders(mime_type: str, rate_hz: int, channels: int):
    adapter = AudioResampler()
    pcm = tone(rate_hz, channels)
    # 37 ms: no border falls on a period of the tone.
    facts = sent(adapter, pcm, mime_type, 2 * channels * int(rate_hz * 0.037))
    facts += adapter.resample(TurnComplete())
    samples = heard(facts)
    assert abs(len(samples) - 24_000) <= 2
    wanted = LEVEL * np.sin(2 * np.pi * TONE_HZ * np.arange(len(samples)) / 24_000)
    assert np.abs(samples - wanted)[UNHEARD_EDGE:-UNHEARD_EDGE].max() < 0.01 * LEVEL


def test_what_was_held_back_comes_before_the_end_of_the_answer():
    adapter = AudioResampler()
    before = heard(sent(adapter, tone(16_000, 1, 0.1), "audio/pcm;rate=16000", 3_200))
    rest = adapter.resample(GenerationComplete())
    assert [type(fact) for fact in rest] == [ModelAudio, GenerationComplete]
    assert len(before) + len(heard(rest)) == 2_400
    assert adapter.resample(TurnComplete()) == [TurnComplete()]


def test_an_interruption_throws_away_what_was_held_back():
    adapter = AudioResampler()
    sent(adapter, tone(16_000, 1, 0.1), "audio/pcm;rate=16000", 3_200)
    assert adapter.resample(Interrupted()) == [Interrupted()]
    assert adapter.resample(TurnComplete()) == [TurnComplete()]


def test_a_voice_that_changes_its_form_goes_on_where_it_was():
    adapter = AudioResampler()
    facts = sent(adapter, tone(16_000, 1, 0.1), "audio/pcm;rate=16000", 3_200)
    facts += sent(adapter, tone(48_000, 2, 0.1), "audio/pcm;rate=48000;channels=2", 19_200)
    facts += sent(adapter, tone(24_000, 1, 0.1), "audio/pcm", 4_800)
    assert len(heard(facts)) == 3 * 2_400


def test_each_resampled_piece_is_counted_as_one_kind_of_oddity():
    facts = sent(AudioResampler(), tone(16_000, 1, 0.2), "audio/pcm;rate=16000", 3_200)
    odd = [fact for fact in facts if isinstance(fact, UnreadableMessage)]
    assert {fact.kind for fact in odd} == {"voice at another rate or of several channels"}
    assert not any(fact.voice_lost for fact in odd)


@pytest.mark.parametrize(
    "mime_type",
    [
        "audio/opus",
        "audio/wav",
        "video/mp4",
        "audio/L16;codec=opus",
        "audio/pcm;bits=24",
        "audio/pcm;rate=24k",
        "audio/pcm;rate=1",
        "audio/pcm;rate=9999999",
        "audio/pcm;channels=0",
        "audio/pcm;channels=64",
        "audio/" + "x" * 5_000,
    ],
)
def test_a_voice_that_is_no_pcm_is_refused_and_its_loss_told(mime_type: str):
    facts = sent(AudioResampler(), tone(24_000, 1, 0.1), mime_type, 4_800)
    assert [type(fact) for fact in facts] == [UnreadableMessage]
    assert facts[0].voice_lost
    assert len(facts[0].sample) <= 81
