"""While the service is down calls are refused at once; one call at a time finds out when it is back."""

import pytest

from s2s.limits.circuit_breaker import (
    INITIAL_BACKOFF_S,
    MAX_BACKOFF_S,
    MAX_FAILURES,
    PROBE_TIMEOUT_S,
    CircuitBreaker,
    CircuitState,
)


def failing(breaker: CircuitBreaker, times: int, code: int = 1006, reason: str = "ConnectionRefusedError: ") -> None:
    for number in range(times):
        breaker.on_failure(f"session {number}", code, reason, 0.0, was_live=False)


def test_a_network_that_does_not_lead_there_opens_it_even_for_one_session():
    breaker = CircuitBreaker()
    for _ in range(MAX_FAILURES - 1):
        assert not breaker.on_failure("one", 1006, "OSError", 0.0, was_live=False)
    assert breaker.state is CircuitState.CLOSED
    assert breaker.on_failure("one", 1006, "OSError", 0.0, was_live=False)
    assert breaker.state is CircuitState.OPEN
    assert breaker.probe_after_s(0.0) == INITIAL_BACKOFF_S
    assert breaker.why


def test_internal_errors_of_one_session_do_not_open_the_breaker_those_of_two_do():
    breaker = CircuitBreaker()
    for _ in range(20):
        breaker.on_failure("one", 1011, "Internal error encountered.", 0.0, was_live=True)
    assert breaker.state is CircuitState.CLOSED
    breaker.on_failure("two", 1011, "Internal error encountered.", 0.0, was_live=True)
    assert breaker.state is CircuitState.OPEN


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
        breaker.on_failure(f"session {number}", code, reason, 0.0, was_live=was_live)
    assert breaker.state is CircuitState.CLOSED


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
    failing(breaker, MAX_FAILURES, code, reason)
    assert breaker.state is CircuitState.OPEN


def test_a_session_that_stands_between_failures_speaks_for_the_service():
    breaker = CircuitBreaker()
    failing(breaker, MAX_FAILURES - 1)
    breaker.on_success()
    failing(breaker, MAX_FAILURES - 1)
    assert breaker.state is CircuitState.CLOSED


def test_old_failures_do_not_count():
    breaker = CircuitBreaker()
    for number in range(20):
        breaker.on_failure(f"session {number}", 1006, "OSError", number * 30.0, was_live=False)
    assert breaker.state is CircuitState.CLOSED


def test_after_the_pause_one_call_tries_and_its_success_lets_everybody_in():
    breaker = CircuitBreaker()
    failing(breaker, MAX_FAILURES)
    assert breaker.probe_after_s(INITIAL_BACKOFF_S) == 0
    breaker.on_session_start("probe", INITIAL_BACKOFF_S)
    assert breaker.state is CircuitState.HALF_OPEN
    assert breaker.probe_after_s(INITIAL_BACKOFF_S + 1) > 0
    breaker.on_success()
    assert breaker.state is CircuitState.CLOSED
    assert breaker.probe_after_s(INITIAL_BACKOFF_S + 1) == 0
    assert breaker.why == ""


def test_a_probe_that_fails_doubles_the_pause_up_to_a_bound():
    breaker, now, pauses = CircuitBreaker(), 0.0, []
    failing(breaker, MAX_FAILURES)
    for _ in range(6):
        now += breaker.probe_after_s(now)
        breaker.on_session_start("probe", now)
        assert breaker.on_failure("probe", 1006, "OSError", now, was_live=False)
        pauses.append(breaker.probe_after_s(now))
    assert pauses == [20, 40, 80, MAX_BACKOFF_S, MAX_BACKOFF_S, MAX_BACKOFF_S]


def test_failures_of_other_sessions_do_not_end_the_probe():
    breaker = CircuitBreaker()
    failing(breaker, MAX_FAILURES)
    breaker.on_session_start("probe", INITIAL_BACKOFF_S)
    assert not breaker.on_failure("an old one", 1006, "OSError", INITIAL_BACKOFF_S, was_live=False)
    assert breaker.state is CircuitState.HALF_OPEN


def test_a_probe_that_tells_nothing_makes_room_for_another():
    breaker = CircuitBreaker()
    failing(breaker, MAX_FAILURES)
    breaker.on_session_start("never dials", INITIAL_BACKOFF_S)
    assert breaker.probe_after_s(INITIAL_BACKOFF_S + PROBE_TIMEOUT_S) == 0
    assert breaker.probe_after_s(INITIAL_BACKOFF_S + 1) > 0
    breaker.on_session_end("never dials")
    assert breaker.probe_after_s(INITIAL_BACKOFF_S + 1) == 0
