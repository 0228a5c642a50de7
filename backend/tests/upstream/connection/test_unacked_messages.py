"""Transparent resumption: what was not taken in is sent again, once, in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from s2s.upstream.connection.unacked_messages import MAX_AUDIO_FRAMES, UnackedMessages


def test_what_the_handle_knows_is_not_sent_again_and_numbers_begin_at_one_again():
    numbered = UnackedMessages()
    for text in "abcd":
        numbered.on_sent(text, False)
    numbered.on_consumed(2)
    assert numbered.messages_to_replay([("e", False)]) == [("c", False), ("d", False), ("e", False)]
    for text in "cde":
        numbered.on_sent(text, False)
    numbered.on_consumed(1)
    assert numbered.messages_to_replay([]) == [("d", False), ("e", False)]


def test_old_sound_goes_first_and_words_never():
    numbered = UnackedMessages()
    numbered.on_sent("word", False)
    for index in range(MAX_AUDIO_FRAMES + 10):
        numbered.on_sent(str(index), True)
    rest = numbered.messages_to_replay([])
    assert rest[0] == ("word", False)
    assert rest[1] == ("10", True)
    assert len(rest) == MAX_AUDIO_FRAMES + 1


@given(st.integers(0, 60), st.integers(0, 80))
@settings(deadline=None)
def test_the_rest_is_everything_after_the_index(count: int, index: int):
    numbered = UnackedMessages()
    for number in range(1, count + 1):
        numbered.on_sent(str(number), number % 2 == 0)
    numbered.on_consumed(index)
    assert [text for text, _ in numbered.messages_to_replay([])] == [str(n) for n in range(1, count + 1) if n > index]
