"""Plays one recorded connection to one client: `handle(event, now) -> effects` and a `deadline`. Pure.

A recorded server message is sent when the client has said everything that it had said before it, and as long after
that as in the recording. Of audio the client owes as many seconds as were recorded, less a tenth, in whatever frames.
A client may say its next word earlier than recorded, never another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemini_emulator.cassettes.blobs import ToneFill
from gemini_emulator.cassettes.format import Entry, Part
from gemini_emulator.cassettes.matching import Bindings, alike, audio_s, canonical, kind

DEPARTED = 4000
"""Close code of a replay whose client left the recording: none of the service's own."""
ENDS_HERE = "The recording ends here."
AUDIO_SHARE = 0.9
_STREAMS = ("audio", "video")
_UNASKED = ("audioStreamEnd", "contextUpdate", "history")
"""What another program may say or leave out: nothing answers it."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay."""

    time_scale: float = 1.0
    """So many times faster than recorded; 0: no waiting at all."""
    loose: bool = False
    """Compare the kinds of messages only, for another client than the recorded one."""
    patience_s: float = 30.0
    """Beyond the recorded pause, for a client that owes a message."""


@dataclass(frozen=True, slots=True)
class Said:
    """The client sent this. None: a frame that is no JSON object."""

    message: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The client ended the connection."""


@dataclass(frozen=True, slots=True)
class Send:
    """To the client."""

    message: dict[str, Any]
    text: bool


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection. Code 1006: without a close frame."""

    code: int
    reason: str


Event = Said | Tick | Gone
Effect = Send | Close


@dataclass(frozen=True, slots=True)
class _Step:
    """An entry with what playing it needs."""

    entry: Entry
    said: Any = None
    """Of the client's: in one spelling."""
    kind: str = ""
    words_before: int = 0
    """Words of the client up to and with this one."""
    audio_before_s: float = 0.0

    @property
    def is_word(self) -> bool:
        return bool(self.kind) and self.kind not in _STREAMS


def _steps(part: Part, loose: bool) -> list[_Step]:
    steps, words, audio = [], 0, 0.0
    for entry in part.entries:
        if entry.kind == "client":
            said = canonical(entry.value)
            name = kind(said)
            if loose and name in _UNASKED:
                continue
            words += name not in _STREAMS
            audio += audio_s(said) if name == "audio" else 0.0
            steps.append(_Step(entry, said, name, words, audio))
        elif entry.kind in ("server", "closed") and "unreadable" not in entry.value:
            steps.append(_Step(entry, words_before=words, audio_before_s=audio))
    return steps


class Player:
    """One connection of a cassette."""

    def __init__(self, part: Part, bindings: Bindings, manner: ReplayOptions, now: float) -> None:
        self.part = part
        self._steps = _steps(part, manner.loose)
        self._words = [step for step in self._steps if step.is_word]
        self._bindings, self._manner = bindings, manner
        self._tones = ToneFill()
        self._next = 0
        self._heard_words = 0
        self._heard_audio_s = 0.0
        self._blocked_since: float | None = None
        # Replay time at which the recording began: moved whenever the client was waited for.
        self._origin = now - self._recorded(0)
        self.departure = ""
        """Why the client left the recording; empty while it follows."""
        self.over = False

    @property
    def deadline(self) -> float | None:
        if self.over:
            return None
        if self._blocked_since is not None:
            pause = self._recorded(self._next) - self._recorded(self._next - 1)
            return self._blocked_since + pause + self._manner.patience_s
        return self._origin + self._recorded(self._next)

    def handle(self, event: Event, now: float) -> list[Effect]:
        if self.over:
            return []
        if isinstance(event, Gone):
            self.over = True
            if self._heard_words < len(self._words):
                wanted = self._words[self._heard_words]
                self.departure = f"Line {wanted.entry.line}: recorded was {wanted.kind}, the client ended."
            return []
        if isinstance(event, Said) and (fault := self._hear(event.message)):
            return [self._depart(fault)]
        return self._play(now)

    def expects(self, message: Mapping[str, Any]) -> bool:
        """Whether this could be the first message of the connection. Binds nothing."""
        return bool(self._words) and not self._fault(self._words[0], canonical(message), self._bindings.copy())

    # What the client says

    def _hear(self, message: Mapping[str, Any] | None) -> str:
        """A fault, or nothing."""
        if message is None:
            return "The client sent a frame that is no JSON object."
        said = canonical(message)
        name = kind(said)
        if name in _STREAMS or (self._manner.loose and name in _UNASKED):
            self._heard_audio_s += audio_s(said)
            return ""
        if self._heard_words >= len(self._words):
            return f"The client sent {name}; the recording has nothing more from the client."
        fault = self._fault(self._words[self._heard_words], said, self._bindings)
        self._heard_words += not fault
        return fault

    def _fault(self, wanted: _Step, said: Any, bindings: Bindings) -> str:
        line, loose = wanted.entry.line, self._manner.loose
        if not (alike(wanted.kind, kind(said)) if loose else wanted.kind == kind(said)):
            return f"Line {line}: recorded was {wanted.kind}, the client sent {kind(said)}."
        if loose:
            resumes = [
                bool(one.get("setup", {}).get("sessionResumption", {}).get("handle")) for one in (wanted.said, said)
            ]
            return "" if resumes[0] == resumes[1] else f"Line {line}: sessionResumption.handle is not as recorded."
        at = bindings.difference(wanted.said, said)
        return f"Line {line}: {at} is not as recorded." if at else ""

    def _depart(self, why: str) -> Close:
        self.over, self.departure = True, why
        return Close(DEPARTED, why)

    # What is played

    def _play(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        while not self.over and self._next < len(self._steps):
            step = self._steps[self._next]
            if self._owed(step):
                return effects + self._wait(step, now)
            if self._blocked_since is not None:
                self._blocked_since = None
                self._origin = now - self._recorded(self._next)
            if not step.kind:
                if self._origin + self._recorded(self._next) > now and self._manner.time_scale:
                    return effects
                effects.append(self._perform(step.entry))
            self._next += 1
        if not self.over and self._next >= len(self._steps):
            self.over = True
            effects.append(Close(1000, ENDS_HERE))
        return effects

    def _owed(self, step: _Step) -> bool:
        """The client has to do something first."""
        if step.is_word:
            return self._heard_words < step.words_before
        if step.kind == "audio":
            # A later word says that there is no more audio to wait for.
            enough = self._heard_audio_s >= step.audio_before_s * AUDIO_SHARE
            return not enough and self._heard_words <= step.words_before
        return step.entry.kind == "closed" and step.entry.value.get("by") == "client"

    def _wait(self, step: _Step, now: float) -> list[Effect]:
        if self._blocked_since is None:
            self._blocked_since = now
        if self.deadline is None or now < self.deadline:
            return []
        if step.entry.kind == "closed":
            self.over = True
            return [Close(1000, ENDS_HERE)]
        return [self._depart(f"Line {step.entry.line}: recorded was {step.kind}, the client sent nothing.")]

    def _perform(self, entry: Entry) -> Effect:
        if entry.kind == "closed":
            self.over = True
            return Close(int(entry.value.get("code", 1006)), str(entry.value.get("reason", "")))
        self._bindings.bind_placeholders(entry.value)
        return Send(self._tones.fill(entry.value), entry.text)

    def _recorded(self, index: int) -> float:
        """When that step happened, in scaled seconds."""
        if not self._steps or not self._manner.time_scale:
            return 0.0
        index = min(max(index, 0), len(self._steps) - 1)
        return self._steps[index].entry.at / self._manner.time_scale
