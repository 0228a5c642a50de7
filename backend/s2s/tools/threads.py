"""Run functions that compute or block in threads, so that they stall neither the audio nor each other."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any

MAX_THREADS = 16
"""A function that never returns keeps its thread; with all of them taken, calls are refused instead of piling up."""


class AllThreadsBusy(Exception):
    """All threads are taken, by functions that take long or hang."""


class ThreadLimit:
    """Runs functions in daemon threads, `most` at a time.

    Python cannot end a thread: a caller that stops waiting is free at once, and the thread goes on until its function
    returns. It does not keep the process from ending.
    """

    def __init__(self, most: int = MAX_THREADS) -> None:
        self._free = threading.BoundedSemaphore(most)

    async def run(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Return what `function` returns, or raise what it raises. Raises AllThreadsBusy."""
        if not self._free.acquire(blocking=False):
            raise AllThreadsBusy
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()
        # With the caller's context: the log names the session that a function runs for.
        context = contextvars.copy_context()

        def work() -> None:
            try:
                found, error = context.run(function, **arguments), None
            except BaseException as raised:  # what a function raises is its caller's to handle
                found, error = None, raised
            finally:
                self._free.release()
            try:
                loop.call_soon_threadsafe(_settle, result, found, error)
            except RuntimeError:
                return  # The loop was closed in the meantime.

        threading.Thread(target=work, name=f"function {getattr(function, '__name__', '')}", daemon=True).start()
        return await result


def _settle(result: asyncio.Future[Any], found: Any, error: BaseException | None) -> None:
    if result.done():
        return  # The caller has stopped waiting.
    if error is None:
        result.set_result(found)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        result.set_exception(error)
    else:
        # A future takes no StopIteration, and SystemExit in a thread is no reason to end the gateway.
        result.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))
