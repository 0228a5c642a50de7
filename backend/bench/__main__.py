"""`python -m bench COMMAND`; `--help` names the commands."""

import sys

from bench.benchmarks import (
    alternate,
    browser,
    cold_start,
    company,
    conversations,
    latency,
    load,
    mind,
    patience,
    regression,
    speech,
)
from bench.command_line import Command, run_command
from bench.first_contact import command as first_contact
from bench.report import page, run_all

try:
    from experiments.__main__ import COMMANDS as EXPERIMENTS
except ModuleNotFoundError:  # an installed package has no experiments
    EXPERIMENTS = ()

MOVED = ("compare", "loss", "opus", "soak")
"""These are experiments now (`python -m experiments`); their old commands stay."""

COMMANDS: tuple[Command, ...] = (
    ("latency", latency, "one talker: end of speech to first sound at the ear"),
    ("browser", browser, "a real browser: every figure at the person's ear"),
    ("start", cold_start, "a gateway just started: until it takes calls, until it has answered"),
    ("check", regression, "whether our code became slower than the committed baseline"),
    ("load", load, "many talkers: what a session costs, and when it begins to hurt"),
    ("conversations", conversations, "the local engine: end of speech to its first sound"),
    ("company", company, "the local engine: what it answers to newcomers, and how that sounds"),
    ("speech", speech, "the local engine: words it gets wrong, invents, and how soon"),
    ("mind", mind, "the local engine: functions it chooses rightly, and calls that nobody wanted"),
    ("patience", patience, "the local engine: turns that it cuts short, and what its patience costs"),
    ("first-contact", first_contact, "the real service: whether our tables are right (costs money, asks first)"),
    ("alternate", alternate, "two commits of this gateway in alternation: CPU and memory of a call"),
    ("report", page, "docs/performance.md from the measurements in docs/performance"),
    ("all", run_all, "measure everything of docs/performance.md, and write it"),
    *(command for command in EXPERIMENTS if command[0] in MOVED),
)


if __name__ == "__main__":
    sys.exit(run_command("python -m bench", "Measurements of S2S.", COMMANDS))
