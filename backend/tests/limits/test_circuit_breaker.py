"""While the service is down calls are refused at once; one call at a time finds out when it is back."""

import pytest

from s2s.limits.circuit_breaker import (
    FAILURES,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    PROBE_PATIENCE_S,
    Circuit,
    CircuitBreaker,
)


def failing(breaker: CircuitBreaker, times: int, code: int = 1006, reason: str = "ConnectionRefusedError: ") -> None:
    for number in range(times):
        breaker.failed(f"session {number}", code, reason, 0.0, was_live=False)


def test_a_network_that_does_not_lead_there_opens_it_even_for_one_session():
    breaker = CircuitBreaker()
    for _ in range(FAILURES - 1):
        assert not breaker.failed("one", 1006, "OSError", 0.0, was_live=False)
    assert breaker.state is Circuit.CLOSED
    assert breaker.failed("one", 1006, "OSError", 0.0, was_live=False)
    assert breaker.state is Circuit.OPEN
    assert breaker.wait_s(0.0) == FIRST_PAUSE_S
    assert breaker.why


def test_one_sessions_internal_errors_may_be_its_own_fault_two_sessions_speak_for_the_service():
    breaker = CircuitBreaker()
    for _ in range(20):
        breaker.failed("one", 1011, "Internal error encountered.", 0.0, was_live=True)
    assert breaker.state is Circuit.CLOSED
    breaker.failed("two", 1011, "Internal error encountered.", 0.0, was_live=True)
    assert breaker.state is Circuit.OPEN


@pytest.mark.parametrize(
    ("code", "reason", "was_live"),
    [
        (1006, "", True),
        (1000, "The operation was cancelled.", True),
        (1007, "Request contains an invalid argument.", False),
        (1008, "BidiGenerateContent session not found", False),
        (1008, "models/x is not found for API version v1beta", False),
        (1011, "Deadline expired before operation could complete.", True),
        (1007, "API key not valid. Please pass a valid API key.", False),
        (403, "HTTP 403", False),
        (1006, "KeyError in the gateway", False),
        (4503, "The local engine lacks a package.", False),
    ],
)
def test_what_concerns_one_session_or_its_settings_says_nothing_about_the_service(
    code: int, reason: str, was_live: bool
):
    breaker = CircuitBreaker()
    for number in range(20):
        breaker.failed(f"session {number}", code, reason, 0.0, was_live=was_live)
    assert breaker.state is Circuit.CLOSED


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (503, "HTTP 503"),
        (429, "HTTP 429"),
        (1011, "You exceeded your current quota, please check your plan and billing details"),
        (1011, "The service is currently unavailable."),
        (1006, "TimeoutError: "),
    ],
)
def test_overload_quota_and_server_errors_of_several_sessions_open_it(code: int, reason: str):
    breaker = CircuitBreaker()
    failing(breaker, FAILURES, code, reason)
    assert breaker.state is Circuit.OPEN


def test_a_session_that_stands_between_failures_speaks_for_the_service():
    breaker = CircuitBreaker()
    failing(breaker, FAILURES - 1)
    breaker.worked()
    failing(breaker, FAILURES - 1)
    assert breaker.state is Circuit.CLOSED


def test_old_failures_do_not_count():
    breaker = CircuitBreaker()
    for number in range(20):
        breaker.failed(f"session {number}", 1006, "OSError", number * 30.0, was_live=False)
    assert breaker.state is Circuit.CLOSED


def test_after_the_pause_one_call_tries_and_its_success_lets_everybody_in():
    breaker = CircuitBreaker()
    failing(breaker, FAILURES)
    assert breaker.wait_s(FIRST_PAUSE_S) == 0
    breaker.begin("probe", FIRST_PAUSE_S)
    assert breaker.state is Circuit.HALF_OPEN
    assert breaker.wait_s(FIRST_PAUSE_S + 1) > 0
    breaker.worked()
    assert breaker.state is Circuit.CLOSED
    assert breaker.wait_s(FIRST_PAUSE_S + 1) == 0
    assert breaker.why == ""


def test_a_probe_that_fails_doubles_the_pause_up_to_a_bound():
    breaker, now, pauses = CircuitBreaker(), 0.0, []
    failing(breaker, FAILURES)
    for _ in range(6):
        now += breaker.wait_s(now)
        breaker.begin("probe", now)
        assert breaker.failed("probe", 1006, "OSError", now, was_live=False)
        pauses.append(breaker.wait_s(now))
    assert pauses == [20, 40, 80, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_failures_of_other_sessions_do_not_end_the_probe():
    breaker = CircuitBreaker()
    failing(breaker, FAILURES)
    breaker.begin("probe", FIRST_PAUSE_S)
    assert not breaker.failed("an old one", 1006, "OSError", FIRST_PAUSE_S, was_live=False)
    assert breaker.state is Circuit.HALF_OPEN


def test_a_probe_that_tells_nothing_makes_room_for_another():
    breaker = CircuitBreaker()
    failing(breaker, FAILURES)
    breaker.begin("never dials", FIRST_PAUSE_S)
    assert breaker.wait_s(FIRST_PAUSE_S + PROBE_PATIENCE_S) == 0
    assert breaker.wait_s(FIRST_PAUSE_S + 1) > 0
    breaker.ended("never dials")
    assert breaker.wait_s(FIRST_PAUSE_S + 1) == 0
