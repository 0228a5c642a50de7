"""Holds one conversation: dials the way calls do, and keeps every frame as it was on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bench.first_contact.budget import Budget, Plan, TooExpensive
from bench.first_contact.evidence import Conversation, Frame, Message
from gemini_live_client import CLOSE_TIMEOUT_S, MAX_MESSAGE_BYTES, GeminiService
from s2s.core.effects import HistoryTurn
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.setup_message import SessionConfig, setup_message
from s2s.upstream.connection.dialing import LimitedConnect, socket_lost_from, step_timeout
from s2s.upstream.models.model_capabilities import Capabilities

MIC_FRAME_BYTES = 3_200
MIC_FRAME_S = 0.1
SETUP_TIMEOUT_S = 10.0
MAX_BODY_CHARS = 2_000
WEATHER: Mapping[str, Any] = {
    "name": "get_weather",
    "description": "Get the weather in a city right now",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city"}},
        "required": ["city"],
    },
}


@dataclass(frozen=True, slots=True)
class Timing:
    """How fast the script runs. Both are 1 with the real service."""

    speed: float = 1.0
    """How much faster than real time sound is sent and pauses are kept."""
    timeout_factor: float = 1.0
    """What every wait for the service is multiplied by."""


@dataclass(frozen=True, slots=True)
class SharedOptions:
    """What all conversations share."""

    budget: Budget
    timing: Timing
    speech: bytes
    """A question aloud, PCM16 mono at 16 kHz."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """One conversation of the script."""

    name: str
    about: str
    """What it looks for, for the person who pays."""
    model: str
    act: Callable[[ServiceConnection], Awaitable[None]]
    plan: Plan = field(default_factory=Plan)
    location: str = ""
    """On Vertex AI, another than the configured one."""
    change: Callable[[Message], None] = lambda setup: None
    """Alters the setup in place before it is sent."""
    history: Sequence[HistoryTurn] = ()
    resumes: str = ""
    """Goes on with the session of that conversation."""
    headers: Mapping[str, str] | None = None
    """Instead of the credentials."""
    deadline_s: float = 45.0


class ServiceConnection:
    """One conversation while it is held. Nothing here raises when the service has hung up: `over` is then true."""

    def __init__(self, talk: Conversation, socket: ClientConnection, kit: SharedOptions, caps: Capabilities) -> None:
        self.talk, self.caps = talk, caps
        self.over = False
        self._socket, self._purse, self._pace, self._speech = socket, kit.budget, kit.timing, kit.speech
        self._loop = asyncio.get_running_loop()
        self._dialled_s = self._loop.time()
        self._changed = asyncio.Event()

    async def read(self) -> None:
        """To the end of the socket. Raises TooExpensive."""
        try:
            async for data in self._socket:
                self._note(ours=False, message=_parsed(data), text=isinstance(data, str))
                self._purse.charge(self.talk.model, self.talk.frames[-1].message)
        except ConnectionClosed:
            pass  # how it ended is on the socket
        self.over = True
        self._changed.set()

    async def send(self, text: str) -> None:
        if self.over:
            return
        self._note(ours=True, message=json.loads(text), text=True)
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            self.over = True

    async def close(self) -> None:
        """Closes the socket, and notes how it ended."""
        await self._socket.close()
        self.talk.close_code, self.talk.close_reason = self._socket.close_code, self._socket.close_reason or ""

    async def wait_until_ready(self) -> bool:
        """Whether setup is accepted in time."""
        return await self.wait_until("", lambda messages: any("setupComplete" in m for m in messages), SETUP_TIMEOUT_S)

    async def wait_until(self, mark: str, wanted: Callable[[list[Message]], bool], within_s: float) -> bool:
        """Whether what came since the mark is as wanted, in time. No mark: since the beginning."""
        try:
            async with asyncio.timeout(within_s * self._pace.timeout_factor):
                while not wanted(self._since(mark)):
                    if self.over:
                        return False
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def send_ping(self, within_s: float) -> None:
        """Measures how soon a ping comes back."""
        if self.over:
            return
        self.talk.pinged = True
        try:
            async with asyncio.timeout(within_s * self._pace.timeout_factor):
                self.talk.pong_s = await (await self._socket.ping())
        except (TimeoutError, ConnectionClosed):
            self.talk.pong_s = None

    async def send_text(self, mark: str, words: str) -> None:
        self.talk.mark_step(mark)
        await self.send(
            gemini_codec.text_as_realtime_input(words)
            if self.caps.realtime_text
            else gemini_codec.text_as_content(words)
        )

    async def speak(self, mark: str, wanted: Callable[[list[Message]], bool], within_s: float) -> bool:
        """Say the question aloud and be silent, until what came since is as wanted."""
        self.talk.mark_step(mark)
        microphone = asyncio.create_task(self._microphone())
        try:
            return await self.wait_until(mark, wanted, within_s + len(self._speech) / 32_000 / self._pace.speed)
        finally:
            microphone.cancel()
            await asyncio.gather(microphone, return_exceptions=True)

    async def answer(self, mark: str, call: Message, response: Mapping[str, Any]) -> None:
        self.talk.mark_step(mark)
        await self.send(gemini_codec.tool_response(call.get("id"), str(call.get("name", "")), response, None))

    async def pause(self, seconds: float) -> None:
        """For what the service says afterwards."""
        await asyncio.sleep(seconds / self._pace.speed)

    def _since(self, mark: str) -> list[Message]:
        return self.talk.messages_since(mark) if mark else self.talk.server

    def _note(self, *, ours: bool, message: Message, text: bool) -> None:
        self.talk.frames.append(Frame(self._loop.time() - self._dialled_s, ours, message, text))
        self._changed.set()

    async def _microphone(self) -> None:
        silence = bytes(MIC_FRAME_BYTES)
        spoken = [self._speech[at : at + MIC_FRAME_BYTES] for at in range(0, len(self._speech), MIC_FRAME_BYTES)]
        while not self.over:
            await self.send(gemini_codec.audio(spoken.pop(0) if spoken else silence))
            await asyncio.sleep(MIC_FRAME_S / self._pace.speed)


def _parsed(data: str | bytes) -> Message:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        message = None
    return message if isinstance(message, dict) else {"unreadable": {"bytes": len(data)}}


async def hold_conversation(
    talk: Dialog, found: Conversation, upstream: GeminiService, handle: str | None, kit: SharedOptions
) -> None:
    """Fills `found`. Raises TooExpensive."""
    caps = upstream.choice.abilities()[0]
    seeded = bool(talk.history) and caps.history_config
    config = SessionConfig(tools=[WEATHER])
    setup = json.loads(setup_message(upstream.model_path(upstream.choice), config, caps, handle, seeded=seeded))
    talk.change(setup["setup"])
    try:
        url = await upstream.address()
        async with step_timeout(upstream.limits.credentials_s, "no access token came"):
            headers = dict(talk.headers) if talk.headers else await upstream.headers()
        found.path, found.credentials = upstream.choice.path, tuple(name.lower() for name in headers)
        async with (
            step_timeout(talk.deadline_s, "the conversation was not over"),
            LimitedConnect(
                url, upstream.limits, **upstream.dial_options(url), additional_headers=headers, compression=None,
                close_timeout=CLOSE_TIMEOUT_S, ping_interval=None, max_size=MAX_MESSAGE_BYTES,
                user_agent_header="s2s-gateway",
            ) as socket,
        ):  # fmt: skip
            found.opened = True
            line = ServiceConnection(found, socket, kit, caps)
            await _converse(line, talk, json.dumps(setup), seeded=seeded)
    except TooExpensive:
        raise
    except Exception as fault:
        if isinstance(fault, InvalidStatus):
            found.http_status = fault.response.status_code
            found.http_body = (fault.response.body or b"").decode(errors="replace")[:MAX_BODY_CHARS].strip()
            return
        lost = socket_lost_from(fault, upstream.limits)
        if lost is None:
            raise
        found.missed = f"Not held to its end: {lost.reason}."


async def _converse(line: ServiceConnection, talk: Dialog, setup: str, *, seeded: bool) -> None:
    reader = asyncio.create_task(line.read())
    try:
        await line.send(setup)
        if talk.history and await line.wait_until_ready():
            turns = [(turn.role, turn.text) for turn in talk.history]
            await line.send(gemini_codec.history(turns, complete=seeded))
        script = asyncio.ensure_future(talk.act(line))
        await asyncio.wait([script, reader], return_when=asyncio.FIRST_COMPLETED)
        if reader.done():
            # The service has hung up or the money is spent: what the script still waits for times out.
            reader.result()
        await script
        line.talk.closed_by_us = not line.over
    finally:
        await line.close()
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
