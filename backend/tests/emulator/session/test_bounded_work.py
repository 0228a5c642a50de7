"""Nothing that a person says or types, and nothing that a function answers, holds up the offline mind."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gemini_emulator.audio.speech_text import sentences
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.context_notes import remember
from gemini_emulator.responder.conversation_state import Memory, Result
from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS, TOO_LONG
from tests.work import grows_too_fast

FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": "set_reminder",
        "description": "Remind the user of something on a day, at a time, somewhere.",
        "parameters": {
            "type": "object",
            "properties": {
                "day": {"type": "string", "format": "date"},
                "time": {"type": "string", "format": "date-time"},
                "text": {"type": "string"},
                "who": {"type": "string", "description": "Person"},
                "minutes": {"type": "number"},
                "count": {"type": "integer"},
            },
            "required": ["day", "text"],
        },
    },
    {"name": "calculate", "description": "Work out arithmetic.",
     "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}},
    {"name": "search", "description": "Look something up.",
     "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}},
]  # fmt: skip
MIND = Companion(clock=lambda: datetime(2026, 7, 1, 12, tzinfo=UTC))
PIECES = [
    "1", "1 ", "1-", "1,000,", "1 x ", "a-", "a ", "the ", "to ", "and ", "one hundred ", ". ", ".", '"', ":", " ", "(",
    "7 percent of ", "saying ", "called ", "number ", "what is ", "a_", "A", "\n", "’", "é", "中",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_words_are_as_little_work_as_short_ones(piece: str) -> None:
    def think(text: str) -> object:
        return MIND.reply_to_user(text, Memory(turns=(("user", text), ("model", text)), instruction=text), FUNCTIONS)

    for before, after in (("What is ", " plus 1?"), ("Set a reminder for ", ""), ("", "")):
        assert not grows_too_fast(think, lambda chars: before + (piece * chars)[:chars] + after, 400)  # noqa: B023


@pytest.mark.parametrize("piece", PIECES)
def test_long_results_are_as_little_work_as_short_ones(piece: str) -> None:
    def report(text: str) -> object:
        return MIND.reply_to_results([Result("f", {"a": text, "b": [text], text: 1})], Memory())

    assert not grows_too_fast(report, lambda chars: (piece * chars)[:chars], 1_000)


@pytest.mark.parametrize("piece", [*PIECES, "[", "[](", "![a](", "`", "```", "<", "* ", "http://", "**", "1. "])
def test_long_answers_are_made_speakable_in_linear_time(piece: str) -> None:
    assert not grows_too_fast(sentences, lambda chars: (piece * chars)[:chars], 2_000)


@pytest.mark.parametrize(
    "piece", ["(", ")", "()", "(a.) ", "(do not mention.) ", 'heard: "', "(the function f ", "go on "]
)
def test_notes_in_brackets_are_found_in_linear_time(piece: str) -> None:
    def think(text: str) -> object:
        return MIND.reply_to_user(text, remember(Memory(turns=(("model", text),)), text), FUNCTIONS)

    for before, after in (("", ""), ("(", ".)"), ("(Your last answer was cut off. ", ".)")):
        assert not grows_too_fast(think, lambda chars: before + (piece * chars)[:chars] + after, 4_000)  # noqa: B023


def test_of_many_words_the_last_whole_sentences_are_answered() -> None:
    story = "I went to the market and bought a lot of apples from the man with the hat. " * 12
    assert len(story) > MAX_HEARD_CHARS
    thought = MIND.reply_to_user(f"{story} What is 12 plus 30?", Memory(), FUNCTIONS)
    assert [call.args for call in thought.calls] == [{"expression": "12 + 30"}]


@pytest.mark.parametrize("words", ["What is " + "1" * 7_900 + " plus 1?", "word " * 400])
def test_what_cannot_be_cut_is_asked_for_again(words: str) -> None:
    assert MIND.reply_to_user(words, Memory(), FUNCTIONS).say == TOO_LONG


@pytest.mark.parametrize("number", ["9" * 400, "99999999999", "9999999"])
@pytest.mark.parametrize("unit", ["days", "weeks", "months", "minutes", "hours"])
def test_numbers_beyond_the_calendar_are_no_fault(number: str, unit: str) -> None:
    for words in (f"Remind me in {number} {unit} to call Bob", f"Set a reminder in {number} {unit}"):
        assert MIND.reply_to_user(words, Memory(), FUNCTIONS)
    assert MIND.reply_to_user(f"Roll {number} dice", Memory(), FUNCTIONS).say


def test_a_shortened_list_is_told_with_its_whole_number() -> None:
    rows = [{"name": f"Lamp {number}"} for number in range(700)]
    said = MIND.reply_to_results([Result("list_lamps", {"lamps": rows, "shown": "700 of 2,000 lamps"})], Memory()).say
    assert said == "2000 lamps: Lamp 0, Lamp 1, Lamp 2 and 1997 more."
    bare = MIND.reply_to_results([Result("list_lamps", {"result": rows, "shown": "700 of 2,000 result"})], Memory()).say
    assert bare == "Lamp 0, Lamp 1, Lamp 2 and 1997 more."


def test_json_nested_without_end_is_no_fault() -> None:
    assert MIND.reply_to_results([Result("f", {"result": "[" * 100_000})], Memory()).say
