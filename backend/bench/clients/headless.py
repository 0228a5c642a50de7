"""Headless client: REST, a real peer connection by aiortc, a microphone and playback in real time."""

import asyncio
import itertools
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bench.clients.playout_model import PlayedTurn, PlayoutModel
from bench.clients.transports import Transport, TransportKind, open_transport, session_headers
from s2s import wire

FRAME_S = wire.FRAME_MS / 1000
TIMEOUT_S = 30.0


class TalkerError(Exception):
    """The conversation could not be held; the text says why and what to do."""


def read_wav(path: Path) -> bytes:
    """PCM16LE mono at 16 kHz. Raises TalkerError for any other format."""
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, wire.INPUT_RATE):
            raise TalkerError(f"{path.name} must be 16 kHz mono PCM16: convert it with ffmpeg -ar 16000 -ac 1.")
        pcm: bytes = file.readframes(file.getnframes())
        return pcm


class Microphone:
    """20 ms of sound at a time: what was asked to be said, else the faint noise of a quiet room."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        noise = np.random.default_rng(1).integers(-3, 4, wire.INPUT_SAMPLES * 50).astype("<i2").tobytes()
        size = 2 * wire.INPUT_SAMPLES
        self._quiet = itertools.cycle([noise[at : at + size] for at in range(0, len(noise), size)])

    def queue_speech(self, pcm: bytes) -> None:
        """Speaks PCM16LE at 16 kHz from the next frame on."""
        size = 2 * wire.INPUT_SAMPLES
        self._frames += [pcm[at : at + size].ljust(size, b"\0") for at in range(0, len(pcm), size)]

    def next_frame(self) -> bytes:
        return self._frames.pop(0) if self._frames else next(self._quiet)


class Talker:
    """One person at one page. Use `talker(url)`."""

    def __init__(self, http: httpx.AsyncClient, way: TransportKind = TransportKind.PLAIN) -> None:
        self.session: dict[str, Any] = {}
        """What session creation answered."""
        self.messages: list[wire.ToBrowser] = []
        self.arrivals: list[tuple[float, wire.Frame]] = []
        """Every frame of voice and when it came, repetitions too."""
        self.ear = PlayoutModel()
        self.worst_lateness_ms = 0.0
        """How late the microphone ever was: a bench on a busy machine measures the machine."""
        self.lateness_ms: list[float] = []
        """The same for every frame."""
        self.downlink_ms: list[float] = []
        """Gateway to here, for every frame of voice; right only where both share one machine and so one clock."""
        self.mic_frames = 0
        """Sent, each counted once."""
        self.last_pong: wire.Pong | None = None
        """The answer to the last `ping`."""
        self._http, self._way = http, way
        self._transport: Transport | None = None
        self._mic = Microphone()
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._frame_at = 0.0
        self._pong = wire.Pong(ms=0, gateway_ms=0)
        self._pong_at = 0.0
        self._microphone: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Creates a session, connects both channels, says hello, starts the microphone."""
        created = await self._http.post("/api/session/create")
        if created.status_code != 201:
            raise TalkerError(f"The gateway made no session: {created.text}")
        self.session = created.json()
        async with asyncio.timeout(TIMEOUT_S):
            self._transport = await open_transport(
                self._way, self._http, self.session, self._on_audio, self._on_control
            )  # fmt: skip
        self._send(wire.Hello(client="bench", session_key=self.session.get("session_key", "")))
        await self.wait_until(lambda: any(isinstance(message, wire.Ready) for message in self.messages))
        self._microphone = asyncio.create_task(self._speak())

    async def close(self) -> None:
        """End Session."""
        if self._microphone is not None:
            self._microphone.cancel()
            await asyncio.gather(self._microphone, return_exceptions=True)
        if self.session:
            await self._http.delete(f"/api/session/{self.session['session_id']}", headers=session_headers(self.session))
        if self._transport is not None:
            await self._transport.close()

    async def gateway_clock_offset_ms(self, pings: int = 9) -> float:
        """The gateway's clock minus this one in ms, from the ping with the shortest round trip."""
        best = (float("inf"), 0.0)
        for _ in range(pings):
            sent = self._loop.time() * 1000
            self._send(wire.Ping(ms=int(sent)))
            await self.wait_until(lambda: self._pong_at > 0)
            trip, self._pong_at = self._pong_at - sent, 0.0
            best = min(best, (trip, self._pong.gateway_ms - (sent + trip / 2)))
        return best[1]

    def say(self, pcm: bytes) -> float:
        """Speaks; answers the time at which the first sample of it sounds."""
        self._mic.queue_speech(pcm)
        # The frame of this moment is taken already: the voice begins with the next one.
        return self._frame_at + FRAME_S

    def press_interrupt(self, turn: int) -> None:
        """The page falls silent first, then tells the gateway."""
        self._send(self.ear.flush(turn, self._loop.time()))
        self._send(wire.Interrupt(turn=turn))

    def send_text(self, text: str) -> None:
        self._send(wire.Text(text=text))

    def send_ping(self) -> None:
        self.last_pong = None
        self._send(wire.Ping(ms=int(self._loop.time() * 1000)))

    def sounding_turn(self, after: float) -> PlayedTurn | None:
        """The first turn that became audible after `after`."""
        return next((t for t in self.ear.turns if t.sounded is not None and t.sounded >= after), None)

    async def wait_until(self, condition: Callable[[], bool], what: str = "answer", limit_s: float = TIMEOUT_S) -> None:
        """Looks again after every message and frame. Raises TalkerError with what was told instead."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as fault:
            last = "\n".join(f"  {message}" for message in self.messages[-12:])
            raise TalkerError(f"No {what} came within {limit_s:.0f} s. Told at last:\n{last}") from fault

    async def _speak(self) -> None:
        began = self._loop.time()
        for seq in itertools.count():
            self._frame_at = began + seq * FRAME_S
            pcm = self._mic.next_frame()
            # A microphone hands a frame over when its last sample was taken.
            due = self._frame_at + FRAME_S
            await asyncio.sleep(due - self._loop.time())
            self.lateness_ms.append((self._loop.time() - due) * 1000)
            self.worst_lateness_ms = max(self.worst_lateness_ms, self.lateness_ms[-1])
            frame = wire.Frame(turn=0, seq=seq, clock_ms=int(due * 1000), pcm=pcm)
            assert self._transport is not None
            self._transport.send_audio(wire.encode_frame(frame))
            self.mic_frames += 1
            if (report := self.ear.report_due(self._loop.time())) is not None:
                self._send(report)

    def _send(self, message: wire.FromBrowser) -> None:
        assert self._transport is not None
        self._transport.send_control(wire.encode(message))

    def _on_audio(self, data: bytes) -> None:
        now, frame = self._loop.time(), wire.decode_frame(data, wire.OUTPUT_SAMPLES)
        self.downlink_ms.append((now * 1000 - frame.clock_ms + 2**31) % 2**32 - 2**31)
        self.arrivals.append((now, frame))
        self.ear.push(frame, now)
        self._changed.set()

    def _on_control(self, text: str) -> None:
        message = wire.decode_to_browser(text)
        self.messages.append(message)
        if isinstance(message, wire.Flush):
            self._send(self.ear.flush(message.turn, self._loop.time()))
        elif isinstance(message, wire.TurnEnd) and (at := self.ear.playback_end(message.turn)) is not None:
            self._loop.call_at(at, self._played_out, message.turn)
        elif isinstance(message, wire.Pong):
            self.last_pong = message
            self._pong, self._pong_at = message, self._loop.time() * 1000
        self._changed.set()

    def _played_out(self, turn: int) -> None:
        if (report := self.ear.report_due(self._loop.time())) is not None:
            self._send(report)
        self.ear.finish_turn(turn)
        self._changed.set()


@asynccontextmanager
async def talker(url: str, way: TransportKind = TransportKind.PLAIN) -> AsyncIterator[Talker]:
    """A connected talker; everything is released at the end."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as http:
        person = Talker(http, way)
        try:
            await person.open()
            yield person
        finally:
            await person.close()
