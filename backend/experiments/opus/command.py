"""Cost of Opus beside PCM: bandwidth, latency, CPU, word errors.

The same talkers with and without Opus, in turns, against the same upstream (`bench/harness/runner.py`): ratios hold
inside one run. The gateway has a core to itself. The voice is counted with our own header; what SCTP, DTLS, UDP and IP
add is the difference to what the connection itself counts.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from av import AudioFrame, AudioResampler

from bench.analysis.word_errors import Score, score
from bench.audio.recordings import Clip, Missing, Sound, pcm, people, with_noise
from bench.benchmarks.load import show_progress
from bench.clients.emulator_client import RecognizerClient, recognizer_client
from bench.harness.gateways import S2S
from bench.harness.metrics import Figures
from bench.harness.runner import RunError, measure
from bench.report.opus_table import table
from bench.results.environment import Report, command, machine, machine_line, progress
from gemini_emulator.speech import recognizer
from s2s import wire
from s2s.transport.opus_codec import Decoder, Encoder

TALKERS = {"pcm": "bench.harness.speech_talker:SpeechTalker", "opus": "experiments.opus.talker:OpusTalker"}
ATTEMPTS = 4
"""Something else on this machine may have taken the moment."""
BEFORE_S, AFTER_S = 0.5, 3.0
LOOKAHEAD_MS = 1000 * wire.OPUS_LOOKAHEAD_SAMPLES / wire.OUTPUT_RATE


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench opus`."""
    parser.add_argument("--n", type=int, default=10, help="talkers (default 10)")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of each window (default 12)")
    parser.add_argument("--rounds", type=int, default=3, help="windows of each kind, in turns (default 3)")
    parser.add_argument("--clips", type=int, default=30, help="recordings of people to understand (default 30)")
    parser.add_argument("--json", type=Path, help="write the figures here as well")


def main(options: Namespace) -> int:
    """Print the report; returns the exit code."""
    host = machine()
    try:
        clips = people()["prompts"][: options.clips]
        runs = _runs(options.n, options.seconds, options.rounds)
        results = as_json(runs, bandwidth(clips), asyncio.run(measure_word_errors(clips)))
    except (Missing, RunError, TimeoutError) as fault:
        print(str(fault) or "A window took too long.", file=sys.stderr)
        return 1
    print(as_text(results, host))
    if options.json:
        Report("opus", command(), host, results).write(options.json)
    return 0


def _runs(n: int, seconds: float, rounds: int) -> dict[str, list[Figures]]:
    runs: dict[str, list[Figures]] = {kind: [] for kind in TALKERS}
    for number in range(rounds):
        for kind, talker in TALKERS.items():
            head = f"[{number + 1}/{rounds}] {n} talkers, {kind}: "
            found = _clean(partial(_window, talker, n, seconds), head)
            runs[kind].append(found)
    return runs


def _clean(window: Callable[[str], Figures], head: str) -> Figures:
    """The first window that nothing disturbed, or of ATTEMPTS the one with the fewest doubts."""
    found = window(head)
    for number in range(2, ATTEMPTS + 1):
        if not found.faults:
            break
        found = min(found, window(f"{head}attempt {number}: "), key=lambda run: len(run.faults))
    return found


def _window(talker: str, n: int, seconds: float, head: str) -> Figures:
    gateway = replace(S2S, talker=talker)
    found = asyncio.run(measure(gateway, n, seconds, partial(show_progress, head)))
    show_progress(head, f"{found.cpu_ms_per_session_s:.1f} ms of CPU per session-second {'; '.join(found.faults)}\n")
    return found


def bandwidth(clips: Sequence[Clip]) -> dict[str, float]:
    """kbit/s of people who never pause, with our header; PCM beside it."""
    up = _kbit_s(clips, wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S)
    down = _kbit_s(clips, wire.OUTPUT_RATE, wire.OPUS_DOWN_BITS_PER_S)

    def plain(samples: int) -> float:
        return (wire.HEADER_BYTES + 2 * samples) * 8 / wire.FRAME_MS

    return {
        "up_kbit_s": up,
        "down_kbit_s": down,
        "pcm_up_kbit_s": plain(wire.INPUT_SAMPLES),
        "pcm_down_kbit_s": plain(wire.OUTPUT_SAMPLES),
    }


def _kbit_s(clips: Sequence[Clip], rate: int, bits_per_s: int) -> float:
    size = 2 * rate * wire.FRAME_MS // 1000
    sizes = []
    for clip in clips:
        encoder, sound = Encoder(rate, bits_per_s), _at(clip.sound, rate)
        for at in range(0, len(sound) // size * size, size):
            sizes.append(wire.HEADER_BYTES + len(encoder.encode(sound[at : at + size])))
    return 8 * float(np.mean(sizes)) / wire.FRAME_MS


def _at(sound: Sound, rate: int) -> bytes:
    if rate == wire.INPUT_RATE:
        return pcm(sound)
    frame = AudioFrame.from_ndarray(np.frombuffer(pcm(sound), "<i2").reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = wire.INPUT_RATE
    return b"".join(bytes(part.to_ndarray().tobytes()) for part in AudioResampler("s16", "mono", rate).resample(frame))


def through_opus(sound: Sound) -> Sound:
    """Encode and decode with Opus, as the gateway hears it."""
    encoder, decoder = Encoder(wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S), Decoder(wire.INPUT_RATE)
    size, data = 2 * wire.INPUT_SAMPLES, pcm(sound)
    heard = [decoder.decode(encoder.encode(data[at : at + size])) for at in range(0, len(data) // size * size, size)]
    return np.frombuffer(b"".join(heard), "<i2") / 32_768


async def measure_word_errors(clips: Sequence[Clip]) -> dict[str, Score]:
    """Word errors of the local engine's recognizer, of the same recordings."""
    total = {kind: Score() for kind in TALKERS}
    async with recognizer_client(recognizer.NAMES[0]) as (place, sentence):
        if sentence:
            raise Missing(sentence)
        for number, clip in enumerate(clips):
            sound = with_noise(clip.sound, None, BEFORE_S, AFTER_S, number)
            for kind, heard in (("pcm", sound), ("opus", through_opus(sound))):
                total[kind] += await _heard(place, clip, heard)
            progress("recordings", number + 1, len(clips))
    return total


async def _heard(place: RecognizerClient, clip: Clip, sound: Sound) -> Score:
    return score(clip.text, (await place.recognize(sound)).text)


def as_json(runs: dict[str, list[Figures]], rate: dict[str, float], words: dict[str, Score]) -> dict[str, Any]:
    """Medians of the windows that nothing disturbed, where there are any; `runs` has each of them."""
    counted = {kind: [run for run in all_of if not run.faults] or all_of for kind, all_of in runs.items()}

    def middle(kind: str, pick: str) -> float:
        return round(median(float(getattr(run, pick)) for run in counted[kind]), 2)

    def way(kind: str, pick: str, of: str) -> float | None:
        found = [getattr(spread, of) for run in counted[kind] if (spread := getattr(run, pick)) is not None]
        return round(median(found), 2) if found else None

    def one(kind: str) -> dict[str, Any]:
        ways = {
            f"{name}_{of}_ms": way(kind, f"{name}link_ms", of)
            for name in ("up", "down")
            for of in ("p50", "p95", "p99")
        }
        return {
            "cpu_ms_per_session_s": middle(kind, "cpu_ms_per_session_s"),
            **ways,
            "all_headers_up_kbit_s": middle(kind, "up_kbit_s"),
            "all_headers_down_kbit_s": middle(kind, "down_kbit_s"),
            "word_errors_percent": round(words[kind].percent, 2),
            "words": words[kind].words,
        }

    rounded = {name: round(value, 1) for name, value in rate.items()}
    own = {"up_kbit_s": rounded["up_kbit_s"], "down_kbit_s": rounded["down_kbit_s"], "lookahead_ms": LOOKAHEAD_MS}
    plain = {"up_kbit_s": rounded["pcm_up_kbit_s"], "down_kbit_s": rounded["pcm_down_kbit_s"], "lookahead_ms": 0.0}
    return {
        "n": runs["pcm"][0].n,
        "pcm": {**plain, **one("pcm")},
        "opus": {**own, **one("opus")},
        "faults": sorted({fault for all_of in counted.values() for run in all_of for fault in run.faults}),
        "runs": {kind: [run.as_json() for run in all_of] for kind, all_of in runs.items()},
    }


def as_text(results: dict[str, Any], host: dict[str, Any]) -> str:
    """Markdown."""
    faults = [f"- doubt: {fault}" for fault in results["faults"]]
    head = [
        "# The voice compressed",
        "",
        machine_line(host),
        "",
        f"{results['n']} talkers. Medians of the windows.",
    ]
    return "\n".join([*head, "", *table(results), *faults])
