"""Microphone frames that come late, twice or never."""

import random

from hypothesis import given
from hypothesis import strategies as st

from s2s.transport.mic_reorder import UNORDERED_WAIT_FRAMES, MicReorderBuffer


def name(seq: int) -> bytes:
    return str(seq).encode()


def take(order: MicReorderBuffer, seqs: list[int], patience_frames: int = 0) -> list[int]:
    return [int(pcm) for seq in seqs for pcm in order.push(seq, name(seq), patience_frames)]


def test_frames_that_are_sent_again_are_heard_once():
    assert take(MicReorderBuffer(), [7, 8, 9, 8, 9, 10, 7]) == [7, 8, 9, 10]


def test_a_page_that_was_loaded_anew_is_heard_at_once():
    assert take(MicReorderBuffer(), [90, 91, 0, 0, 1]) == [90, 91, 0, 1]
    assert take(MicReorderBuffer(), [90, 91, 700_000, 700_001]) == [90, 91, 700_000, 700_001]
    assert take(MicReorderBuffer(), [700_000, 90, 91]) == [700_000, 90, 91]


def test_numbers_wrap():
    assert take(MicReorderBuffer(), [0xFFFFFFFE, 0xFFFFFFFF, 0, 1]) == [0xFFFFFFFE, 0xFFFFFFFF, 0, 1]


def test_on_an_ordered_channel_nothing_waits_for_what_is_lost():
    order = MicReorderBuffer()
    assert take(order, [1, 2, 5, 6]) == [1, 2, 5, 6]
    assert order.missing == 2


def test_on_an_unordered_channel_a_repeated_frame_is_heard_in_its_place():
    order = MicReorderBuffer()
    assert take(order, [1, 3, 4, 5, 2, 6], patience_frames=5) == [1, 2, 3, 4, 5, 6]
    assert order.missing == 0


def test_a_frame_that_never_comes_is_given_up():
    order = MicReorderBuffer()
    assert take(order, [1, 3, 4, 5, 6], patience_frames=5) == [1]
    assert take(order, [7, 8], patience_frames=5) == [3, 4, 5, 6, 7, 8]
    assert order.missing == 1


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.4), st.integers(0, 10_000))
def test_every_frame_is_heard_once_in_order_or_counted(first: int, loss: float, seed: int):
    dice, sent = random.Random(seed), [(first + step) % 2**32 for step in range(200)]
    # Where the numbers begin is what came first: the first frame is neither lost nor overtaken.
    arrivals = sorted(
        (slot + 3 * copy + dice.random() * 1.9 * (slot > 0), seq)
        for slot, seq in enumerate(sent)
        for copy in range(2)
        if (slot > 0 and dice.random() >= loss) or (slot, copy) == (0, 0)
    )
    order = MicReorderBuffer()
    heard = take(order, [seq for _, seq in arrivals], UNORDERED_WAIT_FRAMES)
    ranks = [sent.index(seq) for seq in heard]
    assert ranks == sorted(set(ranks))
    waiting = len({seq for _, seq in arrivals}) - len(heard)
    assert waiting <= UNORDERED_WAIT_FRAMES
    if loss == 0:
        assert order.missing == 0
        assert len(heard) == 200
