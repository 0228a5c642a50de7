"""A line that is half open is noticed by its silence, and a service with late pongs is left alone."""

from s2s.upstream.connection.keepalive import (
    MAX_VERDICTS,
    MIN_PONGS,
    PONG_TIMEOUT_S,
    RESET_AFTER_S,
    Keepalive,
    ServiceLatency,
)


def prompt(service: ServiceLatency) -> Keepalive:
    pulse = Keepalive(service)
    for number in range(MIN_PONGS):
        pulse.on_pong(0.1, float(number))
    return pulse


def test_a_line_on_which_pongs_were_quick_and_nothing_comes_any_more_is_dead():
    pulse = prompt(ServiceLatency())
    assert not pulse.is_dead(10.0, 10.0 + PONG_TIMEOUT_S - 0.1)
    assert pulse.is_dead(10.0, 10.0 + PONG_TIMEOUT_S)


def test_whoever_still_sends_anything_is_alive():
    pulse = prompt(ServiceLatency())
    pulse.heard_at = 10.5
    assert not pulse.is_dead(10.0, 60.0)


def test_a_service_whose_pongs_were_late_once_is_never_judged_by_them_on_any_line():
    service = ServiceLatency()
    prompt(service).on_pong(8.0, 20.0)
    assert not prompt(service).is_dead(30.0, 60.0)


def test_a_new_line_is_not_judged_before_it_has_answered():
    assert not Keepalive(ServiceLatency()).is_dead(0.0, 60.0)


def test_who_was_wrong_twice_does_not_judge_for_a_while():
    service = ServiceLatency()
    judged = [prompt(service).is_dead(at, at + PONG_TIMEOUT_S) for at in (10.0, 20.0, 30.0)]
    assert judged == [True] * MAX_VERDICTS + [False]
    later = 20.0 + RESET_AFTER_S + PONG_TIMEOUT_S
    assert prompt(service).is_dead(later, later + PONG_TIMEOUT_S)
