"""One target under libFuzzer, in a process of its own: `python -m fuzz.one TARGET SECONDS`."""

import sys
import tempfile
from pathlib import Path

FOUND = Path(__file__).resolve().parents[1] / ".fuzz"
MOST_BYTES = 65_536
SLOWEST_S = 5
INSTRUMENTED = ["s2s", "fuzz", "aiortc.sdp"]


def main(name: str, seconds: str) -> int:
    """libFuzzer ends the process itself. 2: atheris is missing."""
    try:
        import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # ships no types
    except ImportError:
        sys.stderr.write("atheris is missing: pip install atheris (Linux, Python 3.11 to 3.13)\n")
        return 2
    # What is imported here tells libFuzzer which way the bytes went.
    with atheris.instrument_imports(include=INSTRUMENTED):
        from fuzz.targets import TARGETS, corpus
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as seeds:
        for number, (_, data) in enumerate(corpus(name)):
            (Path(seeds) / str(number)).write_bytes(data)
        limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={SLOWEST_S}"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], seeds, *limits, *quiet], TARGETS[name].run)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
