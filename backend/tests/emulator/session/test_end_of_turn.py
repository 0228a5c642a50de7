"""When a turn is over: by what was said, not by silence alone. And what happens when that was wrong."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.events import Effect, Prioritize, Recognize, Recognized
from gemini_emulator.settings import Settings
from tests.emulator.theatre import KNOCK, LOUD, SETUP, WEATHER, Theatre

ADAPTIVE: dict[str, Any] = {"automaticActivityDetection": {"prefixPaddingMs": 64}}


def adaptive(mind: Any = None, detection: dict[str, Any] | None = None, **changes: Any) -> Theatre:
    """A conversation that asks for no silence of its own, unless `detection` says so."""
    stage = Theatre(mind=mind)
    rules = {"automaticActivityDetection": {"prefixPaddingMs": 64, **(detection or {})}}
    stage.set_up(realtimeInputConfig=rules, **changes)
    return stage


def silence_before_the_answer(stage: Theatre, words: str) -> float:
    """Seconds from the end of the voice to the first sound of the answer."""
    stage.say(words)
    stopped = stage.now
    stage.play(3.0)
    return stage.messages("modelTurn")[0][0] - stopped


def test_a_whole_question_is_answered_after_a_fifth_of_a_second():
    assert silence_before_the_answer(adaptive(Parrot()), "Is this all?") == pytest.approx(0.18, abs=0.04)


def test_a_question_that_may_go_on_is_given_half_a_second():
    assert silence_before_the_answer(adaptive(Parrot()), "Tell me a story") == pytest.approx(0.49, abs=0.04)


@pytest.mark.parametrize("words", ["The old house", "We are met on a great battlefield.", "Hello.", "Add milk."])
def test_what_asks_for_nothing_or_readily_goes_on_is_given_more_than_a_second(words: str):
    assert silence_before_the_answer(adaptive(Parrot()), words) == pytest.approx(1.22, abs=0.04)


def test_somebody_who_looks_for_a_word_is_given_two_seconds():
    assert silence_before_the_answer(adaptive(Parrot()), "What's the weather in") == pytest.approx(2.02, abs=0.04)


def test_a_slow_speaker_is_not_cut_off_before_paris():
    stage = adaptive(tools=[{"functionDeclarations": [WEATHER]}])
    stage.say("What's the weather in")
    stage.play(1.3)
    stage.say("What's the weather in Paris?", 0.6)
    stage.play(0.4)
    assert stage.heard == "What's the weather in Paris?"
    assert stage.messages("interrupted") == []
    ((_, call),) = stage.messages("toolCall")
    assert call["functionCalls"][0]["args"] == {"city": "Paris"}


def test_a_request_that_lacks_its_city_waits_for_it_before_it_asks_back():
    stage = adaptive(tools=[{"functionDeclarations": [WEATHER]}])
    stage.say("What's the weather?")
    stage.play(1.0)
    assert stage.said == ""
    stage.say("What's the weather in Rome?", 0.5)
    stage.play(1.2)
    assert stage.messages("toolCall")[0][1]["functionCalls"][0]["args"] == {"city": "Rome"}


def test_one_word_is_enough_for_an_answer_to_a_question():
    stage = adaptive(tools=[{"functionDeclarations": [WEATHER]}])
    stage.ask("What's the weather?")
    stage.play(8)
    stage.say("Paris.")
    stage.play(0.3)
    assert stage.messages("toolCall")[0][1]["functionCalls"][0]["args"] == {"city": "Paris"}


def test_the_clients_own_silence_is_the_least():
    for least_ms, words, seconds in (
        (400, "Is this all?", 0.4),
        (800, "Tell me a story", 0.8),
        (400, "Go to the", 2.0),
    ):
        stage = adaptive(Parrot(), {"silenceDurationMs": least_ms})
        assert silence_before_the_answer(stage, words) == pytest.approx(seconds, abs=0.05)


def test_low_sensitivity_waits_half_as_long_again():
    stage = adaptive(Parrot(), {"endOfSpeechSensitivity": "END_SENSITIVITY_LOW"})
    assert silence_before_the_answer(stage, "Is this all?") == pytest.approx(0.27, abs=0.04)


def test_without_adaptation_only_the_silence_counts():
    stage = Theatre(Settings(adaptive_end_of_turn=False), mind=Parrot())
    stage.set_up()
    assert silence_before_the_answer(stage, "What's the weather in") == pytest.approx(0.42, abs=0.04)


def test_a_recognizer_that_is_late_ends_the_turn_at_once_when_it_knows_the_words():
    stage = adaptive(Parrot())
    stage.recognize_s = 0.7
    assert silence_before_the_answer(stage, "Is this all?") == pytest.approx(0.77, abs=0.04)


def test_words_that_everybody_waits_for_are_hurried():
    hurried: list[Effect] = []

    class Watched(Theatre):
        def _carry_out(self, effect: Effect) -> None:
            if isinstance(effect, Prioritize):
                hurried.append(effect)
            super()._carry_out(effect)

    stage = Watched()
    stage.set_up(realtimeInputConfig=ADAPTIVE)
    stage.recognize_s = 0.7
    stage.say("Is this all?")
    stage.play(0.15)
    assert hurried == []
    stage.play(0.15)
    assert len(hurried) == 1


# Answered too early


def test_a_sentence_that_goes_on_after_its_answer_began_is_answered_once():
    stage = adaptive(Parrot())
    stage.say("Can you wake me up?")
    stage.play(0.5)
    assert stage.said != ""
    stage.sent.clear()
    stage.say("Can you wake me up on Monday?", 0.6)
    stage.play(6)
    kinds = [kind for kind in stage.order() if kind in ("interrupted", "inputTranscription", "turnComplete")]
    assert kinds == ["interrupted", "turnComplete", "inputTranscription", "turnComplete"]
    assert stage.heard == "on Monday?"
    assert stage.said.endswith("Can you wake me up on Monday?")


def test_the_memory_holds_a_joined_sentence_once():
    stage = adaptive()
    stage.say("My name is Anna.")
    stage.play(0.5)
    stage.say("My name is Anna Karenina.", 0.6)
    stage.play(8)
    remembered = [text for role, text in stage.live._model.memory.turns if role == "user"]
    assert remembered == ["My name is Anna Karenina."]


def test_a_call_made_for_half_a_sentence_is_cancelled_and_made_for_the_whole():
    stage = adaptive(tools=[{"functionDeclarations": [WEATHER]}])
    stage.say("What's the weather in Paris?")
    stage.play(0.4)
    first = stage.messages("toolCall")[0][1]["functionCalls"][0]
    stage.say("What's the weather in Paris and London?", 0.6)
    stage.play(1.0)
    assert stage.messages("toolCallCancellation")[0][1] == {"ids": [first["id"]]}
    cities = [call["args"]["city"] for call in stage.messages("toolCall")[1][1]["functionCalls"]]
    assert cities == ["Paris", "London"]


def test_later_speech_over_the_answer_is_a_turn_of_its_own():
    stage = adaptive(Parrot())
    stage.ask("Can you wake me up?")
    stage.play(0.5)
    stage.say("Thank you.", 0.6)
    stage.play(6)
    assert stage.said.endswith("Thank you.")
    assert [len(stage.messages(kind)) for kind in ("interrupted", "inputTranscription")] == [1, 2]
    assert len(stage.recognized[-1].pcm) / 32_000 < 1.5


def test_stop_said_right_after_a_sentence_takes_it_back():
    stage = adaptive(Parrot())
    stage.say("Can you wake me up?")
    stage.play(0.4)
    stage.sent.clear()
    stage.say("Can you wake me up? Stop.", 0.5)
    stage.play(6)
    assert stage.said.endswith("Stop.")
    assert "Can you wake me up? Stop." not in stage.said


@pytest.mark.parametrize("sound", ["Um.", "Uh", "Hmm."])
def test_a_sound_of_thinking_alone_is_no_turn(sound: str):
    stage = adaptive()
    stage.say(sound, 0.3)
    stage.play(4)
    assert [kind for kind in stage.order() if kind != "interimInputTranscription"] == ["setupComplete"]


def test_a_knock_does_not_silence_the_answer():
    stage = Theatre()
    stage.set_up(realtimeInputConfig={})
    stage.ask("Tell me a story about the sea.")
    stage.play(2)
    stage.play(0.04, KNOCK)
    stage.play(1)
    assert stage.messages("interrupted") == []


@pytest.mark.parametrize(("start", "after_ms"), [("START_SENSITIVITY_HIGH", 64), ("START_SENSITIVITY_LOW", 128)])
def test_what_is_surely_a_voice_silences_the_answer_sooner_unless_that_must_be_hard(start: str, after_ms: int):
    stage = Theatre()
    detection = {"startOfSpeechSensitivity": start, "prefixPaddingMs": 100}
    stage.set_up(realtimeInputConfig={"automaticActivityDetection": detection})
    stage.ask("Tell me a story about the sea.")
    stage.play(2)
    began = stage.now
    stage.play(0.5, LOUD)
    # A chunk may have begun before the voice, and frames come every 20 ms.
    assert [at - began for at, _ in stage.messages("interrupted")] == [pytest.approx(after_ms / 1000 + 0.005, abs=0.03)]


# Interim transcripts


def test_the_words_so_far_are_told_within_seven_tenths_of_a_second():
    stage = adaptive()
    stage.glimpsed = "What is"
    stage.play(1.0)
    began = stage.now
    stage.say("What is your name?", 2.0)
    at, first = stage.messages("interimInputTranscription")[0]
    assert first == {"text": "What is"}
    assert at - began <= 0.7
    assert 2 <= len(stage.glimpses) <= 4
    stage.play(0.5)
    assert stage.heard == "What is your name?"


def test_no_interim_words_without_a_transcript_or_where_they_are_switched_off():
    silent = Theatre()
    setup = {key: value for key, value in SETUP.items() if key != "inputAudioTranscription"}
    silent.tell({"setup": setup})
    off = Theatre(Settings(interim_s=None))
    off.set_up()
    for stage in (silent, off):
        stage.glimpsed = "What is"
        stage.say("What is your name?", 2.0)
        assert (stage.glimpses, stage.messages("interimInputTranscription")) == ([], [])


def test_a_glimpse_that_is_not_done_when_the_voice_falls_silent_is_forgotten():
    stage = adaptive()
    stage.glimpsed, stage.recognize_s = "What", 0.5
    stage.say("What is your name?", 0.5)
    stage.play(0.6)
    assert [piece["text"] for _, piece in stage.messages("interimInputTranscription")] == ["What is your name?"]


# The law


class Dictation(Theatre):
    """Every 20 ms of voice has a number, which is what the recognizer understands of it."""

    def __init__(self) -> None:
        super().__init__(mind=Parrot())
        self.spoken = 0
        self.endings: dict[int, str] = {}

    def dictate(self, frames: int, ending: str) -> None:
        for _ in range(frames):
            self.spoken += 1
            self.play(0.02, struct.pack("<h", self.spoken) * 320)
        self.endings[self.spoken] = ending

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Recognize):
            numbers = sorted({number for (number,) in struct.iter_unpack("<h", effect.pcm)} - {0})
            ending = self.endings.get(numbers[-1], " the") if numbers else ""
            text = " ".join(f"n{number}" for number in numbers) + ending
            self._later(self.recognize_s, Recognized(effect.job, text))
        else:
            super()._carry_out(effect)


PIECES = st.lists(
    st.tuples(st.integers(7, 30), st.sampled_from([".", " the", "", ",", "?"]), st.floats(0.04, 2.5)), max_size=5
)


@settings(max_examples=30, deadline=None)
@given(PIECES, st.sampled_from([0.03, 0.1, 0.9]), st.booleans(), st.sampled_from([None, 100, 400]))
def test_every_voiced_sample_belongs_to_exactly_one_answered_turn(
    pieces: list[tuple[int, str, float]], recognize_s: float, interruptible: bool, least_ms: int | None
):
    stage = Dictation()
    stage.recognize_s = recognize_s
    detection = {"prefixPaddingMs": 64, **({"silenceDurationMs": least_ms} if least_ms else {})}
    handling = "START_OF_ACTIVITY_INTERRUPTS" if interruptible else "NO_INTERRUPTION"
    stage.set_up(realtimeInputConfig={"automaticActivityDetection": detection, "activityHandling": handling})
    for frames, ending, pause_s in pieces:
        stage.dictate(frames, ending)
        stage.play(pause_s)
    stage.play(3)
    stage.advance(60)
    everything = [f"n{number}" for number in range(1, stage.spoken + 1)]
    answered = " ".join(text for role, text in stage.live._model.memory.turns if role == "user")
    assert numbers_in(answered) == everything
    assert numbers_in(stage.heard) == everything, "every word is told once"
    assert len(stage.messages("turnComplete")) <= len(stage.messages("inputTranscription")), "no turn is answered twice"


def numbers_in(text: str) -> list[str]:
    return [word.strip(".,?") for word in text.split() if word != "the"]
