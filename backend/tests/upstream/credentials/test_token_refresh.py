"""When an access token is fetched: ahead of its end, and again after a failure."""

import pytest

from s2s.upstream.credentials.token_refresh import MAX_BACKOFF_S, TokenRefreshState
from s2s.upstream.refusals.token_errors import CredentialsError

PASSING = CredentialsError("down", code="token_unavailable", retryable=True)
LASTING = CredentialsError("refused", code="key_refused")


def test_a_token_is_fetched_ten_minutes_ahead_of_its_end():
    life = TokenRefreshState()
    assert life.state == "unchecked"
    assert not life.usable(0)
    life.on_success(100, 3700)
    assert life.state == "ok"
    assert life.due_at == 3100
    assert life.usable(3694)
    assert not life.usable(3696)


@pytest.mark.parametrize(("life_s", "due_in_s"), [(230, 115), (600, 300), (1200, 600), (4, 5), (0, 5), (-60, 5)])
def test_a_short_life_is_half_used_first_and_never_asks_in_a_rush(life_s: float, due_in_s: float):
    life = TokenRefreshState()
    life.on_success(0, life_s)
    assert life.due_at == due_in_s


def test_a_failure_that_may_pass_is_tried_again_with_longer_pauses():
    life = TokenRefreshState()
    pauses = []
    now = 0.0
    for _ in range(9):
        life.on_failure(now, PASSING)
        pauses.append(life.due_at - now)
        now = life.due_at
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert life.state == "retrying"
    life.on_success(now, now + 3600)
    life.on_failure(now, PASSING)
    assert life.due_at == now + 1


def test_refused_credentials_are_looked_at_again_every_minute():
    life = TokenRefreshState()
    life.on_failure(0, LASTING)
    assert life.state == "failed"
    assert life.due_at == MAX_BACKOFF_S


def test_a_token_is_good_while_its_successor_cannot_be_fetched():
    life = TokenRefreshState()
    life.on_success(0, 3600)
    life.on_failure(3000, PASSING)
    assert life.usable(3500)
    life.on_refused()
    assert not life.usable(3500)


def test_whoever_needs_one_waits_a_few_seconds_between_attempts():
    life = TokenRefreshState()
    assert life.pause_s(0) == 0
    life.on_failure(10, LASTING)
    assert life.pause_s(11) == 4
    assert life.pause_s(15) == 0
    life.on_failure(15, PASSING)
    assert life.pause_s(15) == 2
    life.on_success(16, 3616)
    assert life.pause_s(16) == 0
