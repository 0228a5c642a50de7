"""Sessions that wait for their browser: who makes room for a new one."""

from s2s.limits.half_open import HalfOpenSession, max_half_open, session_to_evict, session_to_replace


def waiting(*callers: tuple[str, int]) -> list[HalfOpenSession]:
    """One after the other, the oldest first: address and priority of each."""
    return [HalfOpenSession(f"session {n}", address, priority) for n, (address, priority) in enumerate(callers)]


def newcomer(address: str = "new", priority: int = 0) -> HalfOpenSession:
    return HalfOpenSession("", address, priority)


def evicted(sessions: list[HalfOpenSession], who: HalfOpenSession) -> str | None:
    gone = session_to_evict(sessions, who)
    return None if gone is None else gone.session_id


def test_a_fifth_of_the_lines_may_wait_and_one_always():
    assert [max_half_open(sessions) for sessions in (1, 4, 5, 100, 10_000)] == [1, 1, 1, 20, 2_000]


def test_the_oldest_of_the_fullest_address_goes_first():
    assert evicted(waiting(("a", 0), ("b", 0), ("b", 0), ("c", 0)), newcomer()) == "session 1"


def test_where_all_addresses_are_equally_full_the_oldest_goes():
    assert evicted(waiting(("a", 0), ("b", 0), ("c", 0)), newcomer()) == "session 0"


def test_who_fills_the_lines_makes_room_for_himself():
    assert evicted(waiting(("a", 0), ("b", 0), ("c", 0)), newcomer("b")) == "session 1"


def test_a_higher_priority_is_never_put_off_by_a_lower_one():
    assert evicted(waiting(("a", 5), ("a", 5), ("b", 0)), newcomer()) == "session 2"
    assert evicted(waiting(("a", 5), ("b", 1)), newcomer()) is None
    assert evicted(waiting(("a", 5), ("a", 1)), newcomer(priority=1)) == "session 1"


def test_of_one_address_the_lowest_priority_goes():
    assert evicted(waiting(("a", 2), ("a", 1), ("a", 2)), newcomer(priority=2)) == "session 1"


def test_a_full_house_opens_only_for_a_higher_priority():
    sessions = waiting(("a", 1), ("b", 0), ("b", 0))
    assert session_to_replace(sessions, newcomer(priority=0)) is None
    gone = session_to_replace(sessions, newcomer(priority=1))
    assert gone is not None
    assert gone.session_id == "session 1"
    assert session_to_replace([], newcomer(priority=9)) is None
