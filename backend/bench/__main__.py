"""`python -m bench latency | load`."""

import sys
from argparse import ArgumentParser

from bench import latency, load


def main() -> int:
    parser = ArgumentParser(prog="python -m bench", description="Measurements of S2S.")
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("latency", help="one talker: end of speech to first sound at the ear")
    latency.arguments(command)
    command.set_defaults(run=latency.main)
    command = commands.add_parser("load", help="many talkers: what a session costs, and when it begins to hurt")
    load.arguments(command)
    command.set_defaults(run=load.main)
    options = parser.parse_args()
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
