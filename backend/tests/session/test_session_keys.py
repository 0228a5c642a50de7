"""The key of a call: long, kept as a hash, and no help to whoever guesses."""

from base64 import urlsafe_b64decode

import pytest

from s2s.errors import ClientError, RateLimited, SessionKeyRequired, SessionKeyWrong, SessionNotFound
from s2s.limits.rate_limit import WRONG_KEYS
from s2s.session.session_keys import SessionKeys


def refusal(keys: SessionKeys, session_id: str, key: str, address: str = "192.0.2.1") -> type[ClientError] | None:
    try:
        keys.check_key(session_id, key, address)
    except ClientError as fault:
        return type(fault)
    return None


async def test_a_key_has_256_bits_and_only_its_hash_is_kept():
    keys = SessionKeys()
    first, second = keys.issue_key("a"), keys.issue_key("b")
    assert len(urlsafe_b64decode(first + "=")) == 32
    assert first != second
    assert first not in repr(vars(keys))
    assert len(keys._hashes["a"]) == 32


async def test_only_the_key_of_that_session_opens_it():
    keys = SessionKeys()
    key, other = keys.issue_key("a"), keys.issue_key("b")
    assert refusal(keys, "a", key) is None
    assert refusal(keys, "a", other) is SessionKeyWrong
    assert refusal(keys, "a", key[:-1]) is SessionKeyWrong
    assert refusal(keys, "a", "") is SessionKeyRequired
    assert refusal(keys, "c", key) is SessionNotFound
    keys.forget_key("a")
    keys.forget_key("a")
    assert refusal(keys, "a", key) is SessionNotFound


@pytest.mark.parametrize("key", ["\ud800", "\0", "é" * 43, "x" * 100_000], ids=["surrogate", "null", "accents", "long"])
async def test_a_key_that_no_gateway_issues_is_refused_like_any_wrong_one(key: str):
    keys = SessionKeys()
    keys.issue_key("a")
    assert refusal(keys, "a", key) is SessionKeyWrong


async def test_who_guesses_is_slowed_down_and_the_owner_at_the_same_address_is_not():
    keys = SessionKeys()
    key = keys.issue_key("a")
    guesses = [refusal(keys, "a", f"guess {n}") for n in range(WRONG_KEYS.burst + 5)]
    assert guesses == [SessionKeyWrong] * WRONG_KEYS.burst + [RateLimited] * 5
    assert refusal(keys, "a", "") is RateLimited
    assert refusal(keys, "a", key) is None
    assert refusal(keys, "a", "one more guess", "192.0.2.2") is SessionKeyWrong
