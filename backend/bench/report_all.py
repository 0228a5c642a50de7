"""`python -m bench all`: every measurement of docs/performance.md, one after the other, then the page.

A part whose file was made by this commit is not repeated, so a run that was stopped goes on where it was. A part that
fails does not stop the others.
"""

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench.gateway import BACKEND
from bench.machine import commit
from bench.report import ASKED_FOR, FOLDER, USUAL

# The short form is for looking, not for publishing: it writes nothing into docs.
SHORT = {
    "check": ["check", "--short"],
    "start": ["start", "--times", "1"],
    "browser": ["browser", "--turns", "6", "--interruptions", "4", "--paths", "20", "--beginnings", "3"],
    "load": ["load", "--sessions", "1", "10", "--seconds", "6"],
    "compare": ["compare", "--n", "5", "--seconds", "8", "--peers", "s2s,bridge"],
    "opus": ["opus", "--n", "3", "--seconds", "5", "--rounds", "1", "--clips", "4"],
}


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench all` takes."""
    parser.add_argument("--short", action="store_true", help="a few minutes; prints, and writes nothing")
    parser.add_argument("--again", action="store_true", help="repeat parts that this commit has measured already")
    parser.add_argument("--only", nargs="+", choices=sorted(USUAL | ASKED_FOR), help="only these parts")


def main(options: Namespace) -> int:
    """1 when a part failed."""
    if options.short:
        failed = [part for part, words in SHORT.items() if _run(part, words)]
    else:
        parts = {part: (USUAL | ASKED_FOR)[part] for part in options.only or USUAL}
        failed = [part for part, words in parts.items() if _measure(part, words, options.again)]
        failed += ["report"] if _run("report", ["report"]) else []
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nEverything was measured.")
    return 1 if failed else 0


def _measure(part: str, words: list[str], again: bool) -> int:
    path = FOLDER / f"{part}.json"
    if not again and _made_by(path) == commit():
        print(f"== {part}: measured already at {commit()}; --again repeats it")
        return 0
    fresh = path.with_suffix(".new")
    code = _run(part, [*words, "--json", str(fresh)])
    # Half a measurement does not replace a whole one. A bench may end with 1 and yet have written what it found.
    if fresh.exists():
        fresh.replace(path)
        return 0
    return code or 1


def _made_by(path: Path) -> str:
    return str(json.loads(path.read_text())["machine"]["commit"]) if path.exists() else ""


def _run(part: str, words: list[str]) -> int:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"\n== {part}: python -m bench {' '.join(words)}{load}", flush=True)
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-m", "bench", *words], cwd=BACKEND) as process:
        try:
            code = process.wait()
        except BaseException:
            # Ctrl+C reaches the part as well, which takes its browser and gateways down.
            process.terminate()
            raise
    print(f"== {part}: {'failed' if code else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
    return code
