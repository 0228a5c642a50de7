"""A call belongs to the page that holds its key. A thief with its id gets nothing, and the page does not notice."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import UNSET
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

import webrtc_handler
import websocket_handler
from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.limits.rate_limit import TRANSPORTS
from s2s.session.browser_input import MAX_MESSAGES_BEFORE_HELLO
from tests.calls.serving import serving, until
from tests.key_ring import hello
from tests.page import PATIENCE_S, Page, open_page, running_gateway
from tests.stage import mic

OTHER_KEY = "x" * 43


def frames(count: int) -> list[bytes]:
    return [wire.encode_frame(wire.Frame(0, 60_000 + n, n * 20, mic(True))) for n in range(count)]


async def heard(socket: ClientConnection) -> list[wire.ToBrowser | bytes]:
    """Everything until the gateway closes the socket."""
    came: list[wire.ToBrowser | bytes] = []
    # Raised for every code but 1000 and 1001.
    with suppress(ConnectionClosedError):
        async with asyncio.timeout(PATIENCE_S):
            async for data in socket:
                came.append(data if isinstance(data, bytes) else wire.decode_to_browser(data))
    return came


@pytest.mark.parametrize(
    ("key", "code", "closed_with"), [("", "session_key_required", 4401), (OTHER_KEY, "session_key_wrong", 4403)]
)
async def test_a_thief_over_the_websocket_hears_says_and_ends_nothing(
    tmp_path: Path, key: str, code: str, closed_with: int
):
    async with running_emulator(reply_s=0.4) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        url = f"ws://{address}/api/session/{session_id}/ws"
        async with connect(url) as victim:
            await victim.send(hello(http, session_id))
            await until(victim, wire.Upstream, status="live")
            listener = http.gateway.sessions.find(session_id).browser
            # More of them than the session may have transports at once.
            for _ in range(TRANSPORTS.burst + 5):
                async with connect(url) as thief:
                    for data in frames(5):
                        await thief.send(data)
                    for message in (wire.Interrupt(turn=0), wire.Text(text="I steal this call."), wire.Ping(ms=1)):
                        await thief.send(wire.encode(message))
                    await thief.send(wire.encode(wire.Hello(client="thief", session_key=key)))
                    (told,) = await heard(thief)
                assert isinstance(told, wire.Notice)
                assert (told.code, told.ends_in_ms, thief.close_code) == (code, 0, closed_with)
            assert http.gateway.sessions.find(session_id).browser is listener
            assert emulator.audio_bytes == 0
            assert "steal" not in str(emulator.received)
            await victim.send(wire.encode(wire.Text(text="hello")))
            end, voice = await until(victim, wire.TurnEnd)
            assert len(voice) == end.voice_ms / 20
        # The page itself may still come back as often as ever.
        async with connect(url) as victim:
            await victim.send(hello(http, session_id))
            ready, _ = await until(victim, wire.Ready)
            assert ready.took_over is UNSET


async def test_a_page_of_an_earlier_version_is_told_to_reload_and_does_not_try_again(tmp_path: Path):
    """Yesterday's library knows no key; an `ends_in_ms` of 0 ends its call with the text, and it does not reconnect."""
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            await socket.send('{"type":"hello","wire":1,"client":"yesterday"}')
            (told,) = await heard(socket)
    assert isinstance(told, wire.Notice)
    assert (told.level, told.code, told.ends_in_ms) == ("error", "session_key_required", 0)
    assert told.hint.startswith("Reload the page")


async def test_a_socket_without_hello_is_closed_and_its_session_never_knew_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(websocket_handler, "HELLO_TIMEOUT_S", 0.2)
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        session = http.gateway.sessions.find(session_id)
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            assert await heard(socket) == []
            assert socket.close_code == 4408
        assert session.browser is None
        assert not session.pending_browsers


async def test_a_hello_after_the_end_of_the_call_finds_no_session(tmp_path: Path):
    """Its key is still known, for a report."""
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            await http.delete(f"/api/session/{session_id}")
            await socket.send(hello(http, session_id))
            (told,) = await heard(socket)
        assert (told.code, socket.close_code) == ("session_not_found", 4404)


async def test_who_says_everything_but_hello_is_disconnected_without_a_word(tmp_path: Path):
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            for _ in range(MAX_MESSAGES_BEFORE_HELLO + 1):
                await socket.send("{nonsense")
            assert await heard(socket) == []


async def test_a_second_listener_with_the_key_replaces_the_first_and_both_are_told(tmp_path: Path):
    async with running_emulator(reply_s=0.2) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        url = f"ws://{address}/api/session/{session_id}/ws"
        async with connect(url) as first, connect(url) as second:
            await first.send(hello(http, session_id))
            ready, _ = await until(first, wire.Ready)
            assert ready.took_over is UNSET
            await second.send(hello(http, session_id))
            ready, _ = await until(second, wire.Ready)
            assert ready.took_over is True
            # Late words of the first one count no more; the socket may be closed before they are sent.
            with suppress(ConnectionClosedError):
                await first.send(wire.encode(wire.Text(text="too late")))
            told = await heard(first)
            assert isinstance(told[-1], wire.Notice)
            assert (told[-1].code, told[-1].ends_in_ms) == ("call_continued_elsewhere", 0)
            assert first.close_code == 4409
            await second.send(wire.encode(wire.Text(text="hello")))
            await until(second, wire.TurnEnd)
        assert "too late" not in str(emulator.received)
        assert len(emulator.seen) == 1


@pytest.mark.parametrize("key", ["", OTHER_KEY])
async def test_a_data_channel_without_the_key_hears_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
):
    """The operator may post an offer without the key, but not listen."""
    monkeypatch.setattr(webrtc_handler, "DISMISSAL_S", 0.3)
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as victim,
    ):
        listener = gateway.sessions.find(victim.session_id).browser
        thief, gone = Page(http), asyncio.Event()
        thief.session_id, thief.session_key = victim.session_id, victim.session_key
        await thief.open_channels()
        thief.control.on("close", gone.set)
        for data in frames(20):
            thief.audio.send(data)
        for message in (wire.Text(text="I steal this call."), wire.Ping(ms=1), wire.Hello(session_key=key)):
            thief.say(message)
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()
        await thief.vanish()
        assert [message.code for message in thief.told] == ["session_key_wrong" if key else "session_key_required"]
        assert gateway.sessions.find(victim.session_id).browser is listener
        victim.say(wire.Text(text="hello"))
        await victim.told_of(wire.TurnEnd)
        assert not victim.of(wire.Notice)
        assert emulator.audio_bytes == 0
        assert "steal" not in str(emulator.received)


async def test_a_replaced_peer_connection_is_told_before_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(webrtc_handler, "DISMISSAL_S", 0.3)
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as first,
    ):
        left = first.connection
        control, gone = first.control, asyncio.Event()
        control.on("close", gone.set)
        await first.connect()
        await first.told_of(wire.Notice, code="call_continued_elsewhere", ends_in_ms=0)
        assert first.of(wire.Ready)[-1].took_over is True
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()
        await left.close()
        assert len(gateway.sessions.find(first.session_id).pending_browsers) == 1
        first.say(wire.Text(text="hello"))
        await first.told_of(wire.TurnEnd)
