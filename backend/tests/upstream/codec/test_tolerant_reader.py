"""Frames of the model's service that are not as documented: one odd value costs that value, never the frame."""

import base64
import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s import wire
from s2s.core.effects import Incident
from s2s.core.events import (
    GoAway,
    Interrupted,
    ModelAudio,
    ModelTranscriptDelta,
    ResumptionHandle,
    SetupComplete,
    ToolCalled,
    ToolCancelled,
    TurnComplete,
    UnreadableMessage,
    UsageCounted,
    UserTranscriptDelta,
)
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.tolerant_reader import seconds, shorten_sample
from tests.core.told_call import Call

PCM = bytes(range(256)) * 2
B64 = base64.b64encode(PCM).decode()
VOICE = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": B64}}
USAGE = {
    "promptTokenCount": 20,
    "responseTokenCount": 10,
    "totalTokenCount": 30,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 5}, {"modality": "AUDIO", "tokenCount": 15}],
    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 10}],
}
FULL: list[dict[str, Any]] = [
    {"setupComplete": {"sessionId": "5f0c"}},
    {
        "serverContent": {
            "modelTurn": {"role": "model", "parts": [VOICE, {"text": "hm", "thought": True}, copy.deepcopy(VOICE)]},
            "outputTranscription": {"text": "Hi"},
            "inputTranscription": {"text": "Hey"},
        },
        "usageMetadata": USAGE,
    },
    {
        "serverContent": {
            "modelTurn": {"parts": [VOICE]},
            "generationComplete": True,
            "turnComplete": True,
            "turnCompleteReason": "NEED_MORE_INPUT",
            "interactionStatus": "IN_PROGRESS",
            "groundingMetadata": {},
        },
        "usageMetadata": USAGE,
    },
    {"serverContent": {"interrupted": True}, "goAway": {"timeLeft": "50s"}},
    {
        "toolCall": {"functionCalls": [{"id": "fc_1", "name": "f", "args": {"x": 1}}, {"id": "fc_2", "name": "g"}]},
        "sessionResumptionUpdate": {"newHandle": "h", "resumable": True, "lastConsumedClientMessageIndex": "7"},
    },
    {"toolCallCancellation": {"ids": ["a", "b"]}, "serverContent": {"outputTranscription": {"text": "No."}}},
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["true", "7", "1.5s", "\ud83d", "IN_PROGRESS", "9" * 30, "a" * 200]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "seconds", "id", "x"]) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(message: object) -> list:
    ids = (f"call-{n}" for n in itertools.count(1))
    return gemini_codec.decode(message if isinstance(message, str | bytes) else json.dumps(message), ids)


def facts(message: object) -> list:
    return [word for word in read(message) if not isinstance(word, UnreadableMessage)]


def kinds(message: object) -> list[str]:
    return [word.kind for word in read(message) if isinstance(word, UnreadableMessage)]


def places(value: Any, path: tuple = ()) -> list[tuple]:
    here = [path] if path else []
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return here + [place for key, inner in steps for place in places(inner, (*path, key))]


def changed(message: dict, path: tuple, value: Any = None, *, gone: bool = False) -> dict:
    other = copy.deepcopy(message)
    inner: Any = other
    for step in path[:-1]:
        inner = inner[step]
    if gone:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return other


def content(word: Any) -> Any:
    """What must survive of a word whose neighbours are odd: all of voice and words, the kind of the rest."""
    return (
        word if isinstance(word, ModelAudio | ModelTranscriptDelta | UserTranscriptDelta | Interrupted) else type(word)
    )


@given(st.data())
def test_whatever_one_value_becomes_everything_else_of_the_frame_arrives(data: st.DataObject):
    frame = data.draw(st.sampled_from(FULL))
    path = data.draw(st.sampled_from(places(frame)))
    odd = changed(frame, path, data.draw(ANYTHING))
    without = [content(word) for word in facts(changed(frame, path, gone=True))]
    arrived = iter([content(word) for word in facts(odd)])
    assert all(word in arrived for word in without), f"{path}: {odd}"


@given(st.data())
def test_members_that_nobody_knows_change_nothing(data: st.DataObject):
    frame = data.draw(st.sampled_from(FULL))
    objects = [path for path in [(), *places(frame)] if isinstance(_at(frame, path), dict) and "args" not in path]
    path = data.draw(st.sampled_from(objects))
    odd = changed(frame, (*path, "brandNew"), data.draw(ANYTHING))
    assert facts(odd) == facts(frame)


def _at(message: Any, path: tuple) -> Any:
    for step in path:
        message = message[step]
    return message


@given(ANYTHING)
def test_any_json_at_all_is_read_without_an_exception(value: Any):
    read(json.dumps(value))


@pytest.mark.parametrize("frame", FULL)
def test_documented_frames_are_never_odd(frame: dict):
    assert kinds(frame) == []


@pytest.mark.parametrize("frame", [{}, {"serverContent": {}}, {"serverContent": {"modelTurn": {}}}])
def test_the_empty_frames_of_3x_say_nothing_and_are_not_odd(frame: dict):
    assert read(frame) == []


def test_voice_activity_that_nobody_asked_for_does_no_harm():
    frame = {"serverContent": {}, "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.880s"}}
    assert read(frame) == []


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"turnComplete": True, "turnCompleteReason": 4}, [TurnComplete("4")]),
        ({"turnComplete": True, "interactionStatus": 2}, [TurnComplete()]),
        ({"turnComplete": "true", "generationComplete": None}, [TurnComplete()]),
        ({"turnComplete": 1}, [TurnComplete()]),
        ({"outputTranscription": {"text": 42}}, [ModelTranscriptDelta("42")]),
        ({"outputTranscription": None, "inputTranscription": {"text": "x"}}, [UserTranscriptDelta("x")]),
        ({"outputTranscription": "Hi", "inputTranscription": [{"text": "x"}]}, [UserTranscriptDelta("x")]),
        ({"turn_complete": True, "turn_complete_reason": "RESPONSE_REJECTED"}, [TurnComplete("RESPONSE_REJECTED")]),
        ({"modelTurn": {"parts": {"inline_data": {"mime_type": "audio/pcm", "data": B64}}}}, [ModelAudio(PCM)]),
    ],
)
def test_odd_members_beside_voice_cost_nothing_but_themselves(members: dict, words: list):
    voiced = {"modelTurn": {"parts": [VOICE]}, **members}
    expected = words if "modelTurn" in members else [*words, ModelAudio(PCM)]
    assert sorted(map(repr, facts({"serverContent": voiced}))) == sorted(map(repr, expected))


def test_enums_whose_numbers_are_published_get_their_names():
    usage = {**USAGE, "promptTokensDetails": [{"modality": 1, "tokenCount": 5}, {"modality": 4, "tokenCount": 15}]}
    assert facts({"usageMetadata": usage}) == facts({"usageMetadata": USAGE})


def test_a_call_is_made_whatever_its_arguments_are():
    calls = [
        {"id": 7, "name": "f", "args": None},
        {"id": "b", "name": "f", "args": '{"x": 1}'},
        {"id": "c", "name": "f", "args": [1]},
        {"id": "d", "name": None},
        {"name": None},
        None,
    ]
    assert facts({"toolCall": {"functionCalls": calls}}) == [
        ToolCalled("7", "f", {}),
        ToolCalled("b", "f", {"x": 1}),
        ToolCalled("c", "f", {}),
        ToolCalled("d", "", {}),
    ]


def test_ids_that_are_null_or_numbers_are_told_apart():
    assert facts({"toolCallCancellation": {"ids": ["a", None, 7]}}) == [ToolCancelled(("a", "7"))]
    assert facts({"toolCallCancellation": {"ids": None}}) == [ToolCancelled(())]


@pytest.mark.parametrize(
    ("left", "seconds_left"),
    [
        ("1.5s", 1.5),
        ("50", 50.0),
        (50, 50.0),
        (1.5, 1.5),
        ({"seconds": 50, "nanos": 500_000_000}, 50.5),
        ({"seconds": "50"}, 50.0),
        (None, 0.0),
        (True, 0.0),
        ([], 0.0),
        ("soon", 0.0),
        ("infs", 0.0),
        ("nan", 0.0),
        (-3, 0.0),
    ],
)
def test_a_duration_is_read_in_every_form_that_protobuf_prints(left: object, seconds_left: float):
    frame = {"goAway": {"timeLeft": left}, "serverContent": {"outputTranscription": {"text": "Hi"}}}
    assert facts(frame) == [ModelTranscriptDelta("Hi"), GoAway(seconds_left)]
    assert seconds(left) == seconds_left


def test_counts_that_are_no_counts_are_nought_and_the_others_stand():
    usage = {**USAGE, "promptTokenCount": -5, "totalTokenCount": 10**30}
    assert facts({"usageMetadata": usage}) == [UsageCounted(0, 10, 0, 5, 0)]
    assert facts({"usageMetadata": {**USAGE, "promptTokenCount": 20.0, "promptTokensDetails": "none"}}) == [
        UsageCounted(20, 10, 30, 0, 0)
    ]


@pytest.mark.parametrize(
    "frame",
    [
        '{"setupComplete": {"sessionId": "5f0c"}, "note": NaN}',
        '{"setupComplete": {"sessionId": "5f0c"}, "note": "half a pair \\ud83d"}',
        b'{"setupComplete": {"sessionId": "5f0c", "note": "\xff\xfe"}, "goAway": null}',
        '{"setup_complete": {"session_id": "5f0c"}}',
        '{"setupComplete": [{"sessionId": "5f0c"}]}',
        '{"setupComplete": {"sessionId": "5f0c"}, "toolCall": ' + "9" * 5_000 + "}",
    ],
)
def test_what_the_strict_reader_refuses_still_opens_the_session(frame: str | bytes):
    assert facts(frame) == [SetupComplete("5f0c")]


def test_half_a_surrogate_pair_in_a_transcript_can_be_passed_on():
    [word] = facts('{"serverContent": {"outputTranscription": {"text": "so \\ud83d and \\ud83d\\ude00"}}}')
    assert word == ModelTranscriptDelta("so \ufffd and 😀")
    wire.encode(wire.ModelTranscript(turn=1, text=word.text, at_ms=0))


def test_an_oddity_names_its_place_and_shows_neither_sound_nor_keys():
    frame = {
        "serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/opus", "data": B64}}]}},
        "sessionResumptionUpdate": {"newHandle": ["secret-handle"], "resumable": "true"},
        "goAway": {"timeLeft": True},
    }
    odd = [word for word in read(frame) if isinstance(word, UnreadableMessage)]
    assert {word.kind for word in odd} == {
        "voice of another type",
        "sessionResumptionUpdate.newHandle: a list",
        "sessionResumptionUpdate.resumable: text",
        "goAway.timeLeft: a boolean",
    }
    assert "secret-handle" not in repr(odd)
    assert B64[:60] not in repr(read('{"x": "' + B64 + '", "goAway": '))
    assert len(shorten_sample("word " * 1_000)) <= 81


def test_the_same_kind_twice_in_a_frame_is_told_once():
    parts = [{"inlineData": None}, {"inlineData": None}, VOICE]
    frame = {"serverContent": {"modelTurn": {"parts": parts}, "turnComplete": "true"}}
    assert len(kinds(frame)) == len(set(kinds(frame)))


def test_each_kind_stands_in_the_error_log_once_a_session():
    call = Call()
    for _ in range(3):
        call.say(UnreadableMessage("goAway.timeLeft: null"))
    call.say(UnreadableMessage("toolCall: text", "now"))
    told = [incident.text for incident in call.did(Incident) if incident.code == "upstream_oddity"]
    assert len(told) == 2
    assert "goAway.timeLeft: null" in told[0]
    assert "now" in told[1]


def test_a_voice_that_cannot_be_played_is_told_to_the_person_once():
    call = Call()
    for kind in ("goAway.timeLeft: null", "voice of another type", "voice of another type", "voice that is not base64"):
        call.say(UnreadableMessage(kind, voice_lost=kind.startswith("voice")))
    assert call.notices().count("voice_unplayable") == 1


def test_a_handle_is_offered_whatever_the_index_beside_it_is():
    update = {"newHandle": "h", "resumable": 1, "lastConsumedClientMessageIndex": "many"}
    assert facts({"sessionResumptionUpdate": update}) == [ResumptionHandle("h")]
