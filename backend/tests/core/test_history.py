"""What a fresh session is told of the one before."""

from s2s.core.effects import LogTranscript
from s2s.core.history import ConversationHistory, HistoryTurn


def test_the_record_is_what_was_said_and_heard_and_begins_with_the_person():
    memory = ConversationHistory()
    memory.record(
        [
            LogTranscript("model", "Hello"),
            LogTranscript("user", "Hi"),
            LogTranscript("tool", "x()"),
            LogTranscript("model", "Yes"),
        ]
    )
    assert memory.history() == (HistoryTurn("user", "Hi"), HistoryTurn("model", "Yes"))


def test_the_oldest_turns_are_forgotten_first():
    memory = ConversationHistory(budget_chars=20)
    for number in range(10):
        memory.record([LogTranscript("user", f"question {number}"), LogTranscript("model", "ok")])
    assert [turn.text for turn in memory.history()] == ["question 9", "ok"]
