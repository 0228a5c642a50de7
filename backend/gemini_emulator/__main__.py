"""`python -m gemini_emulator`: Gemini Live on your own machine."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn

from gemini_emulator.cli import certificate, record, replay, scenarios, start
from gemini_emulator.cli.console import PROGRAM

GROUPS = (start, record, replay, scenarios, certificate)


def arguments() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and that of each command by its name."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A Gemini Live server that needs no key: it hears, speaks and calls your functions, offline.",
        epilog=f"Without a command: start. Its options: {PROGRAM} start --help",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(commands)
    return parser, commands.choices


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["start", *given]
    parser, commands = arguments()
    options, unknown = parser.parse_known_args(given)
    if unknown:
        _refuse(commands[given[0]], unknown[0])
    try:
        code: int = options.run(options)
    except BrokenPipeError:
        # The reader closed the pipe (`... | head`). Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _refuse(command: argparse.ArgumentParser, option: str) -> NoReturn:
    known = re.findall(r"--[\w-]+", command.format_help())
    near = get_close_matches(option.partition("=")[0], known, 1)
    command.error(f"there is no {option}. {f'Did you mean {near[0]}?' if near else f'See {command.prog} --help.'}")


if __name__ == "__main__":
    sys.exit(main())
