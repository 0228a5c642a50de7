"""Conversations are recorded through a proxy that changes nothing."""

import asyncio
import json
import signal
import socket
import struct
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response

from gemini_emulator.cassettes.format import load
from gemini_emulator.cassettes.proxy import Told
from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH, running_emulator
from tests.emulator.server.test_process import news, program
from tests.emulator.taping import KEY, SETUP, dial, recording, replaying, send, service

# --- the proxy changes nothing ---------------------------------------------------------------------


async def test_text_and_binary_frames_pass_as_they_are_in_both_directions(tmp_path: Path):
    big = json.dumps({"setup": {"model": "x" * 3_000_000}}).encode()

    async def echo(upstream: ServerConnection) -> None:
        async for message in upstream:
            await upstream.send(message)

    async with service(echo) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _), dial(proxy) as client:
        for message in ('{"a": 1}', b'{"a":  1}', "no JSON", b"\x00\xff", big):
            await client.send(message)
            assert await client.recv() == message
        await client.send(["frag", "men", "ted"])
        assert await client.recv() == "fragmented"
    entries = load(tmp_path / "c.jsonl").entries
    assert [entry.text for entry in entries if entry.kind == "client"][:4] == [True, False, True, False]
    assert [entry.value for entry in entries if entry.kind == "server"][2:4] == [
        {"unreadable": {"bytes": n}} for n in (7, 2)
    ]


async def test_a_ping_reaches_the_other_end_and_is_answered_there(tmp_path: Path):
    pings: list[bytes] = []

    async def talk(upstream: ServerConnection) -> None:
        take = upstream.protocol.recv_frame

        def seen(frame: Any) -> None:
            pings.append(bytes(frame.data))
            take(frame)

        upstream.protocol.recv_frame = seen
        await (await upstream.ping(b"from above"))
        await upstream.wait_closed()

    async with service(talk) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _), dial(proxy) as client:
        await (await client.ping(b"from below"))
    assert b"from below" in pings
    assert b"from above" in pings


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1008, "The operation was aborted."), (1011, "ä" * 61)])
async def test_how_the_service_closes_is_passed_on_and_written_down(tmp_path: Path, code: int, reason: str):
    async def talk(upstream: ServerConnection) -> None:
        await upstream.recv()
        await upstream.close(code, reason)

    async with service(talk) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _), dial(proxy) as client:
        await send(client, SETUP)
        await client.wait_closed()
        assert (client.close_code, client.close_reason) == (code, reason)
    assert load(tmp_path / "c.jsonl").entries[-1].value == {"by": "server", "code": code, "reason": reason}


async def test_how_the_client_closes_is_passed_on_and_written_down(tmp_path: Path):
    closed: asyncio.Future[tuple[int | None, str | None]] = asyncio.get_running_loop().create_future()

    async def talk(upstream: ServerConnection) -> None:
        await upstream.wait_closed()
        closed.set_result((upstream.close_code, upstream.close_reason))

    async with service(talk) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _):
        async with dial(proxy) as client:
            await client.close(4321, "enough")
        assert await closed == (4321, "enough")
    assert load(tmp_path / "c.jsonl").entries[-1].value == {"by": "client", "code": 4321, "reason": "enough"}


async def test_a_connection_that_breaks_breaks_on_the_other_side_too(tmp_path: Path):
    async def talk(upstream: ServerConnection) -> None:
        await upstream.recv()
        cable = upstream.transport.get_extra_info("socket")
        cable.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        upstream.transport.abort()

    async with service(talk) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _), dial(proxy) as client:
        await send(client, SETUP)
        await client.wait_closed()
        assert client.close_code == 1006
    assert load(tmp_path / "c.jsonl").entries[-1].value["code"] == 1006


async def test_a_refused_handshake_is_passed_on_with_its_status_and_words(tmp_path: Path):
    def refuse(upstream: ServerConnection, request: Request) -> Response:
        return upstream.respond(403, f"The key {request.headers['x-goog-api-key']} is not welcome.")

    async def never(upstream: ServerConnection) -> None:
        raise AssertionError("nobody gets in")

    async with service(never, refuse) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _):
        with pytest.raises(InvalidStatus) as refused:
            await dial(proxy)
        assert refused.value.response.status_code == 403
        assert KEY in (refused.value.response.body or b"").decode()
    [entry] = load(tmp_path / "c.jsonl").entries
    assert (entry.kind, entry.value["status"]) == ("refused", 403)
    assert KEY not in (tmp_path / "c.jsonl").read_text()


@pytest.mark.parametrize("path", [DEVELOPER_PATH, "/" + VERTEX_PATH, "/some/prefix" + DEVELOPER_PATH + "?key=" + KEY])
async def test_path_and_credentials_reach_the_service_as_the_client_gave_them(tmp_path: Path, path: str):
    seen: list[Request] = []

    async def talk(upstream: ServerConnection) -> None:
        assert upstream.request
        seen.append(upstream.request)

    headers = {"Authorization": "Bearer ya29.secret-of-mine", "x_goog_user_project": "mine-4711"}
    async with service(talk) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, _):
        await (await dial(proxy, path, **headers)).close()
    assert seen[0].path == path
    assert seen[0].headers["Authorization"] == "Bearer ya29.secret-of-mine"
    assert seen[0].headers["Host"] == url.removeprefix("ws://")
    assert "Sec-WebSocket-Extensions" not in seen[0].headers
    text = (tmp_path / "c.jsonl").read_text()
    assert "mine-4711" not in text
    assert "ya29" not in text
    assert KEY not in text


async def test_a_service_that_cannot_be_reached_is_a_sentence(tmp_path: Path):
    told: list[Told] = []
    async with recording("ws://127.0.0.1:9", tmp_path / "c.jsonl") as (proxy, recorder):
        recorder._tell = told.append
        with pytest.raises(InvalidStatus) as refused:
            await dial(proxy)
        assert refused.value.response.status_code == 502
    assert told[0].what.startswith("Cannot reach 127.0.0.1:9: ")


async def test_a_service_that_hangs_up_in_the_handshake_is_a_sentence(tmp_path: Path):
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as upstream:
        url = f"ws://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
        async with recording(url, tmp_path / "c.jsonl") as (proxy, _):
            with pytest.raises(InvalidStatus) as refused:
                await dial(proxy)
            assert b"ended the connection without an answer" in (refused.value.response.body or b"")


async def test_tokens_are_made_through_the_proxy_and_their_names_stay_out_of_the_cassette(tmp_path: Path):
    name = "auth_tokens/3f0c2d9e8b7a6"

    async def tokens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST /v1alpha/auth_tokens HTTP/1.1")
        assert f"x-goog-api-key: {KEY}".encode() in head
        body = json.dumps({"name": name}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        writer.close()

    async with await asyncio.start_server(tokens, "127.0.0.1", 0) as upstream:
        url = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
        async with (
            recording(url, tmp_path / "c.jsonl") as (proxy, _),
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
        ):
            address = proxy.replace("ws:", "http:") + "/v1alpha/auth_tokens"
            made = await client.post(address, json={"uses": 1}, headers={"x-goog-api-key": KEY})
            assert made.json() == {"name": name}
    text = (tmp_path / "c.jsonl").read_text()
    assert "3f0c2d9e8b7a6" not in text
    assert KEY not in text
    async with (
        replaying(load(tmp_path / "c.jsonl")) as (again, _),
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        made = await client.post(again.replace("ws:", "http:") + "/v1alpha/auth_tokens", json={"uses": 1})
        assert made.json() == {"name": "auth_tokens/scrubbed-token-1"}


async def test_what_was_said_is_on_disk_when_the_recorder_is_killed(tmp_path: Path):
    path = tmp_path / "c.jsonl"
    async with running_emulator(reply_s=0.2) as emulator:
        options = ("--announce", "--cassette", str(path), "--to-url", emulator.base_url)
        async with program(*options, command="record") as recorder:
            port = (await news(recorder, event="listening"))["port"]
            client = await dial(f"ws://127.0.0.1:{port}")
            await send(client, SETUP)
            await client.recv()
            # A frame goes on its way first and is written then; what comes behind it comes after that.
            await (await client.ping())
            recorder.send_signal(signal.SIGKILL)
            await recorder.wait()
            await client.wait_closed()
    with path.open("a") as crashed:
        crashed.write('{"at":1.5,"connection":1,"server":{"serverCon')
    entries = load(path).entries
    assert [entry.kind for entry in entries[:3]] == ["open", "client", "server"]
    assert entries[2].value == {"setupComplete": {}}
    assert {entry.kind for entry in entries[3:]} <= {"server"}


async def test_a_full_disk_ends_the_recording_and_not_the_conversation(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def echo(upstream: ServerConnection) -> None:
        async for message in upstream:
            await upstream.send(message)

    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    async with service(echo) as (url, _), recording(url, tmp_path / "c.jsonl") as (proxy, recorder):
        async with dial(proxy) as client:
            await send(client, SETUP)
            await client.recv()
            whole, recorder._writer._file = recorder._writer._file, Full()
            for _ in range(3):
                await send(client, SETUP)
                assert json.loads(await client.recv()) == SETUP
        recorder._writer._file = whole
    assert [record.message for record in caplog.records if "No space left" in record.message] == [
        f"Recording ends here, the conversation goes on: {tmp_path / 'c.jsonl'}: No space left on device"
    ]
