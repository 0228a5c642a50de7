"""`python -m fuzz [TARGET ...] [--seconds N]`: looks for bytes that a parser cannot take. Needs atheris.

Each target runs in a process of its own. What it finds is written to `.fuzz/TARGET/`; put the file into
`fuzz/corpus/TARGET/` with the ending .bin, and the tests try it from then on.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.targets import TARGETS, corpus

FOUND = Path(__file__).resolve().parents[1] / ".fuzz"
MOST_BYTES = 65_536
SLOWEST_S = 5


def main() -> int:
    """0: nothing was found. 1: something was. 2: atheris is missing."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the parsers that face a network.")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if options.here:
        return fuzz(options.targets[0], options.seconds)
    failed = [name for name in options.targets or TARGETS if not apart(name, options.seconds)]
    print(f"something was found: {', '.join(failed)}; see {FOUND.name}/" if failed else "nothing was found")
    return 1 if failed else 0


def apart(name: str, seconds: int) -> bool:
    """libFuzzer ends its process itself. Answers whether nothing was found."""
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", "fuzz", name, "--seconds", str(seconds), "--here"]
    return subprocess.run(command, check=False).returncode == 0


def fuzz(name: str, seconds: int) -> int:
    """Does not come back when libFuzzer has run."""
    try:
        import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # ships no types
    except ImportError:
        print("atheris is missing: pip install atheris (Linux, Python 3.11 to 3.13)", file=sys.stderr)
        return 2
    target = TARGETS[name].run
    # The modules are loaded already: their functions are instrumented one by one.
    atheris.instrument_all()
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        for number, (_, data) in enumerate(corpus(name)):
            (Path(seeds) / str(number)).write_bytes(data)
        limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={SLOWEST_S}"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], seeds, *limits, *quiet], target)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
