"""Turns that the client sends whole and that hold speech: recognized before they count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gemini_emulator.audio.input_audio import seconds_of
from gemini_emulator.audio.spoken_parts import Undecodable, cut, decode
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Refused
from gemini_emulator.session.events import Effect, Recognize

MAX_SPOKEN_S = 120.0
"""Speech in one message. The service's limit is not known."""


class SpokenContent:
    """One message at a time; `emit` takes the requests to the recognizer."""

    def __init__(self, emit: Callable[[Effect], None], new_job: Callable[[], int]) -> None:
        self._emit, self._new_job = emit, new_job
        self._body: Mapping[str, Any] = {}
        self._places: dict[int, tuple[int, int]] = {}
        """Of each job still open: the turn and the part that it is from."""
        self._words: dict[tuple[int, int], dict[int, str]] = {}

    @property
    def waiting(self) -> bool:
        """A message waits for its words."""
        return bool(self._places)

    def begin(self, body: Mapping[str, Any]) -> bool:
        """False when there is no speech in it. Raises `Refused` for sound that cannot be read, or too much of it."""
        spoken = {
            (index, at): _decoded(part["inlineData"])
            for index, turn in enumerate(body.get("turns", []))
            for at, part in enumerate(turn.get("parts", []))
            if is_speech(part)
        }
        if sum(map(seconds_of, spoken.values())) > MAX_SPOKEN_S:
            raise Refused(1007, INVALID_ARGUMENT)
        self._body, self._words = body, {}
        for place, pcm in spoken.items():
            for piece in cut(pcm):
                job = self._new_job()
                self._places[job] = place
                self._words.setdefault(place, {})[job] = ""
                self._emit(Recognize(job, piece, final=True))
        return self.waiting

    def recognized(self, job: int, text: str) -> bool:
        """False when that is not from here."""
        if job not in self._places:
            return False
        self._words[self._places.pop(job)][job] = text
        return True

    def with_words(self) -> Mapping[str, Any]:
        """The message, once it waits no more; each part of speech has its words as `text` beside its sound."""
        turns: Sequence[Mapping[str, Any]] = self._body.get("turns", [])
        heard = [
            {**turn, "parts": [self._heard(part, (index, at)) for at, part in enumerate(turn.get("parts", []))]}
            for index, turn in enumerate(turns)
        ]
        return {**self._body, "turns": heard}

    def _heard(self, part: Mapping[str, Any], place: tuple[int, int]) -> Mapping[str, Any]:
        if place not in self._words:
            return part
        return {**part, "text": " ".join(text for text in self._words[place].values() if text)}


def is_speech(part: Mapping[str, Any]) -> bool:
    return str(part.get("inlineData", {}).get("mimeType", "")).startswith("audio/")


def _decoded(blob: Mapping[str, Any]) -> bytes:
    try:
        return decode(blob.get("data", b""), blob["mimeType"])
    except Undecodable as error:
        raise Refused(1007, INVALID_ARGUMENT) from error
