"""The person of a cell: a talker who notes when what was told, and which words reached the ear."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed

from bench.clients.headless import TIMEOUT_S, Talker
from bench.clients.playout_model import PlayedTurn, PlayoutModel
from bench.clients.transports import Transport, TransportKind, WebSocketTransport, open_transport
from s2s import wire
from tests.matrix.signs import ANSWERS, VOICE_WORD_MS, question_pcm, voice_word, words_of

# What a page keeps while it is cut off: 10 s of microphone.
KEPT_FRAMES = 500


class Ear(PlayoutModel):
    """Remembers how much of a silenced turn was heard, and when it fell silent."""

    def __init__(self) -> None:
        super().__init__()
        self.cut: dict[int, tuple[int, float]] = {}

    def flush(self, turn: int, now: float) -> wire.Played:
        played = super().flush(turn, now)
        self.cut.setdefault(turn, (played.ms, now))
        return played


class Keeper:
    """Where the microphone goes while there is no line, as in a page."""

    def __init__(self) -> None:
        self.kept: deque[bytes] = deque(maxlen=KEPT_FRAMES)

    def send_audio(self, frame: bytes) -> None:
        self.kept.append(frame)

    def send_control(self, text: str) -> None:
        """What was played is told again soon."""

    async def close(self) -> None:
        """There is nothing to close."""


class Person(Talker):
    """One person at one page."""

    def __init__(self, http: httpx.AsyncClient, way: TransportKind = TransportKind.SOCKET) -> None:
        super().__init__(http, way)
        self.ear: Ear = Ear()
        self.told_at: list[float] = []
        self.arrived: dict[int, set[str]] = {}
        """Words that came, by turn."""
        self.past: list[tuple[Ear, float]] = []
        """Ears of pages that are gone, and when they went."""
        self._keeper = Keeper()

    # --- what it does ---

    def ask(self, number: int) -> float:
        """Says a question; answers when its last sample will have sounded."""
        return self.say(question_pcm(number)) + len(question_pcm(number)) / 32_000

    async def lose_carrier(self) -> None:
        """The line is dead, and the page knows."""
        carrier, self._transport = self._transport, self._keeper
        assert carrier is not None
        if isinstance(carrier, WebSocketTransport):
            # Its reader would tell of the end as of a failure.
            await asyncio.gather(*(_ended(task) for task in carrier._tasks))
            carrier._socket.transport.abort()
        await carrier.close()

    def fall_silent(self) -> Transport:
        """Nothing is sent any more and nothing read; the line stays. Answers the line."""
        carrier, self._transport = self._transport, self._keeper
        assert isinstance(carrier, WebSocketTransport)
        for task in carrier._tasks:
            task.cancel()
        return carrier

    async def come_back(self, *, reloaded: bool = False) -> None:
        """By another connection, in the same session. `reloaded`: with a new ear, for the page is a new one."""
        if reloaded:
            self.past.append((self.ear, self._loop.time()))
            self.ear = Ear()
            self._keeper.kept.clear()
        ready = sum(isinstance(message, wire.Ready) for message in self.messages)
        # Until what was kept has gone, what is said now waits behind it, as in a page: the gateway takes the numbers of
        # a microphone in their order, and none that is older than one it has.
        self._transport = self._keeper
        async with asyncio.timeout(TIMEOUT_S):
            line = await open_transport(self._way, self._http, self.session, self._on_audio, self._on_control)
        line.send_control(wire.encode(wire.Hello(client="matrix", session_key=self.session.get("session_key", ""))))
        await self.wait_until(
            lambda: sum(isinstance(message, wire.Ready) for message in self.messages) > ready, "ready"
        )
        while self._keeper.kept:
            line.send_audio(self._keeper.kept.popleft())
        self._transport = line

    async def begin_anew(self, history: list[dict[str, str]]) -> None:
        """The session is gone: a new one, that is told what was said."""
        created = await self._http.post("/api/session/create", json={"history": history})
        created.raise_for_status()
        self.session = created.json()
        self.past.append((self.ear, self._loop.time()))
        self.ear = Ear()
        await self.come_back()

    # --- what it noticed ---

    def since(self, at: float, kind: type) -> list[tuple[float, Any]]:
        """Messages of a kind after that time."""
        pairs = zip(self.told_at, self.messages, strict=True)
        return [(when, message) for when, message in pairs if when >= at and isinstance(message, kind)]

    @property
    def phase(self) -> str:
        return next(
            (message.phase for message in reversed(self.messages) if isinstance(message, wire.State)), "connecting"
        )

    def has_come(self, number: int) -> bool:
        """Whether every word of an answer has come and was not silenced."""
        answer, ear_cut = set(ANSWERS[number]), self.ear.cut
        if not answer <= set().union(*self.arrived.values()):
            return False
        words = {word for turn, came in self.arrived.items() if turn not in ear_cut for word in came}
        return answer <= words or answer <= words | set(self.heard())

    def heard(self) -> list[str]:
        """The words that left the loudspeaker, in order."""
        return [word for ear, until in self._ears() for turn in ear.turns for word in _words(ear, turn, until)]

    def sounds(self, number: int) -> list[tuple[float, float, float]]:
        """(begin, end, silence inside in s) of each turn in which words of an answer were heard."""
        spans = []
        for ear, until in self._ears():
            for turn in ear.turns:
                if turn.sounded is not None and set(_words(ear, turn, until)) & set(ANSWERS[number]):
                    end = ear.cut[turn.turn][1] if turn.turn in ear.cut else min(turn.dry_at, until)
                    spans.append((turn.sounded, end, turn.gap_ms / 1000))
        return sorted(spans)

    def _ears(self) -> list[tuple[Ear, float]]:
        return [*self.past, (self.ear, self._loop.time())]

    # --- the wire ---

    def _on_audio(self, data: bytes) -> None:
        frame = wire.decode_frame(data, wire.OUTPUT_SAMPLES)
        if (word := voice_word(frame)) is not None:
            self.arrived.setdefault(frame.turn, set()).add(word)
        super()._on_audio(data)

    def _on_control(self, text: str) -> None:
        self.told_at.append(self._loop.time())
        super()._on_control(text)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, ConnectionClosed):
        await task


def _words(ear: Ear, turn: PlayedTurn, until: float) -> list[str]:
    heard_ms = ear.cut[turn.turn][0] if turn.turn in ear.cut else turn.played_ms(until)
    return words_of(bytes(turn.pcm[: heard_ms * 48]), wire.OUTPUT_RATE, VOICE_WORD_MS, "say")
