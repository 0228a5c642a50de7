"""Which words reached the ear."""

from hypothesis import given
from hypothesis import strategies as st

from s2s.core.transcript_alignment import AlignedTranscript
from tests.spoken_words import measured


def test_words_are_counted_by_the_voice_they_came_with():
    t = AlignedTranscript()
    t.append_piece("The first sentence.", 0)
    t.append_piece(" The second one.", 1_000)
    assert t.text[: t.heard_chars(1_000, 2_000)] == "The first sentence."


def test_a_word_counts_when_most_of_it_sounded():
    t = AlignedTranscript()
    t.append_piece("alpha bravo", 0)
    assert t.text[: t.heard_chars(700, 1_000)].strip() == "alpha"
    assert t.text[: t.heard_chars(950, 1_000)] == "alpha bravo"


def test_a_transcript_that_runs_ahead_of_its_voice_is_spread_over_all_of_it():
    t = AlignedTranscript()
    t.append_piece("one two three four five six seven eight", 0)
    t.append_piece(" nine ten", 40)
    assert t.text[: t.heard_chars(2_000, 4_000)].split()[-1] in ("five", "six")


def test_nothing_heard_is_no_words_and_all_heard_is_all_words():
    t = AlignedTranscript()
    t.append_piece("some words", 0)
    assert t.heard_chars(0, 1_000) == 0
    assert t.heard_chars(1_000, 1_000) == len("some words")
    assert AlignedTranscript().heard_chars(10, 1_000) == 0


@given(st.lists(st.tuples(st.text("ab ", min_size=1, max_size=12), st.integers(0, 400)), min_size=1), st.data())
def test_more_voice_heard_is_never_fewer_words(pieces: list, data: st.DataObject):
    t, at = AlignedTranscript(), 0
    for text, gap in pieces:
        t.append_piece(text, at)
        at += gap
    voice_ms = at + 1
    first, second = sorted(data.draw(st.tuples(st.integers(0, voice_ms), st.integers(0, voice_ms))))
    assert 0 <= t.heard_chars(first, voice_ms) <= t.heard_chars(second, voice_ms) <= len(t.text)


def test_an_answer_is_cut_at_the_word_that_was_heard():
    """The voice is the real one; a word counts as heard when the half of it has sounded."""
    errors: list[int] = []
    for answer in measured():
        t = AlignedTranscript()
        for at_ms, words in answer["pieces"]:
            t.append_piece(words, at_ms)
        ends = answer["ends_ms"]
        halves = [(start + end) / 2 for start, end in zip([0, *ends], ends, strict=False)]
        for heard_ms in range(100, answer["voice_ms"] - 50, 50):
            truth = sum(half <= heard_ms for half in halves)
            cut = len(t.text[: t.heard_chars(heard_ms, answer["voice_ms"])].split())
            errors.append(abs(cut - truth))
    assert max(errors) <= 2
    assert sum(error <= 1 for error in errors) / len(errors) >= 0.95
