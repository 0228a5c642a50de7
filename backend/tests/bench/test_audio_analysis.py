"""The bench's real ear: contexts on one clock, voices that begin, get quieter, fall silent, microphones that fail."""

import json
from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.analysis.audio_analysis import (
    QUANTUM,
    Recording,
    Timeline,
    describe_lost_samples,
    find_lag,
    heard_until,
    quieter_from,
    speech_begin_ms,
)
from bench.browser.click_echo import ClickDetector, click
from bench.browser.take import InvalidTrial, PingClock, Story, Take, is_sounding, silence_after
from bench.clients.sentences import Clip
from s2s import wire

EAR, MOUTH, MIC = 24_000, 48_000, 16_000
BUFFER_MS = 10
Samples = NDArray[np.int16]


def stamps(rate: int, seconds: float, begins_ms: float = 1_000.0) -> list[float]:
    """A device takes 10 ms at a time; the quanta of a buffer are rendered together."""
    told: list[float] = []
    for frame in range(0, int(seconds * rate), QUANTUM):
        buffer = int(frame / rate * 1000 // BUFFER_MS)
        told += [float(frame), float(int(begins_ms + buffer * BUFFER_MS))]
    return told


def voice(rate: int, seconds: float, seed: int = 1) -> Samples:
    """Syllables of noise at 4 Hz, whose loudness changes all the time as that of speech does."""
    size = int(rate * seconds)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(size) / rate)
    return np.asarray(np.random.default_rng(seed).normal(0, 4_000, size) * swell, dtype=np.int16)


def test_a_microphone_sample_was_spoken_before_its_buffer_was_handed_over() -> None:
    time = Timeline(MOUTH, stamps(MOUTH, 3))
    # The last quantum of a buffer is what the microphone did not have to wait for.
    assert time.spoken_ms(48_000) == pytest.approx(1_990, abs=3)


def test_a_loudspeaker_sample_sounds_when_its_buffer_plays() -> None:
    time = Timeline(EAR, stamps(EAR, 3))
    assert time.sounded_ms(24_000) == pytest.approx(2_000, abs=3)
    assert time.frame_at(2_000) == pytest.approx(24_000, abs=80)


def test_a_buffer_that_is_rendered_late_sounds_late() -> None:
    told = stamps(EAR, 3)
    late = next(at for at in range(0, len(told), 2) if told[at] >= 24_000)
    told[late + 1] += 60
    assert Timeline(EAR, told).sounded_ms(told[late] + 1) == pytest.approx(2_060, abs=6)


def test_missing_pieces_of_a_recording_leave_their_place_and_are_told() -> None:
    pcm = np.arange(1, 301, dtype=np.int16)
    whole = Recording.from_pieces([500, 600, 700], pcm)
    assert (whole.first, whole.whole_from, len(whole.pcm)) == (500, 0, 300)
    torn = Recording.from_pieces([500, 600, 900], pcm)
    assert torn.whole_from == 900
    assert torn.after_frame(700).first_frame_above(1) == 900
    assert torn.after_frame(900).pcm[0] == 201


def test_complete_silence_is_found_and_a_short_pause_is_not() -> None:
    pcm = np.concatenate([np.ones(100), np.zeros(40), np.ones(60), np.zeros(400)]).astype(np.int16)
    assert Recording(1_000, pcm).first_silence(60) == 1_200
    assert Recording(1_000, pcm).first_silence(500) is None


def test_a_recording_is_found_in_a_longer_one_at_another_level() -> None:
    said = voice(MIC, 1)
    got = np.concatenate([np.zeros(700), said * 0.5, np.zeros(900)]).astype(np.int16)
    where, alike = find_lag(said, got)
    assert where == 700
    assert alike > 0.99


def test_a_whole_microphone_is_believed() -> None:
    said = voice(MIC, 2)
    assert describe_lost_samples(said, np.concatenate([np.zeros(500), said, np.zeros(500)]).astype(np.int16), MIC) == ""


@pytest.mark.parametrize("lost_ms", [5, 10, 40])
def test_a_microphone_that_lost_samples_is_found_out(lost_ms: int) -> None:
    said = voice(MIC, 2)
    hole = MIC // 2
    got = np.concatenate([np.zeros(500), said[:hole], said[hole + lost_ms * MIC // 1000 :], np.zeros(2_000)])
    assert describe_lost_samples(said, got.astype(np.int16), MIC) != ""


def test_a_voice_that_is_made_quieter_is_told_from_one_that_speaks_softly() -> None:
    sent = voice(EAR, 3)
    gain = np.ones(len(sent))
    gain[36_000:36_720] = np.linspace(1, 0.126, 720)
    gain[36_720:] = 0.126
    quiet = Recording(5_000, np.asarray(sent * gain, dtype=np.int16))
    since = 5_000 + 33_600
    assert heard_until(quiet, sent, since, EAR) == 33_600
    found = quieter_from(quiet, sent[33_600:], since, EAR)
    assert found is not None
    # The ramp of 30 ms is at half after about 17.
    assert (found.frame - 5_000 - 36_000) * 1000 / EAR == pytest.approx(17, abs=6)
    assert found.blind == 0
    assert quieter_from(Recording(5_000, sent), sent[33_600:], since, EAR) is None


def test_where_a_voice_pauses_nobody_can_tell_when_it_was_made_quieter() -> None:
    sent = voice(EAR, 3)
    sent[36_000:39_600] = 0
    quiet = Recording(5_000, np.concatenate([sent[:37_000], sent[37_000:] * 0.126]).astype(np.int16))
    found = quieter_from(quiet, sent[33_600:], 5_000 + 33_600, EAR)
    assert found is not None
    assert found.blind == pytest.approx(3_600, abs=240)
    assert (found.frame - 5_000 - 39_600) * 1000 / EAR == pytest.approx(0, abs=6)


def test_a_voice_that_is_not_what_came_by_the_network_is_not_judged() -> None:
    assert heard_until(Recording(5_000, voice(EAR, 3, seed=2)), voice(EAR, 3), 5_000 + 33_600, EAR) is None


def test_a_pause_before_the_person_speaks_does_not_hide_what_sounded_before_it() -> None:
    sent = voice(EAR, 3)
    sent[22_000:33_600] = 0
    assert heard_until(Recording(5_000, sent), sent, 5_000 + 33_600, EAR) == 33_600


def test_speech_begins_with_the_first_loud_block() -> None:
    pcm = np.concatenate([np.full(MIC // 2, 30), voice(MIC, 1)]).astype(np.int16)
    assert speech_begin_ms(pcm, MIC) == pytest.approx(500, abs=20)


def test_the_mirror_answers_each_click_once() -> None:
    quiet, loud = bytes(640), click(MIC, 20)
    heard = [ClickDetector().hears_click(quiet)]
    ear = ClickDetector()
    heard += [ear.hears_click(chunk) for chunk in [quiet, loud, loud, loud, *[quiet] * 15, loud]]
    assert heard.count(True) == 2


# --- a trial, as the page notes it ---

CLIP_S, ANSWER_AT_MS, PRESSED_AT_MS = 1.0, 3_000.0, 3_500.0


def noted(said_frame: int, *, lost_mic: int = 0) -> tuple[dict[str, Any], Clip]:
    """One second is said, an answer comes at 3,000 ms, and is cut at 3,520. Contexts begin at 1,000 ms."""
    said = voice(MIC, CLIP_S)
    heard = np.zeros(4 * MIC, np.int16)
    at = said_frame // 3 + 800
    heard[at : at + len(said) - lost_mic] = np.delete(said, np.arange(MIC // 2, MIC // 2 + lost_mic))
    answer = voice(EAR, 2, seed=2)
    sounding = np.zeros(4 * EAR, np.int16)
    sounding[2 * EAR : int(2.52 * EAR)] = answer[: int(0.52 * EAR)]
    frames = answer.reshape(-1, wire.OUTPUT_SAMPLES)

    def tap(rate: int, pcm: Samples) -> dict[str, Any]:
        return {"rate": rate, "stamps": stamps(rate, 4), "firsts": [0], "pcm": b64encode(pcm.tobytes()).decode()}

    marks = {"type": "latency", "turn": 7, "marks": {"first_voice": 700.0, "first_sent": 703.0}}
    log = {
        "sent": [[float(ms), 0, ms // 20, ms] for ms in range(1_000, 5_000, 20)],
        "came": [[2_960.0, 7, seq, 502_950] for seq in range(len(frames))],
        "voice": b64encode(frames.tobytes()).decode(),
        "control": [
            [1_504.0, json.dumps({"type": "pong", "ms": 1, "gateway_ms": 501_502})],
            [3_000.0, json.dumps(marks)],
        ],
        "told": [[1_500.0, json.dumps({"type": "ping", "ms": 1})]],
    }
    page = {"mouth": {"rate": MOUTH, "stamps": stamps(MOUTH, 4)}, "microphone": tap(MIC, heard),
            "ear": tap(EAR, sounding), "contexts": {"output_ms": 30, "base_ms": 10}, "log": log}  # fmt: skip
    return page, Clip("clip", "", said.tobytes(), 0.0, CLIP_S * 1000)


def story_of(page: dict[str, Any], clip: Clip, said_frame: int) -> tuple[Take, Story]:
    take, clock = Take(page), PingClock()
    clock.add_pings(take)
    return take, Story(take, clip, said_frame, clock)


def test_an_answer_is_divided_into_parts_that_add_up() -> None:
    page, clip = noted(said_frame=24_000)
    _, story = story_of(page, clip, 24_000)
    # Said from 500 ms of its context on, for a second; spoken a buffer before it was handed over.
    assert story.ended_ms == pytest.approx(2_490, abs=4)
    waited = story.waited()
    assert waited is not None
    assert waited.total_ms == pytest.approx(510, abs=8)
    parts = (waited.browser_ms, waited.network_ms, waited.model_ms, waited.gateway_ms, waited.buffer_ms)
    assert sum(parts) + waited.lead_in_ms == pytest.approx(waited.total_ms)
    # Half of a round trip of 4 ms up, and 10 ms down by the clock on the frame.
    assert waited.network_ms == pytest.approx(12, abs=2)
    assert waited.gateway_ms == 3
    assert waited.buffer_ms == pytest.approx(40, abs=4)


def test_a_trial_whose_microphone_lost_samples_is_rejected() -> None:
    page, clip = noted(said_frame=24_000, lost_mic=160)
    _, story = story_of(page, clip, 24_000)
    with pytest.raises(InvalidTrial, match="samples were lost"):
        story.waited()


def test_an_answer_before_the_end_of_speech_is_no_latency() -> None:
    page, clip = noted(said_frame=72_000)
    _, story = story_of(page, clip, 72_000)
    assert story.waited() is None


def test_the_button_is_timed_to_the_last_sample() -> None:
    take = Take(noted(said_frame=24_000)[0])
    assert is_sounding(take, PRESSED_AT_MS)
    assert not is_sounding(take, 2_800.0)
    assert silence_after(take, PRESSED_AT_MS, since_ms=PRESSED_AT_MS) == pytest.approx(20, abs=4)
