"""Two commits in alternation: a ratio with its interval, and a verdict."""

import pytest

from bench.benchmarks.alternate import Ratio


def test_the_median_ratio_decides_and_its_interval_is_told():
    ratio = Ratio("CPU of a call", [1.0, 1.1, 0.9, 1.02, 1.01], 1.05)
    low, high = ratio.interval
    assert ratio.median == pytest.approx(1.01)
    assert 0.9 <= low <= ratio.median <= high <= 1.1
    assert ratio.holds
    assert ratio.line().endswith("at most 1.05: holds")
    assert not Ratio("CPU of a call", [1.2, 1.06, 1.0], 1.05).holds
