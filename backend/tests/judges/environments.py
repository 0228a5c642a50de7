"""The judges' own environments, made from committed lock files into backend/.judges and kept while the lock stays.

`python -m tests.judges.environments` makes all of them. With `lock` it writes the lock files again, from REQUIREMENTS
and js/package.json.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
BACKEND = HERE.parents[1]
KEPT = BACKEND / ".judges"
LOCKS = HERE / "locks"
JS = HERE / "js"

REQUIREMENTS = {
    "genai-3": ["google-genai==3.4.0"],
    "genai-2": ["google-genai==2.34.0"],
    "pipecat": ["pipecat-ai[google]==1.14.0"],
    "livekit": ["livekit-agents==1.8.9", "livekit-plugins-google==1.8.9"],
    "adk": ["google-adk==2.13.0"],
}
JAVASCRIPT = "js"
LOCK_COMMAND = "python -m tests.judges.environments lock"


class Missing(Exception):
    """An environment cannot be made; the message says what to do."""


def prepare(name: str) -> Path:
    """The Python of that environment, or for "js" the folder with story.mjs beside its packages. Raises Missing."""
    return _prepare_js() if name == JAVASCRIPT else _prepare_python(name)


def node() -> str:
    """The path of Node.js. Raises Missing."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        raise Missing("The judges need Node.js with npm: install Node.js 20.19 or newer and try again.")
    return found


def _prepare_python(name: str) -> Path:
    lock, folder = LOCKS / f"{name}.txt", KEPT / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = folder / "stamp", _fingerprint(sys.version, str(folder), lock.read_text("utf-8"))
    if _is(stamp, wanted):
        return python
    uv = _uv()
    _run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], f"creating .judges/{name}")
    command = [
        *uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--require-hashes",
        "--requirement",
        str(lock),
    ]
    _run(command, f"installing {' and '.join(REQUIREMENTS[name])}")
    stamp.write_text(wanted)
    return python


def _prepare_js() -> Path:
    folder = KEPT / JAVASCRIPT
    names = ("package.json", "package-lock.json")
    locked = "".join((JS / name).read_text("utf-8") for name in names)
    stamp, wanted = folder / "stamp", _fingerprint(_output([node(), "--version"]), locked)
    folder.mkdir(parents=True, exist_ok=True)
    if not _is(stamp, wanted):
        for name in names:
            shutil.copy(JS / name, folder / name)
        npm = [str(shutil.which("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        _run(npm, "installing @google/genai 2.x and 3.x", folder)
        stamp.write_text(wanted)
    shutil.copy(JS / "story.mjs", folder / "story.mjs")
    return folder


def write_locks() -> None:
    """Every platform, every Python from 3.11 on, with the hash of each file; no place to get them from."""
    for name, requirements in REQUIREMENTS.items():
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]
        command = [*_uv(), "pip", "compile", *options, "--custom-compile-command", LOCK_COMMAND, "-"]
        command += ["--output-file", str(LOCKS / f"{name}.txt")]
        subprocess.run(command, input="\n".join(requirements), text=True, check=True)
    npm = [str(shutil.which("npm")), "install", "--package-lock-only", "--omit-lockfile-registry-resolved"]
    _run(npm, "locking @google/genai", JS)


def _uv() -> list[str]:
    """As the project's own set-up finds or installs it."""
    found: list[str] = _setup_script().uv_command()
    return found


def _setup_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("s2s_setup", BACKEND.parent / "scripts" / "setup.py")
    if spec is None or spec.loader is None:
        raise Missing("scripts/setup.py is missing: get the whole repository and try again.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _output(command: list[str]) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _run(command: list[str], title: str, folder: Path = BACKEND) -> None:
    print(f"  {title} ...", flush=True)
    began = time.monotonic()
    if subprocess.run(command, cwd=folder, check=False).returncode:
        raise Missing(f"Stopped at '{title}': the lines above say why. Often it is the network; then try again.")
    print(f"  {title}: done in {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        write_locks()
    else:
        for environment in [*REQUIREMENTS, JAVASCRIPT]:
            prepare(environment)
