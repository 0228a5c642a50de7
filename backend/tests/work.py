"""Whether the work for a longer input grows no faster than the input.

No clock is compared with a number of seconds, and only the time that the processor spent on this process counts,
whatever else the machine does.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GROWTH = 8
"""So much longer is the longer input."""
_ALLOWED = 3 * GROWTH
"""Linear work takes 8 times as long, quadratic work 64 times: half way between, on a logarithmic scale."""
_SMALLEST_S = 2e-4
"""Shorter times are mostly those of the measurement."""
_TRIALS = 5


def grows_too_fast(work: Callable[[T], object], text_of: Callable[[int], T], chars: int) -> str:
    """What was found when it does, or nothing. The best of several trials counts, and a suspicion is tried again."""
    for _ in range(3):
        short, long = (_best_s(work, text_of(length)) for length in (chars, chars * GROWTH))
        if long <= _ALLOWED * max(short, _SMALLEST_S):
            return ""
    return f"{chars} characters took {short * 1000:.2f} ms, {chars * GROWTH} took {long * 1000:.2f} ms"


def _best_s(work: Callable[[T], object], text: T) -> float:
    return min(_one_s(work, text) for _ in range(_TRIALS))


def _one_s(work: Callable[[T], object], text: T) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began
