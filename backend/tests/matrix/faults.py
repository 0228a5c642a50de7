"""Every fault of the matrix: what the emulator can play, and what a network can do without namespaces."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gemini_emulator.protocol.close_codes import CLOSES

if TYPE_CHECKING:
    from tests.matrix.cell import Call


class Phase(StrEnum):
    """When it happens."""

    LISTENING = "listening"
    HEARING = "you speak"
    THINKING = "thinking"
    TOOL = "function runs"
    SPEAKING = "speaking"
    DRAINING = "last words"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row. `orders` are lines as in a scenario, done at once on every open connection."""

    group: str
    title: str
    orders: tuple[str, ...] = ()
    person: str = ""
    """What happens to the page instead: `kill`, `silent`, `reload`."""
    carrier: str = "websocket"
    leaves_socket: bool = False
    """The emulator cannot see that its end was closed."""
    apart_s: float = 0.0
    """Between two orders."""

    @property
    def key(self) -> str:
        return f"{self.group}: {self.title}"

    async def play(self, call: "Call") -> None:
        """It happens now."""
        if self.person:
            await getattr(_OfThePage, self.person)(call)
        call.emulator.do(*self.orders)


class _OfThePage:
    """What a network and a person do to a page."""

    @staticmethod
    async def kill(call: "Call") -> None:
        await call.person.lose_carrier()
        await asyncio.sleep(0.2)
        await call.person.come_back()

    @staticmethod
    async def reload(call: "Call") -> None:
        await call.person.lose_carrier()
        await asyncio.sleep(0.5)
        await call.person.come_back(reloaded=True)

    @staticmethod
    async def silent(call: "Call") -> None:
        line = call.person.fall_silent()
        [session] = call.gateway.sessions.all_sessions()
        async with asyncio.timeout(10):
            await session.browser_gone.wait()
        # Nobody answers a closing handshake on a dead line; a page does not wait for it.
        line._socket.transport.abort()
        await line.close()
        await call.person.come_back()


NO_FAULT = Fault("none", "no fault")
_DIAL_AGAIN = "close: no_close_frame"
_ANSWERS = {
    "a stall of 3 s": "stall: 3",
    "an endless stall": "stall: 600",
    "a voice that cannot be heard": "near_silent",
    "an empty turn": "empty_turn",
    "RESPONSE_REJECTED": "rejected",
    "a turn that ends too early": "early_turn_complete",
    "a turn that never ends": "no_turn_complete",
    "the answer twice, in two turns": "duplicate_answer",
    "the answer twice, in one": "duplicate_answer: generation",
    "interrupted, though no one spoke": "interrupted",
    "reasoning among the answer": "thought: The user wants something.",
    "no answer any more": "freeze",
    "no answer after a barge-in": "freeze_after_barge_in",
}
_HANDSHAKES = (401, 403, 404, 429, 503)
_NETWORK = {
    "TCP reset": ("reset",),
    "half-open line": ("half_open",),
    "slow line, 60 kB/s and 200 ms": ("slow_network: {bytes_per_s: 60000, latency_s: 0.2}",),
    "pongs 15 s late": ("late_pongs: 15",),
}
# Silence is the only sign of a line that is half open: some answer must be due before anybody can know.
_LEAVES_SOCKET = {"half-open line"}


def every_fault() -> list[Fault]:
    """In the order of the table, the run without a fault first."""
    return [
        NO_FAULT,
        Fault("hand-over", "goAway, 50 s left", ("go_away: 50",)),
        Fault("hand-over", "goAway, 2 s left", ("go_away: 2",)),
        *(Fault("close", f"{row} ({CLOSES[row].code})", (f"close: {row}",)) for row in CLOSES),
        *(Fault("answer", title, (order,)) for title, order in _ANSWERS.items()),
        *(Fault("dial", f"lost, then HTTP {status}", (f"http: {status}", _DIAL_AGAIN)) for status in _HANDSHAKES),
        Fault("dial", "lost, then HTTP 503 three times", ("http: 503", "http: 503", "http: 503", _DIAL_AGAIN)),
        Fault("dial", "lost, then a handshake of 3 s", ("slow_accept: 3", _DIAL_AGAIN)),
        Fault("dial", "lost, and the handle is poisoned", ("poison_handle", _DIAL_AGAIN)),
        Fault("dial", "lost, and the handle has expired", ("expire_handle", _DIAL_AGAIN)),
        *(Fault("network", title, orders, leaves_socket=title in _LEAVES_SOCKET) for title, orders in _NETWORK.items()),
        Fault("page", "its WebSocket is killed", person="kill"),
        Fault("page", "its peer connection is killed", person="kill", carrier="webrtc"),
        Fault("page", "it says nothing for 6 s", person="silent"),
        Fault("page", "it is loaded again", person="reload"),
    ]


def cells() -> list[tuple[Fault, Phase]]:
    """The whole matrix."""
    return [(fault, phase) for fault in every_fault() for phase in Phase]
