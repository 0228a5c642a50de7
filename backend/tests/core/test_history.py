"""What a fresh session is told of the one before."""

from s2s.core.effects import Journal
from s2s.core.history import Memory, Remembered


def test_the_record_is_what_was_said_and_heard_and_begins_with_the_person():
    memory = Memory()
    memory.watch([Journal("model", "Hello"), Journal("user", "Hi"), Journal("tool", "x()"), Journal("model", "Yes")])
    assert memory.history() == (Remembered("user", "Hi"), Remembered("model", "Yes"))


def test_the_oldest_turns_are_forgotten_first():
    memory = Memory(budget_chars=20)
    for number in range(10):
        memory.watch([Journal("user", f"question {number}"), Journal("model", "ok")])
    assert [turn.text for turn in memory.history()] == ["question 9", "ok"]
