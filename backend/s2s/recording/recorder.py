"""The flight recorder of one session: every event that went into the core with its time, and every effect.

One JSON array a line, compressed as it goes. `python -m s2s.replay` drives a core with the events and compares the
effects byte for byte. Without audio (the default) a piece of audio is recorded as its length and its energy: all that
the core looks at. Of images only the length is recorded, always. Resumption handles are replaced by numbers, and
anything that looks like a secret is redacted.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import msgspec

from s2s.core.audio import energy
from s2s.core.effects import Dial, Effect, PlayFrame, Redial, SendAudio, SendImage, SendVideoFrame
from s2s.core.events import (
    DeadlineReached,
    ImageShared,
    MicAudio,
    ModelAudio,
    PlayedReport,
    ResumptionHandle,
    RoundTripMeasured,
    VideoFrame,
)
from s2s.core.observer import SessionEvent
from s2s.logs import scrub
from s2s.tools.results import plain_json

FORMAT = 1
EVENT, EFFECT, HEAD, TAIL = "fact", "did", "head", "tail"
_GZIP_SMALL = 16 + 13
_BATCH_BYTES = 8_192
_MAX_TEXT_CHARS = 100_000
"""Limit for a text inside a value that JSON cannot represent."""

_AUDIO_EVENTS = (MicAudio, ModelAudio)

_encoder = msgspec.json.Encoder(order="sorted")


def _encode(value: Any) -> bytes:
    """Encode any value as JSON: what is recorded was accepted already, and a recording must never end a call."""
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return _encoder.encode(plain_json(value, max_text_chars=_MAX_TEXT_CHARS))


class RecordEncoder:
    """Encodes events and effects as lines. One per recording: it numbers the handles that it meets."""

    def __init__(self, *, audio: bool) -> None:
        self._audio = audio
        self._handle_aliases: dict[str, str] = {}

    def encode_event(self, event: SessionEvent, now: float) -> bytes:
        """Return ["fact", seconds, tag, members]."""
        members: Any = event
        # The four that come fifty times a second are formatted without further checks: 2 us instead of 11.
        if isinstance(event, _AUDIO_EVENTS) and not self._audio:
            pcm = event.pcm
            return f'["fact",{now!r},"{event.tag}",{{"bytes":{len(pcm)},"energy":{energy(pcm)}}}]'.encode()
        if isinstance(event, DeadlineReached):
            return f'["fact",{now!r},"{event.tag}",{{}}]'.encode()
        if isinstance(event, PlayedReport | RoundTripMeasured):
            # Numbers hold no secret.
            return _encode([EVENT, now, event.tag, event])
        match event:
            case ImageShared(jpeg=jpeg) | VideoFrame(jpeg=jpeg):
                members = {"bytes": len(jpeg)}
            case ResumptionHandle(handle=handle):
                members = {"handle": self._handle_alias(handle)}
        return _scrubbed(_encode([EVENT, now, event.tag, members]))

    def encode_effect(self, effect: Effect) -> bytes:
        """Return ["did", tag, members]."""
        kind = effect.tag
        if isinstance(effect, SendAudio) and not self._audio:
            return f'["did","{kind}",{len(effect.pcm)}]'.encode()
        if isinstance(effect, PlayFrame) and not self._audio:
            is_last = "true" if effect.last else "false"
            return f'["did","{kind}",{{"last":{is_last},"pcm":{len(effect.pcm)},"turn":{effect.turn}}}]'.encode()
        match effect:
            case PlayFrame(turn=turn, pcm=pcm, last=last):
                return _encode([EFFECT, kind, {"turn": turn, "last": last, "pcm": self._audio_digest(pcm)}])
            case SendImage(jpeg=jpeg, text=text):
                return _scrubbed(_encode([EFFECT, kind, {"bytes": len(jpeg), "text": text}]))
            case SendVideoFrame(jpeg=jpeg):
                return _encode([EFFECT, kind, {"bytes": len(jpeg)}])
            case SendAudio(pcm=pcm):
                return _encode([EFFECT, kind, self._audio_digest(pcm)])
            case Dial() | Redial():
                members = {field.name: getattr(effect, field.name) for field in fields(effect)}
                return _scrubbed(_encode([EFFECT, kind, {**members, "handle": self._handle_alias(effect.handle)}]))
        return _scrubbed(_encode([EFFECT, kind, effect]))

    def _audio_digest(self, pcm: bytes) -> Any:
        return [len(pcm), hashlib.blake2s(pcm, digest_size=8).hexdigest()] if self._audio else len(pcm)

    def _handle_alias(self, handle: str | None) -> str | None:
        if handle is None:
            return None
        return self._handle_aliases.setdefault(handle, f"ticket-{len(self._handle_aliases) + 1}")


class Recorder:
    """An observer that writes everything down. Bounded: when it is full it stops, and the file says so."""

    def __init__(self, head: Mapping[str, Any], *, audio: bool, max_bytes: int) -> None:
        """`head`: the arguments of the core, and what else helps to understand the recording; JSON."""
        self.audio = audio
        self.full = False
        self.started_at: float | None = None
        self.last_event_at: float = 0.0
        self._max_bytes = max_bytes
        self._encoder = RecordEncoder(audio=audio)
        self._compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP_SMALL, 7)
        self._chunks: list[bytes] = []
        self._written_bytes = 0
        self._lines = bytearray(_scrubbed(_encode([HEAD, {"format": FORMAT, "audio": audio, **head}])) + b"\n")

    @property
    def seconds(self) -> float:
        """Time from the first event to the last."""
        return 0.0 if self.started_at is None else self.last_event_at - self.started_at

    def on_event(self, event: SessionEvent, now: float) -> None:
        """Record an event that goes into the core."""
        # Only between events: an event without all of its effects cannot be compared.
        self.full = self.full or self._written_bytes >= self._max_bytes
        if self.full:
            return
        self.started_at = now if self.started_at is None else self.started_at
        self.last_event_at = now
        self._write(self._encoder.encode_event(event, now))

    def on_effect(self, effect: Effect) -> None:
        """Record an effect that comes out of it."""
        if not self.full:
            self._write(self._encoder.encode_effect(effect))

    def discard(self) -> None:
        """Drop what was recorded, and record nothing more."""
        self.full = True
        self._chunks.clear()
        self._lines.clear()
        self._compressor = zlib.compressobj(0)

    def dump(self, note: str = "") -> bytes:
        """Return the file so far, gzip. The recording goes on."""
        packer = self._compressor.copy()
        tail = _scrubbed(_encode([TAIL, {"full": self.full, "note": note}])) + b"\n"
        return b"".join([*self._chunks, packer.compress(bytes(self._lines) + tail), packer.flush()])

    def _write(self, line: bytes) -> None:
        lines = self._lines
        lines += line
        lines += b"\n"
        if len(lines) >= _BATCH_BYTES:
            packed = self._compressor.compress(lines)
            lines.clear()
            self._chunks.append(packed)
            self._written_bytes += len(packed)


def _scrubbed(line: bytes) -> bytes:
    text = line.decode()
    if scrub(text) == text:
        return line
    # Text by text: in the line a half secret could reach over the end of its string.
    return _encode(_scrub_each_text(msgspec.json.decode(line)))


def _scrub_each_text(value: Any) -> Any:
    match value:
        case str():
            return scrub(value)
        case list():
            return [_scrub_each_text(item) for item in value]
        case dict():
            return {name: _scrub_each_text(item) for name, item in value.items()}
    return value
