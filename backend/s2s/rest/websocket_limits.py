"""Hold WebSocket messages to what the protocol needs, however the app was started.

uvicorn's defaults are 16 MiB a message and permessage-deflate: 15 kB on the wire unfold to 15 MiB in the gateway before
the app sees any of it. The command line can set both, but not everybody types our command line.
"""

from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

MAX_MESSAGE_BYTES = 64 * 1024
"""The largest lawful message, a typed text of 8,000 characters, has 16 kB where none of them is escaped."""


def limit_websockets(protocol: Any = AutoWebSocketsProtocol) -> None:
    """For every new WebSocket of this process: no compression, no message above 64 KiB. Idempotent."""
    if protocol is None or hasattr(protocol, "s2s_limited"):
        return
    begin = protocol.__init__

    def __init__(self: Any, config: Config, *args: Any, **kwargs: Any) -> None:
        config.ws_per_message_deflate = False
        config.ws_max_size = min(config.ws_max_size, MAX_MESSAGE_BYTES)
        begin(self, config, *args, **kwargs)

    protocol.__init__ = __init__
    protocol.s2s_limited = True
