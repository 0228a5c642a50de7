"""Echo messages for a page's connection check: no session, no model, tight limits.

A page sends a few messages of the size and rate of audio frames over a peer connection or a WebSocket, and each is sent
back unchanged. Too many messages, a message that is too large, or MAX_LIFETIME_S ends the echo.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

from aiortc import RTCDataChannel
from fastapi import APIRouter, Depends, WebSocket, WebSocketDisconnect
from fastapi.requests import HTTPConnection
from pydantic import BaseModel

from s2s.errors import ClientError, RateLimited
from s2s.limits.rate_limit import PROBES_PER_MINUTE, PerCallerRateLimiter, network_of
from s2s.rest.dependencies import TheCaller, TheGateway
from s2s.rest.ice_servers import page_servers
from s2s.rest.problem_details import documented
from s2s.rest.schemas import Answer, IceServerOut, Offer
from s2s.settings import Settings
from s2s.transport.aiortc_patches import tune
from s2s.transport.ice_gathering import IceOptions, ice_options
from s2s.transport.sdp import answer_offer
from s2s.transport.turn_credentials import CHECK_LIFETIME_S

MAX_LIFETIME_S = 15.0
MAX_MESSAGES = 400
MAX_MESSAGE_BYTES = 1_200
MAX_AT_ONCE = 16
MAX_SOCKETS_AT_ONCE = 12
"""The rest is for those who may call."""
MAX_AT_ONCE_FROM_ADDRESS = 4
"""A page runs up to three at a time."""
MAX_CHANNELS = 2
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

    def __init__(self, ice: IceOptions, signalling_peer: str) -> None:
        """`signalling_peer`: address group of who sends the offer; empty if unknown."""
        self._ice = ice
        self._connection = ice.new_connection()
        self._remote = ice.remote_candidates(signalling_peer)
        self._budget = Budget()
        self._channels = 0
        self._over = asyncio.Event()
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    async def answer_offer(self, sdp: str) -> str:
        """Return the answer to an offer. Raises BadOffer."""
        answer = await answer_offer(self._connection, sdp, self._ice, self._remote)
        tune(self._connection)
        return answer

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
        self._ice = ice_options(settings)
        self._rate = PerCallerRateLimiter()
        self._asked = PerCallerRateLimiter()
        self._running: set[asyncio.Task[None]] = set()
        self._by_network: Counter[str] = Counter()
        """By `network_of` the address group."""
        self._sockets = 0
        """WebSockets, which anybody may open."""

    @property
    def running(self) -> int:
        return self._by_network.total()

    def check_pace(self, address: str) -> None:
        """Count one more request for the ICE servers from an address. Raises RateLimited."""
        if wait_s := self._asked.delay_s(address, PROBES_PER_MINUTE, asyncio.get_running_loop().time()):
            raise RateLimited("too many connection checks from one address", wait_s)

    def admit_socket(self, address: str) -> None:
        """Count one more check by WebSocket, which proves nothing of who opens it. Raises RateLimited."""
        if self._sockets >= MAX_SOCKETS_AT_ONCE:
            raise RateLimited("too many connection checks at the same time", MAX_LIFETIME_S)
        self.admit(address)

    def admit(self, address: str) -> None:
        """Count one more check from an address. Raises RateLimited."""
        network = network_of(address)
        if self.running >= MAX_AT_ONCE or self._by_network[network] >= MAX_AT_ONCE_FROM_ADDRESS:
            raise RateLimited("too many connection checks at the same time", MAX_LIFETIME_S)
        if wait_s := self._rate.delay_s(address, PROBES_PER_MINUTE, asyncio.get_running_loop().time()):
            raise RateLimited("too many connection checks from one address", wait_s)

    async def answer_offer(self, sdp: str, address: str, on_closed: Callable[[], None]) -> str:
        """Answer an offer from this address group with an echo peer of bounded lifetime. Raises BadOffer.

        `on_closed` is called once the peer's sockets are closed.
        """

        def end() -> None:
            self._leave(address)
            on_closed()

        self._by_network[network_of(address)] += 1
        peer = ProbePeer(self._ice, address)
        try:
            answer = await peer.answer_offer(sdp)
        except BaseException:
            end()
            raise
        task = asyncio.create_task(peer.live(), name="probe")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: end())
        return answer

    async def echo(self, socket: WebSocket, address: str) -> None:
        """Echo on an accepted WebSocket from this address group until it ends."""
        self._by_network[network_of(address)] += 1
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
            self._leave(address)

    def _leave(self, address: str) -> None:
        network = network_of(address)
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]

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
    "",
    response_model=ProbeOut,
    summary="What a page needs to examine its network",
    responses=documented(401, 403, 429),
)
async def probe(gateway: TheGateway, caller: TheCaller, probes: TheProbes) -> Any:
    """For the connection doctor; no session is made. Relays are named to those who may use them."""
    probes.check_pace(caller.address)
    return ProbeOut(ice_servers=page_servers(gateway, caller, f"check {caller.account}", CHECK_LIFETIME_S))


@router.post(
    "/offer",
    response_model=Answer,
    summary="Process the SDP offer of a connection check",
    responses=documented(401, 403, 413, 422, 429, 503),
)
async def offer(gateway: TheGateway, caller: TheCaller, probes: TheProbes, body: Offer) -> Any:
    """With all its candidates. What the page sends over its data channels comes back, for 15 s at most."""
    probes.admit(caller.address)
    give_back = gateway.transports.lease(caller.account, gateway.ice.count_sockets(), is_local=caller.is_local)
    return Answer(sdp=await probes.answer_offer(body.sdp, caller.address, give_back))


@router.websocket("/ws")
async def socket(websocket: WebSocket, gateway: TheGateway, caller: TheCaller) -> None:
    """Echo over a WebSocket."""
    probes = probes_of(websocket)
    await websocket.accept()
    try:
        probes.admit_socket(caller.address)
        give_back = gateway.transports.lease(caller.account, 1, is_local=caller.is_local)
    except ClientError as fault:
        await websocket.close(TOO_SOON, fault.code)
        return
    try:
        await probes.echo(websocket, caller.address)
    finally:
        give_back()
