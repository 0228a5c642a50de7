"""`python -m fuzz [TARGET ...] [--seconds N]`: looks for bytes that a parser cannot take. Needs atheris.

What it finds is written to `.fuzz/TARGET/`; put the file into `fuzz/corpus/TARGET/` with the ending .bin, and the tests
try it from then on.
"""

import argparse
import subprocess
import sys

from fuzz.targets import TARGETS


def main() -> int:
    """0: nothing was found. 1: something was, or atheris is missing."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the parsers that face a network.")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    options = parser.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    failed = [name for name in options.targets or TARGETS if not clean(name, options.seconds)]
    print(f"failed: {', '.join(failed)}; what was found is in .fuzz" if failed else "nothing was found")
    return 1 if failed else 0


def clean(name: str, seconds: int) -> bool:
    """Whether nothing was found in that time."""
    print(f"== {name}", flush=True)
    return subprocess.run([sys.executable, "-m", "fuzz.one", name, str(seconds)], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
