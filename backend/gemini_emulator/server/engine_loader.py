"""One engine for the whole process: loads once in a thread, tells who waits when it is ready or why it is missing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any

from gemini_emulator.speech.engine import Engine, EngineMissing, LanguageModel

log = logging.getLogger("gemini_emulator")

News = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Status:
    """`loading`, `ready` or `missing`; the message says why it is missing, or what stands in for what is."""

    state: str
    message: str = ""


class EngineHost:
    """`news` gets each step as the line that `--announce` prints, without the "event" field's siblings."""

    def __init__(
        self, engine: Engine, news: News = lambda line: None, language_model: LanguageModel | None = None
    ) -> None:
        self.engine = engine
        self.language_model = language_model
        self.status = Status("loading")
        self._news = news
        self._waiting: list[Callable[[Status], None]] = []

    def start(self) -> None:
        """Begin to load. Needs a running loop."""
        loop = asyncio.get_running_loop()
        begun = time.monotonic()
        loaded: Future[Status] = Future()
        loaded.add_done_callback(lambda done: _on_loop(loop, lambda: self._loaded(done.result(), begun)))

        def progress(step: str, done: int, of: int) -> None:
            line = {"event": "engine", "state": "loading", "step": step, "done": done, "of": of}
            _on_loop(loop, lambda: self._news(line))

        Thread(target=lambda: loaded.set_result(_load(self.engine, progress)), name="engine-load", daemon=True).start()

    def when_settled(self, tell: Callable[[Status], None]) -> None:
        """Called once, now or later, on the loop."""
        if self.status.state == "loading":
            self._waiting.append(tell)
        else:
            tell(self.status)

    async def settled(self) -> Status:
        """Waits until the engine is ready or missing."""
        status: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self.when_settled(lambda now: None if status.done() else status.set_result(now))
        return await status

    def _loaded(self, status: Status, begun: float) -> None:
        self.status = status
        if status.state == "ready":
            took_ms = round((time.monotonic() - begun) * 1000)
            line = {"event": "engine", "state": "ready", "took_ms": took_ms}
            self._news({**line, "message": status.message} if status.message else line)
        else:
            self._news({"event": "engine", "state": "missing", "message": status.message})
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell(status)


def _load(engine: Engine, progress: Callable[[str, int, int], None]) -> Status:
    try:
        sentence = engine.load(progress) or ""
    except EngineMissing as missing:
        return Status("missing", str(missing))
    except Exception:
        log.exception("The speech engine failed to load")
        return Status("missing", "The local speech engine could not start; the emulator's log says why.")
    if sentence:
        log.warning("%s", sentence)
    return Status("ready", sentence)


def _on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        # The server ended while the engine was still loading; there is no listener left.
        log.debug("engine news after the end")
