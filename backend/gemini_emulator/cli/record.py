"""`record`: write a conversation with the real service into a cassette."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from gemini_emulator.cassettes.format import CassetteError, Writer
from gemini_emulator.cassettes.proxy import Recorder, Told
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.cassettes.upstreams import (
    LOCATION_VARIABLE,
    URL_VARIABLE,
    NoUpstream,
    from_environment,
    parse,
    vertex_host,
)
from gemini_emulator.cli import listen_options
from gemini_emulator.cli.console import Commands, add_for_programs, announce, complain, say, stop_signs, until_the_end

ABOUT = """Stand between your program and the real service, and write down the conversation.

Point your program here as you would at the emulator; it keeps using its own key or account. Everything passes
unchanged. Keys, tokens, handles, project names and whatever looks secret are passed on and never written."""


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "record",
        help="write a conversation with the real service into a file",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument_group("what is recorded").add_argument
    add("--cassette", required=True, type=Path, metavar="FILE", help="the file to make, such as conversation.jsonl")
    add("--overwrite", action="store_true", help="replace the file if there is one")
    add("--no-audio", action="store_true", help="keep only the length of audio and images, so that it can be shared")
    add("--about", default="", metavar="TEXT", help="a line on what the conversation is")
    add(
        "--to-url",
        metavar="URL",
        help=f"the service to record, such as wss://HOST (default: {URL_VARIABLE}, else Google's for the path)",
    )
    add(
        "--location",
        metavar="NAME",
        help=f"of Vertex AI, such as us-central1 (default: {LOCATION_VARIABLE}, else global)",
    )
    listen_options.add_options(parser)
    add_for_programs(parser)
    parser.set_defaults(run=record)


def record(options: argparse.Namespace) -> int:
    url, location = from_environment(os.environ)
    options.to_url, options.location = options.to_url or url, options.location or location
    writer = Writer(options.cassette)
    try:
        _check(options)
        writer.open(overwrite=options.overwrite)
    except (CassetteError, NoUpstream) as error:
        complain(str(error))
        return 1
    return until_the_end(run(options, writer), verbose=options.verbose)


async def run(options: argparse.Namespace, writer: Writer) -> int:
    """Until a signal or, if asked, the end of standard input. Returns the exit code."""
    recorder = Recorder(
        writer,
        Scrubber(keep_blobs=not options.no_audio, environment=os.environ),
        url=options.to_url,
        location=options.location,
        audio=not options.no_audio,
        about=options.about,
        tell=_announce if options.announce else _tell,
    )
    stop = stop_signs(options)
    try:
        await listen_options.listen(
            options, recorder.front.open_port, announce if options.announce else listen_options.tell("Recording")
        )
    except OSError as error:
        listen_options.cannot_listen(options, error)
        await recorder.close()
        return 1
    if not options.announce:
        # Not the address as it was given: it may have a key in it.
        service = parse(options.to_url).authority if options.to_url else "Google"
        say(f"To {service}, into {options.cassette}. Ctrl-C ends it.")
    await stop.wait()
    await recorder.close()
    writer.close()
    if not options.announce:
        say(f"{options.cassette}: {writer.lines} line{'s' * (writer.lines != 1)}.")
    return 0


def _check(options: argparse.Namespace) -> None:
    """Raises CassetteError, NoUpstream."""
    if options.cassette.suffix in (".yaml", ".yml"):
        raise CassetteError(f"A cassette is JSON lines: name it {options.cassette.with_suffix('.jsonl')}.")
    if options.to_url:
        parse(options.to_url)
    vertex_host(options.location)


def _announce(told: Told) -> None:
    announce({"event": "recording", "connection": told.connection, "what": told.what})


def _tell(told: Told) -> None:
    say(f"  connection {told.connection}: {told.what}")
