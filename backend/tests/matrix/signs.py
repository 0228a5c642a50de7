"""A language that can be heard without a recognizer: every word is 100 ms (120 ms of the model's) at a loudness of its
own. So the matrix counts words at both ends, to the word, and needs no model.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply, Result
from gemini_emulator.speech.engine import Key
from gemini_emulator.speech.tone_engine import Tone, ToneEngine
from s2s import wire

WORD_MS = 100
VOICE_WORD_MS = 120
STEP, SOFTEST = 800, 1_500
WINDOW_MS = 10
TOOL = "look_up"
TOOL_QUESTION = 3

QUESTIONS = tuple(tuple(f"ask{8 * number + at}" for at in range(8)) for number in range(4))
"""What the person says: a warm-up, the question of the cell, one afterwards, and one that needs a function."""
ANSWERS = tuple(tuple(f"say{at}" for at in range(begin, end)) for begin, end in ((0, 3), (3, 19), (19, 22), (22, 28)))
ASIDE = "say33"
"""Said when there is nothing left to say."""


def pcm_of(words: Sequence[str], rate: int, word_ms: int) -> bytes:
    """PCM16LE mono. Words that are none of the language are silent and take no time."""
    pieces = []
    for word in words:
        level = _level(word)
        if level is not None:
            count = rate * word_ms // 1000
            pieces.append(np.where(np.arange(count) // 40 % 2, -level, level).astype("<i2"))
    return b"".join(piece.tobytes() for piece in pieces)


def question_pcm(number: int) -> bytes:
    """The microphone's sound of a question, 16 kHz."""
    return pcm_of(QUESTIONS[number], wire.INPUT_RATE, WORD_MS)


def words_of(pcm: bytes, rate: int, word_ms: int, prefix: str) -> list[str]:
    """The words of which at least half is there, in order."""
    size = rate * WINDOW_MS // 1000
    samples = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32))
    windows = np.median(samples[: len(samples) // size * size].reshape(-1, size), axis=1)
    heard = []
    for number, run in groupby(windows, _number):
        if number is not None and len(list(run)) * WINDOW_MS >= word_ms / 2:
            heard.append(f"{prefix}{number}")
    return heard


def voice_word(frame: wire.Frame) -> str | None:
    """The word that a frame of the model's voice is a part of."""
    number = _number(float(np.median(np.abs(np.frombuffer(frame.pcm, "<i2").astype(np.int32)))))
    return None if number is None else f"say{number}"


def question_in(text: str) -> int | None:
    """Which question these words are of."""
    words = set(text.replace(".", " ").lower().split())
    return next((number for number, question in enumerate(QUESTIONS) if words & set(question)), None)


def _level(word: str) -> int | None:
    word = word.strip(".").lower()
    number = word.removeprefix("ask").removeprefix("say")
    return SOFTEST + STEP * int(number) if number != word and number.isdigit() else None


def _number(loudness: float) -> int | None:
    number = round((loudness - SOFTEST) / STEP)
    return number if loudness > SOFTEST / 2 and abs(SOFTEST + STEP * number - loudness) < STEP / 4 else None


class SignEngine(ToneEngine):
    """Hears and speaks the language."""

    def __init__(self) -> None:
        super().__init__(Tone())

    def recognize(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None:
        words = words_of(pcm, wire.INPUT_RATE, WORD_MS, "ask")
        self._open.add(key)
        asyncio.get_running_loop().call_soon(self._finish, key, done, " ".join(words) + "." if words else "")

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None:
        self._open.add(key)
        voice = pcm_of(text.split(), wire.OUTPUT_RATE, VOICE_WORD_MS)
        asyncio.get_running_loop().call_soon(self._finish, key, done, voice)


class SignMind:
    """A model that does what it is told: asked to go on, it goes on after the last word that it remembers."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        """Everything that it was given to think about."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        self.heard.append(heard)
        number = question_in(heard)
        if number == TOOL_QUESTION and functions:
            return Reply(memory, calls=(Call(TOOL, {"word": "it"}),))
        if number is not None:
            return Reply(memory, say=_sentence(ANSWERS[number]))
        return Reply(memory, say=self._nudged(heard, memory))

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory, say=_sentence(ANSWERS[TOOL_QUESTION]))

    def _nudged(self, heard: str, memory: Memory) -> str:
        asked = [at for at, (role, text) in enumerate(memory.turns) if role == "user" and question_in(text) is not None]
        if not asked:
            return ASIDE + "."
        answer = ANSWERS[question_in(memory.turns[asked[-1]][1]) or 0]
        said: list[str] = []
        for role, text in (*memory.turns[asked[-1] :], ("user", heard)):
            words = text.lower().replace(".", " ").replace('"', " ").split()
            if role == "model":
                said += words
            elif "was cut off" in text:
                said = words
        if "say it again" in heard:
            said = []
        known = [at for at, word in enumerate(answer) if word in said]
        return _sentence(answer[known[-1] + 1 if known else 0 :] or (ASIDE,))


def _sentence(words: Sequence[str]) -> str:
    return " ".join(words) + "."
