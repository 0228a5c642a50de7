"""Clients of other people, unmodified, talk to the emulator: each in its own environment, pointed there by settings.

Every judge tells the same story once (see the scripts beside this file); the tests look at what it told and at what
the emulator saw.
"""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest

from gemini_emulator.responder.answers.small_talk_answers import STORY
from tests.judges.stand import KEY, Judge, Performance, SharedEngine, perform, speak_clips

AT_ONCE = 4
HALF_A_SECOND = 24_000
"""Bytes of PCM16LE at 24 kHz."""

DEVELOPER = r"/ws/google\.ai\.generativelanguage\.{}\.GenerativeService\.BidiGenerateContent"
VERTEX = r"/ws/google\.cloud\.aiplatform\.v1beta1\.LlmBidiService/BidiGenerateContent"
V1, V1BETA, V1ALPHA = (DEVELOPER.format(version) for version in ("v1", "v1beta", "v1alpha"))
PYTHON_3, PYTHON_2 = "google-genai-sdk/3.4.0 gl-python", "google-genai-sdk/2.34.0 gl-python"
THINKER = "gemini-3.8-live-extended-thinking"
OLDER = "gemini-2.5-flash-native-audio-latest"
JUDGES = [
    Judge("genai-3", "genai_story.py", "developer", "3.4.0", PYTHON_3, V1),
    Judge("genai-3", "genai_story.py", "vertex", "3.4.0", PYTHON_3, VERTEX),
    Judge("genai-2", "genai_story.py", "developer", "2.34.0", PYTHON_2, V1BETA),
    Judge("genai-2", "genai_story.py", "vertex", "2.34.0", PYTHON_2, VERTEX),
    Judge("js", "genai-3", "developer", "3.1.0", "google-genai-sdk/3.1.0 gl-node", V1, tls=False),
    Judge("js", "genai-2", "vertex", "2.32.0", "google-genai-sdk/2.32.0 gl-node", VERTEX),
    Judge("pipecat", "pipecat_story.py", "developer", "1.14.0", PYTHON_2, V1BETA, waits_to_be_told=True),
    Judge("pipecat", "pipecat_story.py", "vertex", "1.14.0", PYTHON_2, VERTEX, waits_to_be_told=True),
    Judge("livekit", "livekit_story.py", "developer", "1.8.9", PYTHON_3, V1, waits_to_be_told=True),
    Judge("livekit", "livekit_story.py", "vertex", "1.8.9", PYTHON_3, VERTEX, waits_to_be_told=True),
    Judge("pipecat", "pipecat_story.py", "developer", "1.14.0", PYTHON_2, V1BETA, True, True, THINKER),
    Judge("livekit", "livekit_story.py", "developer", "1.8.9", PYTHON_3, V1, True, True, THINKER),
    # It keeps the calls of 2.5 until the turn is over, which the service ends at once.
    Judge("adk", "adk_story.py", "developer", "2.13.0", PYTHON_2, V1ALPHA, waits_to_be_told=True),
    Judge("adk", "adk_story.py", "developer", "2.13.0", PYTHON_2, V1ALPHA, True, True, OLDER),
]

pytestmark = pytest.mark.parametrize("judge", JUDGES, ids=str)


@pytest.fixture(scope="module")
def performances(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Performance]:
    """Every story that the chosen tests ask for, told once, a few at a time."""
    asked = {str(item.callspec.params["judge"]) for item in request.session.items if item.module is request.module}
    judges = [judge for judge in JUDGES if str(judge) in asked]
    folder = tmp_path_factory.mktemp("judges")
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n  hearing the judges ...", flush=True)
        commands = {judge: judge.command() for judge in judges}
        speak_clips(folder)
        return asyncio.run(_all(commands, folder))


async def _all(commands: dict[Judge, list[str]], folder: Path) -> dict[str, Performance]:
    free = asyncio.Semaphore(AT_ONCE)
    told: dict[str, Performance] = {}

    async def hear(judge: Judge, command: list[str]) -> None:
        async with free:
            began = time.monotonic()
            told[str(judge)] = await perform(judge, command, folder, engine.seat())
            print(f"  {judge}: {time.monotonic() - began:.1f} s ({len(told)} of {len(commands)})", flush=True)

    engine = SharedEngine()
    await asyncio.to_thread(engine.load, lambda step, done, of: None)
    try:
        await asyncio.gather(*(hear(judge, command) for judge, command in commands.items()))
    finally:
        engine.end()
    return told


@pytest.fixture
def told(performances: dict[str, Performance], judge: Judge) -> Performance:
    return performances[str(judge)]


def test_the_client_is_the_real_one_and_was_only_told_where_to_go(told: Performance, judge: Judge):
    assert told.fact("client")["version"] == judge.version
    first = told.seen[0]
    assert judge.user_agent in first.headers["user-agent"] + first.headers.get("x-goog-api-client", "")
    path, _, query = first.path.partition("?")
    assert re.search(judge.path + "$", path)
    credentials = (first.headers.get("x-goog-api-key"), first.headers.get("authorization"), query)
    assert any(sent in (KEY, "Bearer ya29.judge", f"key={KEY}") for sent in credentials)


def test_a_greeting_is_answered_aloud(told: Performance):
    greeting = told.fact("greeting")
    assert greeting["said"] == "Nice to meet you, Robert. What can I do for you?"
    assert greeting["audio_bytes"] > HALF_A_SECOND


def test_a_spoken_question_is_heard_word_for_word(told: Performance):
    assert told.fact("question")["heard"] == "What time is it in Tokyo?"


def test_the_function_is_called_and_its_result_is_spoken(told: Performance, judge: Judge):
    question = told.fact("question")
    assert told.fact("called")["city"] == "Tokyo"
    assert question["said"] == "It is noon in Tokyo."
    assert question["audio_bytes"] > HALF_A_SECOND
    (call, *_), (response, *_) = told.sent("toolCall"), told.received("toolResponse")
    (answered,) = response["functionResponses"]
    # On Vertex AI a client may leave the id out.
    assert answered.get("id") in (call["functionCalls"][0]["id"], *([None] if judge.backend == "vertex" else []))
    assert answered["response"] == {"output": "It is noon in Tokyo."}


def test_talking_over_the_answer_stops_it_and_is_answered(told: Performance, judge: Judge):
    cut = told.fact("interruption")
    assert cut["interrupted"]
    assert cut["said"]
    assert STORY.startswith(cut["said"])
    # On Vertex AI all words of an answer come before its voice.
    assert (cut["said"] == STORY) == (judge.backend == "vertex")
    after = told.fact("after interruption")
    assert after["heard"] == "What time is it in Paris?"
    assert after["said"] == "It is noon in Paris."


def test_thoughts_are_shown_to_who_asks_and_said_by_nobody(told: Performance, judge: Judge):
    parts = [part for content in told.sent("serverContent") for part in content.get("modelTurn", {}).get("parts", [])]
    thoughts = [part["text"] for part in parts if part.get("thought")]
    assert any("get_current_time" in thought for thought in thoughts) == (judge.backend == "vertex")
    assert not any("The user said" in fact.get("said", "") for fact in told.facts)


def test_the_status_of_the_exchange_is_told_where_the_model_thinks_long(told: Performance, judge: Judge):
    ends = [content for content in told.sent("serverContent") if content.get("turnComplete")]
    statuses = {content.get("interactionStatus") for content in ends}
    assert statuses == ({"IDLE", "IN_PROGRESS"} if judge.model == THINKER else {None})


def given_handles(told: Performance) -> list[str]:
    return [update["newHandle"] for update in told.sent("sessionResumptionUpdate") if "newHandle" in update]


def test_the_conversation_goes_on_after_go_away_on_another_connection(told: Performance):
    assert told.fact("remembered")["said"] == "Your name is Robert."
    left = next(index for index, seen in enumerate(told.seen) if any("goAway" in message for message in seen.sent))
    after = told.seen[left + 1]
    assert after.received[0]["setup"]["sessionResumption"]["handle"] in given_handles(told)
    assert not told.seen[left].open


def test_the_conversation_goes_on_after_the_connection_was_cut(told: Performance):
    # Asked once more, it says the same in other words.
    assert "Robert" in told.fact("remembered after the drop")["said"]
    cut, last = told.seen[-2:]
    assert cut.close_code == 1006
    assert last.received[0]["setup"]["sessionResumption"]["handle"] in given_handles(told)


def test_the_story_ends_without_an_error_but_for_the_cut(told: Performance):
    assert told.fact("end")
    names = [fact["fact"] for fact in told.facts]
    assert "error" not in names[: names.index("ready for the drop")]
    assert told.exit_code == 0
