"""Which words of the model are the beginning of its answer once more."""

from s2s.core.watchdog.repetition_detector import Repetition, RepetitionDetector


def said(detector: RepetitionDetector, *words: str) -> list[Repetition]:
    found = [detector.on_transcript(f"{word} ", 100 * at) for at, word in enumerate(words)]
    return [repetition for repetition in found if repetition is not None]


def test_an_answer_that_begins_again_is_noticed_where_it_began():
    detector = RepetitionDetector()
    answer = ("it", "is", "sunny", "in", "Paris", "today")
    assert said(detector, *answer, "and", *answer) == [Repetition.BEGAN]
    assert detector.began_at_ms == 700


def test_a_false_start_belongs_to_the_answer_and_does_not_hide_a_repetition_after_it():
    detector = RepetitionDetector()
    answer = ("it", "is", "sunny", "in", "Paris", "today")
    assert said(detector, *answer, "it", "is", "warm", *answer) == [Repetition.BEGAN]
    assert detector.began_at_ms == 900
