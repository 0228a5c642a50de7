"""What a language model writes, made into sentences and calls; and where it is asked."""

import json
from typing import Any

import pytest

from gemini_emulator.speech.language_model import CompletionStream, Endpoint, Misconfigured, NoAnswer


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://models.example/api/v3", "https://models.example/api/v3/chat/completions"),
        ("https://models.example/v1/chat/completions", "https://models.example/v1/chat/completions"),
    ],
)
def test_the_address_may_be_written_in_every_usual_way(given: str, url: str):
    endpoint = Endpoint.from_env({"GEMINI_EMULATOR_LLM_URL": given, "GEMINI_EMULATOR_LLM_MODEL": "m"})
    assert endpoint
    assert endpoint.url == url


def test_half_an_endpoint_is_told_and_none_is_none():
    assert Endpoint.from_env({}) is None
    with pytest.raises(Misconfigured, match="GEMINI_EMULATOR_LLM_MODEL is not"):
        Endpoint.from_env({"GEMINI_EMULATOR_LLM_URL": "http://127.0.0.1:1/v1"})
    with pytest.raises(Misconfigured, match="no web address"):
        Endpoint.from_env({"GEMINI_EMULATOR_LLM_URL": "nonsense", "GEMINI_EMULATOR_LLM_MODEL": "m"})
    assert "secret" not in repr(Endpoint("http://x/v1", "m", "secret"))


def lines(*deltas: dict[str, Any]) -> list[str]:
    return [f"data: {json.dumps({'choices': [{'delta': delta}]})}" for delta in deltas]


def test_thoughts_in_tags_are_not_spoken():
    answer = CompletionStream(set())
    pieces = [
        answer.read_line(line)
        for line in lines(*({"content": part} for part in ["<th", "ink>Hm. So. ", "</think>", "Yes. N", "o."]))
    ]
    answer.read_line("data: [DONE]")
    assert [*filter(None, pieces), answer.finish_reply()[0]] == ["Yes.", "No."]


def test_a_title_or_a_number_of_a_list_does_not_end_a_sentence():
    answer = CompletionStream(set())
    pieces = [
        answer.read_line(line)
        for line in lines({"content": "Ask Dr. "}, {"content": "Who. 1"}, {"content": ". Then go. "})
    ]
    assert pieces == ["", "Ask Dr. Who.", "1. Then go."]


def test_a_call_that_cannot_be_read_is_no_call():
    answer = CompletionStream({"f"})
    answer.read_line(lines({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{"}}]})[0])
    answer.read_line("data: [DONE]")
    with pytest.raises(NoAnswer):
        answer.finish_reply()


def test_an_answer_without_an_end_broke_off():
    answer = CompletionStream(set())
    answer.read_line(lines({"content": "I was"})[0])
    with pytest.raises(NoAnswer, match="broke"):
        answer.finish_reply()
