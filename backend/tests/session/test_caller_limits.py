"""Who may use what: settings that are written, what a token grants, and defaults for who is not at this machine."""

import pytest

from s2s.access.caller import LOCAL_CALLER, Caller, Grants
from s2s.limits.ledger import DAY, Account
from s2s.limits.session_limits import SessionLimits
from s2s.limits.usage import NO_USAGE, Usage
from s2s.session.caller_limits import MANY_CALLS, LimitSettings, ProxyWatch

STRANGER = Caller(address="198.51.100.1")


def anna(**grants: float) -> Caller:
    return Caller("198.51.100.1", "jwt:anna", groups=("team", "staff"), grants=Grants(**grants))  # type: ignore[arg-type]


def test_at_the_desk_nothing_is_limited_that_was_not_before():
    limits = LimitSettings(is_paid=True).limits_of(LOCAL_CALLER)
    assert (limits.sessions, limits.creates_per_minute, limits.session) == (0, 120, SessionLimits())
    assert limits.accounts == {DAY: NO_USAGE, Account("local"): NO_USAGE}


@pytest.mark.parametrize("caller", [STRANGER, anna()])
def test_everybody_else_has_defaults(caller: Caller):
    limits = LimitSettings(is_paid=True).limits_of(caller)
    assert (limits.sessions, limits.creates_per_minute, limits.session.session_s) == (4, 10, 3600)
    assert limits.accounts[DAY] == Usage(0, 10.0)
    free = LimitSettings(is_paid=False).limits_of(caller)
    assert (free.sessions, free.accounts[DAY]) == (4, NO_USAGE)


@pytest.mark.parametrize("caller", [STRANGER, LOCAL_CALLER, anna()])
def test_what_is_written_holds_for_everybody_and_zero_is_off(caller: Caller):
    written = LimitSettings(sessions=7, creates_per_minute=70, session_minutes=5, day_usd=3, is_paid=True)
    limits = written.limits_of(caller)
    assert (limits.sessions, limits.creates_per_minute, limits.session.session_s) == (7, 70, 300)
    assert limits.accounts[DAY] == Usage(0, 3)
    off = LimitSettings(sessions=0, creates_per_minute=0, session_minutes=0, day_usd=0, is_paid=True).limits_of(caller)
    assert (off.sessions, off.creates_per_minute, off.session.session_s, off.accounts[DAY]) == (0, 0, 0, NO_USAGE)


def test_each_caller_is_charged_to_their_identity_and_groups_or_to_their_address():
    written = LimitSettings(identity_day=Usage(5, 2.0), address_day=Usage(0, 1.0), group_day=Usage(0, 9.0))
    assert written.limits_of(anna()).accounts == {
        DAY: NO_USAGE,
        Account("identity", "jwt:anna"): Usage(5, 2.0),
        Account("group", "team"): Usage(0, 9.0),
        Account("group", "staff"): Usage(0, 9.0),
    }
    assert written.limits_of(STRANGER).accounts == {DAY: NO_USAGE, Account("address", "198.51.100.1"): Usage(0, 1.0)}


def test_the_address_groups_of_one_ipv6_network_have_a_bound_together():
    written = LimitSettings(address_day=Usage(0, 1.0))
    for group in ("2001:db8:1:7::/64", "2001:db8:1:8::/64"):
        assert written.limits_of(Caller(address=group)).accounts == {
            DAY: NO_USAGE,
            Account("address", group): Usage(0, 1.0),
            Account("address", "2001:db8:1::/48"): Usage(0, 4.0),
        }
    logged_in = written.limits_of(Caller("2001:db8:1:7::/64", "jwt:anna"))
    assert set(logged_in.accounts) == {DAY, Account("identity", "jwt:anna")}


def test_a_grant_makes_a_written_limit_smaller_and_never_larger():
    account = Account("identity", "jwt:anna")
    written = LimitSettings(session_minutes=30, identity_day=Usage(1000, 2.0))
    less = written.limits_of(anna(session_minutes=10, day_tokens=400, day_usd=0.5))
    assert (less.session.session_s, less.accounts[account]) == (600, Usage(400, 0.5))
    more = written.limits_of(anna(session_minutes=100, day_tokens=4000, day_usd=50))
    assert (more.session.session_s, more.accounts[account]) == (1800, Usage(1000, 2.0))


def test_a_grant_takes_the_place_of_a_default():
    account = Account("identity", "jwt:anna")
    limits = LimitSettings().limits_of(anna(session_minutes=120, day_tokens=4000, day_usd=50))
    assert (limits.session.session_s, limits.accounts[account]) == (7200, Usage(4000, 50))


def test_a_grant_of_nothing_is_not_a_grant_without_limit():
    limits = LimitSettings().limits_of(anna(session_minutes=0, day_tokens=0, day_usd=0))
    assert 0 < limits.session.session_s <= 1
    granted = limits.accounts[Account("identity", "jwt:anna")]
    assert (granted.tokens, granted.usd) == (1, pytest.approx(0, abs=1e-6))
    assert granted.usd > 0


def test_the_limits_of_others_are_one_sentence_where_calls_cost_money():
    assert LimitSettings(is_paid=False).summary == ""
    assert LimitSettings(is_paid=True).summary == (
        "callers from elsewhere: 4 calls, 10 new ones a minute each, 60 min a call, 10 USD a day in all"
    )
    off = LimitSettings(sessions=0, creates_per_minute=0, session_minutes=0, day_usd=0, is_paid=True)
    assert off.summary == "callers from elsewhere: any number of calls, calls of any length, no limit of USD a day"
    assert "refused until S2S_AUTH" in LimitSettings(is_paid=True, admits_strangers=False).summary


@pytest.mark.parametrize(
    ("addresses", "warns"),
    [
        (["172.17.0.1"], True),
        (["127.0.0.1"], True),
        (["fd00::/64"], True),
        (["9.9.9.9"], False),
        (["172.17.0.1", "172.17.0.2"], False),
    ],
)
def test_all_callers_from_one_private_address_are_probably_a_proxy(addresses: list[str], warns: bool):
    watch = ProxyWatch()
    for number in range(MANY_CALLS - 1):
        watch.on_call(Caller(address=addresses[number % len(addresses)]))
        watch.on_call(LOCAL_CALLER)
    assert watch.warnings == []
    watch.on_call(Caller(address=addresses[0]))
    assert any("FORWARDED_ALLOW_IPS" in warning for warning in watch.warnings) is warns
