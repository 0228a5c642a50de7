"""What the gateway tells the model in brackets is obeyed by the local engine, and reaches neither ear nor page."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.context_notes import split
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.responder.llm_prompt import Chat
from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.core.texts import prompts
from tests.page import open_page, running_gateway

PLAIN = sorted(
    value
    for name, value in vars(prompts).items()
    if name.isupper() and isinstance(value, str) and value.startswith("(")
)
heard = st.text(max_size=60)


def results() -> list[str]:
    """The words in which the result of a lost call is told, as their format stands in the source."""
    source = Path(prompts.__file__).parents[1] / "tools"
    assert "The function {record.call.name} that you called before has answered: {words}" in Path(
        source / "tool_calls.py"
    ).read_text("utf-8")
    assert "(The function {name} still runs. Say so in a few words.)" in (source / "mic_gate.py").read_text("utf-8")
    values = [{"result": 4}, {"text": "(a) or b)"}, {"rows": [1, 2]}, {}]
    told = [f"(The function roll_dice that you called before has answered: {json.dumps(value)})" for value in values]
    return [*told, "(The function get_weather still runs. Say so in a few words.)"]


@pytest.mark.parametrize("note", [*PLAIN, *results()])
def test_every_note_of_the_gateway_is_known_to_the_local_engine(note: str):
    assert split(note) == ((note,), "")
    memory = Memory(turns=(("user", "hello"), ("model", "Hello! What can I do for you?")))
    for mind in (Companion(), Chat(Companion())):
        thought = mind.reply_to_user(note, memory, ())
        said = thought.say or (thought.question.otherwise.say if thought.question else "")
        assert said
        assert "I heard" not in said
        assert note.strip("().") not in said


@given(heard)
def test_notes_on_what_was_heard_are_known_whatever_that_was(text: str):
    for note in (
        prompts.cut_note(text),
        prompts.repeat_rest_prompt(text),
        prompts.phantom_prompt(text),
        prompts.phantom_prompt(None),
    ):
        assert split(note) == ((note,), "")


@pytest.mark.parametrize(("fault", "when"), [("near_silent", "{turn: 1}"), ("interrupted", "{turn: 1, spoken_s: 0.6}")])
async def test_a_repaired_answer_holds_no_word_of_the_order_that_repaired_it(tmp_path: Path, fault: str, when: str):
    scenario = f"steps: [{{when: {when}, do: {fault}}}]"
    async with (
        running_emulator(reply_s=1.5, scenario=scenario, mind=Companion()) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="Hello!"))

        def orders() -> list[str]:
            texts = [str(message.get("realtimeInput", {}).get("text", "")) for message in emulator.received]
            parts = [
                part.get("text", "")
                for message in emulator.received
                for turn in message.get("clientContent", {}).get("turns", [])
                for part in turn["parts"]
            ]
            return [text for text in (*texts, *parts) if text.startswith("(")]

        await emulator.wait_for(lambda: bool(orders()))
        await page.told_of(wire.TurnEnd, turn=2)
        page.say(wire.Text(text="Thank you!"))
        await page.told_of(wire.TurnEnd, turn=3)
        shown = " ".join(wire.encode(message) for message in page.told)
        sent = json.dumps([message for seen in emulator.seen for message in seen.sent])
        for text in (shown, sent):
            assert "answer could not be heard" not in text
            assert "do not mention" not in text
            assert "I heard" not in text
