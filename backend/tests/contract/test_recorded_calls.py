"""Recorded conversations played to the gateway: its codec reads every frame, its door hears every word."""

import asyncio
import itertools
import json
import types as python_types
import typing
from typing import Any

import msgspec

from gemini_emulator.cassettes import blobs
from gemini_emulator.cassettes.format import Cassette, Part, load
from gemini_emulator.cassettes.matching import kind
from gemini_emulator.cassettes.replay_server import Played
from gemini_live_client import GeminiLiveClient, GeminiService
from s2s.core.effects import (
    Dial,
    EndAudioStream,
    SendActivity,
    SendAudio,
    SendContext,
    SendText,
    SendToolResponse,
    StopGeneration,
)
from s2s.core.events import ResumptionHandle, SetupComplete, SocketLost, UnreadableMessage, UpstreamEvent
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.target.endpoints import UpstreamTarget
from tests.contract.recorded import (
    FOLDER,
    closing,
    handle_of,
    model_of,
    replaying,
    sockets,
    sound_of,
    talks,
    text_of,
    words,
)

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
        assert _unread(entry.value, gemini_codec._ServerMessage, "") <= UNUSED, f"line {entry.line}"
        frame = json.dumps(tones.fill(entry.value)).encode()
        read = gemini_codec.decode(frame, (f"call-{n}" for n in itertools.count()))
        assert not [word for word in read if isinstance(word, UnreadableMessage)], f"line {entry.line}"


class Session:
    """In the place of the gateway's session: hears what its client reads."""

    def __init__(self) -> None:
        self.words: list[UpstreamEvent] = []
        self.lost: SocketLost | None = None
        self._changed = asyncio.Event()

    def feed(self, word: UpstreamEvent) -> None:
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


def _decoded(part: Part) -> list[list[UpstreamEvent]]:
    """What the gateway has to hear, message by message."""
    tones, ids = blobs.ToneFill(), (f"call-{n}" for n in itertools.count(1))
    return [gemini_codec.decode(json.dumps(tones.fill(entry.value)), ids) for entry in part.all("server")]


def _say(client: GeminiLiveClient, said: dict[str, Any]) -> None:
    match kind(said):
        case "audio":
            client.send(SendAudio(sound_of(said)))
        case "text" | "clientContent":
            client.send(SendText(text_of(said)))
        case "toolResponse":
            for answer in said["toolResponse"]["functionResponses"]:
                echo = "id" in answer
                client.send(
                    SendToolResponse(answer.get("id", ""), answer["name"], answer.get("response", {}), echo_id=echo)
                )
        case "activityStart" | "activityEnd" as name:
            client.send(SendActivity(name == "activityStart"))
        case "history":
            client.send(SendContext(text_of(said)) if said["clientContent"].get("turns") else StopGeneration())
        case "audioStreamEnd":
            client.send(EndAudioStream())


async def test_the_gateway_hears_every_word(cassette: Cassette):
    async with replaying(cassette) as (replay, port):
        for part in sockets(cassette):
            opened = part.first("open")
            assert opened is not None
            choice = UpstreamTarget(
                backend="emulator",
                model=model_of(part),
                model_path=f"models/{model_of(part)}",
                base_url=f"ws://127.0.0.1:{port}",
                path=opened.value["path"],
                why="a cassette",
                api_key="any",
            )
            session = Session()
            client = GeminiLiveClient(GeminiService(choice), SessionConfig(), session.feed)
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
            assert not expected or isinstance(session.words[0], SetupComplete)
    assert replay.complete
    assert not [played for played in replay.played if played != Played(played.number)]


async def test_the_resumed_session_of_the_recording_uses_the_handle_that_was_offered():
    [first, second] = talks(load(FOLDER / "resumption.jsonl"))
    offered = [word.handle for heard in _decoded(first) for word in heard if isinstance(word, ResumptionHandle)]
    assert handle_of(second) == offered[-1] == "scrubbed-handle-1"
