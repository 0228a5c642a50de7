"""The peers' own environments, made from committed lock files into backend/.peers and kept while the lock stays.

`python -m experiments.compare.environments lock` writes the lock files again, from REQUIREMENTS.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BACKEND = HERE.parents[1]
KEPT = BACKEND / ".peers"
LOCKS = HERE / "locks"
LOCK_COMMAND = "python -m experiments.compare.environments lock"

REQUIREMENTS = {
    "pipecat": [
        "pipecat-ai[google,runner,webrtc]==1.14.0",
        "uvicorn==0.54.0",
        'uvloop==0.23.0; sys_platform != "win32"',
    ],
    "fastrtc": [
        "fastrtc==0.0.34",
        "google-genai==3.4.0",
        "websockets==15.0.1",
        "aiortc==1.16.0",
        "uvicorn==0.54.0",
    ],
}


class Missing(Exception):
    """An environment cannot be made; the message says what to do."""


def prepare(name: str) -> Path:
    """The Python of that environment, made or renewed when needed. Raises Missing."""
    lock, folder = LOCKS / f"{name}.txt", KEPT / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = folder / "stamp", _fingerprint(sys.version, str(folder), lock.read_text("utf-8"))
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = _uv()
    _run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], f"creating .peers/{name}")
    install = [*uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    _run([*install, "--requirement", str(lock)], f"installing {REQUIREMENTS[name][0]}")
    stamp.write_text(wanted)
    return python


def pinned(name: str) -> dict[str, str]:
    """The versions that a report names."""
    wanted = {"aiortc", "av", "google-genai", "websockets", "uvicorn", "uvloop", "fastrtc", "pipecat-ai", "numpy"}
    found: dict[str, str] = {}
    for line in (LOCKS / f"{name}.txt").read_text("utf-8").splitlines():
        package, equals, rest = line.partition("==")
        if equals and package in wanted:
            # A package may be there once for each Python; the first one is for the oldest.
            found.setdefault(package, rest.split()[0])
    return found


def write_locks() -> None:
    """Every platform, every Python from 3.11 on, with the hash of each file; no place to get them from."""
    for name, requirements in REQUIREMENTS.items():
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]
        command = [*_uv(), "pip", "compile", *options, "--custom-compile-command", LOCK_COMMAND, "-"]
        command += ["--output-file", str(LOCKS / f"{name}.txt")]
        subprocess.run(command, input="\n".join(requirements), text=True, check=True)


def _uv() -> list[str]:
    """As the project's own set-up finds or installs it. Raises Missing."""
    spec = importlib.util.spec_from_file_location("s2s_setup", BACKEND.parent / "scripts" / "setup.py")
    if spec is None or spec.loader is None:
        raise Missing("scripts/setup.py is missing: get the whole repository and try again.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[str] = module.uv_command()
    return found


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _run(command: list[str], title: str) -> None:
    print(f"  {title} ...", file=sys.stderr, flush=True)
    if subprocess.run(command, cwd=BACKEND, check=False).returncode:
        raise Missing(f"Stopped at '{title}': the lines above say why. Often it is the network; then try again.")


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        write_locks()
    else:
        for environment in REQUIREMENTS:
            prepare(environment)
