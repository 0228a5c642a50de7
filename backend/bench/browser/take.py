"""Evaluation of what the page recorded (page.js `take`): an answer, a button press, an interruption. Pure."""

import json
from base64 import b64decode
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bench.analysis.audio_analysis import (
    Recording,
    Samples,
    Timeline,
    describe_lost_samples,
    find_lag,
    heard_until,
    quieter_from,
    speech_begin_ms,
)
from bench.clients.sentences import Clip
from s2s import wire

MOUTH_RATE = 48_000
# Shorter silence of every sample is a pause in the voice.
SILENCE_MS = 60
# The voice may pause for this long just where it gets quieter; after a longer pause the time of the change is unknown.
MAX_BLIND_MS = 30


class InvalidTrial(Exception):
    """The instruments failed, not the subject; the text says how."""


class VoicePaused(Exception):
    """The model audio paused just when the volume dropped, so nothing was audible."""


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """A voice frame as it arrived."""

    at_ms: float
    turn: int
    seq: int
    clock_ms: int


class Take:
    """One trial. Times are `Date.now()` of the page."""

    def __init__(self, noted: dict[str, Any]) -> None:
        log = noted["log"]
        self.mouth = Timeline(MOUTH_RATE, noted["mouth"]["stamps"])
        self.ear_time = Timeline(noted["ear"]["rate"], noted["ear"]["stamps"])
        self.ear = _recording(noted["ear"])
        self.microphone = _recording(noted["microphone"])
        self.microphone_time = Timeline(noted["microphone"]["rate"], noted["microphone"]["stamps"])
        self.output_ms: float = noted["contexts"]["output_ms"]
        self.came = [ReceivedFrame(*one) for one in log["came"]]
        self.sent: list[list[float]] = log["sent"]
        self.control: list[tuple[float, dict[str, Any]]] = [(at, json.loads(text)) for at, text in log["control"]]
        self.told: list[tuple[float, dict[str, Any]]] = [(at, json.loads(text)) for at, text in log["told"]]
        self._voice = np.frombuffer(b64decode(log["voice"]), "<i2").reshape(-1, wire.OUTPUT_SAMPLES)

    def voice(self, turn: int) -> Samples:
        """The samples of a turn as they came by the network, in their order."""
        known = {one.seq: self._voice[at] for at, one in enumerate(self.came) if one.turn == turn}
        parts = [known[seq] for seq in sorted(known)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def first_of(self, kind: str) -> tuple[float, dict[str, Any]] | None:
        return next((one for one in self.control if one[1]["type"] == kind), None)

    def check_output_complete(self, from_ms: float) -> None:
        """Raises Rejected where samples of the loudspeaker are missing after that time."""
        if self.ear.whole_from > self.ear_time.frame_at(from_ms):
            raise InvalidTrial("the ear lost samples")

    def check_microphone_complete(self, clip: Clip) -> int:
        """Raises Rejected where the microphone lost samples; answers the frame at which the clip lies in it."""
        said = np.frombuffer(clip.pcm, "<i2")
        why = describe_lost_samples(said, self.microphone.pcm, wire.INPUT_RATE)
        if why:
            raise InvalidTrial(why)
        return self.microphone.first + find_lag(said, self.microphone.pcm)[0]


def _recording(noted: dict[str, Any]) -> Recording:
    return Recording.from_pieces(noted["firsts"], np.frombuffer(b64decode(noted["pcm"]), "<i2"))


class PingClock:
    """The gateway's clock by the page's, from the pings of the page: the one with the shortest round trip."""

    def __init__(self) -> None:
        self.round_trip_ms = float("inf")
        self._offset_ms = 0.0
        self._asked: dict[int, float] = {}

    def add_pings(self, take: Take) -> None:
        for at, message in take.told:
            if message["type"] == "ping":
                self._asked[message["ms"]] = at
        for at, message in take.control:
            asked = self._asked.pop(message["ms"], None) if message["type"] == "pong" else None
            if asked is not None and at - asked < self.round_trip_ms:
                self.round_trip_ms = at - asked
                self._offset_ms = message["gateway_ms"] - (asked + at) / 2

    def page_ms(self, gateway_ms: int, near_ms: float) -> float:
        """A time of the gateway's clock (u32, wraps), which lies near `near_ms` of the page's."""
        return near_ms + (gateway_ms - self._offset_ms - near_ms + 2**31) % 2**32 - 2**31


@dataclass(frozen=True, slots=True)
class Waited:
    """From the end of the person's speech to the first sound at the ear. The parts add up to `total_ms`."""

    browser_ms: float
    """Microphone buffer, the rest of the 20 ms frame, until the frame was handed to the network."""
    network_ms: float
    """Page to gateway and back: half of the quickest ping up, measured down."""
    model_ms: float
    """Noticing the end of speech, recognizing, thinking, the first words of voice."""
    gateway_ms: float
    buffer_ms: float
    """Page: from the arrival of the first frame to its first sample leaving the playback graph."""
    lead_in_ms: float
    """Silence before the first audible sample of the voice."""
    total_ms: float


class Story:
    """A clip was said at a frame of the mouth's context; what followed is asked here."""

    def __init__(self, take: Take, clip: Clip, said_at_frame: int, clock: PingClock) -> None:
        self._take, self._clip, self._clock = take, clip, clock
        self._said = said_at_frame

    def mouth_ms(self, in_clip_ms: float) -> float:
        """When the person said what lies there in the clip."""
        return self._take.mouth.spoken_ms(self._said + in_clip_ms * MOUTH_RATE / 1000)

    @cached_property
    def ended_ms(self) -> float:
        return self.mouth_ms(self._clip.ends_ms)

    def sounded(self) -> float | None:
        """When the first audible sample after the beginning of the clip left the playback graph."""
        frame = self._ear_since(self.mouth_ms(0)).first_frame_above()
        return None if frame is None else self._take.ear_time.sounded_ms(frame)

    def waited(self) -> Waited | None:
        """None: no answer sounded, or it began before the person had finished. Raises Rejected."""
        take, sounded = self._take, self.sounded()
        if sounded is None or sounded <= self.ended_ms:
            return None
        clip_at = take.check_microphone_complete(self._clip)
        captured = take.microphone_time.rendered_ms(clip_at + self._clip.ends_ms * wire.INPUT_RATE / 1000)
        sent = next((one[0] for one in take.sent if one[0] >= captured), captured)
        first = next((one for one in take.came if self.ended_ms <= one.at_ms <= sounded + 1), None)
        marks = self._marks(first.turn if first else -1)
        if first is None or marks is None:
            raise InvalidTrial("the answer's first frame or its marks were not seen")
        heard = self._ear_since(self.ended_ms).first_frame_above(1)
        assert heard is not None
        begun = min(sounded, take.ear_time.sounded_ms(heard))
        left = min(self._clock.page_ms(first.clock_ms, first.at_ms), first.at_ms)
        gateway = marks["first_sent"] - marks["first_voice"]
        network = self._clock.round_trip_ms / 2 + first.at_ms - left
        browser = max(0.0, sent - self.ended_ms)
        rest = sounded - self.ended_ms - browser - network - gateway - (sounded - first.at_ms)
        return Waited(
            browser_ms=browser,
            network_ms=network,
            model_ms=rest,
            gateway_ms=gateway,
            buffer_ms=begun - first.at_ms,
            lead_in_ms=sounded - begun,
            total_ms=sounded - self.ended_ms,
        )

    def ducked_ms(self, turn: int) -> float | None:
        """From the beginning of the person's voice to an answer that is half as loud; None: it got not quieter.

        Raises Paused, and Rejected where the voice was disturbed before.
        """
        take, rate = self._take, self._take.ear_time.rate
        begun, sent = self._begun_ms(), self._take.voice(turn)
        frame = take.ear_time.frame_at(begun)
        until = heard_until(take.ear, sent, frame, rate)
        if until is None:
            raise InvalidTrial("what was heard before is not what came by the network")
        found = quieter_from(take.ear, sent[until:], frame, rate)
        if found is None:
            return None
        if found.blind > rate * MAX_BLIND_MS // 1000:
            raise VoicePaused
        return take.ear_time.sounded_ms(found.frame) - begun

    def silenced_ms(self) -> float | None:
        """From the beginning of the person's voice to complete silence of the answer that was interrupted."""
        flush = self._take.first_of("flush")
        if flush is None:
            return None
        begun = self._begun_ms()
        return silence_after(self._take, max(begun, flush[0] - SILENCE_MS / 2), since_ms=begun)

    def _begun_ms(self) -> float:
        begins = speech_begin_ms(np.frombuffer(self._clip.pcm, "<i2"), wire.INPUT_RATE)
        return self.mouth_ms(begins)

    def _ear_since(self, ms: float) -> Recording:
        return self._take.ear.after_frame(self._take.ear_time.frame_at(ms))

    def _marks(self, turn: int) -> dict[str, float] | None:
        told = (message["marks"] for _, message in self._take.control
                if message["type"] == "latency" and message["turn"] == turn)  # fmt: skip
        return next(told, None)


def silence_after(take: Take, from_ms: float, since_ms: float) -> float | None:
    """The first complete silence after `from_ms`, counted from `since_ms`; None: it never fell silent."""
    rate = take.ear_time.rate
    frame = take.ear.after_frame(take.ear_time.frame_at(from_ms)).first_silence(rate * SILENCE_MS // 1000)
    return None if frame is None else take.ear_time.sounded_ms(frame) - since_ms


def is_sounding(take: Take, at_ms: float, within_ms: float = 20) -> bool:
    """Whether the voice sounded at that moment: in a pause of the voice nothing can be silenced."""
    rate = take.ear_time.rate
    frame = take.ear_time.frame_at(at_ms) - take.ear.first
    return bool(np.any(take.ear.pcm[max(0, frame - int(within_ms * rate / 1000)) : max(0, frame)]))
