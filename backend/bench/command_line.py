"""One command line for measurements: each is a sub-command."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from typing import Protocol


class Measurement(Protocol):
    """What a module offers to the command line."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Adds its options."""

    def main(self, options: Namespace) -> int:
        """Measures; returns the exit code."""


Command = tuple[str, Measurement, str]
"""Name, module, help text."""


def run_command(program: str, description: str, commands: tuple[Command, ...]) -> int:
    """Parses the command line and runs the chosen command; returns the exit code."""
    parser = ArgumentParser(prog=program, description=description)
    choices = parser.add_subparsers(required=True, metavar="command")
    for name, measurement, help_text in commands:
        choice = choices.add_parser(name, help=help_text, description=help_text)
        measurement.arguments(choice)
        choice.set_defaults(run=measurement.main)
    options = parser.parse_args()
    # Told to stop in either manner, a measurement takes down what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return code
