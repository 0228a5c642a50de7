"""Run the emulator as a child process: start, watch, restart, and stop it with the gateway.

It is a separate process, so that its inference never adds jitter to the audio path. It watches its standard
input: when the gateway dies, the pipe closes and the child exits.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from s2s.logs import LOGGER

COMMAND = (sys.executable, "-m", "gemini_emulator", "--host", "127.0.0.1", "--port", "0", "--announce")
STOP_TIMEOUT_S = 3.0
START_TIMEOUT_S = 20.0
INITIAL_BACKOFF_S = 0.5
MAX_BACKOFF_S = 30.0


@dataclass(frozen=True, slots=True)
class EngineState:
    """State of the child process."""

    state: Literal["off", "starting", "loading", "ready", "missing", "down"] = "off"
    message: str = ""
    """Message for users while it loads, if something is missing, or if a substitute is used."""


class EmulatorProcess:
    """The child process that all sessions share."""

    def __init__(
        self, environment: Mapping[str, str], on_change: Callable[[EngineState], None] = lambda _: None
    ) -> None:
        """`environment`: all that the child gets of ours, which holds keys that it has no use for."""
        self._environment = environment
        self.state = EngineState()
        self.on_change = on_change
        self.pid: int | None = None
        self.restarts = 0
        self._url: str | None = None
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the child and return at once; it loads in the background."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="local engine")

    async def base_url(self) -> str:
        """Return ws://host:port once the child listens. Raises TimeoutError."""
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._listening.wait()
        assert self._url is not None
        return self._url

    @property
    def listening(self) -> bool:
        return self._listening.is_set()

    async def stop(self) -> None:
        """Stop the child and wait until it has exited."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._set(EngineState("off"))

    async def _watch(self) -> None:
        pause_s = INITIAL_BACKOFF_S
        while True:
            self._set(EngineState("starting", "The local engine is starting."))
            child = await asyncio.create_subprocess_exec(
                *COMMAND,
                "--exit-on-stdin-eof",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._environment,
                # Ctrl-C in a terminal reaches the whole group; only we may stop the child.
                start_new_session=True,
            )
            self.pid = child.pid
            try:
                was_ready = await self._read(child)
            finally:
                self._listening.clear()
                self._url = self.pid = None
                await _end(child)
            pause_s = INITIAL_BACKOFF_S if was_ready else min(pause_s * 2, MAX_BACKOFF_S)
            self._set(EngineState("down", "The local engine stopped and is restarting."))
            LOGGER.error(
                "the local engine ended with code %s; it is started again in %.1f s",
                child.returncode,
                pause_s,
                extra={"code": "engine_down"},
            )
            self.restarts += 1
            await asyncio.sleep(pause_s)

    async def _read(self, child: asyncio.subprocess.Process) -> bool:
        """Read the child's announcements until it exits. Returns True if it ever listened."""
        assert child.stdout is not None
        was_listening = False
        async for line in child.stdout:
            try:
                news = json.loads(line)
            except ValueError:
                LOGGER.warning("the local engine printed something odd: %.200r", line, extra={"code": "engine_odd"})
                continue
            was_listening = self._on_line(news) or was_listening
        return was_listening

    def _on_line(self, news: dict[str, object]) -> bool:
        match news:
            case {"event": "listening", "host": host, "port": port}:
                self._url = f"ws://{host}:{port}"
                self._listening.set()
                self._set(EngineState("loading", "The local engine is loading."))
                return True
            case {"event": "engine", "state": "loading", "step": step, "done": done, "of": of}:
                self._set(EngineState("loading", f"The local engine is loading its {step} ({done} of {of})."))
            case {"event": "engine", "state": "ready", "message": str(message)}:
                self._set(EngineState("ready", message))
                LOGGER.warning("the local engine is ready, with a replacement: %s", message)
            case {"event": "engine", "state": "ready"}:
                self._set(EngineState("ready"))
                LOGGER.info("the local engine is ready")
            case {"event": "engine", "state": "missing", "message": str(message)}:
                self._set(EngineState("missing", message))
                LOGGER.error("%s", message, extra={"code": "engine_missing"})
        return False

    def _set(self, state: EngineState) -> None:
        if state != self.state:
            self.state = replace(state)
            self.on_change(state)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Close the child's stdin, which asks it to exit; kill it after a timeout."""
    if child.returncode is None:
        assert child.stdin is not None
        child.stdin.close()
        for insist in (child.terminate, child.kill):
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await child.wait()
                return
            except TimeoutError:
                insist()
        await child.wait()
