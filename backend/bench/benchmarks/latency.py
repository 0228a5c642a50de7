"""Voice-to-voice latency of one talker, and its parts."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.clients.gateway_process import BACKEND, gateway
from bench.clients.headless import Talker, TalkerError, read_wav, talker
from bench.clients.playout_model import PlayedTurn, speech_end_ms
from bench.clients.sentences import questions
from bench.results.environment import Report, command, machine, machine_line
from s2s import wire

CLIP = BACKEND / "tests/clips/go-forward-ten-meters.wav"
LISTEN_S = 0.3
PAUSE_S = 1.0
PARTS = {
    "upstream_ms": "until the first voice reached the gateway: way up, noticing the end, recognizing, answering",
    "gateway_ms": "gateway: first voice in, first frame out",
    "way_ms": "network, gateway to page",
    "buffer_ms": "page: until 40 ms lie ready",
    "lead_in_ms": "silence before the first audible sample of the voice",
    "total_ms": "end of speech to first sound at the ear",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. All numbers are milliseconds; the parts add up to `total_ms`."""

    upstream_ms: float
    gateway_ms: float
    way_ms: float
    buffer_ms: float
    lead_in_ms: float
    total_ms: float
    gaps: int
    heard_as: str
    """What upstream understood."""


def measured(ended_at: float, voice: PlayedTurn, marks: dict[str, float], offset_ms: float, heard_as: str) -> Answer:
    """The parts of one answer. `ended_at` and the times of `voice` are seconds of one clock.

    The gateway's clock, which is on every frame, is `offset_ms` ahead of that clock.
    """
    assert voice.started is not None
    assert voice.sounded is not None
    # The clock on a frame wraps at 32 bits; the way is far shorter than half of that.
    way_ms = (voice.arrived * 1000 + offset_ms - voice.sent_clock_ms + 2**31) % 2**32 - 2**31
    gateway_ms = marks["first_sent"] - marks["first_voice"]
    return Answer(
        upstream_ms=(voice.arrived - ended_at) * 1000 - way_ms - gateway_ms,
        gateway_ms=gateway_ms,
        way_ms=way_ms,
        buffer_ms=(voice.started - voice.arrived) * 1000,
        lead_in_ms=(voice.sounded - voice.started) * 1000,
        total_ms=(voice.sounded - ended_at) * 1000,
        gaps=voice.gaps,
        heard_as=heard_as,
    )


async def ask(person: Talker, pcm: bytes, offset_ms: float) -> Answer:
    """Play the recording, wait for the start of the answer, interrupt it, wait for silence."""
    loop = asyncio.get_running_loop()
    already = len(person.messages)
    began = person.say(pcm)
    ended_at = began + speech_end_ms(pcm, wire.INPUT_RATE) / 1000

    def news(kind: type) -> list[Any]:
        return [message for message in person.messages[already:] if isinstance(message, kind)]

    await person.wait_until(lambda: person.sounding_turn(ended_at) is not None, "voice")
    voice = person.sounding_turn(ended_at)
    assert voice is not None
    await person.wait_until(lambda: any(told.turn == voice.turn for told in news(wire.Latency)), "latency")
    assert voice.sounded is not None
    await asyncio.sleep(max(0.0, voice.sounded + LISTEN_S - loop.time()))
    person.press_interrupt(voice.turn)
    await asyncio.sleep(PAUSE_S)
    marks = next(told.marks for told in news(wire.Latency) if told.turn == voice.turn)
    said = [told.text for told in news(wire.UserTranscript)]
    return measured(ended_at, voice, marks, offset_ms, said[-1] if said else "")


def sayings(clip: Path | None, turns: int) -> list[bytes]:
    """PCM16LE at 16 kHz of what is said, turn by turn: one recording, or whole questions of our own voice.

    One sentence alone may flatter: how its last sound fades decides when its end is noticed.
    """
    if clip is not None:
        return [read_wav(clip)] * turns
    try:
        known = questions()
    except TalkerError as why:
        print(f"{why}\nOne recording of this repository is said instead.", file=sys.stderr)
        return [read_wav(CLIP)] * turns
    return [known[turn * len(known) // turns % len(known)].pcm for turn in range(turns)]


async def measure(url: str | None, clip: Path | None, turns: int) -> dict[str, Any]:
    """Holds a conversation of `turns` questions; answers the report."""
    said = sayings(clip, turns)
    async with gateway(url) as address, talker(address) as person:
        offset_ms = await person.gateway_clock_offset_ms()
        # The first answer pays for what is loaded once; it is asked for and not counted.
        await ask(person, read_wav(CLIP), offset_ms)
        answers = []
        for number in range(turns):
            answers.append(await ask(person, said[number], offset_ms))
            print(f"\r{number + 1} of {turns}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        return {
            "machine": machine(),
            "upstream": person.session["upstream"],
            "clip": clip.name if clip else f"{turns} questions of our own voice",
            "turns": turns,
            "microphone_worst_lateness_ms": round(person.worst_lateness_ms, 1),
            "gaps": sum(answer.gaps for answer in answers),
            "heard_as": sorted({answer.heard_as for answer in answers}),
            "parts": {part: summary([getattr(answer, part) for answer in answers]) for part in PARTS},
        }


def summary(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, lowest and highest, one decimal."""
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    found = {"p50": cuts[49], "p95": cuts[94], "min": min(values), "max": max(values)}
    return {name: round(value, 1) for name, value in found.items()}


def as_text(report: dict[str, Any]) -> str:
    """Format the report as Markdown."""
    upstream = report["upstream"]
    rows = [
        f"| {PARTS[part]} | {v['p50']:.0f} | {v['p95']:.0f} | {v['min']:.0f} | {v['max']:.0f} |"
        for part, v in report["parts"].items()
    ]
    return "\n".join(
        [
            f"# {report['turns']} answers, one talker, upstream {upstream['backend']} ({upstream['model']})",
            "",
            machine_line(report["machine"]),
            "",
            "| milliseconds | p50 | p95 | lowest | highest |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"Said: {report['clip']}. Understood as: {'; '.join(report['heard_as'])}",
            f"Gaps in the voice: {report['gaps']}. "
            f"The bench's own microphone was late by {report['microphone_worst_lateness_ms']:.0f} ms at worst.",
        ]
    )


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench latency`."""
    parser.add_argument("--url", help="a gateway that runs already; default: one of its own on a free port")
    parser.add_argument("--turns", type=int, default=10, help="questions to ask (default 10)")
    parser.add_argument("--clip", type=Path, help="16 kHz mono PCM16 WAV to say; default: questions of our own voice")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """Print the report; returns the exit code."""
    try:
        report = asyncio.run(measure(options.url, options.clip, options.turns))
    except (TalkerError, TimeoutError) as fault:
        print(str(fault) or "The gateway cannot take a call: look at its /health.", file=sys.stderr)
        return 1
    print(as_text(report))
    if options.json:
        host = report.pop("machine")
        Report("latency", command(), host, report).write(options.json)
    return 0
