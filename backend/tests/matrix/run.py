"""Many cells at once in one event loop."""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.matrix.cell import Outcome, play
from tests.matrix.faults import NO_FAULT, Fault, Phase

AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Result:
    fault: str
    phase: str
    outcome: Outcome | None
    error: str
    """Why there is no outcome: the call did not survive, or something was left behind."""


async def run(folder: Path, cells: Sequence[tuple[Fault, Phase]], *, at_once: int = AT_ONCE) -> list[Result]:
    """Plays the cells, the runs without a fault first: a pause is what is longer than there."""
    logging.lastResort, last_resort = None, logging.lastResort
    gate, done = asyncio.Semaphore(at_once), [0]
    baseline: dict[Phase, float] = {}

    async def one(number: int, fault: Fault, phase: Phase) -> Result:
        async with gate:
            began = time.monotonic()
            try:
                outcome, first = await play(folder / str(number), fault, phase, baseline.get(phase, 60.0))
            except Exception as failure:
                result = Result(fault.key, phase, None, f"{type(failure).__name__}: {failure}")
            else:
                baseline.setdefault(phase, first)
                result = Result(fault.key, phase, outcome, "")
        done[0] += 1
        _progress(done[0], total, result, time.monotonic() - began)
        return result

    first = [(NO_FAULT, phase) for phase in Phase if any(one[1] is phase for one in cells)]
    rest = [cell for cell in cells if cell[0] is not NO_FAULT]
    total = len(first) + len(rest)
    try:
        results = await asyncio.gather(*(one(at, *cell) for at, cell in enumerate(first)))
        results += await asyncio.gather(*(one(len(first) + at, *cell) for at, cell in enumerate(rest)))
        # A machine that is busy with other things ends no call: whoever failed plays once more, nearly alone.
        for at, (cell, result) in enumerate(zip([*first, *rest], list(results), strict=True)):
            if result.outcome is None:
                results[at] = await one(total + at, *cell)
    finally:
        logging.lastResort = last_resort
    return [*results]


def _progress(done: int, total: int, result: Result, took_s: float) -> None:
    what = f"{result.outcome.noticed}, lost {result.outcome.lost}" if result.outcome else result.error
    print(f"{done}/{total} {took_s:5.1f} s  {result.fault}, {result.phase}: {what}", file=sys.stderr, flush=True)
