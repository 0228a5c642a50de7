"""Ways into somebody else's call: hijack.py, seen.py."""

from typing import Any

import pytest

from tests.attacks.attackers import takeovers
from tests.attacks.target import Target

FAILS = """
name: A function fails
seed: 1
steps:
  - when: {heard: fail}
    do: {call: {name: no_such_function, args: {}}}
    times: always
"""
REFUSED = {401, 403}


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"emulator": {"scenario": FAILS}}


def test_nothing_that_is_public_names_a_call_so_that_it_can_be_joined(target: Target):
    theft = target.attack_unnoticed(takeovers.read_what_is_public)
    assert theft.victim_answered
    for secret in filter(None, (theft.victim.session_id, theft.victim.session_key)):
        assert secret not in theft.read


def test_the_logs_name_no_call_so_that_it_can_be_joined(target: Target):
    theft = target.attack(takeovers.read_what_is_public)
    written = target.written()
    assert theft.victim.session_id[:8] in written
    for secret in filter(None, (theft.victim.session_id, theft.victim.session_key)):
        assert secret not in written


KEYS = [
    None,
    "another",
    "x",
    "A" * 43,
    "A" * 16_000,
    "ключ",
    "null",
]


def test_with_its_public_id_alone_nobody_hears_or_ends_a_call(target: Target):
    """Without a key, with that of another call, and with ones that are short, long, odd or no ASCII."""
    theft = target.attack_unnoticed(takeovers.take_over, KEYS)
    assert theft.victim_answered
    assert set(theft.statuses.values()) <= REFUSED, theft.statuses
    assert {message["type"] for message in theft.told} <= {"notice"}, theft.told
    assert theft.frames == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://s2s.example.evil.example"])
def test_a_page_of_another_site_neither_joins_nor_takes_a_line(target: Target, origin: str):
    assert set(target.attack_unnoticed(takeovers.foreign_page, origin)) == {403}


@pytest.mark.parametrize(
    "host", ["evil.example", "s2s.example.evil.example", "127.0.0.1.evil.example", "s2s.example@x"]
)
def test_a_name_that_leads_here_from_elsewhere_reads_nothing(target: Target, host: str):
    assert set(target.attack_unnoticed(takeovers.foreign_host, host)) <= {400, 403, 421}


def test_of_many_listeners_of_one_call_the_last_stays_and_the_others_are_sent_away(target: Target):
    ready, codes = target.attack_unnoticed(takeovers.race, 8)
    assert ready >= 1
    assert codes.count(None) == 1
