"""One thread that works through jobs, urgent ones first. Results come back on the event loop."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from threading import Condition, Thread
from typing import Generic, TypeVar

from gemini_emulator.engine import Key

log = logging.getLogger("gemini_emulator")

Work = TypeVar("Work")
Answer = TypeVar("Answer")

URGENT, SPECULATIVE = 0, 1
LONGEST_JOB_S = 5.0
MOST_WAITING = 256
"""Beyond this the least urgent job is answered with `failed` at once: better silence than minutes of delay."""


class Worker(Generic[Work, Answer]):
    """`run` works in the thread. A job that raises is logged and answered with `failed`."""

    def __init__(self, name: str, run: Callable[[Work], Answer], failed: Answer) -> None:
        self._run, self._failed = run, failed
        self._order = itertools.count()
        self._heap: list[tuple[int, int, Key]] = []
        self._jobs: dict[Key, tuple[Work, Callable[[Answer], None], asyncio.AbstractEventLoop]] = {}
        self._wake = Condition()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, key: Key, work: Work, done: Callable[[Answer], None], urgency: int = URGENT) -> None:
        """`done` is called on the calling loop, unless the job is forgotten before."""
        loop = asyncio.get_running_loop()
        with self._wake:
            if len(self._jobs) >= MOST_WAITING:
                log.warning("%s is overloaded; a job was dropped", self._thread.name)
                loop.call_soon(done, self._failed)
                return
            self._jobs[key] = (work, done, loop)
            heapq.heappush(self._heap, (urgency, next(self._order), key))
            self._wake.notify()

    def hurry(self, key: Key) -> None:
        """Before all that is not urgent. No effect on a job that runs or is done."""
        with self._wake:
            if key in self._jobs:
                heapq.heappush(self._heap, (URGENT, next(self._order), key))
                self._wake.notify()

    def forget(self, key: Key) -> None:
        """A job that already runs is finished, its result thrown away by whoever asked."""
        with self._wake:
            self._jobs.pop(key, None)

    def close(self) -> None:
        """Drop what waits, and wait for the job at hand: native code must not outlive the interpreter."""
        with self._wake:
            self._jobs.clear()
            self._heap = [(URGENT, -1, (0, 0))]
            self._wake.notify()
        self._thread.join(LONGEST_JOB_S)

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._heap:
                    self._wake.wait()
                _, order, key = heapq.heappop(self._heap)
                if order < 0:
                    return
                job = self._jobs.pop(key, None)
            if job is None:
                continue
            work, done, loop = job
            self._deliver(loop, done, self._attempt(work))

    def _attempt(self, work: Work) -> Answer:
        try:
            return self._run(work)
        except Exception:
            log.exception("%s failed on a job", self._thread.name)
            return self._failed

    @staticmethod
    def _deliver(loop: asyncio.AbstractEventLoop, done: Callable[[Answer], None], answer: Answer) -> None:
        try:
            loop.call_soon_threadsafe(done, answer)
        except RuntimeError:
            log.debug("a result came after the end")
