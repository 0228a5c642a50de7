"""Limit WebSocket messages to what the protocol needs, however the server was started.

uvicorn's defaults are 16 MiB per message and permessage-deflate: 15 kB on the wire expand to 15 MiB in the gateway
before the app sees any of it. Both can be set on uvicorn's command line, but not every deployment uses ours.
"""

import sys
from typing import Any

from uvicorn.config import Config

from s2s.transport.websocket_pacing import pace

MAX_MESSAGE_BYTES = 64 * 1024
"""The largest valid message, a typed text of 8,000 characters, takes 16 kB if none of them is escaped."""
IMPLEMENTATIONS = (
    ("uvicorn.protocols.websockets.websockets_sansio_impl", "WebSocketsSansIOProtocol"),
    ("uvicorn.protocols.websockets.websockets_impl", "WebSocketProtocol"),
    ("uvicorn.protocols.websockets.wsproto_impl", "WSProtocol"),
)
"""All that `uvicorn --ws` can choose."""


def limit_websockets() -> None:
    """Disable compression, refuse messages above 64 KiB and pace the input of all new WebSockets. Idempotent.

    Called when the app starts: the server has loaded its implementation by then, and the others need not be.
    """
    for module, name in IMPLEMENTATIONS:
        if module in sys.modules:
            _limit(getattr(sys.modules[module], name))


def _limit(protocol: Any) -> None:
    if hasattr(protocol, "s2s_limited"):
        return
    begin = protocol.__init__

    def __init__(self: Any, config: Config, *args: Any, **kwargs: Any) -> None:
        config.ws_per_message_deflate = False
        config.ws_max_size = min(config.ws_max_size, MAX_MESSAGE_BYTES)
        begin(self, config, *args, **kwargs)

    protocol.__init__ = __init__
    pace(protocol)
    protocol.s2s_limited = True
