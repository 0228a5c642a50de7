"""The law of the ledger: what is used and reserved passes no limit, but for the last words of the calls that run."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.limits.ledger import DAY, Account, Balance, Ledger, Need, Refusal, Request, grant
from s2s.limits.usage import NO_USAGE, Usage

MONDAY = date(2026, 11, 30)
ANNA, BEN = Account("identity", "jwt:anna"), Account("identity", "jwt:ben")
MINUTE = Usage(1000, 1.0)
LAST_WORDS = Usage(250, 0.25)
NEED = Need(MINUTE, LAST_WORDS)


def opened(ledger: Ledger, call: str, limits: dict[Account, Usage], want: Usage = MINUTE) -> bool:
    """Whether the call was admitted."""
    granted = grant(ledger.balances(), {}, [Request(call, limits, want)])[call]
    if isinstance(granted, Refusal):
        return False
    ledger.open(call, limits, granted, is_paid=True)
    return True


def extended(ledger: Ledger, needs: dict[str, Need]) -> list[str]:
    """Reserves more for who needs it; returns the calls that have to end."""
    requests = ledger.requests(needs)
    answers = grant(ledger.balances(), {}, requests)
    for call, answer in answers.items():
        if isinstance(answer, Usage):
            ledger.extend(call, answer)
    return [
        call
        for call, answer in answers.items()
        if isinstance(answer, Refusal) and ledger.is_used_up(call, needs[call].last_words)
    ]


def test_a_hundred_calls_that_begin_together_do_not_pass_the_limit():
    ledger, limits = Ledger(MONDAY), {DAY: Usage(0, 10.0)}
    admitted = [call for call in map(str, range(100)) if opened(ledger, call, limits)]
    assert len(admitted) == 10
    assert ledger.balances()[DAY].reserved.usd == pytest.approx(10.0)
    ledger.set_used("0", Usage(100, 0.5))
    assert not opened(ledger, "another", limits), "what is used of a reservation is not free"
    ledger.close("0")
    assert opened(ledger, "another", limits), "what was reserved and not used is"


def test_a_call_that_ends_early_is_charged_with_what_has_passed():
    ledger, limits = Ledger(MONDAY), {DAY: Usage(300)}
    admitted = []
    for call in "12345":
        admitted.append(opened(ledger, call, limits, Usage(3000, 0.03)))
        if admitted[-1]:
            ledger.set_used(call, Usage(200, 0.001))
            ledger.close(call)
    assert admitted == [True, True, False, False, False]
    assert ledger.balances()[DAY] == Balance(Usage(400, 0.002), calls=2)


def test_who_has_spent_theirs_locks_out_nobody_else():
    ledger, each = Ledger(MONDAY), Usage(0, 1.0)
    assert opened(ledger, "a", {DAY: Usage(0, 100.0), ANNA: each})
    ledger.set_used("a", Usage(0, 1.0))
    refused = grant(ledger.balances(), {}, [Request("a2", {DAY: Usage(0, 100.0), ANNA: each}, MINUTE)])["a2"]
    assert refused == Refusal(ANNA)
    assert opened(ledger, "b", {DAY: Usage(0, 100.0), BEN: each})


def test_what_costs_nothing_is_not_held_to_a_limit_of_dollars():
    ledger = Ledger(MONDAY)
    assert opened(ledger, "paid", {DAY: Usage(0, 1.0)})
    ledger.set_used("paid", Usage(0, 5.0))
    assert opened(ledger, "free", {DAY: Usage(0, 1.0)}, Usage(3000, 0.0))


def test_a_call_reserves_again_before_it_runs_out_and_ends_when_nothing_is_left():
    ledger = Ledger(MONDAY)
    assert opened(ledger, "a", {DAY: Usage(0, 2.0)})
    ledger.set_used("a", Usage(400, 0.4))
    assert ledger.requests({"a": NEED}) == []
    ledger.set_used("a", Usage(600, 0.6))
    assert extended(ledger, {"a": NEED}) == []
    assert ledger.balances()[DAY].reserved == MINUTE
    ledger.set_used("a", Usage(1700, 1.7))
    assert extended(ledger, {"a": NEED}) == []
    ledger.set_used("a", Usage(1800, 1.79))
    assert extended(ledger, {"a": NEED}) == [], "its last words are still paid for"
    ledger.set_used("a", Usage(1800, 1.85))
    assert extended(ledger, {"a": NEED}) == ["a"]


def test_a_small_budget_is_used_before_a_call_ends():
    ledger = Ledger(MONDAY)
    assert opened(ledger, "a", {DAY: Usage(100)})
    ledger.set_used("a", Usage(80, 0.0))
    assert extended(ledger, {"a": NEED}) == []
    ledger.set_used("a", Usage(95, 0.0))
    assert extended(ledger, {"a": NEED}) == ["a"]


def test_a_call_whose_bill_is_awaited_reserves_nothing_and_is_charged_with_the_bill():
    ledger = Ledger(MONDAY)
    assert opened(ledger, "a", {DAY: Usage(0, 1.0)})
    ledger.set_used("a", Usage(100, 0.1))
    ledger.release("a")
    assert ledger.balances()[DAY] == Balance(Usage(100, 0.1), NO_USAGE, 1)
    ledger.set_used("a", Usage(90, 0.08))
    ledger.close("a")
    assert ledger.balances()[DAY].used == Usage(90, 0.08)


def test_at_midnight_what_was_used_stays_on_its_day_and_calls_go_on():
    ledger = Ledger(MONDAY)
    assert opened(ledger, "a", {DAY: NO_USAGE})
    ledger.set_used("a", Usage(300, 0.3))
    ledger.turn_day(MONDAY + timedelta(days=1))
    ledger.set_used("a", Usage(500, 0.5))
    assert ledger.snapshot().earlier == {(MONDAY, DAY): Balance(Usage(300, 0.3), NO_USAGE, 1)}
    assert ledger.balances()[DAY] == Balance(Usage(200, 0.5 - 0.3), Usage(500, 0.5), 0)
    ledger.turn_day(MONDAY)
    assert ledger.day == MONDAY + timedelta(days=1), "a day that was begun is not left again"


def test_what_others_have_used_and_reserved_counts():
    own: dict[Account, Balance] = {}
    others = {DAY: Balance(Usage(0, 8.0), Usage(0, 1.5))}
    limits = {DAY: Usage(0, 10.0)}
    granted = grant(own, others, [Request("a", limits, MINUTE), Request("b", limits, MINUTE)])
    assert granted["a"] == Usage(1000, 0.5)
    assert granted["b"] == Refusal(DAY, is_reserved=True)


STEPS = st.lists(
    st.tuples(st.sampled_from(["open", "use", "close", "tick"]), st.integers(0, 11), st.integers(0, 200)), max_size=120
)


@given(STEPS, st.integers(1, 5_000), st.integers(0, 3_000))
def test_used_and_reserved_never_pass_a_limit_but_for_last_words(
    steps: list[tuple[str, int, int]], day_tokens: int, own_tokens: int
):
    """Each call uses at most 200 tokens between two looks at it, and its last words are at most 200 more."""
    ledger, ending, passed = Ledger(MONDAY), set[str](), 0
    used: dict[str, int] = {}
    for step, number, tokens in steps:
        call = str(number)
        limits = {DAY: Usage(day_tokens), Account("identity", str(number % 3)): Usage(own_tokens)}
        if step == "open" and call not in ledger:
            if opened(ledger, call, limits):
                used[call] = 0
        elif step == "use" and call in ledger and call not in ending:
            used[call] += tokens
            ledger.set_used(call, Usage(used[call]))
            needs = {name: NEED for name in ledger.open_calls() if name not in ending}
            for ended in extended(ledger, needs):
                # It says its last words.
                ending.add(ended)
                used[ended] += 200
                ledger.set_used(ended, Usage(used[ended]))
                ledger.release(ended)
        elif step == "close" and call in ledger:
            ledger.close(call)
            passed += used.pop(call)
            ending.discard(call)
        for account, limit in ((DAY, day_tokens), *((Account("identity", str(n)), own_tokens) for n in range(3))):
            balance = ledger.balances().get(account, Balance())
            # Only calls that ran when the limit was reached pass it, each by one look and its last words.
            bound = (200 + 200) * min(balance.calls, 12 if account == DAY else 4)
            assert not limit or balance.used.tokens + balance.reserved.tokens <= limit + bound
    assert ledger.balances().get(DAY, Balance()).used.tokens == passed + sum(used.values()), "nothing is lost"
