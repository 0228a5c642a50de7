"""The emulator on a background thread, for tests without an event loop or with a different one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from gemini_emulator.in_process import Emulator, running_emulator
from gemini_emulator.scenarios.actions import Action
from gemini_emulator.scenarios.scenario import Scenario
from gemini_emulator.server.traffic_log import Seen

Result = TypeVar("Result")

START_TIMEOUT_S = 60.0
CALL_TIMEOUT_S = 10.0
KEY = "local"


class LiveEmulator:
    """What `Emulator` offers, callable from any thread. A context manager."""

    def __init__(self, engine: str = "tone", **knobs: Any) -> None:
        """The arguments of `running_emulator`."""
        self._wanted = {"engine": engine} | knobs
        self._started: Future[Emulator] = Future()
        self._thread = threading.Thread(target=self._run, name="gemini-live-emulator", daemon=True)

    def __enter__(self) -> LiveEmulator:
        self._thread.start()
        self._emulator = self._started.result(START_TIMEOUT_S)
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    # Where it is

    @property
    def url(self) -> str:
        """The Developer API's socket, with a key."""
        return f"{self._emulator.url}?key={KEY}"

    @property
    def base_url(self) -> str:
        """ws://host:port, for a client that adds the path."""
        return self._emulator.base_url

    @property
    def tls_url(self) -> str:
        """https://host:port, if `tls_folder` was given."""
        return self._emulator.tls_url

    @property
    def environment(self) -> dict[str, str]:
        """What makes the official SDK, and what is built on it, come here. Needs `tls_folder`."""
        return {
            "GOOGLE_GEMINI_BASE_URL": self.tls_url,
            "GOOGLE_VERTEX_BASE_URL": self.tls_url,
            "GEMINI_API_KEY": KEY,
            "SSL_CERT_FILE": str(self._emulator.certificate),
            "NO_PROXY": "127.0.0.1,localhost",
        }

    # What it saw

    @property
    def received(self) -> list[dict[str, Any]]:
        """Client messages of all connections, audio as its length in bytes."""
        return self._call(lambda emulator: emulator.received)

    @property
    def seen(self) -> list[Seen]:
        """Every connection since the start, oldest first."""
        return self._call(lambda emulator: list(emulator.seen))

    @property
    def audio_bytes(self) -> int:
        """Audio that came up, over all connections."""
        return self._call(lambda emulator: emulator.audio_bytes)

    @property
    def open_sessions(self) -> int:
        return self._call(lambda emulator: emulator.open_sessions)

    def wait_for(self, condition: Callable[[Emulator], bool], timeout_s: float = 5.0) -> None:
        """Until this holds. It is called in the emulator's thread. Blocks; raises TimeoutError."""
        self._waiting(condition, timeout_s).result()

    async def until(self, condition: Callable[[Emulator], bool], timeout_s: float = 5.0) -> None:
        """The same for a test with an event loop."""
        await asyncio.wrap_future(self._waiting(condition, timeout_s))

    # What it is to do

    def do(self, *actions: Action | str, connection: int | None = None) -> None:
        """Let this happen now: `do("close: quota")`. Raises `gemini_emulator.scenarios.parser.Unreadable`, KeyError."""
        self._call(lambda emulator: emulator.do(*actions, connection=connection))

    def load(self, scenario: Scenario | Path | str) -> None:
        """Play this scenario from now on."""
        self._call(lambda emulator: emulator.load(scenario))

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._call(lambda emulator: emulator.skip(seconds))

    def call_tool(self, name: str, args: Mapping[str, Any] | None = None) -> None:
        """Send a `toolCall` on every open connection."""
        self._call(lambda emulator: emulator.call_tool(name, args))

    def go_away(self, time_left_s: float) -> None:
        """Say `goAway`, and close after that time."""
        self._call(lambda emulator: emulator.go_away(time_left_s))

    def interrupt(self) -> None:
        """Send `interrupted` and `turnComplete` on every open connection."""
        self._call(lambda emulator: emulator.interrupt())

    def drop(self) -> None:
        """Cut every open connection without a close frame."""
        self._call(lambda emulator: emulator.drop())

    def _call(self, work: Callable[[Emulator], Result]) -> Result:
        async def there() -> Result:
            return work(self._emulator)

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(CALL_TIMEOUT_S)

    def _waiting(self, condition: Callable[[Emulator], bool], timeout_s: float) -> Future[None]:
        emulator = self._emulator
        return asyncio.run_coroutine_threadsafe(emulator.wait_for(lambda: condition(emulator), timeout_s), self._loop)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _live(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with running_emulator(**self._wanted) as emulator:
            self._started.set_result(emulator)
            await self._stop.wait()
