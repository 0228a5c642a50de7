"""Who is compared, how each is started, and what differs between them."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from experiments.compare import environments

BACKEND = Path(__file__).resolve().parents[2]
PEERS = BACKEND / "experiments/compare/peers"
OWN_PACKAGES = ("aiortc", "av", "websockets", "uvicorn", "uvloop", "msgspec")


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """A gateway to measure."""

    name: str
    title: str
    seat: str
    """The talkers that fit: see client.SEATS."""
    program: Sequence[str]
    """What Python is given; `{port}` and `{upstream}` are filled in."""
    environment: str = ""
    """Its own, see environments.py; empty: this project's."""
    variables: Mapping[str, str] = field(default_factory=dict)
    health: str = "/"
    """Any answer there means that it is up."""
    folder: Path = BACKEND
    """Where the program is started: another one is another version of this gateway."""
    most: int = 1_000
    """Talkers, unless the contestants were chosen by name: beyond it one core is known not to do."""
    note: str = ""

    def command(self, port: int, upstream: str) -> list[str]:
        """Makes the environment first. Raises environments.Missing."""
        python = str(environments.prepare(self.environment)) if self.environment else sys.executable
        return [python, *(part.format(port=port, upstream=upstream) for part in self.program)]

    def settings(self, upstream: str, logs: str) -> dict[str, str]:
        return {
            **os.environ,
            "NO_PROXY": "127.0.0.1",
            **{name: text.format(upstream=upstream, logs=logs) for name, text in self.variables.items()},
        }

    def versions(self) -> dict[str, str]:
        if self.environment:
            return environments.pinned(self.environment)
        return {package: version(package) for package in OWN_PACKAGES}


_BRIDGE = [str(PEERS / "bridge.py"), "--port", "{port}", "--upstream", "{upstream}"]
_FASTRTC = [str(PEERS / "fastrtc_bot.py"), "--port", "{port}", "--upstream", "{upstream}"]

CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant(
            name="s2s",
            title="S2S",
            seat="s2s",
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
        ),
        Contestant(
            name="bridge",
            title="bare bridge",
            seat="bridge",
            program=_BRIDGE,
            note="the floor: PCM over a DataChannel to a WebSocket and back in frames of 20 ms, uvloop; no sessions, "
            "turns, limits, resumption or records",
        ),
        Contestant(
            name="bridge-burst",
            title="bare bridge, unpaced",
            seat="bridge",
            program=[*_BRIDGE, "--burst"],
            note="the bridge without a clock: voice goes out in bursts, as it comes",
        ),
        Contestant(
            name="pipecat",
            title="pipecat",
            seat="pipecat",
            environment="pipecat",
            most=20,
            program=[str(PEERS / "pipecat_bot.py"), "--port", "{port}", "--upstream", "{upstream}"],
            note="SmallWebRTCTransport and GeminiLiveLLMService as in its realtime-gemini-live example, on uvloop; "
            "Opus on a media track; no local voice detector, which is its default with Gemini Live",
        ),
        Contestant(
            name="fastrtc",
            title="fastrtc",
            seat="fastrtc",
            environment="fastrtc",
            program=[*_FASTRTC, "--clear"],
            note="an AsyncStreamHandler for Gemini after its demo, with `clear_queue()` on `interrupted` added; Opus "
            "on a media track; plain asyncio, since it does not depend on uvloop",
        ),
        Contestant(
            name="fastrtc-demo",
            title="fastrtc as published",
            seat="fastrtc",
            environment="fastrtc",
            # It differs in one figure, which does not depend on the number.
            most=5,
            program=_FASTRTC,
            note="the same without that line, as the demo is published: what was said before `interrupted` plays out",
        ),
    )
}
USUAL = ("s2s", "bridge", "pipecat", "fastrtc", "fastrtc-demo")
NOT_COMPARED = "livekit-agents is not here: it needs a LiveKit server, which no package of Debian or PyPI brings."
