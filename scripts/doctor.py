"""`make doctor`: tries what a call needs and says what works; ARGS=--json for a program to read."""

from __future__ import annotations

import subprocess
import sys

from setup import BACKEND, PYTHON, guarded, set_up_backend


def main():
    set_up_backend()
    return subprocess.run([str(PYTHON), "-m", "s2s.doctor"] + sys.argv[1:], cwd=str(BACKEND)).returncode


if __name__ == "__main__":
    sys.exit(guarded(main))
