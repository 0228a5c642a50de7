"""Transports of a headless call, as the page has them."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

import httpx
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidStateError
from websockets.asyncio.client import ClientConnection, connect

from s2s import wire
from s2s.transport.aiortc_patches import tune

# As the page: late frames are dropped, and nothing is repeated on a slow connection.
MAX_UNSENT_BYTES = 65_536
SLOW_BYTES = 16 * (wire.HEADER_BYTES + 2 * wire.INPUT_SAMPLES)
REPEAT_AFTER_S = wire.REPEAT_AFTER_FRAMES * wire.FRAME_MS / 1000


class TransportKind(StrEnum):
    PLAIN = "plain"
    """The document's channel: ordered, no retransmits."""
    REDUNDANT = "twice"
    """Unordered, every frame sent twice."""
    SOCKET = "websocket"


class Transport(Protocol):
    """An open call. Neither send blocks."""

    def send_audio(self, frame: bytes) -> None: ...

    def send_control(self, text: str) -> None: ...

    async def close(self) -> None: ...


async def open_transport(
    way: TransportKind,
    http: httpx.AsyncClient,
    session: dict[str, Any],
    on_audio: Callable[[bytes], None],
    on_control: Callable[[str], None],
) -> Transport:
    """Raises httpx.HTTPStatusError, TimeoutError or OSError."""
    if way is TransportKind.SOCKET:
        url = str(http.base_url.join(f"/api/session/{session['session_id']}/ws")).replace("http", "ws", 1)
        return WebSocketTransport(await connect(url, compression=None, ping_interval=None), on_audio, on_control)
    return await _open_peer(way, http, session, on_audio, on_control)


def session_headers(session: dict[str, Any]) -> dict[str, str]:
    """Headers of requests about a session. Gateways of earlier versions, which a bench may compare, issue no key."""
    return {"Authorization": f"Bearer {session['session_key']}"} if "session_key" in session else {}


class WebSocketTransport:
    def __init__(
        self, socket: ClientConnection, on_audio: Callable[[bytes], None], on_control: Callable[[str], None]
    ) -> None:
        self._socket = socket
        # One conversation's frames: a talker of a bench may wait for a slow line as long as it likes.
        self._out: asyncio.Queue[bytes | str] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._read(on_audio, on_control)), asyncio.create_task(self._write())]

    def send_audio(self, frame: bytes) -> None:
        self._out.put_nowait(frame)

    def send_control(self, text: str) -> None:
        self._out.put_nowait(text)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    async def _read(self, on_audio: Callable[[bytes], None], on_control: Callable[[str], None]) -> None:
        async for message in self._socket:
            if isinstance(message, bytes):
                on_audio(message)
            else:
                on_control(message)

    async def _write(self) -> None:
        while True:
            await self._socket.send(await self._out.get())


class WebRtcTransport:
    def __init__(self, peer: RTCPeerConnection, audio: RTCDataChannel, control: RTCDataChannel) -> None:
        self._peer, self._audio, self._control = peer, audio, control

    def send_audio(self, frame: bytes) -> None:
        if self._audio.bufferedAmount > MAX_UNSENT_BYTES:
            return
        self._audio.send(frame)
        if self._audio.protocol == wire.TWICE_PROTOCOL:
            asyncio.get_running_loop().call_later(REPEAT_AFTER_S, self._send_again, frame)

    def _send_again(self, frame: bytes) -> None:
        if self._audio.readyState == "open" and self._audio.bufferedAmount <= SLOW_BYTES:
            self._audio.send(frame)

    def send_control(self, text: str) -> None:
        try:
            self._control.send(text)
        except InvalidStateError as fault:
            raise ConnectionResetError("the gateway has let this talker go") from fault

    async def close(self) -> None:
        await self._peer.close()


async def _open_peer(
    way: TransportKind,
    http: httpx.AsyncClient,
    session: dict[str, Any],
    on_audio: Callable[[bytes], None],
    on_control: Callable[[str], None],
) -> WebRtcTransport:
    servers = [RTCIceServer(**server) for server in session["ice_servers"]]
    peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
    kind = {"ordered": True} if way is TransportKind.PLAIN else {"ordered": False, "protocol": wire.TWICE_PROTOCOL}
    audio = peer.createDataChannel(wire.AUDIO_CHANNEL, maxRetransmits=0, **kind)
    control = peer.createDataChannel(wire.CONTROL_CHANNEL, ordered=True)
    audio.on("message", on_audio)
    control.on("message", on_control)
    opened = [_open_future(channel) for channel in (audio, control)]
    await peer.setLocalDescription(await peer.createOffer())
    # As a browser's SCTP does.
    tune(peer, direct_io=False)
    offer = {"sdp": peer.localDescription.sdp, "type": "offer"}
    answer = await http.post(
        f"/api/session/{session['session_id']}/offer", json=offer, headers=session_headers(session)
    )
    answer.raise_for_status()
    await peer.setRemoteDescription(RTCSessionDescription(**answer.json()))
    await asyncio.gather(*opened)
    return WebRtcTransport(peer, audio, control)


def _open_future(channel: RTCDataChannel) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def opened() -> None:
        if not future.done():
            future.set_result(None)

    channel.once("open", opened)
    return future
