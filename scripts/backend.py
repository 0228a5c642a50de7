"""Sets up the backend and runs one of its modules: `backend.py [--dev] MODULE ARGUMENTS...`.

`--dev` installs what tests and measurements need, too.
"""

from __future__ import annotations

import subprocess
import sys

from setup import BACKEND, PYTHON, guarded, set_up_backend


def main():
    words = sys.argv[1:]
    dev = words[:1] == ["--dev"]
    set_up_backend(dev=dev)
    return subprocess.run([str(PYTHON), "-m"] + words[dev:], cwd=str(BACKEND)).returncode


if __name__ == "__main__":
    sys.exit(guarded(main))
