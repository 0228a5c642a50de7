"""Machine and versions of a measurement, and the common format of result files."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bench.clients.gateway_process import BACKEND
from bench.results.versions import versions
from s2s import __version__

FORMAT = 1
PACKAGES = ("aiortc", "websockets", "uvicorn", "uvloop", "msgspec", "numpy", "moonshine-voice", "hibari-tts")


def machine() -> dict[str, Any]:
    """Processor, system, versions and commit; `load_before` is the load of the last minute when this was called."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "s2s": __version__,
        "commit": commit(),
        "packages": versions(PACKAGES),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


@cache
def commit() -> str:
    """Short name of the commit, with `+` where a tracked file of the product differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=BACKEND, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    name = git("rev-parse", "--short", "HEAD") or "unknown"
    return name + ("+" if git("status", "--porcelain", "--untracked-files=no", "--", ".", "../frontend") else "")


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one bench."""

    bench: str
    command: str
    machine: dict[str, Any]
    results: dict[str, Any]

    def write(self, path: Path) -> None:
        whole = {
            "format": FORMAT,
            "bench": self.bench,
            "command": self.command,
            "machine": self.machine,
            "results": self.results,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(whole, indent=1) + "\n")


def command() -> str:
    """The command line as a person types it."""
    return " ".join(["python -m bench", *(_shown(word) for word in sys.argv[1:])])


def _shown(word: str) -> str:
    return Path(word).name if word.startswith("/") else word


def progress(what: str, done: int, of: int) -> None:
    """Print a status line that updates in place; without a terminal, print only its last state."""
    if sys.stderr.isatty() or done == of:
        print(f"\r{what}: {done} of {of} ", end="\n" if done == of else "", file=sys.stderr, flush=True)


def machine_line(host: dict[str, Any]) -> str:
    """One line for people. Reports of older benches know less of their machine."""
    packages = host.get("packages", {})
    parts = [
        str(host.get("cpu", "unknown processor")),
        f"{host.get('cores', '?')} cores",
        f"{host.get('system', '?')}",
        f"Python {host.get('python', '?')}",
        *(f"{name} {packages[name]}" for name in ("aiortc", "uvloop") if name in packages),
        *([str(host["browser"])] if "browser" in host else []),
        f"S2S {host.get('s2s', '?')} at {host.get('commit', '?')}",
    ]
    if "load_before" in host:
        parts.append(f"load before {host['load_before']}")
    if "date" in host:
        parts.append(str(host["date"]))
    return ", ".join(parts)
