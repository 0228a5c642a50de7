"""A disturbed window of the Opus experiment."""

from bench.harness.metrics import Figures
from experiments.opus import command
from tests.bench.test_load_verdict import figures


def test_a_disturbed_window_of_the_opus_bench_is_measured_again_until_one_is_clean():
    ways = iter([figures(10, faults=("late", "busy")), figures(10, faults=("late",)), figures(10), figures(10)])
    asked: list[str] = []

    def window(head: str) -> Figures:
        asked.append(head)
        return next(ways)

    assert command._clean(window, "pcm: ").faults == []
    assert asked == ["pcm: ", "pcm: attempt 2: ", "pcm: attempt 3: "]
    always = command._clean(lambda _: figures(10, faults=("late",)), "pcm: ")
    assert always.faults == ["late"]
