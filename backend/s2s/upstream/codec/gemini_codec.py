"""Translate Gemini Live JSON to events and effects to JSON. Stateless; one message may carry several events.

Source for every protocol fact: Google's BidiGenerateContent reference (v1beta, v1beta1), and for what
servers really send, field reports: every member and part of a message is read, frames may be text or binary,
and the members of `serverContent` are not exclusive. A malformed value is dropped alone, never its frame.
"""

import binascii
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from s2s.core.events import (
    GenerationComplete,
    GoAway,
    Interrupted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    ResumptionHandle,
    SetupComplete,
    ToolCalled,
    ToolCancelled,
    TurnComplete,
    UnreadableMessage,
    UpstreamErrorReported,
    UpstreamEvent,
    UsageCounted,
    UserTranscriptDelta,
)
from s2s.upstream.codec.audio_format import PLAIN, NonstandardAudio, decode_base64, parse_audio_format
from s2s.upstream.codec.tolerant_reader import MAX_COUNT, NotAnObject, TolerantReader, parse, seconds, shorten_sample

__all__ = ["NonstandardAudio", "decode", "seconds"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
# google/ai/generativelanguage/v1beta/content.proto and google/cloud/aiplatform/v1beta1/content.proto.
_ModalityName = Annotated[
    str,
    msgspec.Meta(
        extra={
            "numbers": {0: "MODALITY_UNSPECIFIED", 1: "TEXT", 2: "IMAGE", 3: "VIDEO", 4: "AUDIO", 5: "DOCUMENT"},
        }
    ),
]
# No proto that names the numbers of these has been published.
_EnumName = Annotated[str, msgspec.Meta(extra={"numbers": {0: ""}})]
_Duration = Annotated[str, msgspec.Meta(extra={"duration": True})]


class _Wire(msgspec.Struct, rename="camel", frozen=True):
    pass


class _Blob(_Wire, frozen=True):
    mime_type: str = ""
    data: str = ""


class _Part(_Wire, frozen=True):
    inline_data: _Blob | None = None
    thought: bool = False


class _Content(_Wire, frozen=True):
    parts: list[_Part] = []


class _Transcription(_Wire, frozen=True):
    text: str = ""


class _ServerContent(_Wire, frozen=True):
    model_turn: _Content | None = None
    input_transcription: _Transcription | None = None
    interim_input_transcription: _Transcription | None = None
    output_transcription: _Transcription | None = None
    interrupted: bool = False
    generation_complete: bool = False
    turn_complete: bool = False
    turn_complete_reason: _EnumName = ""
    interaction_status: _EnumName = ""


class _FunctionCall(_Wire, frozen=True):
    name: str = ""
    id: str = ""
    args: dict[str, Any] = {}


class _ToolCall(_Wire, frozen=True):
    function_calls: list[_FunctionCall] = []


class _Cancellation(_Wire, frozen=True):
    ids: list[str] = []


class _SetupComplete(_Wire, frozen=True):
    session_id: str = ""


class _GoAway(_Wire, frozen=True):
    time_left: _Duration = "0s"


class _Resumption(_Wire, frozen=True):
    new_handle: str = ""
    resumable: bool = False
    last_consumed_client_message_index: _Count | None = None


class _Modality(_Wire, frozen=True):
    modality: _ModalityName = ""
    token_count: _Count = 0


class _Usage(_Wire, frozen=True):
    prompt_token_count: _Count = 0
    response_token_count: _Count = 0
    candidates_token_count: _Count = 0
    total_token_count: _Count = 0
    thoughts_token_count: _Count = 0
    prompt_tokens_details: list[_Modality] = []
    response_tokens_details: list[_Modality] = []
    candidates_tokens_details: list[_Modality] = []


class _Error(_Wire, frozen=True):
    code: int = 0
    status: str = ""
    message: str = ""


class _ServerMessage(_Wire, frozen=True):
    error: Annotated[_Error | None, msgspec.Meta(extra={"text_is": "message"})] = None
    setup_complete: _SetupComplete | None = None
    server_content: _ServerContent | None = None
    tool_call: _ToolCall | None = None
    tool_call_cancellation: _Cancellation | None = None
    go_away: _GoAway | None = None
    session_resumption_update: _Resumption | None = None
    usage_metadata: _Usage | None = None


Decoded = UpstreamEvent | NonstandardAudio | UpstreamErrorReported
"""What one frame may decode to."""
_decoder = msgspec.json.Decoder(_ServerMessage, strict=False)
_tolerant = TolerantReader(_ServerMessage)
_encoder = msgspec.json.Encoder()


def decode(frame: str | bytes, next_call_id: Iterator[str]) -> list[Decoded]:
    """Decode one frame into events, in the order in which they take effect.

    `next_call_id` gives ids for function calls that came without one (Vertex). Never raises: each value
    of an undocumented shape adds an UnreadableMessage, and an unreadable frame becomes a single one.
    """
    try:
        message = _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return _read_tolerantly(frame, next_call_id, str(fault))
    # Neither our member names nor base64 contain an underscore: the usual frame skips the search.
    if ("_" in frame if isinstance(frame, str) else b"_" in frame) and _names_are_spelled_otherwise(frame):
        return _read_tolerantly(frame, next_call_id, "")
    return _words(message, next_call_id)


def _names_are_spelled_otherwise(frame: str | bytes) -> bool:
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    return _tolerant.other_spelling.search(text) is not None


def _read_tolerantly(frame: str | bytes, next_call_id: Iterator[str], fault: str) -> list[Decoded]:
    odd: dict[str, UnreadableMessage] = {}

    def found(kind: str, value: object) -> None:
        odd.setdefault(kind, UnreadableMessage(kind, shorten_sample(value) if value is not None else ""))

    try:
        message = msgspec.convert(_tolerant.read(parse(frame, found), found), _ServerMessage, strict=False)
    except (NotAnObject, msgspec.ValidationError) as why:
        return [UnreadableMessage("unreadable message", f"{fault or why}: {shorten_sample(frame)}")]
    return [*_words(message, next_call_id), *odd.values()]


def _words(message: _ServerMessage, next_call_id: Iterator[str]) -> list[Decoded]:
    words: list[Decoded] = []
    if message.setup_complete is not None:
        words.append(SetupComplete(message.setup_complete.session_id))
    if message.tool_call_cancellation is not None:
        words.append(ToolCancelled(tuple(message.tool_call_cancellation.ids)))
    # Usage counts before the end of its turn.
    if message.usage_metadata is not None:
        words.append(_usage(message.usage_metadata))
    if message.server_content is not None:
        words += _server_content(message.server_content)
    if message.tool_call is not None:
        # A call without a name but with an id still gets an answer: the model waits for it.
        calls = message.tool_call.function_calls
        words += [_call(call, next_call_id) for call in calls if call.name or call.id]
    if message.session_resumption_update is not None:
        update = message.session_resumption_update
        handle = update.new_handle if update.resumable and update.new_handle else None
        words.append(ResumptionHandle(handle, update.last_consumed_client_message_index))
    if message.go_away is not None:
        words.append(GoAway(seconds(message.go_away.time_left)))
    # Last: everything else in the frame happened before the error.
    if message.error is not None:
        words.append(UpstreamErrorReported(message.error.code, message.error.status, message.error.message))
    return words


def _server_content(content: _ServerContent) -> list[Decoded]:
    words: list[Decoded] = []
    if content.input_transcription is not None and content.input_transcription.text:
        words.append(UserTranscriptDelta(content.input_transcription.text))
    if content.interim_input_transcription is not None and content.interim_input_transcription.text:
        words.append(UserTranscriptDelta(content.interim_input_transcription.text, interim=True))
    if content.output_transcription is not None and content.output_transcription.text:
        words.append(ModelTranscriptDelta(content.output_transcription.text))
    if content.model_turn is not None:
        words += [word for part in content.model_turn.parts if (word := _part(part)) is not None]
    # Audio in the same frame as `interrupted` belongs to the interrupted generation.
    if content.interrupted:
        words.append(Interrupted())
    if content.generation_complete:
        words.append(GenerationComplete())
    if content.turn_complete:
        words.append(TurnComplete(content.turn_complete_reason, content.interaction_status == "IN_PROGRESS"))
    return words


def _part(part: _Part) -> UpstreamEvent | NonstandardAudio | None:
    # Text parts of native-audio models are reasoning, not speech: they are neither shown nor spoken.
    blob = part.inline_data
    if part.thought and blob is None:
        return ModelThinking()
    if blob is None or not blob.data:
        return None
    form = parse_audio_format(blob.mime_type)
    if form is None:
        return UnreadableMessage("voice of another type", shorten_sample(blob.mime_type), voice_lost=True)
    try:
        pcm = decode_base64(blob.data)
    except (binascii.Error, ValueError):
        return UnreadableMessage("voice that is not base64", f"{len(blob.data)} characters", voice_lost=True)
    rate_hz, channels = form
    pcm = pcm[: len(pcm) - len(pcm) % (2 * channels)]
    if not pcm:
        return None
    return ModelAudio(pcm) if form == PLAIN else NonstandardAudio(pcm, rate_hz, channels)


def _call(call: _FunctionCall, next_call_id: Iterator[str]) -> ToolCalled:
    return ToolCalled(call.id or next(next_call_id), call.name, call.args, echo_id=bool(call.id))


def _usage(usage: _Usage) -> UsageCounted:
    # Vertex calls them candidates, the Developer API response.
    response = usage.response_token_count or usage.candidates_token_count
    response_details = usage.response_tokens_details or usage.candidates_tokens_details
    return UsageCounted(
        usage.prompt_token_count,
        response,
        usage.total_token_count,
        _tokens(usage.prompt_tokens_details, "TEXT"),
        _tokens(response_details, "TEXT"),
        _tokens(usage.prompt_tokens_details, "IMAGE"),
        _tokens(usage.prompt_tokens_details, "VIDEO"),
        usage.thoughts_token_count,
    )


def _tokens(details: Sequence[_Modality], modality: str) -> int:
    return sum(detail.token_count for detail in details if detail.modality == modality)


# --- to upstream ---------------------------------------------------------------------------------

_AUDIO_HEAD = '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"'
_AUDIO_TAIL = '"}}}'


def _json(message: Mapping[str, Any]) -> str:
    return _encoder.encode(message).decode()


def audio(pcm: bytes) -> str:
    """PCM16LE mono 16 kHz."""
    return f"{_AUDIO_HEAD}{b64encode(pcm).decode('ascii')}{_AUDIO_TAIL}"


def text_as_realtime_input(text: str) -> str:
    return _json({"realtimeInput": {"text": text}})


def text_as_content(text: str) -> str:
    return _json({"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True}})


def picture(jpeg: bytes, text: str) -> str:
    """Build a user turn with an image; with `text` the turn is complete and asks for an answer. Up to 7 MB inline."""
    parts: list[dict[str, Any]] = [{"inlineData": _jpeg(jpeg)}]
    if text:
        parts.append({"text": text})
    return _json({"clientContent": {"turns": [{"role": "user", "parts": parts}], "turnComplete": bool(text)}})


def video(jpeg: bytes) -> str:
    """Build a message with one video frame; the service samples one per second."""
    return _json({"realtimeInput": {"video": _jpeg(jpeg)}})


def _jpeg(data: bytes) -> dict[str, str]:
    return {"mimeType": "image/jpeg", "data": b64encode(data).decode("ascii")}


def history(turns: Sequence[tuple[str, str]], *, complete: bool) -> str:
    """Build a message with earlier (role, text) turns. `complete` ends the initial history that setup announced."""
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return _json({"clientContent": {"turns": contents, "turnComplete": complete}})


def context(text: str) -> str:
    """Build a message that adds context and asks for no answer."""
    return _json({"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": False}})


def go_ahead() -> str:
    """Build a message that asks for an answer to earlier content."""
    return _json({"clientContent": {"turns": [], "turnComplete": True}})


def stop_generation() -> str:
    """Build an empty clientContent: any clientContent interrupts the generation in progress."""
    return _json({"clientContent": {"turnComplete": False}})


def activity(started: bool) -> str:
    return _json({"realtimeInput": {"activityStart" if started else "activityEnd": {}}})


def audio_stream_end() -> str:
    return _json({"realtimeInput": {"audioStreamEnd": True}})


def tool_response(call_id: str | None, name: str, response: Mapping[str, Any], scheduling: str | None) -> str:
    """`call_id` None where upstream sent none; `scheduling` only for functions declared NON_BLOCKING."""
    answer: dict[str, Any] = {"name": name, "response": dict(response)}
    if call_id is not None:
        answer["id"] = call_id
    if scheduling is not None:
        answer["scheduling"] = scheduling
    return _json({"toolResponse": {"functionResponses": [answer]}})


def setup(body: Mapping[str, Any]) -> str:
    return _json({"setup": body})
