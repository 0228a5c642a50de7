"""The same call over one WebSocket, through a real server."""

from pathlib import Path

from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.calls.serving import serving, until
from tests.key_ring import hello
from tests.stage import mic


async def test_a_call_over_a_websocket_is_the_same_call(tmp_path: Path):
    async with running_emulator(reply_s=0.4) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            await socket.send(hello(http, session_id))
            ready, _ = await until(socket, wire.Ready)
            assert ready.session_id == session_id
            await until(socket, wire.Upstream, status="live")
            for index in range(80):
                frame = wire.Frame(turn=0, seq=index, clock_ms=index * 20, pcm=mic(index < 30))
                await socket.send(wire.encode_frame(frame))
            end, frames = await until(socket, wire.TurnEnd)
            assert end.voice_ms == 400
            assert [frame.seq for frame in frames] == list(range(20))
            await socket.send("{nonsense")
            await until(socket, wire.Notice, code="bad_message")
            assert (await http.delete(f"/api/session/{session_id}")).status_code == 204
            await socket.wait_closed()
        await emulator.wait_for(lambda: emulator.open_sessions == 0)


async def test_a_browser_that_comes_back_by_another_transport_keeps_its_session(tmp_path: Path):
    async with running_emulator(reply_s=0.2) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        url = f"ws://{address}/api/session/{session_id}/ws"
        async with connect(url) as first, connect(url) as second:
            for socket in (first, second):
                await socket.send(hello(http, session_id))
                await until(socket, wire.Ready)
            await first.wait_closed()
            await second.send(wire.encode(wire.Text(text="hello")))
            await until(second, wire.TurnEnd)
        assert len(emulator.seen) == 1


async def test_a_socket_for_a_session_that_does_not_exist_says_so(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url) as (address, _),
        connect(f"ws://{address}/api/session/{'f' * 32}/ws") as socket,
    ):
        await until(socket, wire.Notice, code="session_not_found")
        await socket.wait_closed()
        assert socket.close_code == 4404
