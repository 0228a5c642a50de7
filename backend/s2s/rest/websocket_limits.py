"""Limit WebSocket messages to what the protocol needs, however the app was started.

uvicorn's defaults are 16 MiB per message and permessage-deflate: 15 kB on the wire expand to 15 MiB in the gateway
before the app sees any of it. Both can be set on uvicorn's command line, but not every deployment uses ours.
"""

from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

MAX_MESSAGE_BYTES = 64 * 1024
"""The largest valid message, a typed text of 8,000 characters, takes 16 kB if none of them is escaped."""


def limit_websockets(protocol: Any = AutoWebSocketsProtocol) -> None:
    """Disable compression and refuse messages above 64 KiB on all new WebSockets of this process. Idempotent."""
    if protocol is None or hasattr(protocol, "s2s_limited"):
        return
    begin = protocol.__init__

    def __init__(self: Any, config: Config, *args: Any, **kwargs: Any) -> None:
        config.ws_per_message_deflate = False
        config.ws_max_size = min(config.ws_max_size, MAX_MESSAGE_BYTES)
        begin(self, config, *args, **kwargs)

    protocol.__init__ = __init__
    protocol.s2s_limited = True
