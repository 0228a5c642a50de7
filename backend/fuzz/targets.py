"""What is fuzzed. A target takes any bytes and raises nothing, except what it is documented to refuse them with."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
from aiortc.rtcicetransport import connection_kwargs
from aiortc.sdp import SessionDescription
from pydantic import BaseModel, ValidationError

from fuzz import access
from fuzz.functions import ARGUMENTS_SEEDS, SCHEMA_SEEDS, arguments, schema
from s2s import wire
from s2s.configuration.env_file import parse as parse_env_file
from s2s.core.effects import HistoryTurn
from s2s.core.events import DeadlineReached, Event, SetupComplete, UnreadableMessage, UpstreamErrorReported
from s2s.core.history import ConversationHistory
from s2s.core.session_core import SessionCore
from s2s.limits.rate_limit import address_group
from s2s.limits.usage import UsageMeter, built_in_price
from s2s.limits.usage_estimate import UsageEstimate
from s2s.recording import replay
from s2s.recording.recorder import Recorder
from s2s.rest.access.forget_route import ForgetRequest, OperatorForgetRequest
from s2s.rest.schemas import Candidate, CreateSession, Offer, Report, plain
from s2s.session.browser_input import event_from_message
from s2s.settings import Settings, SettingsError
from s2s.transport.ice_gathering import ice_options, rtc_ice_servers
from s2s.transport.remote_candidates import is_permitted
from s2s.transport.sdp import clean_offer, parse_candidate
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.tolerant_reader import parse as parse_odd_frame
from s2s.upstream.connection.audio_resampler import AudioResampler
from s2s.upstream.models.model_capabilities import capabilities

FIXTURES = Path(__file__).resolve().parents[2] / "wire" / "fixtures"
CORPUS = Path(__file__).resolve().parent / "corpus"
_CAPABILITIES = capabilities("developer", "gemini-3.8-live")
_MOST_TICKS = 100
_SETTINGS = (
    "S2S_ICE_ADDRESSES",
    "S2S_ICE_SERVERS",
    "S2S_CORS_ORIGINS",
    "S2S_FRAME_ANCESTORS",
    "S2S_ALLOWED_HOSTS",
    "S2S_TURN_URLS",
    "S2S_LANGUAGE",
    "S2S_VOICE",
    "GOOGLE_GEMINI_BASE_URL",
    "GCP_REGION",
    "GCP_PROJECT_ID",
    "SERVICE_ACCOUNT_KEY_PATH",
)
"""Whose values are more than a word or a number."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser, and inputs to begin with."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def control(data: bytes) -> None:
    """Control messages of a browser, one a line, up to what the core does with them."""
    talk = _Talk()
    for line in data.split(b"\n"):
        for spelled in (line, line.decode(errors="replace")):
            try:
                message = wire.decode_from_browser(spelled)
            except wire.WireError:
                continue
            assert wire.decode_from_browser(wire.encode(message)) == message
            fact = event_from_message(message)
            if fact is not None:
                talk.take(fact)


def frame(data: bytes) -> None:
    """Audio frames of a browser."""
    for samples in (wire.INPUT_SAMPLES, wire.OUTPUT_SAMPLES, len(data) // 2):
        try:
            read = wire.decode_frame(data, samples)
        except wire.WireError:
            continue
        assert wire.encode_frame(read) == data


def upstream(data: bytes) -> None:
    """Messages of the model's service, one a line, up to what the core does with them."""
    talk, voices = _Talk(), AudioResampler()
    ids = (f"call-{n}" for n in itertools.count(1))
    for line in data.split(b"\n"):
        for word in gemini_codec.decode(line, ids):
            for fact in voices.resample(word) if not isinstance(word, UpstreamErrorReported) else ():
                talk.take(fact)
    talk.check()


def odd_frame(data: bytes) -> None:
    """Messages of the model's service, one a line: a frame with one value replaced, whichever, says everything
    else that it said."""
    for line in data.split(b"\n"):
        words = gemini_codec.decode(line, itertools.repeat("made-up"))
        if any(isinstance(word, UnreadableMessage) for word in words):
            continue
        message = parse_odd_frame(line)
        for path in _places(message):
            for odd in (None, 7, "7", True, [], {}, [None], {"x": 1}):
                said = _facts(_with(message, path, odd))
                rest = iter([type(word) for word in said])
                assert all(kind in rest for kind in map(type, _facts(_without(message, path)))), (path, odd)


def _facts(message: object) -> list[object]:
    words = gemini_codec.decode(json.dumps(message), itertools.repeat("made-up"))
    return [word for word in words if not isinstance(word, UnreadableMessage)]


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The first few hundred members of a message, at any depth."""
    steps: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    found = [(*path, key) for key, _ in steps]
    return [*found, *(place for key, inner in steps if len(path) < 6 for place in _places(inner, (*path, key)))][:300]


def _with(message: Any, path: tuple[str | int, ...], value: object) -> Any:
    if not path:
        return value
    copy = list(message) if isinstance(message, list) else dict(message)
    copy[path[0]] = _with(copy[path[0]], path[1:], value)
    return copy


def _without(message: Any, path: tuple[str | int, ...]) -> Any:
    copy = list(message) if isinstance(message, list) else dict(message)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _without(copy[path[0]], path[1:])
    return copy


def sdp(data: bytes) -> None:
    """Offers. What aiortc raises is caught where it is called; it must come back, whatever it is given."""
    try:
        offer = clean_offer(data.decode(errors="replace"))
    except ValueError:
        return
    assert clean_offer(offer) == offer
    try:
        SessionDescription.parse(offer)
    except (RecursionError, MemoryError):
        raise
    except Exception:
        return


def candidate(data: bytes) -> None:
    """ICE candidates."""
    for line in data.decode(errors="replace").split("\n"):
        is_permitted(line, "any", line)
        try:
            read = parse_candidate(line, "0", 0)
        except ValueError:
            continue
        if read is not None and is_permitted(read.ip, "any", line):
            assert ip_address(read.ip).is_multicast is False


def rest(data: bytes) -> None:
    """The bodies of the REST calls."""
    bodies: tuple[type[BaseModel], ...] = (
        CreateSession, Offer, Candidate, Report, ForgetRequest, OperatorForgetRequest,
    )  # fmt: skip
    for body in bodies:
        try:
            read = body.model_validate_json(data)
        except ValidationError:
            continue
        if isinstance(read, CreateSession):
            history = ConversationHistory([HistoryTurn(said.role, plain(said.text)) for said in read.history]).history()
            assert sum(len(turn.text) for turn in history) <= 8_000
            assert "\n" not in "".join(turn.text for turn in history)


def recording(data: bytes) -> None:
    """Files that somebody sent to be replayed."""
    try:
        replay.replay(data)
    except replay.NotARecording:
        return


def address(data: bytes) -> None:
    """What a proxy says the caller's address is, and what the environment holds."""
    text = data.decode(errors="replace")
    assert address_group(address_group(text).removesuffix("/64")) == address_group(text)
    for environ in (dict.fromkeys(_SETTINGS, text) | {text: text}, {"S2S_ICE_SERVERS": text}):
        try:
            settings = Settings.from_env(environ)
        except SettingsError:
            continue
        # What was accepted must not fail in the middle of an offer.
        connection_kwargs(rtc_ice_servers(settings.s2s_ice_servers))
        ice_options(settings).own_addresses(["192.0.2.1", "2001:db8::1"])


def env_file(data: bytes) -> None:
    """backend/.env, as any editor may have saved it."""
    file = parse_env_file(data, ".env")
    assert not (file.mistakes and file.values)
    try:
        Settings.from_env(file.values, mistakes=file.mistakes, warnings=file.warnings)
    except SettingsError:
        return


class _Talk:
    """A core that hears everything, with a recorder and a meter beside it, and a clock that jumps."""

    def __init__(self) -> None:
        self._core = SessionCore([_CAPABILITIES])
        self._recorder = Recorder(
            {
                "version": "",
                "model": "",
                "core": {
                    "models": [_CAPABILITIES],
                    "playout_lead_ms": 240,
                    "manual_activity": False,
                    "history": [],
                    "tools": [],
                    "seed": 0,
                    "reply_limit_s": 0.0,
                },
            },
            audio=True,
            max_bytes=10**9,
        )
        self._meter = UsageMeter(built_in_price(""), UsageEstimate())
        self._now = 1_000.0
        self._core.open(self._now)
        self.take(SetupComplete())

    def take(self, fact: Event) -> None:
        """One fact, and then as many deadlines as a second brings."""
        self._feed(fact)
        until = self._now + 1.0
        for _ in range(_MOST_TICKS):
            due = self._core.deadline
            if due is None or due > until:
                break
            self._now = max(self._now, due)
            self._feed(DeadlineReached())
        self._now = until

    def check(self) -> None:
        """What was spent is never less than nothing."""
        assert self._meter.usage.tokens >= 0
        assert self._meter.usage.usd >= 0

    def _feed(self, fact: Event) -> None:
        self._meter.on_event(fact)
        self._recorder.on_event(fact, self._now)
        for effect in self._core.handle(fact, self._now):
            self._recorder.on_effect(effect)


def _control_seeds() -> list[bytes]:
    rows = json.loads((FIXTURES / "messages.json").read_text())
    own = [msgspec.json.encode(row["json"]) for row in rows if row["direction"] == "from_browser"]
    return [*own, b"\n".join(own)]


def _upstream_seeds() -> list[bytes]:
    messages = [
        b'{"setupComplete":{"sessionId":"s"}}',
        b'{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AAAA"}}]}}}',
        b'{"serverContent":{"inputTranscription":{"text":"hello"},"outputTranscription":{"text":"Hi"}}}',
        b'{"serverContent":{"interrupted":true}}',
        b'{"serverContent":{"generationComplete":true}}',
        b'{"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":5,"responseTokenCount":4,'
        b'"totalTokenCount":9,"promptTokensDetails":[{"modality":"TEXT","tokenCount":2}]}}',
        b'{"toolCall":{"functionCalls":[{"id":"1","name":"get_weather","args":{"place":"Paris"}}]}}',
        b'{"toolCallCancellation":{"ids":["1"]}}',
        b'{"goAway":{"timeLeft":"49.5s"}}',
        b'{"sessionResumptionUpdate":{"newHandle":"h","resumable":true}}',
        b'{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=16000","data":"AAAA"}}]}}}',
        b'{"serverContent":{"turnComplete":"true","turnCompleteReason":4},"usageMetadata":null,"goAway":{"timeLeft":5}}',
        b'{"server_content":{"output_transcription":{"text":"\\ud83d"}},"toolCall":[{"functionCalls":{"id":7}}]}',
    ]
    return [*messages, b"\n".join(messages)]


def _sdp_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / "sdp").glob("*.sdp"))]


def _candidate_seeds() -> list[bytes]:
    return [
        b"candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host",
        b"candidate:2 1 UDP 1677729535 198.51.100.1 50001 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag x",
        b"candidate:3 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active",
        b"candidate:4 1 udp 2113937151 0b6f2d3c-1111.local 50000 typ host",
    ]


def _rest_seeds() -> list[bytes]:
    return [
        b'{"voice":"Puck","language":"en-US","system_instruction":"Be brief.","tools":["search"],'
        b'"turn_taking":"manual","history":[{"role":"user","text":"hi"},{"role":"model","text":"hello"}]}',
        b'{"sdp":"v=0","type":"offer"}',
        b'{"candidate":"candidate:1 1 udp 1 192.0.2.9 5 typ host","sdpMid":"0","sdpMLineIndex":0}',
        b'{"consent":true,"note":"It talked over me."}',
        b'{"calls":[{"session_id":"1-0123","session_key":"abc_-"},{"session_id":"x","session_key":"y"}]}',
    ]


def _recording_seeds() -> list[bytes]:
    talk = _Talk()
    ids = (f"call-{n}" for n in itertools.count(1))
    for line in _upstream_seeds():
        for word in gemini_codec.decode(line, ids):
            if not isinstance(word, gemini_codec.NonstandardAudio):
                talk.take(word)
    return [talk._recorder.dump("a note")]


def _frame_seeds() -> list[bytes]:
    return [(FIXTURES / name).read_bytes() for name in ("frame_up.bin", "frame_down.bin")]


def _env_file_seeds() -> list[bytes]:
    text = "# a\nexport S2S_VOICE='Kore'\nS2S_ICE_SERVERS=\"[{}]\" # b\nGEMINI_API_KEY=ä\n\nX: 1\nY\n"
    return [text.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")]


def _address_seeds() -> list[bytes]:
    servers = (
        b'[{"urls":["stun:x"]}]',
        b'[{"urls":"stun:[2001:db8::1]:3478"}]',
        b'[{"urls":["turn:x:1?transport=tcp","turns:y"],"username":"u","credential":"c"}]',
    )
    return [b"192.0.2.1", b"2001:db8::1", b"::ffff:1.2.3.4", b"https://x.example", *servers]


TARGETS: dict[str, Target] = {
    "schema": Target(schema, lambda: SCHEMA_SEEDS),
    "arguments": Target(arguments, lambda: ARGUMENTS_SEEDS),
    "control": Target(control, _control_seeds),
    "frame": Target(frame, _frame_seeds),
    "upstream": Target(upstream, _upstream_seeds),
    "odd_frame": Target(odd_frame, _upstream_seeds),
    "sdp": Target(sdp, _sdp_seeds),
    "candidate": Target(candidate, _candidate_seeds),
    "rest": Target(rest, _rest_seeds),
    "recording": Target(recording, _recording_seeds),
    "env_file": Target(env_file, _env_file_seeds),
    "address": Target(address, _address_seeds),
    "origin": Target(access.origin, lambda: access.ORIGIN_SEEDS),
    "token": Target(access.token, lambda: access.TOKEN_SEEDS),
    "claims": Target(access.claims, lambda: access.CLAIMS_SEEDS),
    "key_set": Target(access.key_set, lambda: access.KEY_SET_SEEDS),
    "proxy_identity": Target(access.proxy_identity, lambda: access.PROXY_SEEDS),
}


def corpus(name: str) -> Iterator[tuple[str, bytes]]:
    """Seeds and what once failed, with a name for each."""
    for number, seed in enumerate(TARGETS[name].seeds()):
        yield f"seed {number}", seed
    for path in sorted((CORPUS / name).glob("*.bin")):
        yield path.name, path.read_bytes()
