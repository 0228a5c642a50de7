"""A line that is half open is noticed by its silence, and a service with late pongs is left alone."""

from s2s.upstream.connection.keepalive import FORGIVEN_AFTER_S, LEAST_PONGS, MOST_VERDICTS, SILENCE_S, Pulse, Service


def prompt(service: Service) -> Pulse:
    pulse = Pulse(service)
    for number in range(LEAST_PONGS):
        pulse.ponged(0.1, float(number))
    return pulse


def test_a_line_on_which_pongs_were_quick_and_nothing_comes_any_more_is_dead():
    pulse = prompt(Service())
    assert not pulse.is_dead(10.0, 10.0 + SILENCE_S - 0.1)
    assert pulse.is_dead(10.0, 10.0 + SILENCE_S)


def test_whoever_still_sends_anything_is_alive():
    pulse = prompt(Service())
    pulse.heard_at = 10.5
    assert not pulse.is_dead(10.0, 60.0)


def test_a_service_whose_pongs_were_late_once_is_never_judged_by_them_on_any_line():
    service = Service()
    prompt(service).ponged(8.0, 20.0)
    assert not prompt(service).is_dead(30.0, 60.0)


def test_a_new_line_is_not_judged_before_it_has_answered():
    assert not Pulse(Service()).is_dead(0.0, 60.0)


def test_who_was_wrong_twice_does_not_judge_for_a_while():
    service = Service()
    judged = [prompt(service).is_dead(at, at + SILENCE_S) for at in (10.0, 20.0, 30.0)]
    assert judged == [True] * MOST_VERDICTS + [False]
    later = 20.0 + FORGIVEN_AFTER_S + SILENCE_S
    assert prompt(service).is_dead(later, later + SILENCE_S)
