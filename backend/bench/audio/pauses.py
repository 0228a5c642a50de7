"""The corpus of pauses: people who are not done yet, and questions that are.

Recordings of people from Debian's packages, cut where one word ends and the next begins, and sentences that a voice of
ours speaks. Every pause is written down with whether it stands inside a sentence. Seeded: the same corpus every time.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.audio import pause_texts
from bench.audio.recordings import PROMPTS, RATE, Clip, Sound, level, people, read

SHORTEST_S, LONGEST_S = 0.4, 0.9
"""A pause that is made."""
ROOM = 0.0003
"""Level of the quiet, of full scale."""
FADE_S = 0.008
"""At a cut, so that it does not click."""
FRAME = RATE // 100
CANDIDATES = 10
"""Places for a cut that are tried in one recording."""
Speak = Callable[[str], Sound]
Recognize = Callable[[Sound], str]


@dataclass(frozen=True, slots=True)
class Pause:
    at_s: float
    """Where the quiet begins, in seconds of the sound."""
    length_s: float
    inside: bool
    """The sentence goes on behind it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person says in one turn. The sound ends with the voice."""

    kind: str
    name: str
    sound: Sound
    pauses: tuple[Pause, ...] = ()

    @property
    def ends_s(self) -> float:
        return self.sound.size / RATE


def joined(kind: str, name: str, pieces: list[tuple[Sound, bool]], dice: np.random.Generator) -> Utterance:
    """Pieces with pauses between them; each piece says whether a sentence goes on behind it."""
    parts: list[Sound] = []
    pauses, at = [], 0
    for number, (piece, inside) in enumerate(pieces):
        voice = trimmed(piece)
        parts.append(voice)
        at += voice.size
        if number < len(pieces) - 1:
            seconds = float(dice.uniform(SHORTEST_S, LONGEST_S))
            pauses.append(Pause(at / RATE, seconds, inside))
            parts.append(quiet(seconds, dice))
            at += parts[-1].size
    return Utterance(kind, name, np.concatenate(parts), tuple(pauses))


def quiet(seconds: float, dice: np.random.Generator) -> Sound:
    """The sound of an empty room."""
    return ROOM * dice.standard_normal(int(seconds * RATE))


def loudness(sound: Sound) -> Sound:
    """The level of each 10 ms."""
    blocks = sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(np.sqrt(np.mean(blocks**2, axis=1)))


def trimmed(sound: Sound) -> Sound:
    """From the first 10 ms within 30 dB of the loudest to the last, with a soft edge."""
    levels = loudness(sound)
    loud = np.flatnonzero(levels >= levels.max() / 10**1.5)
    out = sound[loud[0] * FRAME : (loud[-1] + 1) * FRAME].copy()
    fade = np.linspace(0, 1, int(FADE_S * RATE))
    out[: fade.size] *= fade
    out[-fade.size :] *= fade[::-1]
    return out


def cut_between_words(sound: Sound, before: str | None, recognize: Recognize) -> tuple[Sound, Sound] | None:
    """The sound in two, at a place where one word ends and another begins; None where none is found.

    `before`: the words that the first half must have. The recognizer is the judge: both halves together must have the
    words of the whole.
    """
    whole = _words(recognize(sound))
    for at in _dips(sound):
        first = _words(recognize(sound[:at]))
        if before is not None and first != _words(before):
            continue
        if first and first == whole[: len(first)] and _words(recognize(sound[at:])) == whole[len(first) :]:
            return sound[:at], sound[at:]
    return None


def _dips(sound: Sound) -> list[int]:
    """The deepest valleys of its loudness, deepest first, as samples; not near its ends."""
    levels = np.convolve(loudness(sound), np.ones(3) / 3, mode="same")
    first, last = int(levels.size * 0.2), int(levels.size * 0.85)
    found: list[int] = []
    for frame in np.argsort(levels[first:last]) + first:
        if all(abs(frame - other) > 12 for other in found):
            found.append(int(frame))
        if len(found) == CANDIDATES:
            break
    return [frame * FRAME + FRAME // 2 for frame in found]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


# What is spoken by a voice of ours


def spoken(kind: str, texts: list[str], speak: Speak, seed: int) -> Iterator[Utterance]:
    """Each piece between two pauses is spoken alone: the voice is at rest before the pause."""
    dice = np.random.default_rng(seed)
    for text in texts:
        pieces = []
        for sentence in text.split(" || "):
            parts = sentence.split(" | ")
            pieces += [(speak(part), number < len(parts) - 1) for number, part in enumerate(parts)]
        yield joined(kind, text, pieces, dice)


def broken_off(kind: str, texts: list[str], speak: Speak, recognize: Recognize, seed: int) -> Iterator[Utterance]:
    """Each sentence is spoken whole and cut at its first mark: the voice is in the middle of it before the pause."""
    dice = np.random.default_rng(seed)
    for text in texts:
        found = cut_between_words(speak(text.replace(" |", "")), text.split(" | ")[0], recognize)
        if found:
            yield joined(kind, text, [(found[0], True), (found[1], False)], dice)


def from_texts(speak: Speak, recognize: Recognize) -> Iterator[Utterance]:
    """Everything that needs no recordings."""
    yield from spoken("speeches", pause_texts.SPEECHES, speak, 1)
    yield from spoken("stops", pause_texts.STOPS, speak, 2)
    yield from spoken("lists", pause_texts.LISTS, speak, 3)
    yield from spoken("self-corrections", pause_texts.CORRECTIONS, speak, 4)
    yield from spoken("numbers and addresses", pause_texts.SLOWLY, speak, 5)
    yield from broken_off("searching for a word", pause_texts.SEARCHING, speak, recognize, 6)


def questions(speak: Speak) -> Iterator[Utterance]:
    """Whole questions."""
    for text in pause_texts.QUESTIONS:
        yield Utterance("questions", text, trimmed(speak(text)))


# People


def from_people(recognize: Recognize) -> Iterator[Utterance]:
    """Raises `Missing`."""
    dice = np.random.default_rng(8)
    for title, clips in people().items():
        for clip in clips:
            yield as_it_is(clip)
            if found := cut_between_words(clip.sound, None, recognize):
                yield joined(f"{title}, cut", clip.name, [(found[0], True), (found[1], False)], dice)
    yield from _digits(dice)


def as_it_is(clip: Clip) -> Utterance:
    """A recording with the pauses that the speaker made."""
    sound = trimmed(clip.sound)
    levels = loudness(sound) < level(sound) / 10
    pauses, began = [], 0
    for frame in range(1, levels.size):
        if levels[frame] and not levels[frame - 1]:
            began = frame
        elif levels[frame - 1] and not levels[frame] and frame - began >= 16:
            pauses.append(Pause(began / 100, (frame - began) / 100, inside=True))
    return Utterance("people, as they speak", clip.name, sound, tuple(pauses))


def _digits(dice: np.random.Generator) -> Iterator[Utterance]:
    """Telephone numbers, said slowly in groups by a person."""
    for groups in ("555 123 4567", "020 7946 0018", "44 20 79 46", "8 0 0 5 5 5", "212 555 0199"):
        pieces = []
        for group in groups.split():
            said = [trimmed(read(PROMPTS / Path("digits") / f"{digit}.g722", "g722")) for digit in group]
            gap = quiet(0.06, dice)
            pieces.append((np.concatenate([part for voice in said for part in (voice, gap)]), True))
        yield joined("digits of a person", groups, pieces, dice)
