"""Event loop lag of a process: evidence that tells a starved machine from a program that lost something."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

BEAT_S = 0.05
NOTICED_S = 0.1
"""Shorter pauses are everyday life."""


@dataclass(frozen=True, slots=True)
class Pause:
    """An event loop that should have woken at `at` (CLOCK_MONOTONIC, which processes of one machine share)."""

    at: float
    late_s: float


async def watch_loop(told: Callable[[Pause], None]) -> None:
    """Report every noticeable pause of the running loop until cancelled."""
    while True:
        due = monotonic() + BEAT_S
        await asyncio.sleep(BEAT_S)
        late_s = monotonic() - due
        if late_s > NOTICED_S:
            told(Pause(due, round(late_s, 3)))


def worst_s(pauses: Iterable[Pause], began: float, ended: float) -> float:
    """Return the longest pause that overlaps this interval; 0.0 if none does."""
    return max((pause.late_s for pause in _within(pauses, began, ended)), default=0.0)


def total_s(pauses: Iterable[Pause], began: float, ended: float) -> float:
    """Return for how much of this interval the loop was late."""
    return sum(
        min(ended, pause.at + pause.late_s) - max(began, pause.at) for pause in _within(pauses, began, ended)
    )  # fmt: skip


def _within(pauses: Iterable[Pause], began: float, ended: float) -> list[Pause]:
    return [pause for pause in pauses if pause.at < ended and pause.at + pause.late_s > began]


def queued_s(pid: int) -> float | None:
    """So long this process's main thread could have run and had no processor, since it began; None: not on Linux."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None
