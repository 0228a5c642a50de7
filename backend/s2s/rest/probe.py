"""Echo messages for a page's connection check: no session, no model, tight limits.

A page sends a few messages of the size and rate of audio frames over a peer connection or a WebSocket, and each is sent
back unchanged. Too many messages, a message that is too large, or MAX_LIFETIME_S ends the echo.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Any

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection
from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from fastapi.requests import HTTPConnection
from pydantic import BaseModel

from s2s.errors import RateLimited
from s2s.limits.rate_limit import PROBES_PER_MINUTE, PerAddressRateLimiter, address_group
from s2s.rest.problem_details import documented
from s2s.rest.schemas import Answer, IceServerOut, Offer
from s2s.settings import IceServer, Settings
from s2s.transport.ice_gathering import rtc_ice_servers
from s2s.transport.sdp import answer_offer
from s2s.transport.turn_credentials import ice_servers

MAX_LIFETIME_S = 15.0
MAX_MESSAGES = 400
MAX_MESSAGE_BYTES = 1_200
MAX_AT_ONCE = 8
MAX_CHANNELS = 2
PASSWORD_LIFETIME_S = 300
TOO_SOON = 4429
TOO_MUCH = 1008


class ProbeOut(BaseModel):
    """What a page needs to examine its network, and what the echo endures."""

    ice_servers: list[IceServerOut]
    seconds: float = MAX_LIFETIME_S
    messages: int = MAX_MESSAGES
    message_bytes: int = MAX_MESSAGE_BYTES


class Budget:
    """Remaining messages of one echo."""

    def __init__(self) -> None:
        self._left = MAX_MESSAGES

    def allows(self, data: bytes | str) -> bool:
        """Count a message. Return False if it exceeds the limits, which ends the echo."""
        self._left -= 1
        size = len(data) if isinstance(data, bytes) else len(data.encode(errors="replace"))
        return self._left >= 0 and size <= MAX_MESSAGE_BYTES


class ProbePeer:
    """A peer connection that echoes what it receives and closes after MAX_LIFETIME_S."""

    def __init__(self, ice_servers: Sequence[IceServer]) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=rtc_ice_servers(ice_servers)))
        self._budget = Budget()
        self._channels = 0
        self._over = asyncio.Event()
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    async def answer_offer(self, sdp: str) -> str:
        """Return the answer to an offer. Raises BadOffer."""
        return await answer_offer(self._connection, sdp)

    async def live(self) -> None:
        """Run until the page disconnects, exceeds the limits or its time is up; then close the connection."""
        try:
            async with asyncio.timeout(MAX_LIFETIME_S):
                await self._over.wait()
        except TimeoutError:
            pass  # The usual end when a page leaves without closing the connection.
        finally:
            await self._connection.close()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channels += 1
        if self._channels > MAX_CHANNELS:
            self._over.set()
            return

        @channel.on("message")
        def repeat(data: bytes | str) -> None:
            if self._over.is_set() or not self._budget.allows(data):
                self._over.set()
            elif channel.readyState == "open":
                channel.send(data)

        channel.on("close", self._over.set)

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._over.set()


class Probes:
    """All running echoes of one gateway."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rate = PerAddressRateLimiter(PROBES_PER_MINUTE)
        self._running: set[asyncio.Task[None]] = set()
        self._sockets = 0

    @property
    def running(self) -> int:
        return len(self._running) + self._sockets

    def page_servers(self) -> list[IceServer]:
        """Return the ICE servers for the page; a TURN password is valid just long enough for one check."""
        return ice_servers(self._settings, "probe", time.time(), PASSWORD_LIFETIME_S)

    def admit(self, address: str) -> None:
        """Count one more check from an address. Raises RateLimited."""
        if self.running >= MAX_AT_ONCE:
            raise RateLimited("too many connection checks at the same time", MAX_LIFETIME_S)
        if wait_s := self._rate.retry_after_s(address, asyncio.get_running_loop().time()):
            raise RateLimited("too many connection checks from one address", wait_s)

    async def answer_offer(self, sdp: str) -> str:
        """Answer an offer with an echo peer of bounded lifetime. Raises BadOffer."""
        peer = ProbePeer(self._settings.s2s_ice_servers)
        answer = await peer.answer_offer(sdp)
        task = asyncio.create_task(peer.live(), name="probe")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return answer

    async def echo(self, socket: WebSocket) -> None:
        """Echo on an accepted WebSocket until it ends."""
        self._sockets += 1
        try:
            async with asyncio.timeout(MAX_LIFETIME_S):
                await _repeat(socket)
        except TimeoutError:
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):
            return  # Starlette raises RuntimeError if the other side has already disconnected.
        finally:
            self._sockets -= 1

    async def close(self) -> None:
        """Cancel all running echoes."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _repeat(socket: WebSocket) -> None:
    budget = Budget()
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        data: bytes | str = message.get("text") or "" if message.get("bytes") is None else message["bytes"]
        if not budget.allows(data):
            await socket.close(TOO_MUCH)
            return
        await (socket.send_bytes(data) if isinstance(data, bytes) else socket.send_text(data))


def probes_of(connection: HTTPConnection) -> Probes:
    """Return the probes of this app."""
    probes: Probes = connection.app.state.probes
    return probes


TheProbes = Annotated[Probes, Depends(probes_of)]
router = APIRouter(prefix="/api/probe", tags=["probe"])


@router.get(
    "", response_model=ProbeOut, summary="What a page needs to examine its network", responses=documented(401, 403)
)
async def probe(probes: TheProbes) -> Any:
    """For the connection doctor; no session is made."""
    return ProbeOut(ice_servers=[IceServerOut(**server.model_dump()) for server in probes.page_servers()])


@router.post(
    "/offer",
    response_model=Answer,
    summary="Process the SDP offer of a connection check",
    responses=documented(401, 403, 413, 422, 429),
)
async def offer(request: Request, probes: TheProbes, body: Offer) -> Any:
    """With all its candidates. What the page sends over its data channels comes back, for 15 s at most."""
    probes.admit(address_group(request.client.host) if request.client else "")
    return Answer(sdp=await probes.answer_offer(body.sdp))


@router.websocket("/ws")
async def socket(websocket: WebSocket) -> None:
    """Echo over a WebSocket."""
    probes = probes_of(websocket)
    await websocket.accept()
    try:
        probes.admit(address_group(websocket.client.host) if websocket.client else "")
    except RateLimited as fault:
        await websocket.close(TOO_SOON, fault.code)
        return
    await probes.echo(websocket)
