"""Drain calls on SIGTERM and Ctrl-C before the server stops; a second signal stops it at once.

Calls may finish within S2S_SHUTDOWN_S (`SessionManager.drain`). On its own the server would close its sockets first:
new calls would be refused without a reason, and a WebSocket call would end mid-word.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def drain_before_shutdown(drain: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Delay the server's own signal handlers until `drain` has finished, for as long as the context is open.

    Signals without a handler of the server are left alone.
    """
    loop = asyncio.get_running_loop()
    draining: list[asyncio.Task[None]] = []
    server_handlers: dict[int, _Handler] = {}

    async def drain_then_stop(number: int) -> None:
        try:
            await drain()
        finally:
            server_handlers[number](number, None)

    def begin_draining(number: int) -> None:
        if draining:
            server_handlers[number](number, None)
        else:
            draining.append(asyncio.create_task(drain_then_stop(number), name="drain"))

    def on_signal(number: int, _: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin_draining, number)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler) and handler is not signal.default_int_handler:
                server_handlers[number] = handler
                signal.signal(number, on_signal)
    try:
        yield
    finally:
        for caught_number, handler in server_handlers.items():
            if signal.getsignal(caught_number) is on_signal:
                signal.signal(caught_number, handler)
