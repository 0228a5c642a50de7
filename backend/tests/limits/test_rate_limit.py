"""How often sessions may be made: bursts, rates, and who counts as one caller."""

from s2s.limits.rate_limit import PerCallerRateLimiter, RateLimiter, address_group


def test_a_pace_allows_a_burst_and_then_its_rate():
    pace = RateLimiter(burst=3, per_s=0.5)
    assert [pace.retry_after_s(100.0) for _ in range(4)] == [0, 0, 0, 2]
    assert pace.retry_after_s(101.0) == 1
    assert pace.retry_after_s(102.0) == 0
    assert pace.retry_after_s(102.0) == 2
    assert [pace.retry_after_s(200.0) for _ in range(4)] == [0, 0, 0, 2]


def test_addresses_do_not_slow_each_other_and_unknown_ones_are_let_in():
    pace = PerCallerRateLimiter()
    assert [pace.delay_s("a", 2, 0.0) for _ in range(3)] == [0, 0, 30]
    assert pace.delay_s("b", 2, 0.0) == 0
    assert [pace.delay_s("", 2, 0.0) for _ in range(5)] == [0] * 5


def test_the_memory_of_addresses_is_bounded():
    pace = PerCallerRateLimiter()
    for number in range(20_000):
        pace.delay_s(str(number), 1, 0.0)
    assert len(pace._limiters[1]._limiters) == 10_000


def test_a_caller_is_an_ipv4_address_or_an_ipv6_network():
    assert address_group("192.0.2.7") == "192.0.2.7"
    assert address_group("::ffff:192.0.2.7") == "192.0.2.7"
    assert address_group("2001:db8:1:2:aaaa::1") == address_group("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert address_group("2001:db8:1:3::1") != address_group("2001:db8:1:2::1")
    assert address_group("testclient") == "testclient"
