"""Lines, sockets and relays that one takes from all: fill.py, fds.py."""

from pathlib import Path
from typing import Any

import pytest

from tests.attacks.attackers import lines
from tests.attacks.target import Target, attacked

RELAY = {"S2S_TURN_URLS": "turn:relay.example:3478", "S2S_TURN_SECRET": "a secret of the relay"}


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return RELAY


@pytest.mark.parametrize("forged", [False, True])
def test_one_address_takes_four_lines_whatever_it_claims_to_be(target: Target, forged: bool):
    outcomes, new = target.attack_unnoticed(lines.body_less_creates, 40, forged)
    assert outcomes["create", 201] <= 4
    assert new == 201


def test_calls_that_begin_at_one_moment_are_counted_one_by_one(target: Target):
    assert target.attack_unnoticed(lines.creates_at_once, 40)["create", 201] <= 4


def test_no_call_dials_the_paid_service_before_a_browser_has_connected(target: Target):
    before = len(target.emulator.seen)
    target.attack(lines.body_less_creates, 10)
    target.attack(lines.creates_from_everywhere, 10)
    assert len(target.emulator.seen) == before


def test_strangers_of_many_addresses_who_never_connect_leave_lines_for_others(tmp_path: Path):
    with attacked(tmp_path, S2S_MAX_SESSIONS="20") as target:
        outcomes, new = target.attack_unnoticed(lines.creates_from_everywhere, 60)
        assert outcomes.total() == 60
        assert new == 201
        # Those of one IPv6 network have a quarter of the lines, even if all of them connect.
        outcomes, new = target.attack(lines.calls_of_a_network, 18)
        assert outcomes["create", 201] == 5
        assert new == 201


def test_offers_that_nobody_answers_use_a_bounded_number_of_sockets(target: Target):
    before = target.process.num_fds()
    outcomes, new = target.attack_unnoticed(lines.many_offers, 30, 3)
    assert outcomes["offer", 200] > 0
    assert new == 201
    assert target.process.num_fds() - before < 200


def test_the_relays_passwords_are_for_those_who_may_call(target: Target):
    call, names = target.attack(lines.relay_name_of_a_call)
    for name in names:
        assert call.session_id not in name
        assert call.session_id[:8] not in name


def test_two_hundred_connections_that_say_nothing_keep_nobody_out(target: Target):
    opened, new = target.attack_unnoticed(lines.idle_connections, 200)
    assert opened > 0
    assert new == 201
