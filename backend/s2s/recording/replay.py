"""`python -m s2s.replay FILE`: drives a core with a recording's facts and compares what comes out, byte for byte.

Says "same" (exit code 0), or shows the first difference (1). A file that is none: 2.
"""

import argparse
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np

from s2s import __version__
from s2s.core.effects import Effect, HistoryTurn
from s2s.core.events import ImageShared, MicAudio, ModelAudio, VideoFrame
from s2s.core.observer import SessionClosed, SessionEvent, SessionOpened
from s2s.core.session_core import SessionCore
from s2s.recording.recorder import EFFECT, EVENT, FORMAT, HEAD, TAIL, RecordEncoder
from s2s.recording.report_store import mark_as_read
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.models.model_capabilities import Capabilities
from s2s.upstream.target.endpoints import UpstreamTarget

# A recording is at most this large when unpacked: a small file could hold gigabytes of zeros.
MAX_BYTES = 2_000_000_000
_EVENT_TYPES: dict[str, Any] = {kind.tag: kind for kind in get_args(SessionEvent)}
_TOOL_FIELDS = ("name", "behavior", "scheduling", "title")
_MAX_LEVEL = 32_767
_FINE_SAMPLES = 8


class NotARecording(ValueError):
    """The file cannot be replayed; the text says why."""


def recording_head(choice: UpstreamTarget, config: SessionConfig, playout_lead_ms: int) -> dict[str, Any]:
    """Return the arguments of this session's core, and what else explains a recording. No secrets."""
    return {
        "version": __version__,
        "backend": choice.backend,
        "model": choice.model,
        "voice": config.voice,
        "language": config.language,
        "tools": [tool["name"] for tool in config.tools],
        "core": {
            "models": list(choice.abilities()),
            "playout_lead_ms": playout_lead_ms,
            "manual_activity": config.manual_activity,
            "history": list(config.history),
            "tools": [{key: tool[key] for key in _TOOL_FIELDS if key in tool} for tool in config.tools],
            "seed": config.seed,
            "reply_limit_s": choice.reply_limit_s,
            "candidates": choice.candidates(),
        },
    }


class _CoreHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[Capabilities, ...]
    playout_lead_ms: int
    manual_activity: bool
    history: tuple[HistoryTurn, ...]
    tools: tuple[dict[str, str], ...] = ()
    seed: int = 0
    reply_limit_s: float = 0.0
    candidates: Candidates | None = None


class _Head(msgspec.Struct, frozen=True):
    format: int
    audio: bool
    version: str
    model: str
    core: _CoreHead


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where the effects are not the recorded ones."""

    line: int
    after: str
    """The event that came in, as recorded."""
    recorded: str
    replayed: str

    def __str__(self) -> str:
        return (
            f"different at line {self.line}\nafter     {self.after}\n"
            f"recorded  {self.recorded}\nreplayed  {self.replayed}"
        )


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of a replay."""

    events: int
    effects: int
    seconds: float
    version: str
    note: str
    full: bool
    difference: Difference | None


def replay(data: bytes) -> ReplayResult:
    """Replay a recording. Raises NotARecording."""
    lines = _lines(data)
    head = _head(next(lines, b""))
    run = _Run(head)
    tail: Mapping[str, Any] = {}
    for number, line in enumerate(lines, 2):
        kind, *rest = _array(line)
        if kind == TAIL and rest and isinstance(rest[0], dict):
            tail = rest[0]
            break
        if (difference := run.compare_line(kind, rest, line, number)) is not None:
            return run.result(tail, difference)
    return run.result(tail, run.missing_effects(run.events + run.effects + 2))


class _Run:
    """A core, and the effects that the recording should hold next."""

    def __init__(self, head: _Head) -> None:
        core = head.core
        self._head = head
        self._core = SessionCore(
            core.models,
            playout_lead_ms=core.playout_lead_ms,
            manual_activity=core.manual_activity,
            history=core.history,
            tools=core.tools,
            seed=core.seed,
            reply_limit_s=core.reply_limit_s,
            candidates=core.candidates,
        )
        self._encoder = RecordEncoder(audio=head.audio)
        self._expected: list[bytes] = []
        self._after = b""
        self._times: list[float] = []
        self.events = self.effects = 0

    def compare_line(self, kind: object, rest: list[Any], line: bytes, number: int) -> Difference | None:
        """Compare one line of the recording."""
        if kind == EVENT and len(rest) == 3:
            if self._expected:
                return self.missing_effects(number)
            self._feed(rest, line)
            return None
        if kind != EFFECT:
            raise NotARecording(f"line {number} is neither a fact nor an effect")
        self.effects += 1
        mine = self._expected.pop(0) if self._expected else b"nothing"
        return None if mine == line else Difference(number, _text(self._after), _text(line), _text(mine))

    def missing_effects(self, number: int) -> Difference | None:
        """Return the effects that the recording does not have."""
        return Difference(number, _text(self._after), "nothing", _text(self._expected[0])) if self._expected else None

    def result(self, tail: Mapping[str, Any], difference: Difference | None) -> ReplayResult:
        seconds = self._times[-1] - self._times[0] if self._times else 0.0
        note, full = str(tail.get("note", "")), bool(tail.get("full"))
        return ReplayResult(self.events, self.effects, seconds, self._head.version, note, full, difference)

    def _feed(self, rest: list[Any], line: bytes) -> None:
        now, name, members = rest
        if not isinstance(now, float | int) or name not in _EVENT_TYPES:
            raise NotARecording(f"no fact of this kind: {_text(line)}")
        event = _event(_EVENT_TYPES[name], members, audio=self._head.audio)
        self.events += 1
        self._after = line
        # The encoder numbers handles in the order in which it meets them.
        self._encoder.encode_event(event, now)
        self._times.append(now)
        self._expected = [self._encoder.encode_effect(effect) for effect in self._effects(event, now)]

    def _effects(self, event: SessionEvent, now: float) -> list[Effect]:
        match event:
            case SessionOpened():
                return self._core.open(now)
            case SessionClosed():
                return self._core.close(now)
            case _:
                return self._core.handle(event, now)


def _event(kind: Any, members: Any, *, audio: bool) -> SessionEvent:
    try:
        if kind in (MicAudio, ModelAudio) and not audio:
            made: SessionEvent = kind(audio_with_energy(members["bytes"], members["energy"]))
        elif kind in (ImageShared, VideoFrame):
            made = kind(bytes(members["bytes"]))
        else:
            made = msgspec.convert(members, kind)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError) as fault:
        raise NotARecording(f"a {kind.tag} that cannot be read: {fault}") from fault
    return made


def audio_with_energy(length_bytes: int, energy: int) -> bytes:
    """Return PCM16LE of that length whose squared samples add up to `energy`, as near as eight samples can come."""
    count = length_bytes // 2
    samples = np.zeros(count, dtype="<i2")
    last = min(count, _FINE_SAMPLES)
    if count > last:
        level = min(isqrt(energy // count), _MAX_LEVEL)
        samples[: count - last] = level
        energy -= level * level * (count - last)
    for index in range(count - last, count):
        level = min(isqrt(max(0, energy)), _MAX_LEVEL)
        samples[index] = level
        energy -= level * level
    return samples.tobytes() + b"\0" * (length_bytes % 2)


def _lines(data: bytes) -> Iterator[bytes]:
    try:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        text = unpacker.decompress(data, MAX_BYTES)
    except zlib.error as fault:
        raise NotARecording(f"not a gzip file: {fault}") from fault
    if unpacker.unconsumed_tail:
        raise NotARecording("the recording is too large")
    yield from text.splitlines()


def _head(line: bytes) -> _Head:
    kind, *rest = _array(line)
    if kind != HEAD or not rest:
        raise NotARecording("it does not begin as a recording does")
    try:
        head = msgspec.convert(rest[0], _Head)
    except msgspec.ValidationError as fault:
        raise NotARecording(f"made by another version of S2S: {fault}") from fault
    if head.format != FORMAT:
        raise NotARecording(f"a recording of format {head.format}; this version replays format {FORMAT}")
    return head


def _array(line: bytes) -> list[Any]:
    try:
        read = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise NotARecording(f"a line that is not JSON: {fault}") from fault
    if not isinstance(read, list) or not read:
        raise NotARecording("a line that is no array")
    return read


def _text(line: bytes) -> str:
    return line.decode(errors="replace")


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m s2s.replay", description=__doc__)
    parser.add_argument("file", metavar="FILE", type=Path, help="a report that a page has sent, or another recording")
    path: Path = parser.parse_args(arguments).file
    try:
        result = replay(path.read_bytes())
    except OSError as fault:
        sys.stderr.write(f"{path} cannot be read ({fault.strerror or type(fault).__name__}).\n")
        return 2
    except NotARecording as fault:
        sys.stderr.write(f"{path}: {fault}\n")
        return 2
    mark_as_read(path)
    sys.stdout.write(f"{summary(result)}\n")
    return 1 if result.difference else 0


def summary(result: ReplayResult) -> str:
    """Return the result as text; the last line is "same", or the difference."""
    counts = f"{result.events} facts, {result.effects} effects, {result.seconds:.1f} s"
    full = "; it was full before the session ended" if result.full else ""
    lines = [f"{counts}, recorded by S2S {result.version}{full}"]
    if result.note:
        lines.append(f"note: {result.note}")
    return "\n".join([*lines, str(result.difference or "same")])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
