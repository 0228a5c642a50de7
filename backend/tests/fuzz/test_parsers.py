"""A short, repeatable look for bytes that a parser cannot take. `make fuzz` looks longer, with coverage."""

import random
from collections.abc import Iterator

import pytest

from fuzz.targets import TARGETS, corpus

ROUNDS = {"upstream": 250, "control": 250, "recording": 200, "sdp": 600, "address": 300}
TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"\xff",
    b"\0",
    b"\r\n",
    b"a=",
    b"m=",
    b"true",
)


def mutations(seeds: list[bytes], rounds: int, chance: random.Random) -> Iterator[bytes]:
    """Cut, doubled, flipped, spliced and sprinkled with what parsers stumble over."""
    for _ in range(rounds):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data) + 1)
            end = min(len(data), at + chance.randrange(1, 40))
            match chance.randrange(6):
                case 0:
                    del data[at:end]
                case 1:
                    data[at:at] = data[at:end]
                case 2 if at < len(data):
                    data[at] ^= 1 << chance.randrange(8)
                case 3:
                    data[at:at] = chance.choice(TOKENS)
                case 4:
                    other = chance.choice(seeds)
                    data[at:] = other[chance.randrange(len(other) + 1) :]
                case _:
                    data[at:end] = bytes(str(chance.choice((-1, 0, 2**31, 2**63, 2**64, 10**30))), "ascii")
        yield bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_a_network_can_send_breaks_a_parser(name: str):
    known = dict(corpus(name))
    for data in known.values():
        TARGETS[name].run(data)
    for data in mutations(list(known.values()), ROUNDS.get(name, 1_000), random.Random(name)):
        try:
            TARGETS[name].run(data)
        except Exception as fault:
            raise AssertionError(f"{name}: put this into fuzz/corpus/{name}/ and mend it: {data!r}") from fault


@pytest.mark.parametrize("name", TARGETS)
def test_an_empty_message_and_one_without_end_are_taken(name: str):
    deep = b'{"type":"ping","ms":1,"toolCall":' + b'{"a":' * 3_000
    for data in (b"", deep, b"\0" * 70_000, b"[" * 70_000, b'{"a":' * 14_000, "\u202e\U0001f600".encode() * 5_000):
        TARGETS[name].run(data)
