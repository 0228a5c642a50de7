"""Gemini Live JSON to vocabulary and back. Stateless; one message may carry several words.

Source for every protocol fact: Google's BidiGenerateContent reference (v1beta, v1beta1), and for what
servers really send, field reports: every member and every part of a message is read, frames may be text
or binary, and the members of `serverContent` are not exclusive.
"""

import binascii
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from s2s.vocabulary import (
    GenerationComplete,
    GoAway,
    HandleOffered,
    Interrupted,
    ModelSaid,
    ModelThought,
    Oddity,
    SetupComplete,
    ToolCalled,
    ToolCancelled,
    TurnComplete,
    UpstreamErrorTold,
    UpstreamInput,
    UsageCounted,
    UserSaid,
    VoiceOut,
)
from s2s.wire import OUTPUT_RATE


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
    turn_complete_reason: str = ""
    interaction_status: str = ""


class _FunctionCall(_Wire, frozen=True):
    name: str
    id: str = ""
    args: dict[str, Any] = {}


class _ToolCall(_Wire, frozen=True):
    function_calls: list[_FunctionCall] = []


class _Cancellation(_Wire, frozen=True):
    ids: list[str] = []


class _SetupComplete(_Wire, frozen=True):
    session_id: str = ""


class _GoAway(_Wire, frozen=True):
    time_left: str = "0s"


class _Resumption(_Wire, frozen=True):
    new_handle: str = ""
    resumable: bool = False
    last_consumed_client_message_index: int | None = None


class _Modality(_Wire, frozen=True):
    modality: str = ""
    token_count: int = 0


class _Usage(_Wire, frozen=True):
    prompt_token_count: int = 0
    response_token_count: int = 0
    candidates_token_count: int = 0
    total_token_count: int = 0
    thoughts_token_count: int = 0
    prompt_tokens_details: list[_Modality] = []
    response_tokens_details: list[_Modality] = []
    candidates_tokens_details: list[_Modality] = []


class _Error(_Wire, frozen=True):
    code: int = 0
    status: str = ""
    message: str = ""


class _ServerMessage(_Wire, frozen=True):
    error: _Error | None = None
    setup_complete: _SetupComplete | None = None
    server_content: _ServerContent | None = None
    tool_call: _ToolCall | None = None
    tool_call_cancellation: _Cancellation | None = None
    go_away: _GoAway | None = None
    session_resumption_update: _Resumption | None = None
    usage_metadata: _Usage | None = None


_decoder = msgspec.json.Decoder(_ServerMessage, strict=False)
_encoder = msgspec.json.Encoder()


def decode(frame: str | bytes, next_call_id: Iterator[str]) -> list[UpstreamInput | UpstreamErrorTold]:
    """The words of one frame, in the order in which they take effect.

    `next_call_id` gives ids for function calls that came without one (Vertex). What cannot be read
    becomes an Oddity; nothing is raised.
    """
    try:
        message = _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return [Oddity(str(fault))]
    words: list[UpstreamInput | UpstreamErrorTold] = []
    if message.setup_complete is not None:
        words.append(SetupComplete(message.setup_complete.session_id))
    if message.tool_call_cancellation is not None:
        words.append(ToolCancelled(tuple(message.tool_call_cancellation.ids)))
    # Usage is counted before the turn that it belongs to is closed.
    if message.usage_metadata is not None:
        words.append(_usage(message.usage_metadata))
    if message.server_content is not None:
        words += _server_content(message.server_content)
    if message.tool_call is not None:
        words += [_call(call, next_call_id) for call in message.tool_call.function_calls]
    if message.session_resumption_update is not None:
        update = message.session_resumption_update
        handle = update.new_handle if update.resumable and update.new_handle else None
        words.append(HandleOffered(handle, update.last_consumed_client_message_index))
    if message.go_away is not None:
        words.append(GoAway(seconds(message.go_away.time_left)))
    # Whatever else the frame says is true until then.
    if message.error is not None:
        words.append(UpstreamErrorTold(message.error.code, message.error.status, message.error.message))
    return words


def _server_content(content: _ServerContent) -> list[UpstreamInput]:
    words: list[UpstreamInput] = []
    if content.input_transcription is not None and content.input_transcription.text:
        words.append(UserSaid(content.input_transcription.text))
    if content.interim_input_transcription is not None and content.interim_input_transcription.text:
        words.append(UserSaid(content.interim_input_transcription.text, interim=True))
    if content.output_transcription is not None and content.output_transcription.text:
        words.append(ModelSaid(content.output_transcription.text))
    if content.model_turn is not None:
        words += [word for part in content.model_turn.parts if (word := _part(part)) is not None]
    # Voice beside `interrupted` belongs to the generation that was interrupted.
    if content.interrupted:
        words.append(Interrupted())
    if content.generation_complete:
        words.append(GenerationComplete())
    if content.turn_complete:
        words.append(TurnComplete(content.turn_complete_reason, content.interaction_status == "IN_PROGRESS"))
    return words


def _part(part: _Part) -> UpstreamInput | None:
    # Text parts of native-audio models are reasoning, not speech: they are neither shown nor spoken.
    blob = part.inline_data
    if part.thought and blob is None:
        return ModelThought()
    if blob is None or not blob.data:
        return None
    kind, _, parameters = blob.mime_type.replace(" ", "").partition(";")
    if kind != "audio/pcm" or parameters not in ("", f"rate={OUTPUT_RATE}"):
        return Oddity(f"a part of type {blob.mime_type!r}")
    try:
        pcm = _unbase64(blob.data)
    except (binascii.Error, ValueError):
        return Oddity("audio that is not base64")
    return VoiceOut(pcm[: len(pcm) & ~1]) if len(pcm) > 1 else None


def _unbase64(text: str) -> bytes:
    if "-" in text or "_" in text:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)


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


def seconds(duration: str) -> float:
    """A proto3 JSON duration such as "49.5s"; 0 for what is none."""
    try:
        return float(duration.removesuffix("s"))
    except ValueError:
        return 0.0


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
    """A picture in a turn of the person's; with `text` the turn is complete and wants an answer. Up to 7 MB inline."""
    parts: list[dict[str, Any]] = [{"inlineData": _jpeg(jpeg)}]
    if text:
        parts.append({"text": text})
    return _json({"clientContent": {"turns": [{"role": "user", "parts": parts}], "turnComplete": bool(text)}})


def video(jpeg: bytes) -> str:
    """One video frame; the service looks at one a second."""
    return _json({"realtimeInput": {"video": _jpeg(jpeg)}})


def _jpeg(data: bytes) -> dict[str, str]:
    return {"mimeType": "image/jpeg", "data": b64encode(data).decode("ascii")}


def history(turns: Sequence[tuple[str, str]], *, complete: bool) -> str:
    """Earlier (role, text) turns. `complete` ends the initial history where the setup announced one."""
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return _json({"clientContent": {"turns": contents, "turnComplete": complete}})


def context(text: str) -> str:
    """Something to know; wants no answer."""
    return _json({"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": False}})


def go_ahead() -> str:
    """Asks for an answer to what was said already."""
    return _json({"clientContent": {"turns": [], "turnComplete": True}})


def stop_generation() -> str:
    """Any clientContent interrupts the generation in progress; this one says nothing and asks for nothing."""
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
