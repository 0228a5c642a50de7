"""Models for which the stop verb is not proven: the person is left in peace all the same, at our side."""

from typing import Any

import pytest

from gemini_live_client import GeminiLiveClient, GeminiService
from s2s import wire
from s2s.core.effects import SendContext, SendImage, SendText, StopGeneration
from s2s.core.events import (
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    ModelAudio,
    ModelTranscriptDelta,
    TextTyped,
    ToolCalled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.turn_machine import Turn
from s2s.settings import Settings
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_capabilities import Capabilities, capabilities
from s2s.upstream.target.endpoints import choose_target
from tests.stage import Stage, voice

PLAIN = capabilities("developer", "gemini-3.8-live")
THINKER = capabilities("developer", "gemini-3.8-live-extended-thinking")
OLD = capabilities("developer", "gemini-3.1-flash-live-preview")


def asked(abilities: Capabilities = PLAIN) -> Stage:
    """The person has asked something and waits."""
    s = Stage(capabilities=abilities)
    s.speak(1.0, then_quiet=0.6)
    s.say(UserTranscriptDelta("tell me a story"))
    return s


async def test_only_a_model_that_is_known_to_stop_is_told_to() -> None:
    def spelled(backend: str, model: str, effect: Any) -> str | None:
        environ = {"S2S_UPSTREAM": backend, "GEMINI_API_KEY": "k", "GEMINI_MODEL": model}
        choice = choose_target(Settings.from_env(environ), lambda: True)
        client = GeminiLiveClient(GeminiService(choice), SessionConfig(), lambda _: None)
        return client._encode(effect)

    stop = '{"clientContent":{"turnComplete":false}}'
    assert spelled("vertex", "gemini-live-2.5-flash-native-audio", StopGeneration()) == stop
    assert spelled("emulator", "gemini-3.8-live", StopGeneration()) == stop
    for backend, model in (
        ("developer", "gemini-3.8-live"),
        ("vertex", "gemini-3.8-live"),
        ("developer", "gemini-3.8-live-extended-thinking"),
        ("developer", "gemini-3.1-flash-live-preview"),
    ):
        assert spelled(backend, model, StopGeneration()) is None
        # What leaves a turn open in the same way is not said either; a picture goes as a frame of video.
        assert spelled(backend, model, SendContext("only half was heard")) is None
        picture = spelled(backend, model, SendImage(b"jpeg"))
        assert picture is not None
        assert picture.startswith('{"realtimeInput":{"video"')
    asked_about = spelled("developer", "gemini-3.8-live", SendImage(b"jpeg", "what is it?"))
    assert asked_about is not None
    assert asked_about.endswith('"turnComplete":true}}')


@pytest.mark.parametrize("abilities", [PLAIN, OLD])
def test_the_rest_of_an_answer_falls_on_the_floor_until_the_model_has_ended_it(abilities: Capabilities):
    s = asked(abilities)
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.5)
    s.say(InterruptPressed(turn=1))
    sent = len(s.frames())
    for _ in range(10):
        s.say(ModelAudio(voice(1.0)))
        s.say(ModelTranscriptDelta("words for the floor"))
        s.advance(3.0)
    assert len(s.frames()) == sent
    assert s.talk.turn is Turn.CUT
    s.say(GenerationComplete())
    s.say(TurnComplete())
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert {frame.turn for _, frame in s.frames()[sent:]} == {2}


def test_an_answer_that_was_refused_while_it_was_thought_about_is_never_heard():
    s = asked()
    s.say(InterruptPressed())
    s.advance(6)
    s.say(ModelAudio(voice(4.0)))
    s.advance(2)
    s.say(ModelAudio(voice(4.0)))
    s.say(GenerationComplete())
    s.say(TurnComplete())
    s.advance(10)
    assert s.frames() == []
    s.speak(1.0, then_quiet=0.6)
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert s.frames() != []


@pytest.mark.parametrize("after_s", [0.1, 2.0, 11.0])
def test_speech_after_an_interrupt_is_answered_though_the_stopped_turn_stayed_empty(after_s: float):
    s = asked()
    s.say(InterruptPressed())
    s.advance(after_s)
    s.speak(1.0, then_quiet=0.6)
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert len(s.frames()) == 25


def test_what_is_typed_after_a_refusal_is_answered():
    s = asked()
    s.say(InterruptPressed())
    s.advance(1)
    s.say(TextTyped("and London?"))
    assert [effect.text for effect in s.did(SendText)] == ["and London?"]
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert len(s.frames()) == 25


def test_talking_over_what_falls_on_the_floor_does_not_bring_it_back():
    s = asked()
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.5)
    s.say(InterruptPressed(turn=1))
    sent = len(s.frames())
    s.say(ModelAudio(voice(1.0)))
    s.speak(0.5)
    s.say(ModelAudio(voice(1.0)))
    assert len(s.frames()) == sent
    s.say(Interrupted())
    s.say(TurnComplete())
    s.speak(0.1, then_quiet=0.6)
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert {frame.turn for _, frame in s.frames()[sent:]} == {2}


def test_a_stop_during_the_first_words_of_extended_thinking_is_for_all_of_it():
    s = asked(THINKER)
    s.say(ModelAudio(voice(1.0)))
    s.advance(0.3)
    s.say(InterruptPressed(turn=1))
    sent = len(s.frames())
    s.say(GenerationComplete())
    s.say(TurnComplete(more=True))
    s.advance(15)
    s.say(ToolCalled("1", "get_weather", {}))
    s.advance(20)
    s.say(ToolFinished("1", ok=True, response={"output": "sunny"}, summary="sunny"))
    s.advance(12)
    s.say(ModelAudio(voice(3.0)))
    s.say(TurnComplete())
    s.advance(5)
    assert len(s.frames()) == sent
    assert s.talk.turn is Turn.LISTENING
    s.speak(1.0, then_quiet=0.6)
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert len(s.frames()) > sent


def test_a_question_over_a_stopped_thought_is_answered():
    s = asked(THINKER)
    s.say(ModelAudio(voice(1.0)))
    s.say(InterruptPressed())
    s.say(TurnComplete(more=True))
    s.advance(3)
    s.speak(1.0, then_quiet=0.6)
    sent = len(s.frames())
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert len(s.frames()) == sent + 25


def test_the_page_hears_of_silence_at_once_with_or_without_a_verb():
    s = asked()
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.5)
    s.say(InterruptPressed(turn=1))
    assert [flush.turn for _, flush in s.told(wire.Flush)] == [1]
    assert "interrupted" in s.phases()
