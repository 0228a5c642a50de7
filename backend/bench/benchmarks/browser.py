"""End-to-end latency in a real browser: recorded speech into its microphone, its output analysed.

Needs Chromium, a built client, and recordings of people from Debian's packages. Mouth and ear are samples on the time
lines of the page's own audio graphs (`browser_page.js`, `ear.py`), not events of the page.
"""

import asyncio
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from bench.benchmarks.latency import summary
from bench.browser.cdp import BrowserError, browser_page
from bench.browser.click_echo import serve_click_echo
from bench.browser.take import Waited
from bench.browser.trials import Figures, PageUser, beginnings, conversations, interruptions, paths
from bench.clients.gateway_process import BACKEND, own_gateway
from bench.clients.headless import TalkerError
from bench.clients.sentences import questions
from bench.results.environment import Report, command, machine, machine_line, progress

CLIENT = BACKEND.parent / "frontend" / "s2s-client"
PAGE_SCRIPT = Path(__file__).resolve().parents[1] / "browser" / "page.js"
NAMES = {
    "voice_to_voice_ms": "end of speech to first sound at the ear",
    "button_to_silence_ms": "interrupt button to silence",
    "voice_to_duck_ms": "start of the person's voice to an answer half as loud",
    "voice_to_silence_ms": "start of the person's voice to silence",
    "path_ms": "mouth to ear without thinking (mirror)",
    "create_to_open_ms": "session creation to open audio channel",
    "click_to_greeting_ms": "click on Start to the first sound of the greeting",
}
TRIALS = ("beginnings", "answers", "interruptions", "paths")
PARTS = {
    "browser_ms": "browser: microphone buffer, rest of the 20 ms frame",
    "network_ms": "network, both ways",
    "model_ms": "model: noticing the end, recognizing, answering",
    "gateway_ms": "gateway: first voice in, first frame out",
    "buffer_ms": "page: arrival to playback",
    "lead_in_ms": "silence before the first audible sample of the voice",
}


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench browser`."""
    parser.add_argument("--turns", type=int, default=100, help="answers to count (default 100)")
    parser.add_argument("--interruptions", type=int, help="times to talk over an answer (default: as many as turns)")
    parser.add_argument("--paths", type=int, help="clicks through the path alone (default: as many as turns)")
    parser.add_argument("--beginnings", type=int, help="calls to begin (default: 3 of 10 turns)")
    parser.add_argument("--only", choices=TRIALS, action="append", help="measure this alone; may be given again")
    parser.add_argument("--client", type=Path, default=CLIENT / "dist", help="the built client (default: its dist)")
    parser.add_argument("--json", type=Path, help="write the report here as well")
    parser.add_argument("--svg", type=Path, help="write the cumulative curve here as well")


def main(options: Namespace) -> int:
    """Print the report; returns the exit code."""
    try:
        report = asyncio.run(measure(options))
    except (BrowserError, TalkerError, TimeoutError) as fault:
        print(str(fault) or "The gateway cannot take a call: look at its /health.", file=sys.stderr)
        return 1
    print(as_text(report))
    if options.json:
        report.write(options.json)
    if options.svg and "voice_to_voice_ms" in report.results:
        from bench.results.plots import cumulative

        options.svg.write_text(cumulative(report.results["voice_to_voice_ms"]["values"], "Voice to voice at the ear"))
    return 0


def _times(wished: int | None, share: float, turns: int) -> int:
    return wished if wished is not None else max(5, round(turns * share))


async def measure(options: Namespace) -> Report:
    """Holds all trials. Raises BrowserError and TalkerError."""
    if not (options.client / "index.html").exists():
        raise BrowserError("The client is not built: run `npm run build` in frontend/s2s-client (make bench does it).")
    clips = questions()
    host, figures, wanted = machine(), Figures(), options.only or TRIALS
    script = await asyncio.to_thread(PAGE_SCRIPT.read_text)
    settings = {"S2S_UPSTREAM": "emulator", "S2S_CLIENT_DIR": str(options.client), "S2S_MAX_SESSIONS": "100"}
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(browser_page(script))
        host["browser"] = page.version
        async with own_gateway(**settings) as (url, _):
            visitor = PageUser(page, url, figures)
            if "beginnings" in wanted:
                await beginnings(visitor, _times(options.beginnings, 0.3, options.turns), progress)
            if "answers" in wanted:
                await conversations(visitor, clips, options.turns, progress)
            if "interruptions" in wanted:
                await interruptions(visitor, clips, _times(options.interruptions, 1, options.turns), progress)
        if "paths" in wanted:
            async with serve_click_echo() as upstream, own_gateway(**settings, S2S_EMULATOR_URL=upstream) as (url, _):
                await paths(PageUser(page, url, figures), _times(options.paths, 1, options.turns), progress)
    if "answers" in wanted and not figures.waited:
        counts = {"unanswered": figures.unanswered, "early": figures.early, **figures.rejected}
        raise BrowserError(f"No answer could be judged, the machine may be too busy: {json.dumps(counts)}")
    return Report("browser", command(), host, results(figures))


def results(figures: Figures) -> dict[str, Any]:
    """What is written: percentiles and every value."""
    measured = {
        "voice_to_voice_ms": [one.total_ms for one in figures.waited],
        "button_to_silence_ms": figures.button_ms,
        "voice_to_duck_ms": figures.duck_ms,
        "voice_to_silence_ms": figures.barge_in_ms,
        "path_ms": figures.path_ms,
        "create_to_open_ms": figures.open_ms,
        "click_to_greeting_ms": figures.greeting_ms,
    }
    found: dict[str, Any] = {
        name: summary(values) | {"n": len(values), "values": [round(value, 1) for value in values]}
        for name, values in measured.items()
        if values
    }
    parts = [field.name for field in fields(Waited) if field.name != "total_ms"]
    waited = [asdict(one) for one in figures.waited]
    found["parts"] = {part: summary([one[part] for one in waited]) for part in parts} if waited else {}
    found["loudspeaker_ms"] = round(max(figures.output_ms, default=0.0), 1)
    found["rejected"] = figures.rejected
    for name in ("early", "unanswered", "not_ducked", "not_silenced", "paused_at_press", "paused_at_voice"):
        found[name] = getattr(figures, name)
    return found


def tables(found: Mapping[str, Any]) -> list[str]:
    """What was measured, and the parts of it, as lines of Markdown; what hides in the figures after them."""
    rows = [
        f"| {label} | {v['n']} | {v['p50']:.0f} | {v['p95']:.0f} | {v['min']:.0f} | {v['max']:.0f} |"
        for name, label in NAMES.items()
        if (v := found.get(name))
    ]
    parts = [f"| {PARTS[part]} | {v['p50']:.0f} | {v['p95']:.0f} |" for part, v in found["parts"].items()]
    return [
        "| milliseconds | n | p50 | p95 | lowest | highest |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "| parts of an answer's wait, ms | p50 | p95 |",
        "|---|---|---|",
        *parts,
        "",
        *notes(dict(found)),
    ]


def as_text(report: Report) -> str:
    """Format the report as Markdown."""
    head = ["# At the ear, in a real browser", "", machine_line(report.machine), ""]
    return "\n".join([*head, *tables(report.results)])


def notes(found: dict[str, Any]) -> list[str]:
    """What else is to be known of a run, a line each."""
    rejected = sum(found["rejected"].values())
    why = "; ".join(f"{reason}: {times}" for reason, times in found["rejected"].items())
    return [
        f"- Trials rejected because the instruments failed: {rejected}{f' ({why})' if why else ''}.",
        f"- Answers in a pause of the person, not counted: {found['early']}. No answer: {found['unanswered']}.",
        f"- Voices that were talked over and did not get quieter first: {found['not_ducked']}, that did not stop: "
        f"{found['not_silenced']}. In a pause of the voice, not counted: button pressed {found['paused_at_press']}, "
        f"talked over {found.get('paused_at_voice', 0)}.",
        "- To every figure that ends at the ear comes the sound device. The browser names "
        f"{found['loudspeaker_ms']:.0f} ms for its own, which is simulated here; Bluetooth takes 150 and more.",
    ]
