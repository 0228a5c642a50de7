"""The local engine as company: what it answers to newcomers, whether that is understood, how fast and loud it speaks.

Each answer is spoken phrase by phrase with the pauses of a real turn, and recognized again over the emulator's wire.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.analysis.word_errors import Score, normalize_words, score
from bench.audio.recordings import with_noise
from bench.clients.emulator_client import RecognizerClient, recognizer_client
from bench.results.environment import machine
from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.audio.phrasing import phrases
from gemini_emulator.audio.pronunciation import pronounced
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Functions, Memory, Result
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.resample import resampled
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, Synthesizer, with_chime
from tools import TOOL_SCHEMAS

FIFTY = Path(__file__).resolve().parents[2] / "tests/emulator/responder/first_fifty.json"
NOW = datetime(2026, 12, 1, 16, 42, tzinfo=timezone(timedelta(hours=1)))
BETWEEN_S = 83.0
"""From one sentence of a person to the next."""
LEAST_WORDS = 8
"""The rate of a shorter answer says little: one long word makes it."""
WPM_RANGE = (150, 170)
MAX_WRONG_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """`after`: what was said before in that conversation; `calls`: functions that the answer needed."""

    after: list[str]
    said: str
    answer: str
    calls: list[str]


@dataclass(slots=True)
class Spoken:
    """How one answer sounded."""

    exchange: Exchange
    heard: str = ""
    wrong: int = 0
    words: int = 0
    seconds: float = 0.0
    wpm: float = 0.0
    lufs: float = 0.0
    first_ms: float = 0.0


def exchanges(fifty: Path = FIFTY) -> list[Exchange]:
    """The list, answered by the built-in responder with the functions of a new installation."""
    out, functions = [], list(TOOL_SCHEMAS.values())
    for one in json.loads(fifty.read_text("utf-8"))["said"]:
        memory, before = Memory(), one.get("after", [])
        calls: list[str] = []
        for words in [*before, one["said"]]:
            memory, calls = _turn(memory, words, one.get("results", {}), functions)
        out.append(Exchange(before, one["said"], memory.last("model"), calls))
    return out


def _turn(memory: Memory, words: str, results: dict[str, Any], functions: Functions) -> tuple[Memory, list[str]]:
    mind = Companion(lambda: NOW)
    thought = mind.reply_to_user(words, replace(memory, now=memory.now + BETWEEN_S), functions)
    memory, said = thought.memory.with_turn("user", words), thought.say
    if thought.calls:
        found = [Result(call.name, results.get(call.name, {"error": "I found nothing."})) for call in thought.calls]
        after = mind.reply_to_results(found, memory)
        memory, said = after.memory, after.say
    return memory.with_turn("model", said), [call.name for call in thought.calls]


def say(speak: Synthesizer, text: str) -> tuple[NDArray[np.float32], float]:
    """The whole answer as it leaves, float at 24 kHz, and the milliseconds until its first phrase was ready."""
    parts: list[bytes] = []
    pause_s, first_ms = 0.0, 0.0
    for phrase in phrases(text, first=True):
        began = time.perf_counter()
        voice = speak(phrase.said)
        first_ms = first_ms or (time.perf_counter() - began) * 1000
        if voice:
            parts += [bytes(int(pause_s * OUTPUT_RATE) * 2), voice]
            pause_s = phrase.pause_s
    samples = np.frombuffer(b"".join(parts), "<i2").astype(np.float32) / np.float32(32_768)
    return samples, first_ms


def loudness_lufs(samples: NDArray[np.float32], rate: int = OUTPUT_RATE) -> float:
    """Integrated loudness after ITU-R BS.1770: K-weighted blocks of 400 ms, quiet ones left out; -70 for silence."""
    size = int(0.4 * rate)
    padded = np.concatenate([samples, np.zeros(size, np.float32)])
    starts = range(0, max(1, samples.size - size + 1), size // 4)
    gain = _k_weighting(np.asarray(np.fft.rfftfreq(2 * size, 1 / rate), np.float64))
    powers = []
    for start in starts:
        spectrum = np.abs(np.fft.rfft(padded[start : start + size], 2 * size)) ** 2 * gain
        powers.append(2 * float(spectrum.sum()) / (2 * size) / size)
    kept = [power for power in powers if _lufs(power) > -70]
    if not kept:
        return -70.0
    gate = _lufs(float(np.mean(kept))) - 10
    return _lufs(float(np.mean([power for power in kept if _lufs(power) > gate])))


def _lufs(power: float) -> float:
    return -0.691 + 10 * float(np.log10(max(power, 1e-12)))


def _k_weighting(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The square of the gain: a shelf of 4 dB above 1.7 kHz, nothing below 38 Hz."""
    shelf = 1 + (10**0.4 - 1) * (hertz / 1_682) ** 4 / (1 + (hertz / 1_682) ** 4)
    high_pass = (hertz / 38) ** 4 / (1 + (hertz / 38) ** 4)
    return shelf * high_pass


async def measure(voice: str, wpm: int) -> dict[str, Any]:
    """Every answer, spoken and recognized. Raises `CannotLoad`."""
    speak = with_chime(synthesizer_selection.load_synthesizer(voice, wpm))
    speak("This one is not counted.")
    async with recognizer_client(recognizer.NAMES[0]) as (listener, _):
        spoken = [await _round_trip(speak, listener, one) for one in exchanges()]
    total = sum((Score(one.wrong, one.words) for one in spoken), Score())
    rates = sorted(one.wpm for one in spoken if one.words >= LEAST_WORDS)
    loud = sorted(one.lufs for one in spoken)
    return {
        "machine": machine(), "voice": voice, "wanted_wpm": wpm, "percent_wrong": round(total.percent, 2),
        "words": total.words,
        "wpm": {"median": round(median(rates)), "p10": rates[len(rates) // 10], "p90": rates[-len(rates) // 10]},
        "lufs": {"median": round(median(loud), 1), "min": round(loud[0], 1), "max": round(loud[-1], 1)},
        "first_ms": round(median(one.first_ms for one in spoken)), "answers": [asdict(one) for one in spoken],
    }  # fmt: skip


async def _round_trip(speak: Synthesizer, listener: RecognizerClient, exchange: Exchange) -> Spoken:
    samples, first_ms = say(speak, exchange.answer)
    words = len(normalize_words(pronounced(exchange.answer)))
    sound = resampled(samples, 2, 3).astype(np.float64)
    heard = (await listener.recognize(with_noise(sound, None, 0.5, 3.0, 0))).text
    found = score(pronounced(exchange.answer), heard)
    seconds = samples.size / OUTPUT_RATE
    print(".", end="", file=sys.stderr, flush=True)
    return Spoken(
        exchange, heard, found.errors, found.words, round(seconds, 2), round(words / seconds * 60),
        round(loudness_lufs(samples), 1), round(first_ms),
    )  # fmt: skip


def as_text(report: dict[str, Any]) -> str:
    """Format the report as Markdown."""
    host, rates, loud = report["machine"], report["wpm"], report["lufs"]
    lines = [
        "# The local engine as company",
        "",
        "Written by `python -m bench company`: the first fifty things that newcomers say",
        "(`backend/tests/emulator/responder/first_fifty.json`), what the local engine answers, and what a recognizer",
        "understands of the spoken answer. Words of sounds, letters and foreign languages are counted, too.",
        "",
        f"- machine: {host['cpu']}, {host['cores']} cores, {host['system']}, Python {host['python']}; "
        f"S2S {host['s2s']} at {host['commit']}",
        f"- voice: {report['voice']}, {report['wanted_wpm']} words a minute wanted",
        f"- not understood: {report['percent_wrong']:.1f} % of {report['words']} words",
        f"- words a minute, of answers with {LEAST_WORDS} words and more: {rates['median']} in the median, "
        f"{rates['p10']} to {rates['p90']} for eight of ten",
        f"- loudness: {loud['median']} LUFS in the median, {loud['min']} to {loud['max']}",
        "",
        "| said | answered | wrong words | words a minute | LUFS |",
        "|---|---|---|---|---|",
    ]
    for one in report["answers"]:
        said = " / ".join([*one["exchange"]["after"], one["exchange"]["said"]])
        answer = one["exchange"]["answer"].replace("\n", " ")
        lines.append(f"| {said} | {answer} | {one['wrong']} of {one['words']} | {one['wpm']:.0f} | {one['lufs']} |")
    return "\n".join(lines) + "\n"


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench company` takes."""
    parser.add_argument("--voice", choices=synthesizer_selection.NAMES, default=synthesizer_selection.NAMES[0])
    parser.add_argument("--wpm", type=int, default=DEFAULT_WPM, help="words a minute (default %(default)s)")
    parser.add_argument("--words", action="store_true", help="print the answers only; nothing is spoken")
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--markdown", type=Path, help="write the summary here as well")


def main(options: Namespace) -> int:
    """Print the report; 1 when a goal is missed."""
    if options.words:
        for one in exchanges():
            print(f"{' / '.join([*one.after, one.said])}\n    {one.answer}")
        return 0
    report = asyncio.run(measure(options.voice, options.wpm))
    text = as_text(report)
    print(f"\n{text}")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(text)
    fits = WPM_RANGE[0] <= report["wpm"]["median"] <= WPM_RANGE[1] or options.wpm != DEFAULT_WPM
    return 0 if fits and report["percent_wrong"] <= MAX_WRONG_PERCENT else 1
