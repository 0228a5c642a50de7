"""`scenarios list | show | check`: faults on demand."""

from __future__ import annotations

import argparse
from dataclasses import fields

from gemini_emulator.cli.console import Commands, complain, say
from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.scenarios.actions import NAMES
from gemini_emulator.scenarios.parser import Unreadable, built_in, load_scenario, read_scenario


def add(commands: Commands) -> None:
    about = "faults on demand: what comes along, and whether yours are right"
    scenarios = commands.add_parser("scenarios", help=about, description=f"{about.capitalize()}.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    scenarios.add_parser("list", help="the scenarios that come along, and every action").set_defaults(run=list_all)
    one = scenarios.add_parser("show", help="print one that comes along, to begin your own from")
    one.add_argument("name")
    one.set_defaults(run=show)
    some = scenarios.add_parser("check", help="read scenario files and tell what is wrong with them")
    some.add_argument("file", nargs="+", help="a file, or the name of one that comes along")
    some.set_defaults(run=check)


def list_all(options: argparse.Namespace) -> int:
    say("Scenarios, for --scenario NAME:")
    for name, text in built_in().items():
        say(f"  {name:<22} {read_scenario(text, name).about}")
    say("\nActions, for `do:` in a scenario and for the admin port:")
    for name, kind in NAMES.items():
        knobs = ", ".join(field.name for field in fields(kind))
        say(f"  {name:<22} {' '.join((kind.__doc__ or '').split())}{f' ({knobs})' if knobs else ''}")
    say(f"\nCloses, for `close: NAME`:\n  {', '.join(CLOSES)}")
    return 0


def show(options: argparse.Namespace) -> int:
    text = built_in().get(options.name)
    if text is None:
        complain(f"There is no scenario called {options.name}. Known: {', '.join(built_in())}.")
        return 1
    say(text, end="")
    return 0


def check(options: argparse.Namespace) -> int:
    wrong = 0
    for name in options.file:
        try:
            steps = len(load_scenario(name).steps)
        except Unreadable as error:
            complain(str(error))
            wrong = 1
        else:
            say(f"{name}: good, {steps} step{'s' * (steps != 1)}.")
    return wrong
