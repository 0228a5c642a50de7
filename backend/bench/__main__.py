"""`python -m bench COMMAND`; `--help` names the commands."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from typing import Protocol

from bench.benchmarks import alternate, browser, cold_start, conversations, latency, load, regression, speech
from bench.first_contact import command as first_contact
from bench.report import page, run_all
from experiments.compare import command as compare
from experiments.loss import command as loss
from experiments.opus import command as opus
from experiments.soak import command as soak


class Measurement(Protocol):
    """What a module of this package offers to the command line."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Adds what it takes."""

    def main(self, options: Namespace) -> int:
        """Measures; answers the exit code."""


COMMANDS: tuple[tuple[str, Measurement, str], ...] = (
    ("latency", latency, "one talker: end of speech to first sound at the ear"),
    ("browser", browser, "a real browser: every figure at the person's ear"),
    ("start", cold_start, "a gateway just started: until it takes calls, until it has answered"),
    ("check", regression, "whether our code became slower than the committed baseline"),
    ("load", load, "many talkers: what a session costs, and when it begins to hurt"),
    ("loss", loss, "a network that loses packets: what is heard by either side"),
    ("opus", opus, "the voice compressed: bandwidth, latency, CPU and words beside PCM"),
    ("soak", soak, "many talkers for a long time: whether the gateway grows"),
    ("conversations", conversations, "the local engine: end of speech to its first sound"),
    ("speech", speech, "the local engine: words it gets wrong, invents, and how soon"),
    ("compare", compare, "this gateway, a bare bridge and other gateways under one load"),
    ("first-contact", first_contact, "the real service: whether our tables are right (costs money, asks first)"),
    ("alternate", alternate, "two commits of this gateway in alternation: CPU and memory of a call"),
    ("report", page, "docs/performance.md from the measurements in docs/performance"),
    ("all", run_all, "measure everything of docs/performance.md, and write it"),
)


def main() -> int:
    parser = ArgumentParser(prog="python -m bench", description="Measurements of S2S.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, measurement, words in COMMANDS:
        command = commands.add_parser(name, help=words, description=words)
        measurement.arguments(command)
        command.set_defaults(run=measurement.main)
    options = parser.parse_args()
    # Told to stop in either manner, a bench takes down what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
