"""`python -m bench COMMAND`; `--help` names the commands."""

import signal
import sys
from argparse import ArgumentParser

from bench import (
    browser,
    check,
    emulator_conversations,
    latency,
    load,
    loss,
    opus,
    report,
    report_all,
    soak,
    speech_report,
    start,
)
from bench.compare import command as compare


def main() -> int:
    parser = ArgumentParser(prog="python -m bench", description="Measurements of S2S.")
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("latency", help="one talker: end of speech to first sound at the ear")
    latency.arguments(command)
    command.set_defaults(run=latency.main)
    command = commands.add_parser("browser", help="a real browser: every figure at the person's ear")
    browser.arguments(command)
    command.set_defaults(run=browser.main)
    command = commands.add_parser("start", help="a gateway just started: until it takes calls, until it has answered")
    start.arguments(command)
    command.set_defaults(run=start.main)
    command = commands.add_parser("check", help="whether our code became slower than the committed baseline")
    check.arguments(command)
    command.set_defaults(run=check.main)
    command = commands.add_parser("load", help="many talkers: what a session costs, and when it begins to hurt")
    load.arguments(command)
    command.set_defaults(run=load.main)
    command = commands.add_parser("loss", help="a network that loses packets: what is heard by either side")
    loss.arguments(command)
    command.set_defaults(run=loss.main)
    command = commands.add_parser("opus", help="the voice compressed: bandwidth, latency, CPU and words beside PCM")
    opus.arguments(command)
    command.set_defaults(run=opus.main)
    command = commands.add_parser("soak", help="many talkers for a long time: whether the gateway grows")
    soak.arguments(command)
    command.set_defaults(run=soak.main)
    command = commands.add_parser("conversations", help="the local engine: end of speech to its first sound")
    emulator_conversations.arguments(command)
    command.set_defaults(run=emulator_conversations.main)
    command = commands.add_parser("speech", help="the local engine: words it gets wrong, invents, and how soon")
    speech_report.arguments(command)
    command.set_defaults(run=speech_report.main)
    command = commands.add_parser("compare", help="this gateway, a bare bridge and other gateways under one load")
    compare.arguments(command)
    command.set_defaults(run=compare.main)
    command = commands.add_parser("report", help="docs/performance.md from the measurements in docs/performance")
    report.arguments(command)
    command.set_defaults(run=report.main)
    command = commands.add_parser("all", help="measure everything of docs/performance.md, and write it")
    report_all.arguments(command)
    command.set_defaults(run=report_all.main)
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
