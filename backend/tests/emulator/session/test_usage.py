"""What a turn costs: by modality, by turn coverage, by backend; and pictures, which nobody looks at."""

import base64
from typing import Any

import pytest

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.usage import FRAME_TOKENS, PICTURE_TOKENS
from tests.emulator.theatre import SETUP, WEATHER, Theatre

JPEG = {"data": base64.b64encode(b"\xff\xd8\xff").decode(), "mimeType": "image/jpeg"}
OLDER = "models/gemini-2.5-flash-native-audio-latest"


def parrot(backend: Backend = Backend.DEVELOPER, coverage: str | None = None, **changes: Any) -> Theatre:
    stage = Theatre(mind=Parrot(), backend=backend)
    realtime = {**SETUP["realtimeInputConfig"], **({"turnCoverage": coverage} if coverage else {})}
    stage.set_up(realtimeInputConfig=realtime, **changes)
    return stage


def usage(stage: Theatre, turn: int = -1) -> dict[str, Any]:
    told: dict[str, Any] = stage.messages("usageMetadata")[turn][1]
    return told


def prompt(stage: Theatre, turn: int = -1) -> dict[str, int]:
    return {detail["modality"]: detail["tokenCount"] for detail in usage(stage, turn)["promptTokensDetails"]}


@pytest.mark.parametrize(("backend", "name"), [(Backend.DEVELOPER, "response"), (Backend.VERTEX, "candidates")])
def test_each_service_has_its_own_names_and_all_sums_are_right(backend: Backend, name: str):
    stage = parrot(backend)
    stage.ask("How are you")
    stage.play(8)
    told = usage(stage)
    assert told[f"{name}TokenCount"] == 2 * 25
    assert told[f"{name}TokensDetails"] == [{"modality": "AUDIO", "tokenCount": 50}]
    assert told["totalTokenCount"] == told["promptTokenCount"] + told[f"{name}TokenCount"]
    assert 0 <= told["promptTokenCount"] - sum(prompt(stage).values()) <= 25
    assert set(told) >= {"promptTokenCount", "promptTokensDetails", "totalTokenCount"}
    assert ("responseTokenCount" in told) != ("candidatesTokenCount" in told)


def test_the_whole_context_is_counted_again_on_every_turn_in_its_own_modality():
    stage = parrot()
    stage.ask("How are you")
    stage.play(8)
    stage.tell({"realtimeInput": {"text": "x" * 40}})
    stage.advance(10)
    first, second = prompt(stage, 0), prompt(stage, 1)
    assert second["AUDIO"] == first["AUDIO"] + 50
    assert second["TEXT"] == first.get("TEXT", 0) + 10


def test_the_instruction_and_the_functions_are_part_of_every_prompt():
    bare, told = parrot(), parrot(systemInstruction={"parts": [{"text": "y" * 400}]})
    tools = parrot(tools=[{"functionDeclarations": [WEATHER]}])
    for stage in (bare, told, tools):
        for _ in range(2):
            stage.tell({"realtimeInput": {"text": "Hello"}})
            stage.advance(10)
    assert [prompt(told, turn)["TEXT"] - prompt(bare, turn)["TEXT"] for turn in (0, 1)] == [100, 100]
    assert prompt(tools)["TEXT"] > prompt(bare)["TEXT"] + 20


def spoken_after_silence(coverage: str | None, model: str, backend: Backend = Backend.DEVELOPER) -> int:
    """Audio tokens of a second of speech after ten of silence."""
    stage = parrot(backend, coverage, model=model)
    stage.play(10)
    stage.ask("Hello")
    stage.play(8)
    return prompt(stage, 0)["AUDIO"]


@pytest.mark.parametrize(
    ("coverage", "model", "backend", "with_silence"),
    [
        ("TURN_INCLUDES_ONLY_ACTIVITY", OLDER, Backend.DEVELOPER, False),
        ("TURN_INCLUDES_ALL_INPUT", OLDER, Backend.DEVELOPER, True),
        ("TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO", OLDER, Backend.DEVELOPER, False),
        (None, OLDER, Backend.DEVELOPER, False),
        (None, "models/gemini-3.8-live", Backend.DEVELOPER, False),
        (None, "gemini-live-2.5-flash-native-audio", Backend.VERTEX, True),
        ("TURN_COVERAGE_UNSPECIFIED", "gemini-live-2.5-flash-native-audio", Backend.VERTEX, True),
    ],
)
def test_silence_costs_where_the_turn_covers_all_input(
    coverage: str | None, model: str, backend: Backend, with_silence: bool
):
    tokens = spoken_after_silence(coverage, model, backend)
    assert (tokens > 250) == with_silence
    assert tokens >= 25


@pytest.mark.parametrize(
    ("coverage", "counted"),
    [
        ("TURN_INCLUDES_ONLY_ACTIVITY", 0),
        ("TURN_INCLUDES_ALL_INPUT", 5),
        ("TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO", 5),
    ],
)
def test_video_counts_once_a_second_and_outside_of_speech_by_turn_coverage(coverage: str, counted: int):
    stage = parrot(coverage=coverage)
    for _ in range(10):
        stage.tell({"realtimeInput": {"video": JPEG}})
        stage.advance(0.5)
    stage.ask("Hello")
    stage.play(8)
    assert prompt(stage, 0).get("VIDEO", 0) == counted * FRAME_TOKENS


def test_video_while_the_user_speaks_always_counts():
    stage = parrot(coverage="TURN_INCLUDES_ONLY_ACTIVITY")
    stage.say("Hello", 0.5)
    stage.tell({"realtimeInput": {"video": JPEG}})
    stage.play(8)
    assert prompt(stage, 0)["VIDEO"] == FRAME_TOKENS


def test_a_picture_in_a_turn_is_taken_counted_and_known_to_the_mind():
    stage = parrot()
    parts = [{"text": "What is this?"}, {"inlineData": JPEG}]
    stage.tell({"clientContent": {"turns": [{"role": "user", "parts": parts}], "turnComplete": True}})
    stage.advance(10)
    assert prompt(stage)["IMAGE"] == PICTURE_TOKENS
    assert stage.said == "What is this?"
    assert stage.live._model.memory.shown_pictures


@pytest.mark.parametrize("words", ["What is this?", "Can you see my photo?", "What do you see in the picture?"])
def test_whoever_asks_about_a_picture_is_told_that_nobody_looks_at_it(words: str):
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Hello"}})
    stage.advance(20)
    stage.tell({"realtimeInput": {"video": JPEG}})
    stage.sent.clear()
    for said in (words, "How are you?"):
        stage.tell({"realtimeInput": {"text": said}})
        stage.advance(20)
    assert stage.said.startswith("Your picture has arrived, but I can't see pictures.")
    assert stage.said.count("picture") == 2


def test_a_file_that_is_only_named_is_refused():
    stage = parrot()
    parts = [{"fileData": {"fileUri": "files/1", "mimeType": "image/jpeg"}}]
    stage.tell({"clientContent": {"turns": [{"role": "user", "parts": parts}], "turnComplete": True}})
    assert stage.closed is not None
    assert (stage.closed.code, stage.closed.reason) == (1007, "Request contains an invalid argument.")


def test_text_answers_are_counted_as_text():
    stage = Theatre(mind=Parrot(), backend=Backend.VERTEX)
    stage.set_up(model="gemini-live-2.5-flash", generationConfig={"responseModalities": ["TEXT"]})
    stage.tell({"realtimeInput": {"text": "x" * 80}})
    assert usage(stage)["candidatesTokensDetails"] == [{"modality": "TEXT", "tokenCount": 20}]


def test_voice_activity_is_told_with_its_place_in_the_stream_on_vertex():
    stage = parrot(Backend.VERTEX, explicitVadSignal=True)
    stage.play(2)
    stage.ask("Who are you?")
    (_, start), (_, end) = stage.messages("voiceActivity")
    assert (start["type"], end["type"]) == ("ACTIVITY_START", "ACTIVITY_END")
    assert float(start["audioOffset"].removesuffix("s")) == pytest.approx(2.0, abs=0.1)
    assert float(end["audioOffset"].removesuffix("s")) == pytest.approx(3.4, abs=0.15)


def test_nobody_is_told_of_voice_activity_who_did_not_ask():
    stage = parrot(Backend.VERTEX)
    stage.ask("Hello")
    assert stage.messages("voiceActivity") == []
