"""`python -m bench all`: every measurement of docs/performance.md, one after the other, then the page.

A part whose file was made by this commit is not repeated, so a run that was stopped goes on where it was. A part that
fails does not stop the others. Before each part the machine is looked at: while others are at work, it waits.
"""

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.clients.gateway_process import BACKEND
from bench.report.page import FOLDER, FULL_RUN
from bench.results.environment import commit

SHORT_RUN = {
    "check": ["check", "--short"],
    "start": ["start", "--times", "1"],
    "browser": ["browser", "--turns", "6", "--interruptions", "4", "--paths", "20", "--beginnings", "3"],
    "load": ["load", "--sessions", "1", "10", "--seconds", "6"],
    "compare": ["compare", "--n", "5", "--seconds", "8", "--peers", "s2s,bridge", "--interruptions", "20"],
    "opus": ["opus", "--n", "3", "--seconds", "5", "--rounds", "1", "--clips", "4"],
    "engine": ["load", "--full-engine", "--sessions", "1", "--seconds", "20"],
    "soak": ["soak", "--cycles", "40", "--minutes", "1", "--sessions", "5"],
}
"""For looking, not for publishing: without `--folder` it writes nothing."""
LOOK_S = 3.0
QUIET_SHARE = 0.15
"""Of all cores. More than this, and others are at work."""
WAIT_MINUTES = 15.0


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench all`."""
    parser.add_argument("--short", action="store_true", help="a few minutes; prints, and writes nothing into docs")
    parser.add_argument("--again", action="store_true", help="repeat parts that this commit has measured already")
    parser.add_argument("--only", nargs="+", choices=sorted(FULL_RUN), help="only these parts")
    parser.add_argument("--folder", type=Path, help="write measurements and page there (docs/performance)")
    parser.add_argument(
        "--wait", type=float, default=WAIT_MINUTES, help="minutes to wait for a quiet machine before each part (15)"
    )


def main(options: Namespace) -> int:
    """1 when a part failed."""
    folder = options.folder.resolve() if options.folder else None if options.short else FOLDER
    known = SHORT_RUN if options.short else FULL_RUN
    parts = {part: words for part, words in known.items() if not options.only or part in options.only}
    wait_s = 0.0 if options.short else options.wait * 60
    failed = [part for part, words in parts.items() if _measure(part, words, folder, options.again, wait_s)]
    if folder is not None:
        failed += ["report"] if _run("report", ["report", "--folder", str(folder)]) else []
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nEverything was measured.")
    return 1 if failed else 0


def _measure(part: str, words: list[str], folder: Path | None, again: bool, wait_s: float) -> int:
    if folder is None or part not in FULL_RUN:
        return _run(part, words)
    path = folder / f"{part}.json"
    if not again and _made_by(path) == commit():
        print(f"== {part}: measured already at {commit()}; --again repeats it")
        return 0
    _until_quiet(part, wait_s)
    folder.mkdir(parents=True, exist_ok=True)
    # Half a measurement does not replace a whole one. A bench may end with 1 and yet have written what it found.
    with TemporaryDirectory() as place:
        fresh = Path(place) / path.name
        code = _run(part, [*words, "--json", str(fresh)])
        if fresh.exists():
            path.write_text(fresh.read_text())
            return 0
    return code or 1


def _until_quiet(part: str, wait_s: float) -> None:
    """Waits, and says so; after `wait_s` it goes on all the same, and says that, too."""
    until = time.monotonic() + wait_s
    told = False
    while (busy := psutil.cpu_percent(LOOK_S) / 100) > QUIET_SHARE:
        if time.monotonic() >= until:
            print(f"== {part}: others use {busy:.0%} of this machine. Its figures will be in doubt.", flush=True)
            return
        if not told:
            print(f"== {part}: others use {busy:.0%} of this machine; waiting up to {wait_s / 60:.0f} minutes ...")
            told = True


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
