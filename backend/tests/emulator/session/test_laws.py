"""Laws that hold whatever a client does, in random stories."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_emulator.scenarios.actions import Call, Interrupted
from gemini_emulator.session.events import Ordered
from tests.emulator.theatre import LOUD, WEATHER, Theatre

WORDS = [
    "Hello.",
    "Tell me a story",
    "What's the weather in Paris?",
    "What's the weather in Paris and Rome?",
    "",
    "Stop.",
]

ACTS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(WORDS), st.floats(0.1, 2.0)),
    st.tuples(st.just("quiet"), st.floats(0.05, 1.5)),
    st.tuples(st.just("wait"), st.floats(0.0, 4.0)),
    st.tuples(st.just("type"), st.sampled_from(WORDS)),
    st.tuples(st.just("content"), st.sampled_from(WORDS), st.booleans()),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("end stream")),
    st.tuples(st.just("order call")),
    st.tuples(st.just("order interruption")),
)


def act(stage: Theatre, what: tuple[Any, ...]) -> None:
    match what:
        case ("say", words, seconds):
            stage.script.append(words)
            stage.play(seconds, LOUD)
        case ("quiet", seconds):
            stage.play(seconds)
        case ("wait", seconds):
            stage.advance(seconds)
        case ("type", words):
            stage.tell({"realtimeInput": {"text": words}})
        case ("content", words, complete):
            turns = [{"role": "user", "parts": [{"text": words}]}]
            stage.tell({"clientContent": {"turns": turns, "turnComplete": complete}})
        case ("answer", all_of_them):
            answer_calls(stage, all_of_them)
        case ("end stream",):
            stage.tell({"realtimeInput": {"audioStreamEnd": True}})
        case ("order call",):
            stage.feed(Ordered(Call("get_weather", {"city": "Rome"})))
        case ("order interruption",):
            stage.feed(Ordered(Interrupted()))


def answer_calls(stage: Theatre, all_of_them: bool) -> None:
    calls = [call for _, batch in stage.messages("toolCall") for call in batch["functionCalls"]]
    for call in calls if all_of_them else calls[-1:]:
        answer = {"id": call["id"], "name": call["name"], "response": {"summary": "It is sunny."}}
        stage.tell({"toolResponse": {"functionResponses": [answer]}})


def story(acts: list[tuple[Any, ...]], interruptible: bool, behavior: str, model: str, **setup: Any) -> Theatre:
    stage = Theatre()
    thinks = {"thinkingConfig": {"thinkingLevel": "LOW"}} if "thinking" in model else {}
    handling = "START_OF_ACTIVITY_INTERRUPTS" if interruptible else "NO_INTERRUPTION"
    stage.set_up(
        model=model,
        tools=[{"functionDeclarations": [{**WEATHER, "behavior": behavior}]}],
        realtimeInputConfig={
            "activityHandling": handling,
            "automaticActivityDetection": {"silenceDurationMs": 300, "prefixPaddingMs": 64},
        },
        generationConfig=thinks,
        **setup,
    )
    for what in acts:
        act(stage, what)
    stage.play(2.0)
    for _ in range(len(acts) + 1):
        answer_calls(stage, all_of_them=True)
        stage.advance(30)
    return stage


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ACTS, max_size=8),
    st.booleans(),
    st.sampled_from(["BLOCKING", "NON_BLOCKING"]),
    st.sampled_from(["models/gemini-3.8-live", "models/gemini-2.5-flash-native-audio-latest"]),
)
def test_every_turn_is_well_formed_and_ends(
    acts: list[tuple[Any, ...]], interruptible: bool, behavior: str, model: str
):
    stage = story(acts, interruptible, behavior, model)
    assert stage.closed is None
    assert stage.live.deadline is None, "nothing is left to do at the end"
    opened, generated = False, False
    for _, message in stage.sent:
        content = message.get("serverContent", {})
        if "modelTurn" in content:
            assert not generated, "no voice after generationComplete"
            opened = True
        if "toolCall" in message:
            opened, generated = True, False
        if content.get("generationComplete"):
            assert opened, "no end of generation without a turn"
            generated = True
        if content.get("turnComplete"):
            assert "usageMetadata" in message
            opened, generated = False, False
    assert not opened, "every turn ends with turnComplete"


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=8))
def test_an_interrupted_turn_is_complete_at_once_and_silent_afterwards(acts: list[tuple[Any, ...]]):
    stage = story(acts, interruptible=True, behavior="BLOCKING", model="models/gemini-3.8-live")
    for index, (at, message) in enumerate(stage.sent):
        if message.get("serverContent", {}).get("interrupted"):
            when, following = stage.sent[index + 1]
            assert when == at
            assert following["serverContent"]["turnComplete"]


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=8))
def test_every_call_is_answered_or_cancelled_before_its_turn_ends(acts: list[tuple[Any, ...]]):
    stage = story(acts, interruptible=True, behavior="BLOCKING", model="models/gemini-3.8-live")
    pending: set[str] = set()
    for _, message in stage.sent:
        pending |= {call["id"] for call in message.get("toolCall", {}).get("functionCalls", [])}
        cancelled = set(message.get("toolCallCancellation", {}).get("ids", []))
        assert cancelled <= pending, "only open calls are cancelled"
        pending -= cancelled


THINKING = "models/gemini-3.8-live-extended-thinking"


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=8), st.sampled_from(["models/gemini-3.8-live", THINKING]))
def test_a_handle_is_given_only_when_nothing_is_under_way(acts: list[tuple[Any, ...]], model: str):
    stage = story(acts, interruptible=True, behavior="NON_BLOCKING", model=model)
    at_work = False
    for _, message in stage.sent:
        content = message.get("serverContent", {})
        if "modelTurn" in content or "toolCall" in message:
            at_work = True
        if "turnComplete" in content:
            at_work = False
        update = message.get("sessionResumptionUpdate")
        assert update is None or "newHandle" not in update or not at_work
        assert update != {"resumable": True}


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=8))
def test_an_exchange_with_extended_thinking_always_comes_to_rest(acts: list[tuple[Any, ...]]):
    stage = story(acts, interruptible=True, behavior="NON_BLOCKING", model=THINKING)
    statuses = [status for _, status in stage.messages("interactionStatus")]
    assert len(statuses) == len(stage.messages("turnComplete"))
    assert statuses == [] or statuses[-1] == "IDLE"


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=12), st.integers(60, 400))
def test_with_compression_no_story_ends_a_session_and_the_sums_stay_right(acts: list[tuple[Any, ...]], trigger: int):
    compression = {"triggerTokens": trigger, "slidingWindow": {"targetTokens": trigger // 2}}
    stage = story(acts, True, "BLOCKING", "models/gemini-3.8-live", contextWindowCompression=compression)
    assert stage.closed is None
    for _, usage in stage.messages("usageMetadata"):
        parts = sum(detail["tokenCount"] for detail in usage["promptTokensDetails"])
        assert 0 <= usage["promptTokenCount"] - parts < 13 * (len(acts) + 3), "some belong to no modality"
