"""A/B test of two commits of this gateway: ratio of CPU, latency and memory.

Each pair is measured in one go, in an order that turns with each pair, so that a machine that becomes slower or busier
meets both. The ratio of a pair is what counts; the interval is a bootstrap over the pairs.
"""

import asyncio
import random
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.benchmarks.load import show_progress
from bench.harness.gateways import S2S
from bench.harness.metrics import Figures, Spread
from bench.harness.runner import RunError, measure
from bench.results.environment import machine, machine_line

BACKEND = Path(__file__).resolve().parents[2]
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ratios of new to old, one for each pair."""

    name: str
    ratios: Sequence[float]
    limit: float
    """Above it the newer one failed."""

    @property
    def median(self) -> float:
        return median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of the median."""
        dice = random.Random(len(self.ratios))
        drawn = sorted(median(dice.choices(self.ratios, k=len(self.ratios))) for _ in range(DRAWS))
        return drawn[DRAWS * 25 // 1000], drawn[DRAWS * 975 // 1000 - 1]

    @property
    def holds(self) -> bool:
        return self.median <= self.limit

    def line(self) -> str:
        low, high = self.interval
        verdict = "holds" if self.holds else "FAILS"
        return f"{self.name}: {self.median:.3f} (95 %: {low:.3f} to {high:.3f}), at most {self.limit:.2f}: {verdict}"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("old", help="a commit")
    parser.add_argument("new", nargs="?", default="", help="another one (default: the working tree as it is)")
    parser.add_argument("--runs", type=int, default=10, help="pairs (default 10)")
    parser.add_argument("--sessions", type=int, default=20, help="talkers (default 20)")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of each steady window (default 12)")
    parser.add_argument("--most-cpu", type=float, default=1.05, help="most that the median ratio of CPU may be")


def main(options: Namespace) -> int:
    with checkout(options.old) as old, checkout(options.new) as new:
        try:
            pairs = [
                asyncio.run(_pair(old, new, options, turned=bool(run % 2), place=f"[{run + 1}/{options.runs}] "))
                for run in range(options.runs)
            ]
        except (RunError, TimeoutError) as fault:
            print(str(fault) or "A run took too long.", file=sys.stderr)
            return 1
    ratios = [
        _ratio("CPU of a call", pairs, lambda found: found.cpu_ms_per_session_s, options.most_cpu),
        _ratio("way up, p95", pairs, lambda found: _p95(found.uplink_ms), 1.10),
        _ratio("way down, p95", pairs, lambda found: _p95(found.downlink_ms), 1.10),
        _ratio("memory of a call", pairs, lambda found: found.mb_per_session, 1.05),
    ]
    print(machine_line(machine()))
    print(f"{options.runs} pairs, {options.sessions} talkers, {options.seconds:g} s each")
    print(f"{options.new or 'working tree'} by {options.old}:")
    print("\n".join(ratio.line() for ratio in ratios))
    return 0 if all(ratio.holds for ratio in ratios) else 1


async def _pair(old: Path, new: Path, options: Namespace, *, turned: bool, place: str) -> tuple[Figures, Figures]:
    found: dict[Path, Figures] = {}
    for folder in (new, old) if turned else (old, new):
        name = "new: " if folder is new else "old: "
        gateway = replace(S2S, folder=folder)
        found[folder] = await measure(gateway, options.sessions, options.seconds, partial(show_progress, place + name))
        show_progress(place + name, f"{found[folder].cpu_ms_per_session_s:.2f} ms of CPU per session-second\n")
    return found[old], found[new]


def _ratio(
    name: str, pairs: Sequence[tuple[Figures, Figures]], figure: Callable[[Figures], float], most: float
) -> Ratio:
    return Ratio(name, [figure(new) / max(figure(old), 1e-9) for old, new in pairs], most)


def _p95(spread: Spread | None) -> float:
    return spread.p95 if spread else 0.0


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The backend folder of a commit, in a work tree that goes away again; of the working tree for an empty name."""
    if not commit:
        yield BACKEND
        return
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree / "backend"
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=BACKEND, check=True)
