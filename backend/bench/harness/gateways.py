"""A gateway that can be put under load, and how this project's own is started."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]
OWN_PACKAGES = ("aiortc", "av", "websockets", "uvicorn", "uvloop", "msgspec")


@dataclass(frozen=True, slots=True, eq=False)
class Gateway:
    """A gateway to measure."""

    name: str
    title: str
    talker: str
    """The class of talkers that speak its protocol, as `module:Class`."""
    program: Sequence[str]
    """Arguments for Python; `{port}` and `{upstream}` are filled in."""
    variables: Mapping[str, str] = field(default_factory=dict)
    health: str = "/"
    """Any answer there means that it is up."""
    folder: Path = BACKEND
    """Where the program is started: another folder holds another version of this gateway."""
    note: str = ""

    def command(self, port: int, upstream: str) -> list[str]:
        """Returns the command line that starts it."""
        return [self.python(), *(part.format(port=port, upstream=upstream) for part in self.program)]

    def python(self) -> str:
        """Returns the interpreter that runs it."""
        return sys.executable

    def settings(self, upstream: str, logs: str) -> dict[str, str]:
        return {
            **os.environ,
            "NO_PROXY": "127.0.0.1",
            **{name: text.format(upstream=upstream, logs=logs) for name, text in self.variables.items()},
        }

    def versions(self) -> dict[str, str]:
        return {package: version(package) for package in OWN_PACKAGES}


S2S = Gateway(
    name="s2s",
    title="S2S",
    talker="bench.harness.channel_talkers:S2STalker",
    # As scripts/run.py starts it for `make serve`.
    program=["-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "{port}"],
    variables={
        "S2S_UPSTREAM": "emulator",
        "S2S_EMULATOR_URL": "{upstream}",
        "S2S_MAX_SESSIONS": "1000",
        # The talkers come from one address and faster than people.
        "S2S_CREATES_PER_MINUTE": "100000",
        "S2S_LOG_DIR": "{logs}",
    },
    health="/health",
    note="as `make serve` runs it, the recorder on; PCM over a DataChannel; the answer goes out up to 240 ms "
    "ahead of the ear, its beginning at once",
)
