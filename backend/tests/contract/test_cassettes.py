"""Every cassette in `cassettes/` is replayed to the official SDK and to the gateway; neither may lose a message.

The recordings that come along are of our own emulator; anybody with a key adds one of the real service, see the README
there.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from gemini_emulator.cassettes.format import Cassette, Part, Writer, load
from gemini_emulator.cassettes.matching import kind
from gemini_emulator.cassettes.player import ReplayOptions
from gemini_emulator.cassettes.proxy import Recorder
from gemini_emulator.cassettes.replay_server import Played, Replay
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.server.tls import certificate
from gemini_emulator.testing import running_emulator
from tests.contract.recorded import (
    FILES,
    closing,
    handle_of,
    model_of,
    replaying,
    sockets,
    sound_of,
    text_of,
    words,
)

LARGEST_BYTES = 300_000


# Names under which the SDK keeps a field.
RENAMED = {
    "candidatesTokenCount": "responseTokenCount",
    "candidatesTokensDetails": "responseTokensDetails",
    "type": "voiceActivityType",
}


def is_vertex(part: Part) -> bool:
    opened = part.first("open")
    return opened is not None and "google.cloud.aiplatform." in opened.value["path"]


# --- the files ------------------------------------------------------------------------------------


def test_there_are_cassettes_of_a_call_an_interruption_a_resumption_and_of_vertex():
    assert {"greeting", "interruption", "resumption", "vertex"} <= {path.stem for path in FILES}


def test_a_cassette_is_small_says_where_it_is_from_and_holds_no_secret(cassette: Cassette, request: Any):
    path = next(path for path in FILES if request.node.name.endswith(f"[{path.stem}]"))
    assert path.stat().st_size < LARGEST_BYTES
    assert cassette.header.recorded_from in ("google", "emulator")
    for entry in cassette.entries:
        # What was scrubbed once has nothing left to scrub.
        assert Scrubber().message(entry.value) == entry.value or entry.kind == "open", f"line {entry.line}"


# --- the official SDK -----------------------------------------------------------------------------


class Caller:
    """Says through the SDK what the recorded client said, each thing after as many messages as then."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._came = 1
        self._more = asyncio.Condition()
        self.messages: list[types.LiveServerMessage] = [types.LiveServerMessage(setup_complete=session.setup_complete)]
        self.ended: errors.APIError | None = None

    async def read(self) -> None:
        try:
            while True:
                async for message in self._session.receive():
                    async with self._more:
                        self.messages.append(message)
                        self._more.notify_all()
        except errors.APIError as error:
            self.ended = error

    async def wait(self, count: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: len(self.messages) >= count)

    async def say(self, said: dict[str, Any]) -> None:
        session = self._session
        match kind(said):
            case "audio":
                await session.send_realtime_input(
                    audio=types.Blob(data=sound_of(said), mime_type="audio/pcm;rate=16000")
                )
            case "text":
                await session.send_realtime_input(text=text_of(said))
            case "clientContent" | "history" as name:
                turns = said["clientContent"].get("turns", [])
                await session.send_client_content(turns=turns, turn_complete=name == "clientContent")
            case "toolResponse":
                await session.send_tool_response(function_responses=said["toolResponse"]["functionResponses"])
            case "activityStart":
                await session.send_realtime_input(activity_start=types.ActivityStart())
            case "activityEnd":
                await session.send_realtime_input(activity_end=types.ActivityEnd())
            case "audioStreamEnd":
                await session.send_realtime_input(audio_stream_end=True)


async def test_the_official_sdk_reads_every_message(
    cassette: Cassette, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path).certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    async with replaying(cassette, tmp_path) as (replay, port):
        for part in sockets(cassette):
            options = types.HttpOptions(base_url=f"https://127.0.0.1:{port}")
            client = genai.Client(api_key="any", vertexai=is_vertex(part), http_options=options)
            resumption = types.SessionResumptionConfig(handle=handle_of(part))
            config = types.LiveConnectConfig(session_resumption=resumption)
            if not part.all("server"):
                with pytest.raises(errors.APIError) as refused:
                    async with client.aio.live.connect(model=model_of(part), config=config):
                        pass
                assert (last := closing(part))
                assert refused.value.code == last.value["code"]
                continue
            async with client.aio.live.connect(model=model_of(part), config=config) as session:
                caller = Caller(session)
                reading = asyncio.create_task(caller.read())
                for before, said in words(part):
                    await caller.wait(before)
                    await caller.say(said)
                recorded = part.all("server")
                await caller.wait(len(recorded))
                if last := closing(part):
                    await reading
                    assert caller.ended is not None
                    assert caller.ended.code == last.value["code"]
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            for entry, message in zip(recorded, caller.messages, strict=True):
                assert not _lost(entry.value, message), f"line {entry.line}"
    assert replay.complete
    assert not [played for played in replay.played if played.departure]


async def test_the_sdk_is_recorded_over_tls_and_its_recording_is_served_to_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pair = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")

    async def converse(port: int) -> list[str]:
        client = genai.Client(api_key="any", http_options=types.HttpOptions(base_url=f"https://127.0.0.1:{port}"))
        config = types.LiveConnectConfig(output_audio_transcription=types.AudioTranscriptionConfig())
        async with client.aio.live.connect(model="gemini-3.8-live", config=config) as session:
            await session.send_realtime_input(text="hello")
            contents = [message.server_content async for message in session.receive()]
            said = [content.output_transcription for content in contents if content]
            return [words.text or "" for words in said if words]

    path = tmp_path / "sdk.jsonl"
    writer = Writer(path)
    writer.open()
    async with running_emulator(tls_folder=tmp_path, reply_s=0.3, speed=100.0) as emulator:
        recorder = Recorder(writer, Scrubber(), url=emulator.tls_url)
        first = await converse(await recorder.front.open_port("127.0.0.1", 0, pair.context()))
        await recorder.close()
    # Word for word this time: the same program says the same.
    replay = Replay(load(path), ReplayOptions(time_scale=0))
    assert await converse(await replay.open_port("127.0.0.1", 0, pair.context())) == first
    await replay.close()
    assert replay.played == [Played(1)]


def _lost(recorded: dict[str, Any], message: types.LiveServerMessage) -> set[str]:
    """Members, and members of those, that the SDK does not know."""
    read = json.loads(message.model_dump_json(exclude_none=True, by_alias=True))
    lost = set()
    for name, value in recorded.items():
        inner = read.get(name)
        if inner is None:
            lost.add(name)
        elif isinstance(value, dict):
            lost |= {f"{name}.{key}" for key in value if key not in inner and RENAMED.get(key) not in inner}
    return lost
