"""Models that are gone: which one is dialled instead, and what is said about it."""

from dataclasses import replace

import pytest

from s2s import wire
from s2s.core.effects import Dial, Effect, LinkFailed, SendToBrowser
from s2s.core.events import DeadlineReached, SetupComplete, SocketLost
from s2s.core.link.upstream_link import UpstreamLink
from s2s.core.observer import SessionOpened
from s2s.core.session_core import SessionCore
from s2s.recording.recorder import Recorder
from s2s.recording.replay import recording_head, replay
from s2s.settings import Settings
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_candidates import Candidates, candidates_for
from s2s.upstream.models.model_capabilities import capabilities
from s2s.upstream.target.endpoints import UpstreamTarget, choose_target

OLD, NEW, OTHER = "gemini-live-2.5-flash-native-audio", "gemini-3.8-live", "gemini-live-2.5-flash"
GONE = SocketLost(1008, f"Publisher Model `projects/p/locations/us-central1/publishers/google/models/{OLD}` was no")


def vertex_choice() -> UpstreamTarget:
    return UpstreamTarget(
        backend="vertex",
        model=OLD,
        model_path=f"projects/{{project}}/locations/us-central1/publishers/google/models/{OLD}",
        base_url="wss://us-central1-aiplatform.googleapis.com",
        location="us-central1",
        path="/ws",
        why="",
    )


def test_the_successor_follows_what_was_configured():
    assert candidates_for("vertex", (OLD,), "us-central1").names == (OLD, NEW)
    assert candidates_for("developer", ("gemini-3.1-flash-live-preview",)).names[-1] == NEW
    both = candidates_for("vertex", (OLD, OTHER), "us-central1")
    assert both.names[:2] == (OLD, OTHER)
    assert both.configured == 2
    assert not both.is_successor(1)
    assert both.is_successor(2)


@pytest.mark.parametrize("name", ["gemini-99-live", NEW, ""])
def test_a_model_without_a_successor_stands_alone(name: str):
    assert candidates_for("developer", (name,)).names == (name,)


def test_the_local_engine_never_changes_its_model():
    assert candidates_for("emulator", (OLD,)) == Candidates((OLD,), "emulator")


def test_a_refused_model_is_replaced_and_the_page_is_told_when_the_successor_answers():
    link = UpstreamLink(candidates_for("vertex", (OLD,), "us-central1"))
    link.open()
    [changed] = link.handle(GONE, 0.5)
    assert changed.status == "connecting"
    assert link.handle(DeadlineReached(), 0.5) == [Dial(None, model=1)]
    live, told = link.handle(SetupComplete(), 1.0)
    assert live.status == "live"
    assert isinstance(told, SendToBrowser)
    assert isinstance(told.message, wire.Notice)
    assert told.message.code == "model_replaced"
    assert OLD in told.message.message
    assert NEW in told.message.message
    assert told.message.hint == "", "the remedy is the operator's, who reads it in the log"


def test_a_successor_is_taken_for_no_other_reason():
    link = UpstreamLink(candidates_for("vertex", (OLD,), "us-central1"))
    link.open()
    effects: list[object] = []
    for _ in range(10):
        effects = [*link.handle(SocketLost(1011, "Internal error encountered."), 0)]
        if link.deadline is None:
            break
        assert link.handle(DeadlineReached(), link.deadline) != [Dial(None, model=1)]
    assert isinstance(effects[-1], LinkFailed)


def test_where_no_model_is_left_the_locations_are_named_and_none_is_taken():
    link = UpstreamLink(candidates_for("vertex", (OLD,), "us-central1"))
    link.open()
    link.handle(GONE, 0)
    link.handle(DeadlineReached(), 0)
    [*_, failed] = link.handle(GONE, 1)
    assert isinstance(failed, LinkFailed)
    assert failed.hint == f"Set GCP_REGION in backend/.env to a location that serves {NEW}; try global or eu."
    assert f"Tried {OLD} and {NEW}." in failed.message
    assert link.deadline is None


def test_where_the_default_is_refused_too_other_models_are_named():
    link = UpstreamLink(candidates_for("developer", ("gemini-3.8-live",)))
    link.open()
    [*_, failed] = link.handle(GONE, 0)
    assert isinstance(failed, LinkFailed)
    assert "leave it empty" not in failed.hint
    assert "gemini-3.1-flash-live-preview" in failed.hint
    assert candidates_for("developer", ("something-newer",)).elsewhere == ""


def test_where_nothing_is_found_at_the_address_no_other_model_is_proposed():
    link = UpstreamLink(candidates_for("developer", ("gemini-3.8-live",)))
    link.open()
    [*_, failed] = link.handle(SocketLost(404, "HTTP 404: 404 page not found"), 0)
    assert isinstance(failed, LinkFailed)
    assert "GOOGLE_GEMINI_BASE_URL" in failed.hint


def test_a_location_that_is_known_to_lack_the_successor_is_told_where_it_is():
    alone = candidates_for("vertex", (OLD,), "global")
    assert alone.elsewhere.startswith("Set GCP_REGION in backend/.env")


def test_a_choice_that_begins_with_the_successor_keeps_project_and_location():
    after = vertex_choice().with_model(1)
    assert after.model == NEW
    assert after.model_path == f"projects/{{project}}/locations/us-central1/publishers/google/models/{NEW}"
    assert after.candidates().names == (NEW,)
    assert after.abilities() == (capabilities("vertex", NEW),)


def test_a_fallback_that_answers_leaves_nothing_to_fall_back_on():
    both = replace(vertex_choice(), fallback_models=(OTHER,))
    assert both.with_model(0) == both
    assert both.with_model(1).fallback_models == ()


def test_a_call_whose_model_was_replaced_is_replayed_the_same():
    choice = vertex_choice()
    recorder = Recorder(recording_head(choice, SessionConfig(), 240), audio=False, max_bytes=1_000_000)
    core = SessionCore(choice.abilities(), candidates=choice.candidates())
    told: list[Effect] = []
    for fact, now in ((SessionOpened(), 0.0), (GONE, 0.4), (DeadlineReached(), 0.4), (SetupComplete(), 0.9)):
        recorder.on_event(fact, now)
        effects = core.open(now) if isinstance(fact, SessionOpened) else core.handle(fact, now)
        for effect in effects:
            recorder.on_effect(effect)
        told += effects
    assert any(isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.Notice) for effect in told)
    outcome = replay(recorder.dump())
    assert outcome.difference is None
    assert outcome.events == 4


def test_the_default_choice_of_the_developer_api_has_its_own_name_first():
    choice = choose_target(Settings.from_env({"GEMINI_API_KEY": "made-up-key-for-this-story", "GEMINI_MODEL": NEW}))
    assert choice.candidates().names[0] == NEW
    assert len(choice.abilities()) == len(choice.candidates().names)
