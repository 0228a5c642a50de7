"""Accuracy of the local engine: word error rate, hallucinated words, time to first word.

People from Debian's packages are played to the emulator over its own wire, so the voice detector, the cutting into
turns and the recognizer all count. The recordings are not part of this repository.
"""

import asyncio
import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.analysis.word_errors import Score, score
from bench.audio.recordings import RATE, Clip, Missing, Sound, no_speech, pcm, people, with_noise
from bench.benchmarks import patience
from bench.clients.emulator_client import RecognizerClient, recognizer_client
from bench.clients.playout_model import speech_end_ms
from bench.results.environment import machine
from bench.results.versions import SPEECH_PACKAGES, versions
from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.engine_selection import CannotLoad
from gemini_emulator.speech.resample import resampled

SNR_DB = 10.0
BEFORE_S, AFTER_S = 0.5, 3.0
LIMITS = {"clean": 4.0, "noise": 8.0, "invented": 0, "first_words_s": 0.7}
PARTIAL_CLIPS = 10
SENTENCES = [
    "Hello! How can I help you?", "It is half past seven in the evening.", "The weather in Paris is sunny.",
    "I have set an alarm for six thirty.", "Twelve times seven is eighty four.", "Which city do you mean?",
    "Sorry, I did not catch that.", "Your meeting with the doctor is on Thursday.", "I turned off the kitchen light.",
    "The train to London leaves in ten minutes.", "I can tell you the time, the weather and a joke.",
    "Nothing is on your list for today.",
]  # fmt: skip


@dataclass(slots=True)
class Bar:
    """How far it is, on standard error."""

    of: int
    done: int = 0

    def step(self, what: str) -> None:
        self.done += 1
        full = 30 * self.done // self.of
        print(f"\r[{'#' * full:<30}] {self.done} of {self.of}  {what:<40.40}", end="", file=sys.stderr, flush=True)


async def hearing(name: str, sets: dict[str, list[Clip]], bar: Bar) -> dict[str, Any]:
    """One ear: word errors of each set, clean and in noise; words invented; the clips it got wrong."""
    report: dict[str, Any] = {"sets": {}, "wrong": [], "invented": {}}
    async with recognizer_client(name) as (place, sentence):
        if sentence:
            raise CannotLoad(sentence)
        totals = {"clean": Score(), "noise": Score()}
        for title, clips in sets.items():
            for kind, snr_db in (("clean", None), ("noise", SNR_DB)):
                part = await _set(
                    place, clips, snr_db, wrong=report["wrong"], bar=bar, title=f"{name}: {title}, {kind}"
                )
                totals[kind] += part
                report["sets"][f"{title}, {kind}"] = {**asdict(part), "percent": round(part.percent, 2)}
        for kind, total in totals.items():
            report[kind] = {**asdict(total), "percent": round(total.percent, 2)}
        for title, sound in no_speech().items():
            heard = await place.recognize(with_noise(sound, None, BEFORE_S, AFTER_S, 0))
            bar.step(f"{name}: {title}")
            if heard.text:
                report["invented"][title] = heard.text
    report["invented_words"] = sum(len(text.split()) for text in report["invented"].values())
    report["first_words"] = await _first_words(name, next(iter(sets.values()))[:PARTIAL_CLIPS], bar)
    return report


async def _set(
    place: RecognizerClient,
    clips: list[Clip],
    snr_db: float | None,
    *,
    wrong: list[dict[str, Any]],
    bar: Bar,
    title: str,
) -> Score:
    total = Score()
    for seed, clip in enumerate(clips):
        heard = await place.recognize(with_noise(clip.sound, snr_db, BEFORE_S, AFTER_S, seed))
        found = score(clip.text, heard.text)
        total += found
        bar.step(title)
        if found.errors:
            wrong.append({"clip": clip.name, "snr_db": snr_db, "said": clip.text, "heard": heard.text, **asdict(found)})
    return total


async def _first_words(name: str, clips: list[Clip], bar: Bar) -> dict[str, float | int]:
    """Seconds from the first voice to the first words on the wire, in real time."""
    waits = []
    async with recognizer_client(name, interim=True) as (place, _):
        for clip in clips:
            heard = await place.recognize(with_noise(clip.sound, None, BEFORE_S, 1.0, 0), speed=1.0)
            bar.step(f"{name}: how soon the first words come")
            if heard.first_words_s is not None:
                waits.append(heard.first_words_s - BEFORE_S - onset_s(clip.sound))
    waits.sort()
    worst = waits[-1] if waits else float("nan")
    return {"clips": len(clips), "p50_s": round(median(waits), 2) if waits else worst, "max_s": round(worst, 2)}


def onset_s(sound: Sound) -> float:
    """Where the voice begins: the first 20 ms within 26 dB of the loudest ones."""
    backwards = sound[::-1]
    return sound.size / RATE - speech_end_ms(pcm(backwards), RATE) / 1000


async def speaking(name: str, listener: RecognizerClient, bar: Bar) -> dict[str, Any]:
    """One voice: how much of it an ear understands, and how long the first sentence takes. Raises `CannotLoad`."""
    chosen = synthesizer_selection.choose_synthesizer(name)
    if chosen.sentence:
        raise CannotLoad(chosen.sentence)
    chosen.port("This one is not counted.")
    total, waits, lengths = Score(), [], []
    for sentence in SENTENCES:
        began = time.perf_counter()
        said = chosen.port(sentence)
        waits.append((time.perf_counter() - began) * 1000)
        samples = np.frombuffer(said, "<i2").astype(np.float32) / np.float32(32_768)
        lengths.append(samples.size / OUTPUT_RATE)
        sound = resampled(samples, 2, 3).astype(np.float64)
        total += score(sentence, (await listener.recognize(with_noise(sound, None, BEFORE_S, AFTER_S, 0))).text)
        bar.step(f"{name} speaks")
    waits.sort()
    return {
        **asdict(total), "percent": round(total.percent, 2), "first_audio_p50_ms": round(median(waits), 1),
        "first_audio_max_ms": round(waits[-1], 1), "times_real_time": round(sum(lengths) * 1000 / sum(waits), 1),
    }  # fmt: skip


async def measure(ears: list[str], voices: list[str]) -> dict[str, Any]:
    """Everything. Raises `Missing`."""
    sets = people()
    clips = 2 * sum(map(len, sets.values()))
    bar = Bar(len(ears) * (clips + len(no_speech()) + PARTIAL_CLIPS) + len(voices) * len(SENTENCES))
    report: dict[str, Any] = {"machine": machine(), "versions": versions(SPEECH_PACKAGES), "snr_db": SNR_DB}
    report["load"] = [round(busy())]
    report["clips"] = {title: len(found) for title, found in sets.items()}
    report["seconds"] = {title: round(sum(clip.seconds for clip in found)) for title, found in sets.items()}
    report["no_speech"] = list(no_speech())
    report["ears"], report["voices"], report["not_run"] = {}, {}, {}
    for name in ears:
        try:
            report["ears"][name] = await hearing(name, sets, bar)
        except CannotLoad as error:
            report["not_run"][name] = str(error)
    async with recognizer_client(recognizer.NAMES[0]) as (listener, _):
        for name in voices:
            try:
                report["voices"][name] = await speaking(name, listener, bar)
            except CannotLoad as error:
                report["not_run"][name] = str(error)
    print(file=sys.stderr)
    report["load"].append(round(busy()))
    return report


def busy() -> float:
    """Programs that wanted a core in the last minute; 0 where the system does not count them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def reached(report: dict[str, Any]) -> bool:
    """Whether the default ear keeps what is promised."""
    default = report["ears"].get(recognizer.NAMES[0])
    if default is None:
        return False
    words = default["clean"]["percent"] <= LIMITS["clean"] and default["noise"]["percent"] <= LIMITS["noise"]
    patient = "patience" not in report or not patience.missed(report["patience"])
    return bool(words and patient and default["invented_words"] <= LIMITS["invented"])


def as_text(report: dict[str, Any]) -> str:
    """Format the report as Markdown."""
    host = report["machine"]
    lines = [
        "# How well the local engine hears and speaks",
        "",
        "Written by `make speech-report`. A word error rate of 4 % means: for 100 words that were said, 4 were wrong,",
        "missing or too many. What is counted how: `backend/bench/analysis/word_errors.py`, `recordings.py`.",
        "",
        f"- machine: {host['cpu']}, {host['cores']} cores, {host['system']}, Python {host['python']}",
        f"- programs that wanted a core: {' at the beginning, '.join(map(str, report['load']))} at the end. With more "
        "than there are cores, times are too long; words are as they are.",
        f"- version: S2S {host['s2s']} at {host['commit']}",
        f"- engines: {', '.join(f'{name} {number}' for name, number in report['versions'].items())}",
        *_hearing_text(report),
        *_speaking_text(report),
        *(patience.as_text(report["patience"], patience.baseline()) if "patience" in report else []),
        *[f"\nNot measured: {name}. {reason}" for name, reason in report["not_run"].items()],
    ]
    return "\n".join(lines) + "\n"


def _hearing_text(report: dict[str, Any]) -> list[str]:
    counts = ", ".join(f"{number} {title} ({report['seconds'][title]} s)" for title, number in report["clips"].items())
    ears = report["ears"].items()
    return [
        "\n## Hearing\n",
        f"People: {counts}. Over the emulator's wire: voice detector, turns and recognizer all count. Noise is pink, "
        f"20 Hz to 8 kHz, {report['snr_db']:.0f} dB below the voice, also before and after it.\n",
        "| ear | clean (goal 4 %) | in noise (goal 8 %) | invented words (goal 0) | first words after (goal 0.7 s) |",
        "|---|---|---|---|---|",
        *[
            f"| {name} | {found['clean']['percent']:.1f} % | {found['noise']['percent']:.1f} % | "
            f"{found['invented_words']} | {found['first_words']['p50_s']:.2f} s, at most "
            f"{found['first_words']['max_s']:.2f} s |"
            for name, found in ears
        ],
        "\n| ear | set | wrong | words | word error rate |\n|---|---|---|---|---|",
        *[
            f"| {name} | {title} | {part['errors']} | {part['words']} | {part['percent']:.1f} % |"
            for name, found in ears
            for title, part in found["sets"].items()
        ],
        f"\nSounds without speech that were played, too: {', '.join(report['no_speech'])}.",
        *[
            f'- {name} took "{sound}" for "{text}".'
            for name, found in ears
            for sound, text in found["invented"].items()
        ],
    ]


def _speaking_text(report: dict[str, Any]) -> list[str]:
    return [
        f"\n## Speaking\n\n{len(SENTENCES)} sentences, understood by {recognizer.NAMES[0]}.\n",
        "| voice | not understood | a sentence is ready after | times real time |\n|---|---|---|---|",
        *[
            f"| {name} | {found['percent']:.1f} % | {found['first_audio_p50_ms']:.0f} ms, at most "
            f"{found['first_audio_max_ms']:.0f} ms | {found['times_real_time']:.0f} |"
            for name, found in report["voices"].items()
        ],
    ]


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench speech` takes."""
    ears, voices = recognizer.NAMES, synthesizer_selection.NAMES
    parser.add_argument("--ears", nargs="*", default=list(ears), help=f"default: {' '.join(ears)}")
    parser.add_argument("--voices", nargs="*", default=list(voices), help=f"default: {' '.join(voices)}")
    parser.add_argument("--no-patience", action="store_true", help="leave out how patient the engine is")
    parser.add_argument("--json", type=Path, help="write everything here, each clip that went wrong too")
    parser.add_argument("--markdown", type=Path, help="write the summary here as well")


def main(options: Namespace) -> int:
    """Print the report; 1 when the default ear misses a goal, or nothing could be measured."""
    try:
        report = asyncio.run(measure(options.ears, options.voices))
        if not options.no_patience:
            report["patience"] = patience.measure([synthesizer_selection.NAMES[0]])
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    text = as_text(report)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(text)
    if not reached(report):
        print(f"{recognizer.NAMES[0]} misses a goal.", file=sys.stderr)
        return 1
    return 0
