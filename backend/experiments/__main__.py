"""`python -m experiments COMMAND`; `--help` names the commands."""

import sys

from bench.command_line import Command, run_command
from experiments import dead_upstream, hour_cost
from experiments.compare import command as compare
from experiments.loss import command as loss
from experiments.mutants import command as mutants
from experiments.opus import command as opus
from experiments.soak import command as soak

COMMANDS: tuple[Command, ...] = (
    ("loss", loss, "a network that loses packets: what is heard by either side"),
    ("opus", opus, "the voice compressed: bandwidth, latency, CPU and words beside PCM"),
    ("soak", soak, "many talkers for a long time: whether the gateway grows"),
    ("compare", compare, "this gateway, a bare bridge and other gateways under one load"),
    ("dead-upstream", dead_upstream, "how soon a call leaves a connection on which every packet is lost"),
    ("mutants", mutants, "small faults in the core: how many of them the quick tests notice"),
    ("hour-cost", hour_cost, "what an hour of conversation costs, with the context bounded or not"),
)


if __name__ == "__main__":
    sys.exit(run_command("python -m experiments", "Experiments whose results stand in decisions.", COMMANDS))
