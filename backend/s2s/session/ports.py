"""Ports of a session: browser, model connection, tools."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from s2s.core.effects import Dial, Redial
from s2s.core.events import UpstreamEvent
from s2s.core.link.upstream_buffer import UpstreamEffect
from s2s.upstream.codec.setup_message import SessionConfig


class Browser(Protocol):
    """The browser's transport. Sends never block: each adapter has its own bounded send queue."""

    @property
    def queued_audio_ms(self) -> int:
        """Milliseconds of audio that the network has not accepted yet."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """Queue one encoded audio frame. It may be dropped if the browser is far behind."""
        ...

    def send_control(self, text: str) -> None:
        """Queue one control message. Never dropped."""
        ...

    def begin_batch(self) -> None:
        """Start a batch: sends may be held until `end_batch`, which follows before control returns to the loop."""
        ...

    def end_batch(self) -> None:
        """Send what the batch held back."""
        ...

    def dismiss(self, last_message: str, code: int) -> None:
        """Accept nothing more, deliver a last control message and close. `code`: close code of a WebSocket."""
        ...

    async def close(self) -> None:
        """Close the transport. Idempotent."""
        ...


class ModelConnection(Protocol):
    """The upstream socket of one session."""

    def dial(self, wanted: Dial) -> None:
        """Open a socket in the background. Its end is reported as SocketLost, exactly once."""
        ...

    def send(self, effect: UpstreamEffect) -> None:
        """Queue one message. Never blocks."""
        ...

    def redial(self, wanted: Redial) -> None:
        """Close the open socket, then dial, in the background."""
        ...

    async def hang_up(self) -> None:
        """Close the socket. No SocketLost follows."""
        ...

    async def close(self) -> None:
        """Close the socket for good. Later dials are ignored."""
        ...


class ToolOutcome(Protocol):
    """The result of a function call."""

    @property
    def ok(self) -> bool: ...
    @property
    def response(self) -> Mapping[str, Any]: ...
    @property
    def summary(self) -> str: ...


class Tools(Protocol):
    """The functions that the model may call. `call` raises only CancelledError."""

    def call(self, name: str, args: dict[str, Any]) -> Coroutine[Any, Any, ToolOutcome]: ...


OpenModel = Callable[[SessionConfig, Callable[[UpstreamEvent], None]], ModelConnection]
