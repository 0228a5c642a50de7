"""Samples small faults ("mutants") over the core of a tree, runs the quick tests against each, and counts the killed.

Each mutant is one changed comparison, number, condition, statement or return value. `--like` takes the result of
another tree: the same mutants are tried where their function or statement is still there under whatever name, and as
many others from code that the other tree does not have.
"""

import json
import math
import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from typing import Any

from experiments.mutants.sites import Mutant, mutants_of, shapes_of

BACKEND = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).with_name("runner.py")
SCOPE = ("s2s/core",)
TESTS = ("tests/core", "tests/recording/test_replay.py", "tests/upstream/codec", "tests/tools/test_results.py")
STORIES = "300"
"""Random stories in tests/core/test_stories.py, where S2S_STORIES does not say otherwise."""
LIKE = 0.4
"""How alike two functions must be for the same statement in both to be the same mutant."""


def arguments(parser: ArgumentParser) -> None:
    """What `make mutants ARGS=...` takes."""
    parser.add_argument("--count", type=int, default=200, help="how many mutants (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default 1)")
    parser.add_argument("--tree", type=Path, default=BACKEND, metavar="FOLDER", help="backend of another tree")
    parser.add_argument(
        "--scope", nargs="+", default=SCOPE, metavar="PATH", help=f"what is changed (default {' '.join(SCOPE)})"
    )
    parser.add_argument(
        "--tests", nargs="+", default=TESTS, metavar="PATH", help=f"what must notice (default {' '.join(TESTS)})"
    )
    parser.add_argument("--like", type=Path, metavar="FILE", help="result of another tree: the same mutants")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the result; what it holds is not run again")


def main(options: Namespace) -> int:
    """Print a line for each survivor, and the rate; exit code 1 if the tests fail without a fault."""
    tree = options.tree.resolve()
    files = [file for place in options.scope for file in _files(tree, place)]
    every = [mutant for file in files for mutant in mutants_of(tree, file)]
    if options.like is None:
        chosen = [("", mutant) for mutant in Random(options.seed).sample(every, min(options.count, len(every)))]
    else:
        chosen = _like(json.loads(options.like.read_text("utf-8")), every, Random(options.seed))
    result: dict[str, Any] = {
        "tests": list(options.tests),
        "files": files,
        "seed": options.seed,
        "sites": len(every),
        "shapes": sorted({shape for file in files for shape in shapes_of(tree, file)}),
        "mutants": [],
    }
    done = _kept(options.out)
    with _runner(tree, files, options.tests) as runner:
        for match, mutant in chosen:
            key = (mutant.file, mutant.line, mutant.operator, mutant.after)
            found = done.get(key) or {
                **{name: value for name, value in vars(mutant).items() if name != "write"},
                **_try(runner, mutant),
            }
            result["mutants"].append({**found, "match": match})
            _show(found, len(result["mutants"]), len(chosen))
            if options.out is not None:
                options.out.write_text(json.dumps(result, indent=1), "utf-8")
    _summarise(result["mutants"])
    return 0


def _files(tree: Path, place: str) -> list[str]:
    path = tree / place
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [one.relative_to(tree).as_posix() for one in found]


def _kept(out: Path | None) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What a run that was broken off has found out."""
    if out is None or not out.exists():
        return {}
    kept = json.loads(out.read_text("utf-8"))["mutants"]
    return {(one["file"], one["line"], one["operator"], one["after"]): one for one in kept}


# --- the same mutants in another tree ---


def _like(other: dict[str, Any], every: Sequence[Mutant], dice: Random) -> list[tuple[str, Mutant]]:
    """How each was found, and the mutants of this tree: the others' own, and new ones for those that are gone."""
    free = [*every]
    chosen: list[tuple[str, Mutant]] = []
    for old in other["mutants"]:
        for key, least in (("unit_key", 0.0), ("statement_key", LIKE)):
            same = [m for m in free if (getattr(m, key), m.operator) == (old[key], old["operator"])]
            ranked = sorted(((_likeness(old, m), m) for m in same), key=lambda pair: -pair[0])
            if ranked and ranked[0][0] >= least:
                chosen.append((key.removesuffix("_key"), ranked[0][1]))
                free.remove(ranked[0][1])
                break
    shapes = {*other["shapes"]}
    new = [mutant for mutant in free if mutant.unit_key.partition(":")[0] not in shapes]
    missing = min(len(other["mutants"]) - len(chosen), len(new))
    return chosen + [("new", mutant) for mutant in dice.sample(new, missing)]


def _likeness(old: dict[str, Any], new: Mutant) -> float:
    return SequenceMatcher(None, old["context"], new.context, autojunk=False).ratio()


# --- running them ---


@contextmanager
def _runner(tree: Path, files: Sequence[str], tests: Sequence[str]) -> "Iterator[subprocess.Popen[str]]":
    environment = {"S2S_STORIES": STORIES, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"} | os.environ
    environment["PYTHONPATH"] = str(tree)
    command = [sys.executable, str(RUNNER), json.dumps([*files]), json.dumps([*tests])]
    with subprocess.Popen(
        command, cwd=tree, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            start = _answer(process)
            print(f"{start['tests']} tests; left out, for they fail or skip: {start['left_out'] or 'none'}", flush=True)
            yield process
        finally:
            process.kill()


def _try(runner: "subprocess.Popen[str]", mutant: Mutant) -> dict[str, Any]:
    assert runner.stdin is not None
    task = {"file": mutant.file, "first_line": mutant.first_line, "source": mutant.write()}
    runner.stdin.write(json.dumps(task) + "\n")
    runner.stdin.flush()
    return _answer(runner)


def _answer(runner: "subprocess.Popen[str]") -> dict[str, Any]:
    assert runner.stdout is not None
    line = runner.stdout.readline()
    if not line:
        sys.exit("the runner has ended; what it said stands above")
    found: dict[str, Any] = json.loads(line)
    return found


def _show(found: dict[str, Any], number: int, count: int) -> None:
    if found["verdict"] == "killed":
        return
    place = f"{found['file']}:{found['line']}"
    print(f"{number}/{count} {found['verdict']}: {place} {found['operator']}", flush=True)
    print(f"    - {found['before']}\n    + {found['after']}", flush=True)


def _summarise(mutants: Sequence[dict[str, Any]]) -> None:
    groups: dict[str, list[dict[str, Any]]] = {"all": [*mutants]}
    for one in mutants:
        if one["match"]:
            groups.setdefault(f"matched by {one['match']}" if one["match"] != "new" else "new code", []).append(one)
    for name, members in groups.items():
        count = Counter(one["verdict"] for one in members)
        killed, total = count["killed"], len(members)
        low, high = interval(killed, total)
        print(f"{name}: {killed} of {total} killed, {killed / total:.1%} ({low:.1%} to {high:.1%})")


def interval(killed: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate."""
    z = 1.96
    rate, spread = killed / total, z * z / total
    middle = (rate + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(rate * (1 - rate) / total + spread / total / 4)
    return middle - half, middle + half
