"""What the speech report plays: people from Debian's packages, noise, and sounds that are no speech.

Everything is float, mono, 16 kHz, full scale 1. Seeded: the same run plays the same samples.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av import AudioResampler
from av import open as av_open
from numpy.typing import NDArray

Sound = NDArray[np.float64]
RATE = 16_000
UNPACKED = Path(__file__).resolve().parents[3] / ".test-data"
"""Where scripts/needs.py puts what Debian did not install."""


def _placed(name: str) -> Path:
    """Debian's place of a file, or that of the unpacked one."""
    unpacked = UNPACKED / name.removeprefix("/")
    return unpacked if unpacked.exists() and not Path(name).exists() else Path(name)


PROMPTS = _placed("/usr/share/asterisk/sounds/en_US_f_Allison")
PROMPT_TEXTS = _placed("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
LIBRIVOX = _placed("/usr/share/pocketsphinx/test/data/librivox")
PACKAGES = "asterisk-core-sounds-en asterisk-core-sounds-en-g722 pocketsphinx-testdata"
MIN_WORDS = 9
MAX_CLIP_S = 10.0
_NOT_AS_SPOKEN = re.compile(r"[\d#*\[\]()]|\.\.\.|www")
MISPRINTS = {
    "represenatives": "representatives", "Un-indentified": "Unidentified", "witheld": "withheld",
    "a more a amiable": "a more amiable",
}  # fmt: skip
"""Where the written text is not what the person says."""


class Missing(Exception):
    """The recordings are not on this machine. The text says how to get them."""


@dataclass(frozen=True, slots=True)
class Clip:
    name: str
    sound: Sound
    text: str
    """What is said in it."""

    @property
    def seconds(self) -> float:
        return self.sound.size / RATE


def need_recordings(*paths: Path) -> None:
    """Those folders and files, or all of them. Raises `Missing`."""
    for path in paths or (PROMPTS, PROMPT_TEXTS, LIBRIVOX):
        if not path.exists():
            raise Missing(f"{path} is missing. On Debian: sudo apt install {PACKAGES}")


def people() -> dict[str, list[Clip]]:
    """The sets of human speech. Raises `Missing`."""
    need_recordings()
    return {"prompts": list(_prompts()), "LibriVox": list(_librivox())}


def _prompts() -> Iterator[Clip]:
    """Whole sentences: nine words or more, at most ten seconds, written as they are spoken, each once. They are 51."""
    known: set[str] = set()
    with gzip.open(PROMPT_TEXTS, "rt", errors="replace") as file:
        lines = file.readlines()
    for line in lines:
        name, _, text = line.strip().partition(": ")
        words = re.sub(r"[^a-z ]", "", text.lower())
        path = PROMPTS / f"{name}.g722"
        if len(text.split()) < MIN_WORDS or _NOT_AS_SPOKEN.search(text) or words in known or not path.exists():
            continue
        sound = read(path, "g722")
        if sound.size <= MAX_CLIP_S * RATE:
            known.add(words)
            yield Clip(name, sound, _as_spoken(text))


def _librivox() -> Iterator[Clip]:
    for line in (LIBRIVOX / "transcription").read_text().splitlines():
        found = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line)
        assert found, line
        yield Clip(found[2], read(LIBRIVOX / f"{found[2]}.wav"), _as_spoken(found[1]))


def _as_spoken(text: str) -> str:
    for wrong, right in MISPRINTS.items():
        text = text.replace(wrong, right)
    return text


def read(path: Path, container: str | None = None) -> Sound:
    """A recording in any format that FFmpeg knows; `container` where the name does not tell it."""
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    with av_open(str(path), format=container) as file:
        pieces = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(pieces) / 32_768


def pcm(sound: Sound) -> bytes:
    """PCM16LE mono 16 kHz."""
    return bytes(np.rint(np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def colored_noise(size: int, seed: int, slope: float) -> Sound:
    """Noise with a power of 1 / f^slope: 0 is white, 1 pink, 2 brown. Level 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    # Below 20 Hz a microphone hears nothing, and the level would be spent there.
    spectrum *= np.where(frequencies < 20, 0, np.maximum(frequencies, 20) ** (-slope / 2))
    noise = np.fft.irfft(spectrum, size)
    return np.asarray(noise / level(noise))


def with_noise(sound: Sound, snr_db: float | None, before_s: float, after_s: float, seed: int) -> Sound:
    """The voice in the middle of quiet, or of pink noise that far below the voice's own level."""
    out = np.concatenate([np.zeros(int(before_s * RATE)), sound, np.zeros(int(after_s * RATE))])
    if snr_db is None:
        return out
    return out + colored_noise(out.size, seed, 1) * level(sound) * 10 ** (-snr_db / 20)


# No speech


def no_speech(seconds: float = 8.0) -> dict[str, Sound]:
    """Sounds without speech, at the level of an ordinary microphone and some very soft."""
    size = int(seconds * RATE)
    time = np.arange(size) / RATE
    made = {
        "silence": np.zeros(size),
        "microphone hiss": colored_noise(size, 1, 0) * 0.002,
        "white noise": colored_noise(size, 2, 0) * 0.1,
        "loud white noise": colored_noise(size, 3, 0) * 0.3,
        "pink noise": colored_noise(size, 4, 1) * 0.1,
        "traffic (brown noise)": colored_noise(size, 5, 2) * 0.15,
        "440 Hz tone": 0.3 * np.sin(2 * np.pi * 440 * time),
        "mains hum": sum(0.1 / n * np.sin(2 * np.pi * 50 * n * time) for n in range(1, 8)) * np.ones(size),
        "sweep 100 to 4,000 Hz": 0.3 * np.sin(2 * np.pi * 100 * seconds / np.log(40) * 40 ** (time / seconds)),
        "telephone ringing": _ringing(time),
        "music: piano chords": _chords(time),
        "music: drums": _drums(size, 7),
        "music: band": 0.6 * _chords(time) + 0.6 * _drums(size, 8) + 0.5 * _bass(time),
        "music: fiddle with vibrato": _fiddle(time),
        "music: organ": _organ(time),
        "keyboard clicks": _clicks(size, 9),
        "breathing": _breathing(time, 10),
        "knocks on a table": _knocks(size, 11),
        "paper and cloth": colored_noise(size, 12, 0.5) * 0.1 * np.clip(colored_noise(size, 13, 2.5), 0, None),
    }
    return {name: np.asarray(sound, dtype=np.float64) for name, sound in made.items()}


def _notes(time: Sound, every_s: float, notes: list[tuple[float, ...]], tone: Callable[[float, Sound], Sound]) -> Sound:
    """One chord after another, each `every_s` long."""
    out = np.zeros(time.size)
    step = int(every_s * RATE)
    for index, start in enumerate(range(0, time.size, step)):
        place = time[start : start + step] - time[start]
        out[start : start + step] = sum(tone(note, place) for note in notes[index % len(notes)])
    return out


_CHORDS: list[tuple[float, ...]] = [
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
]


def _chords(time: Sound) -> Sound:
    def piano(hz: float, t: Sound) -> Sound:
        partials = [np.sin(2 * np.pi * hz * n * t) * np.exp(-t * (1.5 + n)) / n for n in range(1, 7)]
        return np.asarray(0.1 * np.minimum(t / 0.005, 1) * sum(partials))

    return _notes(time, 0.8, _CHORDS, piano)


def _organ(time: Sound) -> Sound:
    def pipe(hz: float, t: Sound) -> Sound:
        ends = np.minimum(np.minimum(t, t[-1] - t) / 0.05, 1)
        return np.asarray(0.05 * ends * sum(np.sin(2 * np.pi * hz * n * t) / n for n in (1, 2, 3, 4, 6, 8)))

    return _notes(time, 1.2, _CHORDS, pipe)


def _bass(time: Sound) -> Sound:
    def string(hz: float, t: Sound) -> Sound:
        return np.asarray(0.25 * np.exp(-3 * t) * sum(np.sin(2 * np.pi * hz * n * t) / n**2 for n in range(1, 5)))

    return _notes(time, 0.4, [(chord[0] / 4,) for chord in _CHORDS for _ in range(2)], string)


def _fiddle(time: Sound) -> Sound:
    def bow(hz: float, t: Sound) -> Sound:
        turn = 2 * np.pi * hz * t + 0.25 * hz / 40 * np.sin(2 * np.pi * 5.5 * t)
        ends = np.minimum(np.minimum(t, t[-1] - t) / 0.06, 1)
        return np.asarray(0.12 * ends * sum(np.sin(n * turn) / n for n in range(1, 10)))

    return _notes(time, 0.5, [(293.7,), (329.6,), (370.0,), (440.0,), (392.0,), (370.0,), (329.6,), (293.7,)], bow)


def _ringing(time: Sound) -> Sound:
    on = (time % 3.0) < 1.0
    return np.asarray(0.15 * on * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)))


def _struck(size: int, seed: int, hits: Callable[[np.random.Generator], Iterator[tuple[float, Sound]]]) -> Sound:
    """Short sounds at their times (seconds); what would hang over the end is cut."""
    out = np.zeros(size)
    for at_s, hit in hits(np.random.default_rng(seed)):
        start = int(at_s * RATE)
        if start < size:
            out[start : start + hit.size] += hit[: size - start]
    return out


def _drums(size: int, seed: int) -> Sound:
    t = np.arange(int(0.25 * RATE)) / RATE

    def hits(dice: np.random.Generator) -> Iterator[tuple[float, Sound]]:
        for beat in range(int(size / RATE / 0.25)):
            if beat % 4 == 0:
                yield beat * 0.25, 0.6 * np.exp(-18 * t) * np.sin(2 * np.pi * (50 * t + 3 * (1 - np.exp(-30 * t))))
            if beat % 4 == 2:
                yield beat * 0.25, 0.3 * np.exp(-22 * t) * dice.standard_normal(t.size)
            yield beat * 0.25, 0.08 * np.exp(-80 * t) * np.diff(dice.standard_normal(t.size + 1))

    return _struck(size, seed, hits)


def _clicks(size: int, seed: int) -> Sound:
    t = np.arange(int(0.03 * RATE)) / RATE

    def hits(dice: np.random.Generator) -> Iterator[tuple[float, Sound]]:
        at_s = 0.3
        while at_s < size / RATE:
            for delay_s, loud in ((0.0, 0.25), (0.07, 0.12)):
                ring = np.sin(2 * np.pi * dice.uniform(1_500, 3_500) * t) + dice.standard_normal(t.size)
                yield at_s + delay_s, loud * dice.uniform(0.6, 1.0) * np.exp(-250 * t) * ring
            at_s += dice.uniform(0.09, 0.35)

    return _struck(size, seed, hits)


def _knocks(size: int, seed: int) -> Sound:
    t = np.arange(int(0.12 * RATE)) / RATE

    def hits(dice: np.random.Generator) -> Iterator[tuple[float, Sound]]:
        for group in range(int(size / RATE / 2)):
            for knock in range(3):
                tone = np.sin(2 * np.pi * dice.uniform(130, 190) * t) + 0.3 * dice.standard_normal(t.size)
                yield group * 2 + 0.3 + knock * 0.22, 0.5 * np.exp(-45 * t) * tone

    return _struck(size, seed, hits)


def _breathing(time: Sound, seed: int) -> Sound:
    """In for 1.2 s, out for 1.6 s: noise through a throat."""
    breath = colored_noise(time.size, seed, 0.8)
    place = time % 4.0
    rise = np.where(place < 1.2, np.sin(np.pi * place / 1.2), 0) * 0.6
    fall = np.where((place > 1.6) & (place < 3.2), np.sin(np.pi * (place - 1.6) / 1.6), 0)
    return np.asarray(0.08 * breath * np.clip(rise + fall, 0, None))
