"""The context window: what is forgotten, what stays, and what is too much."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gemini_emulator.protocol.models import models
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.session.context_window import Window, exchanged, forget
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from tests.emulator.theatre import EXHAUSTED, Theatre, type_in

SMALL: dict[str, Any] = {"triggerTokens": 400, "slidingWindow": {"targetTokens": 150}}


def last_prompt(stage: Theatre) -> int:
    """What the conversation has brought, without what the model had read before."""
    parts = stage.messages("usageMetadata")[-1][1]["promptTokensDetails"]
    return sum(part["tokenCount"] for part in parts) - models()["gemini-3.8-live"].idle_tokens


# The context window


def test_with_compression_a_name_told_early_is_forgotten_and_the_instruction_stays():
    stage = Theatre()
    stage.set_up(
        contextWindowCompression=SMALL, systemInstruction={"parts": [{"text": "Your name is Ada."}]}
    )  # fmt: skip
    type_in(stage, "My name is Robert.")
    type_in(stage, "What is my name?")
    assert stage.said.endswith("Your name is Robert.")
    for _ in range(4):
        type_in(stage, "Tell me a story", 30)
    assert last_prompt(stage) <= 400
    stage.sent.clear()
    type_in(stage, "What is my name?")
    assert "Robert" not in stage.said
    type_in(stage, "What is your name?")
    assert "Ada" in stage.said
    assert stage.closed is None


def test_without_compression_the_same_name_is_kept():
    stage = Theatre()
    stage.set_up()
    type_in(stage, "My name is Robert.")
    for _ in range(4):
        type_in(stage, "Tell me a story", 30)
    stage.sent.clear()
    type_in(stage, "What is my name?")
    assert stage.said == "Your name is Robert."


def test_a_name_told_again_after_the_cut_is_known():
    stage = Theatre()
    stage.set_up(contextWindowCompression=SMALL)
    for _ in range(5):
        type_in(stage, "My name is Robert.")
        type_in(stage, "Tell me a story", 30)
    stage.sent.clear()
    type_in(stage, "What is my name?")
    assert stage.said == "Your name is Robert."


def test_a_full_context_ends_the_session_with_the_code_of_an_invalid_argument():
    stage = Theatre(Settings(context_tokens=500))
    stage.set_up()
    for _ in range(20):
        if stage.closed is None:
            type_in(stage, "Tell me a story", 30)
    assert stage.closed == EXHAUSTED
    assert last_prompt(stage) <= 500


def test_a_whole_window_of_text_at_once_is_too_much():
    stage = Theatre()
    stage.set_up()
    type_in(stage, "word " * (131_072 * 4 // 5 + 100))
    assert stage.closed == EXHAUSTED


def test_compression_begins_at_four_fifths_of_the_window_and_cuts_to_half_of_that():
    stage = Theatre(Settings(context_tokens=1_000))
    stage.set_up(contextWindowCompression={})
    prompts = []
    for _ in range(30):
        type_in(stage, "Tell me a story", 30)
        prompts.append(last_prompt(stage))
    assert stage.closed is None
    assert max(prompts) <= 800
    cuts = [after for before, after in pairwise(prompts) if after < before]
    assert cuts
    assert max(cuts) <= 400


def test_a_resumed_session_keeps_its_context_and_what_it_has_forgotten():
    handles = Handles()
    first = Theatre(handles=handles)
    first.set_up()
    type_in(first, "Tell me a story", 30)
    first.live.gone(first.now)
    second = Theatre(handles=handles, start_s=first.now)
    second.set_up(sessionResumption={"handle": first.handles[-1]})
    type_in(second, "Hello")
    spoken = first.messages("usageMetadata")[-1][1]["responseTokenCount"]
    assert last_prompt(second) >= last_prompt(first) + spoken


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 3)), max_size=30), st.integers(0, 1_000))
def test_a_cut_drops_the_oldest_exchanges_and_no_more_than_it_must(sizes: list[tuple[int, int]], most: int):
    window, memory = Window(), Memory(instruction="Be brief.")
    for number, (tokens, turns) in enumerate(sizes):
        before = memory
        for turn in range(turns):
            memory = memory.with_turn("user", f"{number}.{turn}")
        window = window.with_exchange(exchanged(before, memory, {"TEXT": tokens}))
    cut = window.cut_to(most)
    left = forget(memory, window, cut)
    assert cut.total <= most or not cut.exchanges
    dropped = len(window.exchanges) - len(cut.exchanges)
    assert window.exchanges[dropped:] == cut.exchanges
    assert dropped == 0 or cut.total + sum(window.exchanges[dropped - 1].tokens.values()) > most
    assert left.turns == memory.turns[len(memory.turns) - len(left.turns) :]
    assert len(left.turns) == min(len(memory.turns), sum(turns for _, turns in sizes[dropped:]))
    assert left.instruction == "Be brief."
