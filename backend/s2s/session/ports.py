"""Ports of a session: browser, model connection, tools."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from s2s.core.effects import Dial, Redial
from s2s.core.events import UpstreamEvent
from s2s.core.link.upstream_buffer import UpstreamEffect
from s2s.upstream.codec.setup_message import SessionConfig


class Browser(Protocol):
    """The listener's transport. Sends never block: each adapter owns its bounded outbox."""

    @property
    def queued_audio_ms(self) -> int:
        """Voice that the network has not taken yet."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """One encoded audio frame; may be dropped when the listener is far behind."""
        ...

    def send_control(self, text: str) -> None:
        """One control message; never dropped."""
        ...

    def begin_batch(self) -> None:
        """What is sent from now on belongs together: it may wait for `release`, which follows in the same moment."""
        ...

    def end_batch(self) -> None:
        """What was held goes out."""
        ...

    async def close(self) -> None:
        """Idempotent."""
        ...


class ModelConnection(Protocol):
    """The upstream socket of one session."""

    def dial(self, wanted: Dial) -> None:
        """Open a socket in the background; its end comes as SocketLost, exactly once."""
        ...

    def send(self, effect: UpstreamEffect) -> None:
        """Queues one frame; never blocks."""
        ...

    def redial(self, wanted: Redial) -> None:
        """Close the open socket, then dial, in the background."""
        ...

    async def hang_up(self) -> None:
        """Closes the socket; no SocketLost follows."""
        ...

    async def close(self) -> None:
        """Closes the socket for good: nothing is dialled any more."""
        ...


class ToolOutcome(Protocol):
    """What a function call came to."""

    @property
    def ok(self) -> bool: ...
    @property
    def response(self) -> Mapping[str, Any]: ...
    @property
    def summary(self) -> str: ...


class Tools(Protocol):
    """The functions that the model may call. `call` raises nothing but CancelledError."""

    def call(self, name: str, args: dict[str, Any]) -> Coroutine[Any, Any, ToolOutcome]: ...


OpenModel = Callable[[SessionConfig, Callable[[UpstreamEvent], None]], ModelConnection]
