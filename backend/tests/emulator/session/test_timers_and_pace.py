"""A timer rings within the call, by itself and at its time; the voice has its pauses and its speed."""

import pytest

from gemini_emulator.audio.phrasing import BEHIND_MARK_S, ITEM_S, PARAGRAPH_S, phrases
from gemini_emulator.protocol.setup import Backend
from gemini_emulator.session.model_turn.speech_pacing import Speech
from gemini_emulator.settings import Pace
from tests.emulator.theatre import Theatre


def test_a_timer_rings_by_itself_and_the_call_goes_on():
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Set a timer for five minutes."}})
    stage.advance(20)
    assert "starting now" in stage.said
    before = stage.said
    stage.advance(270)
    assert stage.said == before
    stage.advance(20)
    assert stage.said.removeprefix(before).strip() == "🔔 Your 5-minute timer is up."
    assert stage.order()[-1] == "usageMetadata" or "turnComplete" in stage.order()
    stage.advance(600)
    assert stage.said.count("is up") == 1
    assert stage.live.deadline is None
    stage.tell({"realtimeInput": {"text": "How much time is left?"}})
    stage.advance(10)
    assert "no timer running" in stage.said


def test_a_timer_waits_until_the_user_and_the_answer_are_over():
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Set a timer for ten seconds."}})
    stage.advance(8)
    stage.tell({"realtimeInput": {"text": "Tell me a story."}})
    stage.advance(6)
    assert "is up" not in stage.said
    assert not stage.messages("interrupted")
    stage.advance(60)
    assert stage.said.endswith("Your 10-second timer is up.")


def test_what_was_half_said_sets_no_timer_and_a_cancelled_one_is_silent():
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Set a timer for ten seconds."}})
    stage.advance(5)
    stage.tell({"realtimeInput": {"text": "Cancel the timer."}})
    stage.advance(60)
    assert stage.said.endswith("Okay, the 10-second timer is off.")


def test_a_model_that_writes_rings_in_writing():
    stage = Theatre(backend=Backend.VERTEX)
    stage.set_up(model="gemini-live-2.5-flash", generationConfig={"responseModalities": ["TEXT"]})
    stage.tell({"realtimeInput": {"text": "Set a timer for ten seconds."}})
    stage.advance(11)
    texts = [part["text"] for _, turn in stage.messages("modelTurn") for part in turn["parts"]]
    assert "".join(texts).endswith("Your 10-second timer is up.")


def spoken(text: str, rate: float = 1.0) -> tuple[list[str], list[float]]:
    """What the voice is given, and the seconds of silence before each next phrase, for a voice of 1 s a phrase."""
    jobs = iter(range(1, 100))
    speech = Speech(text, Pace(chunk_ms=20), lambda: next(jobs), rate)
    said, silences, sound, now = [], [], bytearray(), 0.0
    speech.begin_playout(0.0)
    while not speech.all_sent:
        for job in speech.prepare():
            said.append(job.text)
            assert job.rate == rate
            speech.accept(job.job, b"\x01\x01" * 24_000)
        now += 60.0
        while chunk := speech.next_due(now):
            sound += chunk.pcm
    quiet = 0
    for at in range(0, len(sound), 480):
        if any(sound[at : at + 480]):
            silences += [quiet / 100] * (quiet > 0)
            quiet = 0
        else:
            quiet += 1
    assert quiet == 0, "nothing waits for silence at the end"
    return said, silences


def test_pauses_follow_the_marks_and_the_lines():
    said, silences = spoken("One thing. Is it so? Yes.\n\nAnother thing.")
    assert said == ["One thing.", "Is it so?", "Yes.", "Another thing."]
    assert silences == pytest.approx([BEHIND_MARK_S["."], BEHIND_MARK_S["?"], PARAGRAPH_S], abs=0.02)


def test_items_of_a_list_keep_the_voice_up_until_the_last():
    said, silences = spoken("You need:\n- milk\n- bread.\n- butter\n\nThat is all.")
    assert said == ["You need:", "milk,", "bread,", "butter.", "That is all."]
    assert silences[1:3] == pytest.approx([ITEM_S, ITEM_S], abs=0.02)
    assert [phrase.text for phrase in phrases("- milk\n- bread")] == ["milk", "bread"]


def test_counting_and_spelling_have_a_pause_behind_every_item():
    assert spoken("1, 2, 3, 4.")[0] == ["1,", "2,", "3,", "4."]
    assert spoken("Cat: C, A, T, S.")[0] == ["Cat:", "C,", "A,", "T,", "S."]
    assert spoken("Well, no, I would say so.")[0] == ["Well, no, I would say so."]


def test_a_long_first_sentence_is_begun_with_its_first_clause():
    long = "Sunlight is made of all colors of the rainbow, and the air scatters blue light more than any of the others."
    assert [phrase.text for phrase in phrases(long, first=True)] == [long[:46], long[47:]]
    assert [phrase.text for phrase in phrases(long)] == [long]


def test_pauses_are_shorter_in_faster_speech():
    assert spoken("One. Two.", rate=1.6)[1] == pytest.approx([0.25], abs=0.02)


def test_asked_to_speak_slower_the_next_sentence_is_slower():
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Hello."}})
    stage.advance(20)
    stage.tell({"realtimeInput": {"text": "Speak slower, please."}})
    stage.advance(20)
    stage.tell({"realtimeInput": {"text": "Tell me a joke."}})
    stage.advance(20)
    assert stage.rates[0] == 1.0
    assert stage.rates[-1] < 1.0
