"""The link machine: dial, resume, wait, give up."""

import pytest

from s2s.core.effects import Dial, HangUp, HistoryTurn, LinkFailed, Redial, UpstreamStatusChanged
from s2s.core.events import (
    DeadlineReached,
    GoAway,
    Idle,
    ReconnectUpstream,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    TurnComplete,
)
from s2s.core.link.upstream_link import HANDLE_LIFETIME_S, INITIAL_BACKOFF_S, MAX_ATTEMPTS, LinkState, UpstreamLink
from s2s.core.session_core import SessionCore
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.models.model_capabilities import PLAIN
from s2s.upstream.refusals.close_codes import BAD_CREDENTIALS, ENGINE_MISSING, Verdict, diagnose

TWO = Candidates(("configured", "fallback"), configured=2)


def live_link(at: float = 0.0) -> UpstreamLink:
    link = UpstreamLink()
    link.open()
    link.handle(SetupComplete(), at)
    return link


def test_the_first_dial_is_fresh_and_asked_for_once():
    link = UpstreamLink()
    assert link.open() == [UpstreamStatusChanged("connecting"), Dial(None)]
    assert link.open() == []
    assert link.handle(SetupComplete(), 0.2) == [UpstreamStatusChanged("live")]


def test_a_lost_socket_is_redialled_at_once_with_the_newest_handle():
    link = live_link()
    link.handle(ResumptionHandle("h-1"), 1)
    link.handle(ResumptionHandle("h-2"), 2)
    link.handle(ResumptionHandle(None), 3)
    [changed] = link.handle(SocketLost(1006, ""), 60)
    assert changed.status == "reconnecting"
    assert link.deadline == 60
    assert link.handle(DeadlineReached(), 60) == [Dial("h-2")]


def test_pauses_grow_and_the_link_gives_up_in_words():
    link = live_link()
    now, pauses = 60.0, []
    for _ in range(MAX_ATTEMPTS + 1):
        effects = link.handle(SocketLost(1006, "network down"), now)
        if link.state is LinkState.CLOSED:
            break
        pauses.append(link.deadline - now)
        now = link.deadline
        link.handle(DeadlineReached(), now)
    assert pauses == sorted(pauses)
    assert isinstance(effects[-1], LinkFailed)
    assert effects[-1].message
    assert link.handle(SocketLost(1006, ""), now) == []


def test_a_handle_that_fails_again_and_again_is_dropped():
    link = live_link()
    link.handle(ResumptionHandle("poisoned"), 1)
    link.handle(SocketLost(1011, "Internal error encountered."), 60)
    dials = []
    while link.deadline is not None and len(dials) < 4:
        [dial] = link.handle(DeadlineReached(), link.deadline)
        dials.append(dial.handle)
        link.handle(SocketLost(1011, "Internal error encountered."), 61)
    assert dials[0] == "poisoned"
    assert dials[-1] is None


def test_a_dead_handle_is_not_tried_again():
    link = live_link()
    link.handle(ResumptionHandle("dead"), 1)
    link.handle(SocketLost(1006, ""), 60)
    link.handle(DeadlineReached(), 60)
    link.handle(SocketLost(1008, "BidiGenerateContent session not found"), 60)
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1007, "Request contains an invalid argument."),
        (1007, "Invalid resumption handle"),
        (1008, "The session resumption handle has expired."),
        (1008, ""),
        (400, "HTTP 400 INVALID_ARGUMENT: Precondition check failed."),
    ],
)
def test_a_resumed_session_that_is_refused_is_begun_anew_once(code: int, reason: str):
    link = live_link()
    link.handle(ResumptionHandle("of another day"), 1)
    link.handle(SocketLost(1011, "Internal error encountered."), 60)
    assert link.handle(DeadlineReached(), 60) == [Dial("of another day")]
    link.handle(SocketLost(code, reason), 61)
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]
    assert isinstance(link.handle(SocketLost(1008, "something new"), 62)[-1], LinkFailed)


def test_a_refused_key_ends_a_resumed_session_at_once():
    link = live_link()
    link.handle(ResumptionHandle("h-1"), 1)
    link.handle(SocketLost(1006, ""), 60)
    link.handle(DeadlineReached(), 60)
    assert isinstance(link.handle(SocketLost(1007, "API key expired."), 61)[-1], LinkFailed)


def test_a_link_that_dies_right_after_it_came_up_is_not_dialled_in_a_circle():
    link, now = live_link(), 0.0
    for _ in range(MAX_ATTEMPTS):
        now += 0.01
        link.handle(SocketLost(1011, "Internal error encountered."), now)
        if link.state is LinkState.CLOSED:
            break
        now = link.deadline
        link.handle(DeadlineReached(), now)
        link.handle(SetupComplete(), now)
    assert link.state is LinkState.CLOSED
    assert now > 2


def test_a_link_that_held_starts_the_count_again():
    link, now = live_link(), 0.0
    for _ in range(30):
        now += 600
        link.handle(SocketLost(1008, "The operation was aborted."), now)
        assert link.handle(DeadlineReached(), now) == [Dial(None)]
        link.handle(SetupComplete(), now)
    assert link.state is LinkState.LIVE


def test_quota_waits_long():
    link = live_link()
    link.handle(SocketLost(1011, "You exceeded your current quota, please check your plan"), 10)
    assert link.deadline >= 20


def test_a_refusal_is_never_dialled_again():
    link = UpstreamLink()
    link.open()
    effects = link.handle(SocketLost(1007, "API key not valid. Please pass a valid API key."), 0)
    assert [type(e) for e in effects] == [UpstreamStatusChanged, LinkFailed]
    assert effects[0].status == "refused"
    assert link.deadline is None


def test_closing_hangs_up_whatever_is_open():
    link = live_link()
    assert link.close() == [HangUp()]
    assert link.close() == []
    assert link.handle(GoAway(50), 1) == []


@pytest.mark.parametrize(
    ("code", "reason", "was_live", "verdict"),
    [
        (1000, "", True, Verdict.RETRY),
        (1000, "The operation was cancelled.", True, Verdict.RETRY),
        (1006, "", False, Verdict.RETRY),
        (1007, "Request contains an invalid argument.", False, Verdict.FATAL),
        (1007, "Invalid JSON payload received. Unknown name \"x\" at 'setup'", False, Verdict.FATAL),
        (1007, "API key not valid. Please pass a valid API key.", False, Verdict.FATAL),
        (1007, "Invalid session handle", False, Verdict.FRESH),
        (1008, "models/X is not found for API version v1beta", False, Verdict.CHANGE_MODEL),
        (1008, "BidiGenerateContent session not found", False, Verdict.FRESH),
        (1008, "Requested entity was not found.", True, Verdict.FRESH),
        (1008, "The operation was aborted.", True, Verdict.RETRY),
        (1008, "The operation was aborted.", False, Verdict.RETRY),
        (1008, "Generative Language API has not been used in project 7 before", False, Verdict.FATAL),
        (1011, "Internal error encountered.", True, Verdict.RETRY),
        (1011, "RESOURCE: OVERLOADED_TOO_MANY_RETRIES_PER_REQUEST", True, Verdict.WAIT),
        (1011, "Deadline expired before operation could complete.", True, Verdict.RETRY),
        (401, "HTTP 401", False, Verdict.FATAL),
        (403, "HTTP 403", False, Verdict.FATAL),
        (404, "HTTP 404", False, Verdict.CHANGE_MODEL),
        (429, "HTTP 429", False, Verdict.WAIT),
        (503, "HTTP 503", False, Verdict.RETRY),
        (ENGINE_MISSING, "No recognizer.", False, Verdict.FATAL),
        (BAD_CREDENTIALS, "Bad key.", False, Verdict.FATAL),
    ],
)
def test_the_reason_decides_what_a_lost_socket_means(code: int, reason: str, was_live: bool, verdict: Verdict):
    diagnosis = diagnose(code, reason, was_live=was_live)
    assert diagnosis.verdict is verdict
    assert diagnosis.code
    assert diagnosis.message


def leaving_link() -> UpstreamLink:
    link = live_link()
    link.handle(ResumptionHandle("h-1"), 500)
    link.handle(GoAway(50.0), 550)
    return link


def test_a_socket_that_will_end_is_changed_at_the_next_quiet_moment():
    link = leaving_link()
    assert link.state is LinkState.LEAVING
    assert link.handle(Idle(), 560) == [Redial("h-1")]
    assert link.handle(SetupComplete(), 560.3) == [UpstreamStatusChanged("live")]


def test_without_a_quiet_moment_the_change_is_made_before_the_time_is_up():
    link = leaving_link()
    assert link.deadline == 597
    assert link.handle(DeadlineReached(), 597) == [Redial("h-1")]


def test_the_change_waits_for_a_handle_that_is_good():
    link = leaving_link()
    link.handle(ResumptionHandle(None), 555)
    assert link.handle(Idle(), 556) == []
    link.handle(ResumptionHandle("h-2"), 557)
    assert link.handle(Idle(), 557) == [Redial("h-2")]


def test_the_change_waits_for_the_handle_that_knows_the_last_turn():
    link = leaving_link()
    link.handle(TurnComplete(), 555)
    assert link.handle(Idle(), 555) == []
    link.handle(ResumptionHandle("h-2"), 555)
    assert link.handle(Idle(), 555) == [Redial("h-2")]


def test_without_any_go_away_the_socket_is_changed_after_nine_minutes():
    link = live_link()
    link.handle(ResumptionHandle("h-1"), 10)
    assert link.handle(Idle(), 500) == []
    assert link.deadline == 540
    assert link.handle(DeadlineReached(), 540) == []
    assert link.handle(Idle(), 541) == [Redial("h-1")]


def test_a_socket_that_dies_while_leaving_is_redialled_like_any_other():
    link = leaving_link()
    link.handle(SocketLost(1008, "The operation was aborted."), 570)
    assert link.handle(DeadlineReached(), 570) == [Dial("h-1")]


def test_an_hour_of_hand_overs_never_runs_out_of_attempts():
    link, now = live_link(), 0.0
    for number in range(7):
        link.handle(ResumptionHandle(f"h-{number}"), now + 1)
        link.handle(DeadlineReached(), now + 540)
        now += 541
        assert link.handle(Idle(), now) == [Redial(f"h-{number}")]
        link.handle(SetupComplete(), now)
    assert link.state is LinkState.LIVE
    link.handle(SocketLost(1006, ""), now + 1)
    assert link.state is LinkState.WAITING


def test_a_second_internal_error_in_a_row_drops_the_handle():
    link = live_link()
    link.handle(ResumptionHandle("poisoned"), 1)
    link.handle(SocketLost(1011, "Internal error encountered."), 60)
    assert link.handle(DeadlineReached(), link.deadline) == [Dial("poisoned")]
    link.handle(SocketLost(1011, "Internal error encountered."), 61)
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]


def test_a_handle_of_two_hours_ago_is_not_tried():
    link = live_link()
    link.handle(ResumptionHandle("old"), 1)
    link.handle(SocketLost(1006, ""), HANDLE_LIFETIME_S + 2)
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]


def test_text_that_upstream_refused_is_not_sent_again_and_the_user_is_told_once():
    link = live_link()
    link.handle(SocketLost(1007, "Request contains an invalid argument."), 60)
    assert link.loss_event().refused
    assert not link.without_history
    link.handle(DeadlineReached(), link.deadline)
    link.handle(SetupComplete(), 61)
    link.handle(SocketLost(1007, "Request contains an invalid argument."), 62)
    assert link.without_history
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]


def test_two_sessions_dial_at_different_times_and_each_one_repeats_exactly():
    def pauses(seed: int) -> list[float]:
        link, now, waits = UpstreamLink(seed=seed), 0.0, []
        link.open()
        for _ in range(4):
            link.handle(SocketLost(1006, ""), now)
            waits.append(link.deadline - now)
            now = link.deadline
            link.handle(DeadlineReached(), now)
        return waits

    assert pauses(1) == pauses(1)
    assert pauses(1) != pauses(2)


def test_a_wrong_model_makes_way_for_the_fallback_and_a_wrong_key_does_not():
    link = UpstreamLink(TWO)
    link.open()
    link.handle(SocketLost(1008, "models/X is not found for API version v1beta"), 0)
    assert link.handle(DeadlineReached(), 0) == [Dial(None, model=1)]
    [*_, failed] = link.handle(SocketLost(1008, "models/Y is not found for API version v1beta"), 1)
    assert isinstance(failed, LinkFailed)
    link = UpstreamLink(TWO)
    link.open()
    [*_, failed] = link.handle(SocketLost(1007, "API key not valid. Please pass a valid API key."), 0)
    assert failed.code == "bad_api_key"


def test_the_watchdog_may_ask_for_another_socket_or_another_session():
    link = live_link()
    link.handle(ResumptionHandle("h-1"), 1)
    assert link.handle(ReconnectUpstream(fresh=False), 20) == [Redial("h-1")]
    assert link.handle(ReconnectUpstream(fresh=False), 20) == []
    link.handle(SetupComplete(), 21)
    assert link.handle(ReconnectUpstream(fresh=True), 40) == [Redial(None)], "the second step of the same rescue"
    link.handle(SetupComplete(), 41)
    assert link.handle(ReconnectUpstream(fresh=False), 60) == []
    assert link.handle(ReconnectUpstream(fresh=True), 70) == [], "a rescue a minute is enough"
    assert link.handle(ReconnectUpstream(fresh=False), 100) == [Redial(None)]


def test_a_model_that_does_not_take_earlier_turns_is_talked_to_without_them():
    before = (HistoryTurn("user", "my name is Ann"), HistoryTurn("model", "Nice to meet you."))
    core = SessionCore((PLAIN,), history=before)
    [dial] = [effect for effect in core.open(0) if isinstance(effect, Dial)]
    assert dial.history == before
    core.handle(SocketLost(1007, "Invalid JSON payload received. Unknown name \"historyConfig\" at 'setup'"), 0.5)
    assert core.deadline is not None
    assert core.handle(DeadlineReached(), core.deadline) == [Dial(None)]
    last = core.handle(SocketLost(1007, "Request contains an invalid argument."), 2)
    assert any(isinstance(effect, LinkFailed) for effect in last), "it was not because of them"


def test_a_fallback_begins_with_the_shortest_pause_and_all_of_its_attempts():
    link = UpstreamLink(TWO)
    link.open()
    link.handle(SocketLost(1008, "models/X is not found for API version v1beta"), 0)
    now, pauses = 0.0, []
    while link.state is not LinkState.CLOSED:
        link.handle(DeadlineReached(), now)
        link.handle(SocketLost(1006, ""), now)
        pauses.append((link.deadline or now) - now)
        now += pauses[-1]
    assert pauses[0] <= 1.2 * INITIAL_BACKOFF_S
    assert len(pauses) == MAX_ATTEMPTS
