"""CPU benchmark of the audio path without sockets: one second of conversation, driven in a loop without a clock.

Each path is the work of one second of a call, which is in mid-answer all the time.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator

import numpy as np

from s2s import wire
from s2s.core.effects import PlayFrame, SendAudio, SendToBrowser
from s2s.core.events import (
    BrowserAttached,
    DeadlineReached,
    Event,
    MicAudio,
    PlayedReport,
    SetupComplete,
    TurnComplete,
    UpstreamErrorReported,
)
from s2s.core.playout import Playout
from s2s.core.session_core import SessionCore
from s2s.transport.mic_reorder import MicReorderBuffer
from s2s.upstream.codec import gemini_codec
from s2s.upstream.models.model_capabilities import capabilities

FRAMES = 1000 // wire.FRAME_MS
MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
# A voice of 4 s comes four times as fast as it is spoken; the next one follows when it has been heard.
CHUNK_MS = 200
_NOISE = np.random.default_rng(1)
_MIC = _NOISE.integers(-40, 40, wire.INPUT_SAMPLES).astype("<i2").tobytes()
_VOICE = _NOISE.integers(-9_000, 9_000, wire.OUTPUT_RATE * CHUNK_MS // 1000).astype("<i2").tobytes()
_PART = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": b64encode(_VOICE).decode()}}
# The frame calls no function: no id is drawn.
_NO_CALLS: Iterator[str] = iter(())
_CHUNK = json.dumps({"serverContent": {"modelTurn": {"role": "model", "parts": [_PART]}}})
_UP = wire.encode_frame(wire.Frame(turn=0, seq=0, clock_ms=1, pcm=_MIC))
_DOWN = wire.Frame(turn=1, seq=1, clock_ms=1, pcm=_VOICE[: 2 * wire.OUTPUT_SAMPLES])
_SAID = '{"type":"played","turn":1,"ms":1200}'

Path = Callable[[], None]


def codec() -> None:
    """Gemini's JSON: 50 frames of microphone out, 5 chunks of voice in."""
    for _ in range(FRAMES):
        gemini_codec.audio(_MIC)
    for _ in range(1000 // CHUNK_MS):
        gemini_codec.decode(_CHUNK, _NO_CALLS)


def browser_wire() -> None:
    """The page's frames and messages: 50 in, 50 out, and the reports of a second."""
    for _ in range(FRAMES):
        wire.decode_frame(_UP, wire.INPUT_SAMPLES)
        wire.encode_frame(_DOWN)
    for _ in range(10):
        wire.decode_from_browser(_SAID)
        wire.encode(wire.Pong(ms=1, gateway_ms=2))


def playout() -> None:
    """Voice in bursts, frames out at their times, reports of the ear."""
    pace = Playout(240)
    now = 0.0
    for tick in range(FRAMES):
        if tick % (CHUNK_MS // wire.FRAME_MS) == 0:
            pace.push(1, _VOICE)
        pace.pop_due_frames(now)
        pace.deadline()
        if tick % 5 == 0:
            pace.on_played_report(1, tick * wire.FRAME_MS, now)
        now += wire.FRAME_MS / 1000


class Call:
    """A whole session's way through the core, up and down, except for its sockets."""

    def __init__(self) -> None:
        self._core = SessionCore([capabilities("developer", MODEL)])
        self._order: MicReorderBuffer[bytes] = MicReorderBuffer()
        self._now, self._seq = 0.0, 0
        self._turn = self._turn_frames = 0
        self.frames = 0
        """Of voice that left for the browser."""
        self._core.open(0.0)
        self._do(SetupComplete())
        self._do(BrowserAttached())

    def second(self) -> None:
        """50 frames up, a second of voice down."""
        for tick in range(FRAMES):
            frame = wire.decode_frame(_UP, wire.INPUT_SAMPLES)
            for pcm in self._order.push(self._seq, frame.pcm):
                self._do(MicAudio(pcm))
            self._seq += 1
            if tick % (CHUNK_MS // wire.FRAME_MS) == 0:
                for word in gemini_codec.decode(_CHUNK, _NO_CALLS):
                    if not isinstance(word, gemini_codec.NonstandardAudio | UpstreamErrorReported):
                        self._do(word)
            if tick % 5 == 0:
                self._do(PlayedReport(turn=self._turn, ms=self._turn_frames * wire.FRAME_MS))
            self._now += wire.FRAME_MS / 1000
            deadline = self._core.deadline
            if deadline is not None and deadline <= self._now:
                self._do(DeadlineReached())
        if self._seq % (4 * FRAMES) == 0:
            self._do(TurnComplete())

    def _do(self, event: Event) -> None:
        for effect in self._core.handle(event, self._now):
            match effect:
                case PlayFrame(turn=turn, pcm=pcm):
                    wire.encode_frame(wire.Frame(turn=turn, seq=self._seq, clock_ms=self._seq, pcm=pcm))
                    self.frames += 1
                    self._turn_frames = self._turn_frames + 1 if turn == self._turn else 1
                    self._turn = turn
                case SendAudio(pcm=pcm):
                    gemini_codec.audio(pcm)
                case SendToBrowser(message=message):
                    wire.encode(message)


def paths() -> dict[str, Path]:
    """By name, each the work of one second."""
    call = Call()
    return {"codec": codec, "wire": browser_wire, "playout": playout, "call": call.second}


def reference() -> None:
    """The same kinds of work, of which nothing is ours: base64, JSON, bytes, dictionaries, attributes, calls."""
    total = 0
    for number in range(300):
        text = json.dumps({"audio": {"data": b64encode(_MIC).decode(), "number": number}})
        total += len(json.loads(text)["audio"]["data"])
        table = {key: key * number for key in range(24)}
        total += sum(value & 3 for value in table.values())
        buffer = bytearray(_MIC)
        total += buffer[number % len(buffer)] + len(bytes(buffer[:320]).ljust(640, b"\0"))
    assert total > 0
