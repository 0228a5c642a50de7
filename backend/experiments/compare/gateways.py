"""The gateways that are compared: ours, a bare bridge as the floor, and the peers."""

from dataclasses import dataclass
from pathlib import Path

from bench.harness.gateways import S2S, Gateway
from experiments.compare import environments

PEERS = Path(__file__).resolve().parent / "peers"


@dataclass(frozen=True, slots=True, eq=False)
class PeerGateway(Gateway):
    """One that may need packages of its own."""

    environment: str = ""
    """Its own, see environments.py; empty: this project's."""
    max_talkers: int = 1_000
    """Talkers, unless the gateways were chosen by name: beyond it one core is known not to do."""

    def python(self) -> str:
        """Makes the environment first. Raises environments.Missing."""
        return str(environments.prepare(self.environment)) if self.environment else Gateway.python(self)

    def versions(self) -> dict[str, str]:
        return environments.pinned(self.environment) if self.environment else Gateway.versions(self)


_BRIDGE = [str(PEERS / "bridge.py"), "--port", "{port}", "--upstream", "{upstream}"]
_FASTRTC = [str(PEERS / "fastrtc_bot.py"), "--port", "{port}", "--upstream", "{upstream}"]

GATEWAYS: dict[str, Gateway] = {
    gateway.name: gateway
    for gateway in (
        S2S,
        PeerGateway(
            name="bridge",
            title="bare bridge",
            talker="bench.harness.channel_talkers:BridgeTalker",
            program=_BRIDGE,
            note="the floor: PCM over a DataChannel to a WebSocket and back in frames of 20 ms, uvloop; no sessions, "
            "turns, limits, resumption or records",
        ),
        PeerGateway(
            name="bridge-burst",
            title="bare bridge, unpaced",
            talker="bench.harness.channel_talkers:BridgeTalker",
            program=[*_BRIDGE, "--burst"],
            note="the bridge without a clock: voice goes out in bursts, as it comes",
        ),
        PeerGateway(
            name="pipecat",
            title="pipecat",
            talker="experiments.compare.media_talkers:PipecatTalker",
            environment="pipecat",
            max_talkers=20,
            program=[str(PEERS / "pipecat_bot.py"), "--port", "{port}", "--upstream", "{upstream}"],
            note="SmallWebRTCTransport and GeminiLiveLLMService as in its realtime-gemini-live example, on uvloop; "
            "Opus on a media track; no local voice detector, which is its default with Gemini Live",
        ),
        PeerGateway(
            name="fastrtc",
            title="fastrtc",
            talker="experiments.compare.media_talkers:FastrtcTalker",
            environment="fastrtc",
            program=[*_FASTRTC, "--clear"],
            note="an AsyncStreamHandler for Gemini after its demo, with `clear_queue()` on `interrupted` added; Opus "
            "on a media track; plain asyncio, since it does not depend on uvloop",
        ),
        PeerGateway(
            name="fastrtc-demo",
            title="fastrtc as published",
            talker="experiments.compare.media_talkers:FastrtcTalker",
            environment="fastrtc",
            # It differs in one figure, which does not depend on the number.
            max_talkers=5,
            program=_FASTRTC,
            note="the same without that line, as the demo is published: what was said before `interrupted` plays out",
        ),
    )
}
DEFAULT_GATEWAYS = ("s2s", "bridge", "pipecat", "fastrtc", "fastrtc-demo")
NOT_COMPARED = "livekit-agents is not here: it needs a LiveKit server, which no package of Debian or PyPI brings."
