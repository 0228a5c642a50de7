"""`python -m gemini_emulator`: Gemini Live on your own machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gemini_emulator.commands import certificate, record, replay, scenarios, start
from gemini_emulator.commands.console import PROGRAM

GROUPS = (start, record, replay, scenarios, certificate)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A Gemini Live server that needs no key: it hears, speaks and calls your functions, offline.",
        epilog=f"Without a command: start. Its options: {PROGRAM} start --help",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["start", *given]
    options = arguments().parse_args(given)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
