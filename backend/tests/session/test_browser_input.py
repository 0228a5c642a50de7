"""Slow, stuck, broken and hostile pages: bounded, told, and nobody else's trouble."""

import asyncio
import socket as sockets
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from websockets.asyncio.client import ClientConnection, connect

import websocket_handler
from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.limits.rate_limit import CONTROL_MESSAGES, FAULTS, Rate
from s2s.session import browser_input
from tests.calls.serving import serving, until
from tests.key_ring import hello
from tests.page import PATIENCE_S, open_page, running_gateway
from tests.stage import mic

CANDIDATE = "candidate:{n} 1 udp 2113937151 192.0.2.9 {port} typ host"


async def joined(address: str, http) -> tuple[ClientConnection, str]:
    """A page over WebSocket that has said hello."""
    session_id = (await http.post("/api/session/create")).json()["session_id"]
    socket = await connect(f"ws://{address}/api/session/{session_id}/ws", max_size=None)
    await socket.send(hello(http, session_id))
    await until(socket, wire.Upstream, status="live")
    return socket, session_id


async def a_whole_call(socket: ClientConnection) -> None:
    """Speech and its answer."""
    for index in range(80):
        await socket.send(wire.encode_frame(wire.Frame(0, index, index * 20, mic(index < 30))))
    await until(socket, wire.TurnEnd)


async def test_who_floods_messages_is_told_dropped_and_let_go_and_the_others_talk_on(tmp_path: Path):
    async with running_emulator(reply_s=0.3) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        good, _ = await joined(address, http)
        bad, bad_id = await joined(address, http)
        message = wire.encode(wire.Ping(ms=1))

        async def flood() -> None:
            for _ in range(CONTROL_MESSAGES.burst + FAULTS.burst + 1_000):
                await bad.send(message)

        flooding = asyncio.create_task(flood())
        await a_whole_call(good)
        await until(bad, wire.Notice, code="too_many_messages")
        await until(bad, wire.Notice, code="let_go")
        await bad.wait_closed()
        await asyncio.gather(flooding, return_exceptions=True)
        # The session itself is still there: its person may come back with a page that behaves.
        assert (await http.post(f"/api/session/{bad_id}/interrupt")).status_code == 200
        await good.close()


async def test_microphone_frames_far_faster_than_a_voice_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # On a busy machine the page itself is no faster than a voice: what it may send grows slower than it sends.
    monkeypatch.setattr(browser_input, "AUDIO_FRAMES", Rate(300, 1.0))
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        bad, _ = await joined(address, http)
        for index in range(800):
            await bad.send(wire.encode_frame(wire.Frame(0, index, index * 20, mic(False))))
        await until(bad, wire.Notice, code="too_many_messages")
        await bad.send(wire.encode(wire.Ping(ms=1)))
        await until(bad, wire.Pong)
        await bad.close()


async def test_giant_frames_are_refused_in_words_and_the_call_goes_on(tmp_path: Path):
    async with running_emulator(reply_s=0.3) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        page, _ = await joined(address, http)
        await page.send(b"\x01" * 60_000)
        await until(page, wire.Notice, code="bad_frame")
        await page.send('{"type":"text","text":"' + "x" * 60_000 + '"}')
        await until(page, wire.Notice, code="bad_message")
        await a_whole_call(page)
        await page.close()


async def test_what_is_larger_than_any_message_ends_the_socket_and_not_the_call(tmp_path: Path):
    async with running_emulator(reply_s=0.3) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        page, session_id = await joined(address, http)
        # It may be gone before all of it is sent.
        await asyncio.gather(page.send(b"\x01" * 4_000_000), return_exceptions=True)
        await page.wait_closed()
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as again:
            await again.send(hello(http, session_id))
            await until(again, wire.Ready)
            await a_whole_call(again)


async def test_who_never_reads_is_let_go_and_the_others_talk_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket_handler, "WRITE_TIMEOUT_S", 0.3)
    # It is not let go for being silent.
    monkeypatch.setattr(browser_input, "BROWSER_TIMEOUT_S", 600.0)
    async with (
        running_emulator(reply_s=0.3) as emulator,
        serving(tmp_path, emulator.base_url) as (address, http),
    ):
        gateway = http.gateway  # put there by `serving`
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        host, port = address.split(":")
        deaf = sockets.socket()
        deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, (host, int(port)))
        bad = await connect(f"ws://{address}/api/session/{session_id}/ws", sock=deaf, max_queue=1, compression=None)
        await bad.send(hello(http, session_id))
        await until(bad, wire.Upstream, status="live")
        bad.transport.pause_reading()
        session = gateway.sessions.find(session_id)
        async with asyncio.timeout(PATIENCE_S):
            # More than the line and the operating system hold; nothing of it is read.
            for _ in range(900):
                session.send_to_browser(wire.Notice(level="info", code="story", message="x" * 16_000))
            # The server has written what it could when it answers; from then on the writer waits.
            assert (await http.get("/health")).status_code == 200
            session.send_to_browser(wire.Notice(level="info", code="story", message="x"))
            await session.browser_gone.wait()
        good, _ = await joined(address, http)
        await a_whole_call(good)
        await good.close()
        bad.transport.abort()


async def test_a_page_that_reads_no_control_messages_over_webrtc_is_let_go(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        (session,) = gateway.sessions.all_sessions()
        # Nothing is taken from the line any more: the acknowledgements stop.
        assert page.connection is not None
        page.connection.sctp._handle_data = lambda _: asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE_S):
            while not session.browser_gone.is_set():
                session.send_to_browser(wire.Notice(level="info", code="story", message="x" * 8_000))
                await asyncio.sleep(0)
        assert gateway.sessions.all_sessions() == [session]


async def test_a_thousand_candidates_are_not_taken(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        url = f"/api/session/{page.session_id}/ice"
        codes = [
            (await http.post(url, json={"candidate": CANDIDATE.format(n=n, port=1024 + n), "sdpMid": "0"})).status_code
            for n in range(110)
        ]
        assert codes == [204] * 100 + [422] * 10
        page.say(wire.Ping(ms=1))
        await page.told_of(wire.Pong)


async def offer_sdp() -> str:
    """What a page offers."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("control")
    await connection.setLocalDescription(await connection.createOffer())
    sdp = connection.localDescription.sdp
    await connection.close()
    return sdp


async def test_an_offer_that_costs_more_than_any_page_needs_is_refused(tmp_path: Path):
    sdp = await offer_sdp()
    media = sdp[sdp.index("m=application") :]
    crowded = sdp + "".join(f"a={CANDIDATE.format(n=n, port=1024 + n)}\r\n" for n in range(1_000))
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        for bad in (sdp + media * 50, crowded, sdp.replace("m=", "\0="), sdp[: len(sdp) // 2], "v=0\r\n" * 25_000):
            answer = await http.post(f"/api/session/{session_id}/offer", json={"sdp": bad, "type": "offer"})
            assert answer.status_code == 422
            assert answer.json()["code"] == "bad_offer"
        good = await http.post(f"/api/session/{session_id}/offer", json={"sdp": sdp, "type": "offer"})
        assert good.status_code == 200


async def test_a_body_that_is_nested_without_end_is_refused(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        for body in (b"[" * 100_000, b'{"a":' * 40_000, b'{"history":[' + b"[" * 100_000):
            answer = await http.post("/api/session/create", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in {400, 422}
            assert answer.json()["hint"]


async def test_a_message_that_is_nested_without_end_is_refused_and_the_call_goes_on(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.control.send('{"type":"ping","ms":1,"x":' + '{"a":' * 3_000)
        assert "nested" in (await page.told_of(wire.Notice, code="bad_message")).message
        page.say(wire.Ping(ms=2))
        await page.told_of(wire.Pong, ms=2)


async def test_offers_without_end_are_slowed_down(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        first, second = [(await http.post("/api/session/create")).json()["session_id"] for _ in range(2)]
        body = {"sdp": "nonsense", "type": "offer"}
        codes = [(await http.post(f"/api/session/{first}/offer", json=body)).status_code for _ in range(30)]
        assert codes[:20] == [422] * 20
        assert codes[-1] == 429
        assert (await http.post(f"/api/session/{second}/offer", json=body)).status_code == 422


async def test_channels_without_end_are_the_end_of_that_connection(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        (session,) = gateway.sessions.all_sessions()
        for number in range(20):
            page.connection.createDataChannel(f"extra {number}")
        async with asyncio.timeout(PATIENCE_S):
            await session.browser_gone.wait()
        assert sum("is not ours" in line.message for line in gateway.errors.newest(100)) <= 8
