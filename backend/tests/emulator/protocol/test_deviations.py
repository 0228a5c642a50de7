"""A service that is not as documented, on purpose: each name changes one thing, and nothing else."""

from typing import Any

import pytest

from gemini_emulator.__main__ import arguments
from gemini_emulator.cli.start import settings_from
from gemini_emulator.protocol.deviations import DEVIATIONS, Deviations
from gemini_emulator.settings import Settings
from tests.emulator.theatre import SETUP, Theatre


def conversation(*deviations: str, **changes: Any) -> Theatre:
    stage = Theatre(Settings(deviations=deviations))
    stage.set_up(**changes)
    stage.tell({"realtimeInput": {"text": "Hello!"}})
    stage.advance(10)
    return stage


def kinds(stage: Theatre) -> set[str]:
    return set(stage.order()) | {name for _, message in stage.sent for name in message}


@pytest.mark.parametrize(
    ("deviation", "gone"),
    [
        ("no-handles", {"sessionResumptionUpdate"}),
        ("no-usage", {"usageMetadata"}),
        ("no-transcripts", {"outputTranscription"}),
        ("no-generation-complete", {"generationComplete"}),
    ],
)
def test_each_deviation_changes_one_thing(deviation: str, gone: set[str]):
    assert kinds(conversation()) - kinds(conversation(deviation)) == gone


def test_without_a_deviation_nothing_is_different():
    assert Deviations().outgoing({"setupComplete": {}}) == [{"setupComplete": {}}]
    assert not Deviations()


def test_a_stop_can_be_ignored_or_leave_the_service_deaf():
    for deviation, cut, answers in (("stop-ignored", 0, 2), ("deaf-after-stop", 1, 1)):
        stage = Theatre(Settings(deviations=(deviation,)))
        stage.set_up()
        stage.tell({"realtimeInput": {"text": "Hello!"}})
        stage.advance(0.5)
        stage.tell({"clientContent": {"turnComplete": False}})
        stage.advance(10)
        assert len(stage.messages("interrupted")) == cut
        stage.tell({"realtimeInput": {"text": "Are you there?"}})
        stage.advance(10)
        assert len(stage.messages("turnComplete")) == answers
        stage.tell({"clientContent": {"turnComplete": True}})
        stage.advance(10)
        assert len(stage.messages("turnComplete")) > answers


def test_refusals_come_in_other_words_or_not_at_all():
    wrong = {"model": "models/gemini-9"}
    assert conversation("refusal-texts", **wrong).closed is not None
    assert "not found" not in conversation("refusal-texts", **wrong).closed.reason
    assert conversation("accepts-anything", **wrong).closed is None
    assert conversation("accepts-anything", proactivity={}, tools=[]).closed is None


def test_a_deviation_that_does_not_exist_is_refused_by_name():
    with pytest.raises(ValueError, match="There is no deviation called no-sound"):
        Deviations(["no-sound"])
    parser, _ = arguments()
    options = parser.parse_args(["start", "--deviate", "no-usage", "--deviate", "mime-type"])
    assert settings_from(options).deviations == ("no-usage", "mime-type")
    with pytest.raises(SystemExit):
        parser.parse_args(["start", "--deviate", "no-sound"])


def test_every_deviation_says_what_is_different():
    assert all(len(text.split()) >= 3 for text in DEVIATIONS.values())
    assert SETUP["model"] == "models/gemini-3.8-live"
