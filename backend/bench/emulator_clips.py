"""What the talkers of `bench conversations` say: people from Debian's packages, one whole sentence a clip."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av import AudioResampler
from av import open as av_open

from bench.headless import TalkerError
from bench.loudspeaker import first_audible_ms, speech_end_ms

RATE = 16_000
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
PACKAGES = "asterisk-core-sounds-en asterisk-core-sounds-en-g722 pocketsphinx-testdata"
FEWEST_WORDS, LONGEST_S = 5, 5.5
FRAGMENTS = frozenset(
    [
        "astcc-followed-by-the-pound-key", "conf-enteringno", "conf-userwilljoin", "conf-userswilljoin",
        "conf-otherinparty", "dir-first", "dir-firstlast", "dir-last", "if-correct-press", "info-about-last-call",
        "from-unknown-caller", "priv-callpending", "queue-callswaiting", "queue-holdtime", "queue-thereare",
        "to-call-this-number", "vm-from-phonenumber", "vm-num-i-have", "vm-savemessage", "vm-theperson",
        "vm-unknown-caller", "unidentified-no-callback", "conf-hasjoin", "spy-misdn",
    ]
)  # fmt: skip
"""Pieces that a telephone system puts together to sentences."""
_NOT_ONE_SENTENCE = re.compile(r"[#*\[\]()<>]|\.\.\.|[.!?;]\s+\S|^\.")


@dataclass(frozen=True, slots=True)
class Clip:
    name: str
    text: str
    pcm: bytes
    """PCM16LE mono 16 kHz."""
    begins_ms: float
    """Where the voice begins in it."""
    ends_ms: float
    """Where it ends."""


def sentences() -> list[Clip]:
    """Whole sentences of five words and more. Raises TalkerError when the recordings are not on this machine."""
    for path in (PROMPTS, TEXTS, LIBRIVOX):
        if not path.exists():
            raise TalkerError(f"{path} is missing. On Debian: sudo apt install {PACKAGES}")
    said: dict[str, Clip] = {}
    for line in gzip.decompress(TEXTS.read_bytes()).decode(errors="replace").splitlines():
        name, _, text = line.strip().partition(": ")
        path = PROMPTS / f"{name}.g722"
        words = re.sub(r"[^a-z ]", "", text.lower())
        if len(text.split()) < FEWEST_WORDS or name in FRAGMENTS or _NOT_ONE_SENTENCE.search(text):
            continue
        if words not in said and not words.startswith(("to ", "or ")) and path.exists():
            said[words] = _clip(name, text, path, "g722")
    for line in (LIBRIVOX / "transcription").read_text().splitlines():
        if found := re.fullmatch(r"<s> (.*) </s> \((.*)\)", line):
            said[found[1]] = _clip(found[2], found[1], LIBRIVOX / f"{found[2]}.wav", None)
    return [clip for clip in said.values() if clip.ends_ms <= LONGEST_S * 1000]


def _clip(name: str, text: str, path: Path, container: str | None) -> Clip:
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    with av_open(str(path), format=container) as file:
        pieces = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    pcm = np.concatenate(pieces).astype("<i2").tobytes()
    return Clip(name, text, pcm, first_audible_ms(pcm, RATE) or 0.0, speech_end_ms(pcm, RATE))
