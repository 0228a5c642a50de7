"""What a soak says: growth with its error, which windows count, and whose fault a missing answer was."""

from dataclasses import replace

import pytest

from bench.analysis.loop_lag import Pause, total_s, worst_s
from bench.analysis.soak_verdict import (
    MissingAnswer,
    Sample,
    Trend,
    Verdict,
    find_cause,
    fit_trends,
    has_failed,
    has_passed,
    part,
    table,
)
from bench.report.targets import TARGETS

CALM = Sample(at_s=0.0, memory_mb=120.0, fds=60, tasks=100, upstreams=20, sessions=20, calls=0)


def samples(growth_mb: float = 0.0, noise_mb: float = 0.2, number: int = 240) -> list[Sample]:
    """Every 5 s; memory grows by that much in all after the warm-up, and goes up and down by `noise_mb`."""
    made = []
    for at in range(number):
        memory = 120 + growth_mb * at / number / 0.75 + noise_mb * (-1) ** at
        made.append(replace(CALM, at_s=5.0 * at, memory_mb=memory, calls=at))
    return made


def memory(found: list[Trend]) -> Trend:
    return next(trend for trend in found if trend.name == "memory_mb")


def test_what_stays_the_same_is_flat_within_a_small_error() -> None:
    trend = memory(fit_trends(samples()))
    assert trend.verdict is Verdict.FLAT
    assert abs(trend.grown) < 0.5
    assert trend.error < 0.5


def test_a_leak_grows_by_what_leaked() -> None:
    trend = memory(fit_trends(samples(growth_mb=20)))
    assert trend.verdict is Verdict.GROWS
    assert trend.grown == pytest.approx(20, abs=0.5)


def test_ups_and_downs_larger_than_what_is_allowed_leave_it_open() -> None:
    wild = [replace(one, memory_mb=120 + 40 * ((at // 15) % 3 == 0)) for at, one in enumerate(samples())]
    assert memory(fit_trends(wild)).verdict is Verdict.UNCLEAR


def test_windows_in_which_the_talkers_stood_still_do_not_count() -> None:
    starved = [
        replace(one, memory_mb=300.0, client_late_s=5.0) if at % 4 == 3 else one for at, one in enumerate(samples())
    ]
    assert memory(fit_trends(starved)).verdict is Verdict.FLAT
    with pytest.raises(ValueError, match="run it on a quiet machine"):
        fit_trends([replace(one, upstream_late_s=2.0) for one in samples()])


def test_a_run_too_short_says_so() -> None:
    with pytest.raises(ValueError, match="too short"):
        fit_trends(samples(number=6))


SILENCE = MissingAnswer("plain", called=100.0, waited=140.0, ended=200.0, said="No answer came within 60 s.")


def test_an_answer_that_is_missing_while_all_were_awake_is_the_gateways_fault() -> None:
    found = find_cause(SILENCE, [Pause(150.0, 0.3)], [], [(100.0, 5.0), (200.0, 5.5)])
    assert not found.starved
    assert found.words.startswith("the gateway lost it: the talkers' loop stood still for up to 0.3 s")


@pytest.mark.parametrize(
    ("client", "upstream", "queued"),
    [
        ([Pause(120.0, 5.0)], [], []),
        ([], [Pause(150.0, 5.0)], []),
        ([Pause(140.0 + 2 * at, 1.0) for at in range(20)], [], []),
        ([], [], [(100.0, 5.0), (200.0, 25.0)]),
    ],
    ids=["talkers", "upstream", "talkers, again and again", "the gateway's queue"],
)
def test_an_answer_that_is_missing_while_the_machine_had_no_time_is_told_apart(
    client: list[Pause], upstream: list[Pause], queued: list[tuple[float, float]]
) -> None:
    assert find_cause(SILENCE, client, upstream, queued).starved


def test_pauses_of_another_time_excuse_nobody() -> None:
    assert not find_cause(SILENCE, [Pause(50.0, 20.0), Pause(300.0, 9.0)], [], []).starved


def test_pauses_are_counted_where_they_reach_into_the_time_that_is_asked_about() -> None:
    pauses = [Pause(9.0, 2.0), Pause(15.0, 1.0), Pause(30.0, 4.0)]
    assert worst_s(pauses, 10.0, 20.0) == 2.0
    assert total_s(pauses, 10.0, 20.0) == pytest.approx(2.0)


def test_one_lost_answer_spoils_the_verdict_and_a_starved_one_does_not() -> None:
    events = {"call": 240}
    lost, starved = find_cause(SILENCE, [], [], []), find_cause(SILENCE, [Pause(150.0, 9.0)], [], [])
    assert has_passed(part(samples(), [(SILENCE, starved)], events))
    assert not has_passed(part(samples(), [(SILENCE, lost)], events))
    assert not has_passed(part(samples(growth_mb=20), [], events))
    assert not has_passed(part(samples(number=6), [], events))
    assert has_failed(part(samples(), [(SILENCE, lost)], events))
    assert has_failed(part(samples(growth_mb=20), [], events))
    assert not has_failed(part(samples(number=6), [(SILENCE, starved)], events))


def test_the_page_tells_growth_with_its_error_and_what_both_parts_need() -> None:
    target = next(one for one in TARGETS if one.name == "soak")
    calm, leaking = part(samples(), [], {"call": 500}), part(samples(growth_mb=20), [], {"call": 500})
    both = target.look({"cycles": calm, "talkers": calm})
    assert both is not None
    assert both.met
    assert "±" in both.words
    half = target.look({"talkers": calm})
    assert half is not None
    assert not half.met
    assert "the open-close cycles were not measured" in half.words
    bad = target.look({"cycles": calm, "talkers": leaking})
    assert bad is not None
    assert not bad.met
    assert "memory" in bad.words


def test_the_table_has_a_row_for_each_thing_that_may_grow() -> None:
    found = part(samples(), [], {"call": 500})
    assert len(table(found, by_calls=True)) == 2 + 4
    assert table(part(samples(number=6), [], {}), by_calls=False) == [
        "No verdict: too short for a verdict: let it run for longer"
    ]
