"""File descriptors: what is kept for visitors and for running calls, and how much one address may use."""

from functools import partial

import pytest

from s2s.errors import TooManyTransports, TooManyTransportsFromAddress
from s2s.limits.descriptors import (
    CALLER_SHARE,
    MIN_VISITORS,
    RESERVED,
    TransportBudget,
    needed_limit,
    plan_descriptors,
)


@pytest.mark.parametrize("limit", [256, 1_024, 4_096, 65_536])
@pytest.mark.parametrize("sessions", [1, 100, 10_000])
def test_calls_transports_and_visitors_fit_into_the_limit_together(limit: int, sessions: int):
    plan = plan_descriptors(limit, sessions)
    assert plan.sessions + plan.transports + RESERVED + max(MIN_VISITORS, limit // 8) <= limit
    assert 1 <= plan.sessions <= sessions
    # Each call over a WebSocket at least, the model's connection aside.
    assert plan.transports >= plan.sessions


def test_a_limit_that_is_too_low_still_lets_one_call_in():
    plan = plan_descriptors(64, 100)
    assert (plan.sessions, plan.transports) == (1, 3)


@pytest.mark.parametrize("sessions", [1, 40, 100, 10_000])
def test_the_limit_that_a_warning_names_suffices(sessions: int):
    assert plan_descriptors(needed_limit(sessions), sessions).sessions == sessions


def test_what_is_given_back_can_be_taken_again_and_only_once():
    budget = TransportBudget(10)
    give_back = budget.lease("a", 5)
    budget.lease("b", 5)
    with pytest.raises(TooManyTransports):
        budget.lease("c", 1)
    give_back()
    give_back()
    assert budget.used == 5
    budget.lease("c", 5)
    with pytest.raises(TooManyTransports):
        budget.lease("d", 1)


def test_one_caller_uses_no_more_than_its_share_and_leaves_the_rest():
    budget = TransportBudget(100)
    for _ in range(100 // CALLER_SHARE // 5):
        budget.lease("a", 5)
    with pytest.raises(TooManyTransportsFromAddress):
        budget.lease("a", 5)
    budget.lease("b", 5)
    # Somebody at this machine's own keyboard is bound by the whole alone.
    budget.lease("a", 45, is_local=True)
    with pytest.raises(TooManyTransports):
        budget.lease("local", 1, is_local=True)


def test_one_caller_has_three_connections_for_each_call():
    budget = TransportBudget(1_000, transports_per_caller=12)
    given = [budget.lease("a", 1) for _ in range(12)]
    with pytest.raises(TooManyTransportsFromAddress):
        budget.lease("a", 1)
    given[0]()
    budget.lease("a", 1)


def test_a_network_of_65536_address_groups_has_the_connections_of_four_callers():
    budget = TransportBudget(1_000, transports_per_caller=3)
    given = [budget.lease(f"address:2001:db8:1:{number:x}::/64", 1) for number in range(12)]
    with pytest.raises(TooManyTransportsFromAddress):
        budget.lease("address:2001:db8:1:ff::/64", 1)
    budget.lease("address:2001:db8:2::/64", 1)
    for number in range(50):
        budget.lease(f"address:198.41.0.{number}", 1)
        budget.lease(f"key:{number}", 1)
    given[0]()
    budget.lease("address:2001:db8:1:ff::/64", 1)


def test_a_transport_counts_for_whose_call_it_carries_once_that_is_known():
    budget = TransportBudget(1_000, transports_per_caller=2)
    for number in range(6):
        budget.transport("address", 1).charge_to(f"identity {number}")
    first, second = budget.transport("address", 1), budget.transport("address", 1)
    first.charge_to("identity 0")
    first.charge_to("identity 0")
    with pytest.raises(TooManyTransportsFromAddress):
        second.charge_to("identity 0")
    for lease in (first, first, second):
        lease.close()
    assert budget.used == 6


def test_of_those_that_have_not_said_whose_they_are_the_oldest_makes_room():
    budget = TransportBudget(1_000, transports_per_caller=3)
    closed: list[int] = []
    first = budget.transport("address", 1, make_room=lambda: closed.append(0))
    first.charge_to("address")
    leases = [budget.transport("address", 1, make_room=partial(closed.append, number)) for number in (1, 2, 3, 4)]
    assert closed == [1, 2]
    assert budget.used == 3
    leases[0].close()
    for lease in leases[2:]:
        lease.charge_to("address")
    with pytest.raises(TooManyTransportsFromAddress):
        budget.transport("address", 1)
    for lease in (first, *leases):
        lease.close()
    assert budget.used == 0
    assert not budget._unproven


def test_callers_that_have_gone_are_forgotten():
    budget = TransportBudget(10)
    for number in range(1_000):
        budget.lease(f"address:2001:db8:{number}::/64", 5)()
    assert not budget._transports
    assert not budget._used_by_caller
