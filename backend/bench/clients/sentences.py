"""What talkers say: whole questions of our own voice, or people from Debian's packages, one whole sentence a clip."""

import gzip
import re
from dataclasses import dataclass

from bench.audio import pause_texts
from bench.audio.recordings import LIBRIVOX, PROMPT_TEXTS, PROMPTS, RATE, Missing, Sound, need_recordings, pcm, read
from bench.clients.headless import TalkerError
from bench.clients.playout_model import first_audible_ms, speech_end_ms
from bench.clients.voices import speaker
from gemini_emulator.speech.engine_selection import CannotLoad

MIN_WORDS, MAX_CLIP_S = 5, 5.5
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


def questions() -> list[Clip]:
    """Whole questions, after which an answer is expected at once; the people's sentences are mostly statements, after
    which the engine waits for more. Raises TalkerError where no voice can speak."""
    try:
        speak = speaker()
    except CannotLoad as missing:
        raise TalkerError(str(missing)) from missing
    return [_clip(text, text, speak(text)) for text in pause_texts.QUESTIONS]


def sentences() -> list[Clip]:
    """Whole sentences of five words and more. Raises TalkerError when the recordings are not on this machine."""
    try:
        need_recordings()
    except Missing as missing:
        raise TalkerError(str(missing)) from missing
    said: dict[str, Clip] = {}
    for line in gzip.decompress(PROMPT_TEXTS.read_bytes()).decode(errors="replace").splitlines():
        name, _, text = line.strip().partition(": ")
        path = PROMPTS / f"{name}.g722"
        words = re.sub(r"[^a-z ]", "", text.lower())
        if len(text.split()) < MIN_WORDS or name in FRAGMENTS or _NOT_ONE_SENTENCE.search(text):
            continue
        if words not in said and not words.startswith(("to ", "or ")) and path.exists():
            said[words] = _clip(name, text, read(path, "g722"))
    for line in (LIBRIVOX / "transcription").read_text().splitlines():
        if found := re.fullmatch(r"<s> (.*) </s> \((.*)\)", line):
            said[found[1]] = _clip(found[2], found[1], read(LIBRIVOX / f"{found[2]}.wav"))
    return [clip for clip in said.values() if clip.ends_ms <= MAX_CLIP_S * 1000]


def _clip(name: str, text: str, sound: Sound) -> Clip:
    said = pcm(sound)
    return Clip(name, text, said, first_audible_ms(said, RATE) or 0.0, speech_end_ms(said, RATE))
