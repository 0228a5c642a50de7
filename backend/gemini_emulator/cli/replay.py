"""`replay`: serve a cassette again."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from gemini_emulator.cassettes.format import Cassette, CassetteError, load
from gemini_emulator.cassettes.player import ReplayOptions
from gemini_emulator.cassettes.replay_server import Played, Replay
from gemini_emulator.cli import listen_options
from gemini_emulator.cli.console import Commands, add_for_programs, announce, complain, say, stop_signs, until_the_end

ABOUT = """Serve a recorded conversation again, over the same wire, to the same program.

The program has to say what it said then, in the same order. The number of audio frames, their bytes, spelling and
order of fields do not matter. When it says something else, the connection is closed with 4000 and the line that
differs."""


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "replay",
        help="serve a recorded conversation again",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cassette", type=Path, help="a file that `record` has made")
    add = parser.add_argument_group("how it is played").add_argument
    add("--fast", action="store_true", help="answer at once instead of as slowly as recorded")
    add("--time-scale", type=_scale, default=1.0, metavar="X", help="X times faster than recorded")
    add(
        "--loose", action="store_true", help="compare kinds of messages only, for another program than the recorded one"
    )
    add("--patience", type=float, default=30.0, metavar="S", help="wait S seconds longer than recorded (default 30)")
    add("--once", action="store_true", help="end after the last connection; 1 if the program said something else")
    listen_options.add_options(parser)
    add_for_programs(parser)
    parser.set_defaults(run=replay)


def _scale(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def replay(options: argparse.Namespace) -> int:
    try:
        cassette = load(options.cassette)
    except CassetteError as error:
        complain(str(error))
        return 1
    return until_the_end(run(options, cassette), verbose=options.verbose)


async def run(options: argparse.Namespace, cassette: Cassette) -> int:
    """Until a signal, the end of standard input or, if asked, of the cassette. Returns the exit code."""
    manner = ReplayOptions(0.0 if options.fast else options.time_scale, options.loose, options.patience)
    stop = stop_signs(options)
    result = Replay(cassette, manner)
    result.tell = lambda played: _played(options, result, played, stop)
    try:
        await listen_options.listen(
            options, result.open_port, announce if options.announce else listen_options.tell("Replaying")
        )
    except OSError as error:
        listen_options.cannot_listen(options, error)
        await result.close()
        return 1
    if not options.announce:
        count = len(cassette.parts)
        made = f"recorded from {cassette.header.recorded_from}"
        say(f"{options.cassette}: {count} connection{'s' * (count != 1)}, {made}. Ctrl-C ends it.")
    await stop.wait()
    await result.close()
    return int(options.once and (not result.complete or any(played.departure for played in result.played)))


def _played(options: argparse.Namespace, result: Replay, played: Played, stop: asyncio.Event) -> None:
    if options.announce:
        announce({"event": "played", "connection": played.number, "departure": played.departure})
    elif not played.departure:
        # The log reports a departure.
        say(f"  connection {played.number}: played")
    if options.once and (result.complete or played.departure):
        stop.set()
