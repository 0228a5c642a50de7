"""What Ollama and llama.cpp send, as it stands in their documentation or was recorded, becomes words and calls."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Call, Memory
from gemini_emulator.responder.llm_prompt import Chat
from gemini_emulator.speech.language_model import CompletionStream, NoAnswer
from tests.emulator.speech.test_language_model import WEATHER

WANTED = {"get_weather"}


def told(*deltas: dict[str, Any], finish: str = "stop") -> tuple[str, tuple[Call, ...]]:
    stream, words = CompletionStream(WANTED), ""
    for delta in deltas:
        chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        words += stream.read_line(f"data: {json.dumps(chunk)}")
    end = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    stream.read_line(f"data: {json.dumps(end)}")
    stream.read_line("data: [DONE]")
    rest, calls = stream.finish_reply()
    return f"{words} {rest}".strip(), calls


def test_ollama_sends_a_call_in_one_piece():
    call = {
        "id": "call_xq1", "index": 0, "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
    }  # fmt: skip
    found = told({"role": "assistant", "content": "", "tool_calls": [call]}, finish="tool_calls")
    assert found == ("", (Call("get_weather", {"city": "Paris"}),))


def test_ollama_keeps_the_thoughts_of_a_model_apart():
    assert told({"content": "", "reasoning": "The user greets me."}, {"content": "Hello."}) == ("Hello.", ())


def test_llama_cpp_begins_without_content_and_sends_a_call_in_pieces():
    begins = {"index": 0, "id": "x7", "type": "function", "function": {"name": "get_weather", "arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": part}} for part in ('{"ci', 'ty":"Pa', 'ris"}')]
    found = told(
        {"role": "assistant", "content": None},
        {"tool_calls": [begins]},
        *({"tool_calls": [piece]} for piece in pieces),
        finish="tool_calls",
    )
    assert found == ("", (Call("get_weather", {"city": "Paris"}),))


def test_an_error_in_the_stream_is_told_with_its_words():
    with pytest.raises(NoAnswer, match="context size"):
        CompletionStream(WANTED).read_line('data: {"error": {"code": 400, "message": "exceeds the context size"}}')


def test_timers_and_the_speed_of_the_voice_stay_with_the_engine():
    mind = Chat(Companion())
    timed = mind.reply_to_user("Set a timer for five minutes.", Memory(), [])
    assert timed.question is None
    assert len(timed.memory.timers) == 1
    assert mind.reply_to_user("Speak slower, please.", Memory(), []).memory.rate < 1.0
    asked = mind.reply_to_user("Set a timer for five minutes.", Memory(), [{**WEATHER, "name": "set_timer"}])
    assert asked.question is not None
    later = mind.reply_to_user("How much time is left?", replace(timed.memory, now=60.0), [])
    assert later.say == "There are 4 minutes left."
