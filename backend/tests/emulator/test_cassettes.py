"""Conversations are recorded through a proxy that changes nothing and writes down no secret, and served again."""

import asyncio
import base64
import json
import re
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response

from gemini_emulator.cassettes.format import Cassette, Writer, load
from gemini_emulator.cassettes.player import Manner
from gemini_emulator.cassettes.record import Recorder, Told
from gemini_emulator.cassettes.replay import Replay
from gemini_emulator.cassettes.scrub import Scrubber
from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH, running_emulator
from tests.emulator.test_process import news, program

LIMIT_S = 30
SETUP: dict[str, Any] = {"setup": {"model": "models/gemini-3.8-live", "sessionResumption": {}}}
KEY = "AIzaSyD-thisIsTheKeyOfSomebodyElse0123"
PCM = "audio/pcm;rate=16000"

Talk = Callable[[ServerConnection], Awaitable[None]]


def pcm(size: int = 640, fill: int = 0) -> dict[str, Any]:
    data = base64.b64encode(bytes([fill]) * size).decode()
    return {"realtimeInput": {"audio": {"data": data, "mimeType": PCM}}}


@asynccontextmanager
async def service(
    talk: Talk, refuse: Callable[[ServerConnection, Request], Response | None] | None = None
) -> AsyncIterator[tuple[str, Server]]:
    """A stand-in for the real service that does what the test says, byte by byte."""
    async with serve(talk, "127.0.0.1", 0, process_request=refuse, max_size=None, ping_interval=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", server


@asynccontextmanager
async def recording(
    url: str, path: Path, *, audio: bool = True, **environment: str
) -> AsyncIterator[tuple[str, Recorder]]:
    writer = Writer(path)
    writer.open()
    recorder = Recorder(writer, Scrubber(keep_blobs=audio, environment=environment), url=url, audio=audio)
    port = await recorder.front.listen("127.0.0.1", 0)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield f"ws://127.0.0.1:{port}", recorder
    finally:
        await recorder.close()
        writer.close()


@asynccontextmanager
async def replaying(cassette: Cassette, manner: Manner | None = None) -> AsyncIterator[tuple[str, Replay]]:
    replay = Replay(cassette, manner or Manner(time_scale=0, patience_s=LIMIT_S))
    port = await replay.listen("127.0.0.1", 0)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield f"ws://127.0.0.1:{port}", replay
    finally:
        await replay.close()


def dial(url: str, path: str = DEVELOPER_PATH, **headers: str) -> connect:
    pairs = {name.replace("_", "-"): value for name, value in headers.items()} or {"x-goog-api-key": KEY}
    return connect(url + path, additional_headers=pairs, proxy=None, max_size=None, ping_interval=None)


async def send(client: ClientConnection, message: dict[str, Any]) -> None:
    await client.send(json.dumps(message))


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

        upstream.protocol.recv_frame = seen  # type: ignore[method-assign]
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
        async with recording(url, tmp_path / "c.jsonl") as (proxy, _), httpx.AsyncClient(trust_env=False) as client:
            address = proxy.replace("ws:", "http:") + "/v1alpha/auth_tokens"
            made = await client.post(address, json={"uses": 1}, headers={"x-goog-api-key": KEY})
            assert made.json() == {"name": name}
    text = (tmp_path / "c.jsonl").read_text()
    assert "3f0c2d9e8b7a6" not in text
    assert KEY not in text
    async with replaying(load(tmp_path / "c.jsonl")) as (again, _), httpx.AsyncClient(trust_env=False) as client:
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
    assert [entry.kind for entry in entries] == ["open", "client", "server"]
    assert entries[2].value == {"setupComplete": {}}


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
            whole, recorder._writer._file = recorder._writer._file, Full()  # type: ignore[assignment]
            for _ in range(3):
                await send(client, SETUP)
                assert json.loads(await client.recv()) == SETUP
        recorder._writer._file = whole
    assert [record.message for record in caplog.records if "No space left" in record.message] == [
        f"Recording ends here, the conversation goes on: {tmp_path / 'c.jsonl'}: No space left on device"
    ]


# --- no secret is written --------------------------------------------------------------------------

SECRETS = {
    "an API key": KEY,
    "a new API key": "AQ.Ab8RN6KdPqz-secretsecret_4711",
    "an OAuth token": "ya29.a0AfH6SMBx-verysecret.part_two",
    "a refresh token": "1//0gQe-thisRefreshesForever12345",
    "a JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLW1pbmU",
    "an ephemeral token": "b7f6e5d4c3b2a1",
    "a handle": "CihIYW5kbGVPZk15U2Vzc2lvbg==",
    "a session": "3f823cb9-f916-4c6e-9f60-secretsession",
    "a project": "my-secret-project-4711",
    "a project number": "918273645546",
    "a service account": "robot@my-other-project.iam.gserviceaccount.com",
    "a private key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n",
    "a key of another company": "sk-proj-abcdefghijklmnop1234",
    "a GitHub token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "a password": "hunter2-or-worse",
    "a PIN": "987654",
    "a cookie": "SID=cookie-of-mine-0123456789",
    "something in the environment": "from-the-environment-0815",
}
CLIENT_WORDS: list[dict[str, Any]] = [
    {"setup": {
        "model": f"projects/{SECRETS['a project']}/locations/us-central1/publishers/google/models/m",
        "session_resumption": {"handle": SECRETS["a handle"]},
        "systemInstruction": {"parts": [{"text": f"Use {SECRETS['a key of another company']} for the other service. "
                                                 f"{SECRETS['a private key']} mail {SECRETS['a service account']}"}]},
        "labels": {"owner": SECRETS["something in the environment"]},
        "tools": [{"functionDeclarations": [{"name": "login", "parameters": {
            "type": "OBJECT", "properties": {"password": {"type": "STRING"}, "pin": {"type": "INTEGER"}}}}]}],
    }},
    {"realtimeInput": {"text": f"'Authorization: Bearer {SECRETS['an OAuth token']}' ?key={SECRETS['a new API key']}"}},
    {"tool_response": {"function_responses": [{"name": "login", "response": {
        "github": SECRETS["a GitHub token"], "credentials": {"user": SECRETS["a cookie"]}, "jwt": SECRETS["a JWT"],
        "refresh": [SECRETS["a refresh token"]]}}]}},
    {"clientContent": {"turns": [{"parts": [
        {"inlineData": {"mimeType": "text/plain", "data": base64.b64encode(KEY.encode()).decode()}},
        {"fileData": {"fileUri": f"gs://bucket-of-{SECRETS['a project']}/x"}}]}]}},
]  # fmt: skip
SERVER_WORDS: list[dict[str, Any]] = [
    {"setupComplete": {"sessionId": SECRETS["a session"]}},
    {"sessionResumptionUpdate": {"newHandle": SECRETS["a handle"], "resumable": True}},
    {"toolCall": {"functionCalls": [{"id": "1", "name": "login", "args": {
        "password": SECRETS["a password"], "pin": int(SECRETS["a PIN"])}}]}},
    {"serverContent": {"outputTranscription": {"text": f"Your key is {KEY} and the handle {SECRETS['a handle']}"}}},
]  # fmt: skip
REASON = f"Generative Language API has not been used in project {SECRETS['a project number']}, key {KEY}"


async def test_nothing_that_is_secret_gets_into_the_cassette_and_everything_reaches_the_service(tmp_path: Path):
    received: list[Any] = []

    async def talk(upstream: ServerConnection) -> None:
        for answer in SERVER_WORDS:
            received.append(json.loads(await upstream.recv()))
            await upstream.send(json.dumps(answer).encode())
        await upstream.close(1008, REASON[:120])

    headers = {
        "x_goog_api_key": KEY,
        "Authorization": f"Token auth_tokens/{SECRETS['an ephemeral token']}",
        "x_goog_user_project": SECRETS["a project"],
        "Cookie": SECRETS["a cookie"],
        "Sec_WebSocket_Protocol": "token, in-a-subprotocol-0123456789",
        "User_Agent": f"somebody {SECRETS['something in the environment']}",
    }
    path = tmp_path / "c.jsonl"
    environment = {"MY_TOKEN": SECRETS["something in the environment"]}
    target = f"{DEVELOPER_PATH}?access_token=auth_tokens%2F{SECRETS['an ephemeral token']}&key={KEY}"
    async with service(talk) as (url, _), recording(url, path, **environment) as (proxy, _):
        client = await dial(proxy, target, **headers)
        for word, answer in zip(CLIENT_WORDS, SERVER_WORDS, strict=True):
            await send(client, word)
            assert json.loads(await client.recv()) == answer
        await client.wait_closed()
        assert client.close_reason == REASON[:120]
    assert received == CLIENT_WORDS
    text = path.read_text()
    written = json.dumps([json.loads(line) for line in text.splitlines()], ensure_ascii=False)
    leaks = {what for what, secret in SECRETS.items() if secret in written or secret.strip() in text}
    assert not leaks
    assert base64.b64encode(KEY.encode()).decode() not in text
    assert not re.search(r"AIza|ya29|BEGIN PRIVATE|gserviceaccount|ghp_|sk-proj|9182736|4711|in-a-subprotocol", text)
    setup = load(path).entries[1].value["setup"]
    handle = setup["session_resumption"]["handle"]
    assert load(path).entries[4].value["sessionResumptionUpdate"]["newHandle"] == handle == "scrubbed-handle-1"
    assert setup["tools"][0]["functionDeclarations"][0]["parameters"]["properties"]["password"] == {"type": "STRING"}


@settings(deadline=None, max_examples=60)
@given(st.text("abcdefgh0123-_./+=", min_size=20, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_value_that_was_once_a_credential_is_never_written_again_whatever_surrounds_it(
    secret: str, before: str, after: str
):
    scrubber = Scrubber()
    scrubber.headers([("x-goog-api-key", secret)])
    said = scrubber.message({"a": [before + secret + after, {before + secret: secret + after}]})
    assert secret.strip() not in json.dumps(said, ensure_ascii=False)


def test_a_key_that_a_close_reason_cuts_in_two_is_still_taken_out():
    scrubber = Scrubber()
    scrubber.headers([("authorization", "Bearer abcdefghijklmnopqrstuvwxyz")])
    assert scrubber.text("Bad credential abcdefghijklm") == "Bad credential scrubbed-token-1"


def test_a_project_number_is_taken_out_as_a_number_too():
    scrubber = Scrubber()
    assert scrubber.text("not used in project 918273645546 before") == "not used in project scrubbed-project-1 before"
    assert scrubber.message({"number": 918273645546, "other": 21}) == {"number": "scrubbed-project-1", "other": 21}


def test_the_same_secret_has_the_same_placeholder_and_another_one_another():
    scrubber = Scrubber()
    one = scrubber.message({"newHandle": "first-handle"})
    two = scrubber.message({"newHandle": "second-handle"})
    again = scrubber.message({"sessionResumption": {"handle": "first-handle"}})
    assert (one["newHandle"], two["newHandle"]) == ("scrubbed-handle-1", "scrubbed-handle-2")
    assert again["sessionResumption"]["handle"] == "scrubbed-handle-1"
    assert scrubber.message(again) == again


def test_sound_is_kept_to_the_byte_or_cut_to_its_length_and_ordinary_words_stay():
    audio = {"mimeType": PCM, "data": "AIza" + "A" * 60}
    words = {"text": "The weather in Paris, please: 21 degrees, project plan, token of love."}
    assert Scrubber(keep_blobs=True).message([audio, words]) == [audio, words]
    assert Scrubber(keep_blobs=False).message(audio) == {"mimeType": PCM, "data": {"bytes": 48}}
    # A plain file in a blob could hold anything, and nobody would see it in base64.
    plain = {"mimeType": "text/plain", "data": "QUl6YQ=="}
    assert Scrubber(keep_blobs=True).message(plain) == {"mimeType": "text/plain", "data": {"bytes": 4}}
