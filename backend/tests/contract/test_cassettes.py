"""Every cassette in `cassettes/` is replayed to the official SDK and to the gateway; neither may lose a message.

The recordings that come along are of our own emulator; anybody with a key adds one of the real service, see the README
there.
"""

import asyncio
import itertools
import json
import types as python_types
import typing
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google import genai
from google.genai import errors, types

from gemini_emulator.cassettes import blobs
from gemini_emulator.cassettes.format import Cassette, Entry, Part, Writer, load
from gemini_emulator.cassettes.matching import canonical, kind
from gemini_emulator.cassettes.player import Manner
from gemini_emulator.cassettes.record import Recorder
from gemini_emulator.cassettes.replay import Played, Replay
from gemini_emulator.cassettes.scrub import Scrubber
from gemini_emulator.testing import running_emulator
from gemini_emulator.tls import certificate
from gemini_live_client import GeminiLiveClient, Upstream
from s2s import gemini
from s2s.effects import AnswerTool, Dial, EndAudioStream, SendActivity, SendAudio, SendText
from s2s.endpoints import Choice
from s2s.setup import SessionConfig
from s2s.vocabulary import HandleOffered, Oddity, SetupComplete, SocketLost, UpstreamInput

FOLDER = Path(__file__).resolve().parent / "cassettes"
FILES = sorted(FOLDER.glob("*.jsonl"))
LIMIT_S = 30
LARGEST_BYTES = 300_000

# What Gemini sends and the gateway has no use for. A field that is neither here nor in the codec fails the test: a
# person then decides which it is.
UNUSED = {
    "serverContent.interimInputTranscription",
    "serverContent.groundingMetadata",
    "serverContent.urlContextMetadata",
    "serverContent.waitingForInput",
    "serverContent.modelTurn.role",
    "serverContent.modelTurn.parts.text",
    "serverContent.modelTurn.parts.thoughtSignature",
    "serverContent.inputTranscription.finished",
    "serverContent.inputTranscription.languageCode",
    "serverContent.outputTranscription.finished",
    "serverContent.outputTranscription.languageCode",
    "sessionResumptionUpdate.lastConsumedClientMessageIndex",
    "usageMetadata.thoughtsTokenCount",
    "usageMetadata.toolUsePromptTokenCount",
    "usageMetadata.toolUsePromptTokensDetails",
    "usageMetadata.cachedContentTokenCount",
    "usageMetadata.cacheTokensDetails",
    "usageMetadata.trafficType",
    "voiceActivity",
    "voiceActivityDetectionSignal",
}
# Names under which the SDK keeps a field.
RENAMED = {
    "candidatesTokenCount": "responseTokenCount",
    "candidatesTokensDetails": "responseTokensDetails",
    "type": "voiceActivityType",
}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def cassette(request: pytest.FixtureRequest) -> Cassette:
    return load(request.param)


@asynccontextmanager
async def replaying(cassette: Cassette, tls_folder: Path | None = None) -> AsyncIterator[tuple[Replay, int]]:
    replay = Replay(cassette, Manner(time_scale=0, loose=True, patience_s=LIMIT_S))
    context = certificate(tls_folder).context() if tls_folder else None
    port = await replay.listen("127.0.0.1", 0, context)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield replay, port
    finally:
        await replay.close()


def talks(cassette: Cassette) -> list[Part]:
    """The connections on which something was said."""
    return [part for part in cassette.parts if part.first("open") and part.first("server")]


def is_vertex(part: Part) -> bool:
    opened = part.first("open")
    return opened is not None and "google.cloud.aiplatform." in opened.value["path"]


def words(part: Part) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the client said after its setup, each with how many messages had come before it."""
    came = 0
    for entry in part.entries:
        if entry.kind == "server":
            came += 1
        elif entry.kind == "client" and kind(said := canonical(entry.value)) != "setup":
            yield came, said


def handle_of(part: Part) -> str | None:
    entry = part.first("client")
    assert entry is not None
    handle: str | None = canonical(entry.value)["setup"].get("sessionResumption", {}).get("handle")
    return handle


def model_of(part: Part) -> str:
    entry = part.first("client")
    assert entry is not None
    return str(entry.value["setup"]["model"]).rpartition("/")[2]


def text_of(said: dict[str, Any]) -> str:
    if kind(said) == "text":
        return str(said["realtimeInput"]["text"])
    parts = [part for turn in said["clientContent"].get("turns", []) for part in turn.get("parts", [])]
    return " ".join(part.get("text", "") for part in parts)


def sound_of(said: dict[str, Any]) -> bytes:
    return b"".join(bytes(blobs.size_bytes(blob)) for blob in blobs.walk(said))


def closing(part: Part) -> Entry | None:
    """How the service ended it, if it was the service."""
    entry = part.first("closed")
    return entry if entry and entry.value["by"] == "server" else None


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
        for part in talks(cassette):
            options = types.HttpOptions(base_url=f"https://127.0.0.1:{port}")
            client = genai.Client(api_key="any", vertexai=is_vertex(part), http_options=options)
            resumption = types.SessionResumptionConfig(handle=handle_of(part))
            config = types.LiveConnectConfig(session_resumption=resumption)
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


async def test_the_sdk_is_recorded_with_tls_on_both_sides_and_its_recording_served_to_it_again(
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
        first = await converse(await recorder.front.listen("127.0.0.1", 0, pair.context()))
        await recorder.close()
    # Word for word this time: the same program says the same.
    replay = Replay(load(path), Manner(time_scale=0))
    assert await converse(await replay.listen("127.0.0.1", 0, pair.context())) == first
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


# --- the gateway ----------------------------------------------------------------------------------


def _unread(value: Any, known: Any, path: str) -> set[str]:
    """Paths of a message for which the codec has no field."""
    if isinstance(value, list):
        [item] = typing.get_args(known) or [known]
        return set().union(*(_unread(one, item, path) for one in value))
    if isinstance(known, python_types.UnionType):
        known = next(one for one in typing.get_args(known) if one is not type(None))
    if not isinstance(value, dict) or not (isinstance(known, type) and issubclass(known, msgspec.Struct)):
        return set()
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(known)}
    unread = set()
    for name, inner in value.items():
        at = f"{path}.{name}" if path else name
        unread |= _unread(inner, fields[name], at) if name in fields else {at}
    return unread


def test_the_codec_knows_every_field_and_reads_every_frame(cassette: Cassette):
    tones = blobs.ToneFill()
    for entry in cassette.entries:
        if entry.kind != "server":
            continue
        assert _unread(entry.value, gemini._ServerMessage, "") <= UNUSED, f"line {entry.line}"
        frame = json.dumps(tones.fill(entry.value)).encode()
        read = gemini.decode(frame, (f"call-{n}" for n in itertools.count()))
        assert not [word for word in read if isinstance(word, Oddity)], f"line {entry.line}"


class Session:
    """In the place of the gateway's session: hears what its client reads."""

    def __init__(self) -> None:
        self.words: list[UpstreamInput] = []
        self.lost: SocketLost | None = None
        self._changed = asyncio.Event()

    def feed(self, word: UpstreamInput) -> None:
        if isinstance(word, SocketLost):
            self.lost = word
        else:
            self.words.append(word)
        self._changed.set()

    async def wait(self, count: int) -> None:
        while len(self.words) < count:
            self._changed.clear()
            await self._changed.wait()

    async def wait_for_end(self) -> SocketLost:
        while self.lost is None:
            self._changed.clear()
            await self._changed.wait()
        return self.lost


def _decoded(part: Part) -> list[list[UpstreamInput]]:
    """What the gateway has to hear, message by message."""
    tones, ids = blobs.ToneFill(), (f"call-{n}" for n in itertools.count(1))
    return [gemini.decode(json.dumps(tones.fill(entry.value)), ids) for entry in part.all("server")]


def _say(client: GeminiLiveClient, said: dict[str, Any]) -> None:
    match kind(said):
        case "audio":
            client.send(SendAudio(sound_of(said)))
        case "text" | "clientContent":
            client.send(SendText(text_of(said)))
        case "toolResponse":
            for answer in said["toolResponse"]["functionResponses"]:
                echo = "id" in answer
                client.send(AnswerTool(answer.get("id", ""), answer["name"], answer.get("response", {}), echo_id=echo))
        case "activityStart" | "activityEnd" as name:
            client.send(SendActivity(name == "activityStart"))
        case "audioStreamEnd":
            client.send(EndAudioStream())


async def test_the_gateway_hears_every_word(cassette: Cassette):
    async with replaying(cassette) as (replay, port):
        for part in talks(cassette):
            opened = part.first("open")
            assert opened is not None
            choice = Choice(
                backend="emulator",
                model=model_of(part),
                model_path=f"models/{model_of(part)}",
                base_url=f"ws://127.0.0.1:{port}",
                path=opened.value["path"],
                why="a cassette",
                api_key="any",
            )
            session = Session()
            client = GeminiLiveClient(Upstream(choice), SessionConfig(), session.feed)
            client.dial(Dial(handle_of(part)))
            expected = _decoded(part)
            for before, said in words(part):
                await session.wait(sum(map(len, expected[: max(1, before)])))
                _say(client, said)
            await session.wait(sum(map(len, expected)))
            if last := closing(part):
                assert (await session.wait_for_end()).code == last.value["code"]
            await client.close()
            assert session.words == [word for heard in expected for word in heard]
            assert isinstance(session.words[0], SetupComplete)
    assert replay.complete
    assert not [played for played in replay.played if played != Played(played.number)]


async def test_the_resumed_session_of_the_recording_uses_the_handle_that_was_offered():
    [first, second] = talks(load(FOLDER / "resumption.jsonl"))
    offered = [word.handle for heard in _decoded(first) for word in heard if isinstance(word, HandleOffered)]
    assert handle_of(second) == offered[-1] == "scrubbed-handle-1"
