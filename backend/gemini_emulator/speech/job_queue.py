"""Threads that work through jobs, urgent ones first. Results come back on the event loop."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Generic, TypeVar

from gemini_emulator.speech.engine import Key

log = logging.getLogger("gemini_emulator")

Work = TypeVar("Work")
Answer = TypeVar("Answer")

URGENT, SPECULATIVE, SPARE = 0, 1, 2
"""SPARE: only if nothing else waits, and never in the last free thread when there are several."""
JOB_TIMEOUT_S = 5.0
MAX_WAITING_JOBS = 256
"""Beyond this the least urgent job is answered with `failed` at once: better silence than minutes of delay."""


class JobQueue(Generic[Work, Answer]):
    """A priority queue with one thread for each of `runs`. A job that raises is logged and answered with `failed`."""

    def __init__(self, name: str, runs: Sequence[Callable[[Work], Answer]], failed: Answer) -> None:
        self._failed = failed
        self._order = itertools.count()
        self._heap: list[tuple[int, int, Key]] = []
        self._jobs: dict[Key, tuple[Work, Callable[[Answer], None], asyncio.AbstractEventLoop]] = {}
        self._wake = Condition()
        self._busy = 0
        self._closed = False
        self._name = name
        self._threads = [
            Thread(target=self._work, args=(run,), name=f"{name}-{number}", daemon=True)
            for number, run in enumerate(runs)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, key: Key, work: Work, done: Callable[[Answer], None], urgency: int = URGENT) -> None:
        """`done` is called on the calling loop, unless the job is forgotten before."""
        loop = asyncio.get_running_loop()
        with self._wake:
            if len(self._jobs) >= MAX_WAITING_JOBS:
                log.warning("%s is overloaded; a job was dropped", self._name)
                loop.call_soon(done, self._failed)
                return
            self._jobs[key] = (work, done, loop)
            heapq.heappush(self._heap, (urgency, next(self._order), key))
            self._wake.notify()

    def prioritise_job(self, key: Key) -> None:
        """Move a job before all that are not urgent. No effect on a job that runs or is done."""
        with self._wake:
            if key in self._jobs:
                heapq.heappush(self._heap, (URGENT, next(self._order), key))
                self._wake.notify()

    def cancel_job(self, key: Key) -> None:
        """Drop a waiting job. One that already runs is finished, and the caller ignores its result."""
        with self._wake:
            self._jobs.pop(key, None)

    def submit_if_idle(self, key: Key, work: Work, done: Callable[[Answer], None]) -> None:
        """Run now if a thread is idle and another one stays free for urgent jobs; otherwise answer `failed`."""
        with self._wake:
            free = len(self._threads) - self._busy - len(self._jobs)
        if free > (1 if len(self._threads) > 1 else 0):
            self.submit(key, work, done, SPARE)
        else:
            asyncio.get_running_loop().call_soon(done, self._failed)

    def close(self) -> None:
        """Drop what waits, and wait for the jobs at hand: native code must not outlive the interpreter."""
        with self._wake:
            self._jobs.clear()
            self._closed = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(JOB_TIMEOUT_S)

    def _work(self, run: Callable[[Work], Answer]) -> None:
        while (job := self._next()) is not None:
            work, done, loop = job
            try:
                answer = self._attempt(run, work)
            finally:
                with self._wake:
                    self._busy -= 1
            self._deliver(loop, done, answer)

    def _next(self) -> tuple[Work, Callable[[Answer], None], asyncio.AbstractEventLoop] | None:
        """Waits for it. None at the end."""
        with self._wake:
            while not self._closed:
                while self._heap:
                    job = self._jobs.pop(heapq.heappop(self._heap)[2], None)
                    if job is not None:
                        self._busy += 1
                        return job
                self._wake.wait()
        return None

    def _attempt(self, run: Callable[[Work], Answer], work: Work) -> Answer:
        try:
            return run(work)
        except Exception:
            log.exception("%s failed on a job", self._name)
            return self._failed

    @staticmethod
    def _deliver(loop: asyncio.AbstractEventLoop, done: Callable[[Answer], None], answer: Answer) -> None:
        try:
            loop.call_soon_threadsafe(done, answer)
        except RuntimeError:
            log.debug("a result came after the end")
