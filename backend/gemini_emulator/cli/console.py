"""What every command shares: words to a person, lines to a program, the signs to end."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

PROGRAM = "gemini-live-emulator"

Commands = Any
"""What `add_subparsers` returns; argparse has no public name for it."""
News = Callable[[dict[str, Any]], None]


def say(text: str, end: str = "\n") -> None:
    """To standard output, at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def complain(text: str) -> None:
    """To standard error, at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def announce(line: dict[str, Any]) -> None:
    """News for a program: one JSON object a line."""
    say(json.dumps(line))


def add_for_programs(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs until it is ended."""
    group = parser.add_argument_group("for other programs")
    group.add_argument("--announce", action="store_true", help="print one JSON object a line on standard output")
    group.add_argument("--exit-on-stdin-eof", action="store_true", help="end when standard input closes")
    group.add_argument("--verbose", action="store_true", help="log every connection to standard error")


def stop_signs(options: argparse.Namespace) -> asyncio.Event:
    """Set by a signal and, if asked, by the end of standard input. Needs a running loop."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.exit_on_stdin_eof:
        _stop_on_stdin_eof(stop)
    return stop


def until_the_end(work: Coroutine[Any, Any, int], *, verbose: bool) -> int:
    """Run this, log to standard error, and end the process with its answer: it never returns."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    code = asyncio.run(work)
    sys.stdout.flush()
    sys.stderr.flush()
    # A recognizer in the middle of a sentence must not hold the exit.
    os._exit(code)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        try:
            loop.add_signal_handler(getattr(signal, name), stop.set)
        except NotImplementedError:
            # Windows has no loop signal handlers.
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))


def _stop_on_stdin_eof(stop: asyncio.Event) -> None:
    """A thread, because a pipe from the parent may be of any kind on any system."""
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="stdin", daemon=True).start()
