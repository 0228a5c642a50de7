"""The comparison of gateways: from stamps to figures, and what the report says of them. No gateway runs here."""

import runpy
from argparse import ArgumentTypeError
from typing import Any

import pytest

from bench.harness import test_tones
from bench.harness.gateways import CONTESTANTS, PEERS
from bench.harness.metrics import Figures, Measured, Spread, Usage, downlink, figures, interruptions, uplink
from experiments.compare import environments
from experiments.compare.command import _names, _plan
from experiments.compare.report import Failure, as_json, as_markdown, cpu_ratios

FACTS: dict[str, Any] = {
    "machine": {"cpu": "A CPU", "cores": 2, "system": "Linux", "python": "3.11", "s2s": "1", "commit": "abc"},
    "begun": "2026-01-01 00:00 UTC",
    "load_before": "0.1 0.1 0.1",
    "pinning": "Nothing was pinned",
    "seconds": 30.0,
    "repeated": 0,
    "versions": {"s2s": {"aiortc": "1.16.0"}},
}


def raw(contestant: str = "s2s", cpu_s: float = 1.0, late_ms: float = 0.1, **changes: Any) -> Measured:
    """Two talkers over 10 s. Up takes 2 ms; one reply each, first heard after 30 ms; the second one is cut."""
    guests = [
        {"number": 0, "first_audio": 90.0, "ended": 95.0, "onsets": [], "replies": []},
        {"number": 1, "first_audio": 99.06, "ended": None, "onsets": [101.002, 105.002], "replies": [[103.0, None]]},
        {
            "number": 2,
            "first_audio": 99.09,
            "ended": None,
            "onsets": [101.002],
            "replies": [[104.0, 104.75], [112.0, 112.75]],
        },
    ]
    for guest in guests:
        sent = {"realtimeInput.audio": 500, "clientContent.turns": 5}
        guest |= {"at": guest["first_audio"] + 10.0, "kinds": sent}
    opening = {"began": 98.99, "offered": 99.0, "answered": 99.02, "connected": 99.05}
    seats = [
        {"guest": 1, "opening": opening, "said": [101.0, 105.0], "heard": [[103.03, 105.0]], "flushed": []},
        {
            "guest": 2,
            "opening": opening,
            "said": [101.0, 105.0],
            "heard": [[104.03, 104.77], [112.03, 112.76]],
            "flushed": [],
        },
    ]
    window = {
        "began": 100.0,
        "ended": 110.0,
        "client_cpu_s": 1.0,
        "alive": 2,
        "sent_bytes": 250_000,
        "received_bytes": 125_000,
        "packets_up": 1_400,
        "packets_down": 800,
        "messages": {"up": {"voice": 1_000, "played": 90, "ping": 20}, "down": {"voice": 400, "pong": 20, "flush": 1}},
        "lateness_ms": [late_ms] * 100,
    }
    busy_s = changes.pop("busy_s", cpu_s + 0.1)
    result = {
        "window": window | changes.pop("window", {}),
        "seats": seats,
        "upstream": {"guests": guests, "lateness": [[103.0, 0.2], [90.0, 99.0]]} | changes,
    }
    usages = (Usage(0.0, 100.0), Usage(5.0, 104.0), Usage(5.0 + cpu_s, 105.0))
    return Measured(
        contestant, 2, *usages, upstream_cpu_s=0.5, gateway_core_busy_s=busy_s, helper_cores=1, result=result
    )


def test_what_a_session_costs_is_counted_per_second_of_it():
    found = figures(raw(cpu_s=1.0))
    assert found.cpu_ms_per_session_s == pytest.approx(50.0)
    assert found.cores == pytest.approx(0.1)
    assert found.base_mb == 100.0
    assert found.mb_per_session == pytest.approx(2.0)
    assert found.growth_mb_per_minute_session == pytest.approx(3.0)
    assert (found.up_kbit_s, found.down_kbit_s) == pytest.approx((100.0, 50.0))
    assert found.helpers_cores == pytest.approx(0.15)


def test_what_goes_over_the_wire_is_counted_by_kind_for_each_second_of_a_call():
    found = figures(raw())
    assert found.messages_up == {"voice": 50.0, "played": 4.5, "ping": 1.0}
    assert found.messages_down == {"voice": 20.0, "pong": 1.0, "flush": 0.05}
    assert found.messages_upstream == {"realtimeInput.audio": 50.0, "clientContent.turns": 0.5}
    assert (found.packets_up, found.packets_down) == (70.0, 40.0)
    told = "| 70, 40 | 50, 20 | 5.5: played 4.5, ping 1.0 | 1.1: pong 1.0, flush | 0.5: clientContent.turns 0.5 |"
    assert told in as_markdown([found], FACTS)


def test_a_run_whose_answers_the_gateway_took_for_faults_is_rejected():
    down = {"voice": 400, "notice phantom_interruption": 2, "notice slow_network": 1}
    found = figures(raw(window={"messages": {"up": {}, "down": down}}))
    assert found.faults == ["the gateway took the bench's answers for faults: notice phantom_interruption (2 times)"]


def test_latency_counts_both_ways_and_what_never_came_is_counted_apart():
    found = figures(raw())
    assert found.uplink_ms == Spread(2.0, 2.0, 2.0, 3)
    assert found.uplink_missed == 1
    assert found.downlink_ms == Spread(30.0, 30.0, 30.0, 2)
    assert (found.missed_turns, found.turns) == (0, 2)
    assert found.interrupt_ms == Spread(20.0, 20.0, 20.0, 1)


def test_interruptions_are_counted_for_longer_than_the_rest():
    alone, both = figures(raw()), figures(raw(window={"cut_until": 1_000.0}))
    assert alone.interrupt_ms is not None
    assert both.interrupt_ms is not None
    assert both.interrupt_ms.n > alone.interrupt_ms.n
    assert (both.turns, both.cpu_ms_per_session_s) == (alone.turns, alone.cpu_ms_per_session_s)


def test_set_up_is_counted_from_the_offer_and_what_comes_before_it_apart():
    found = figures(raw())
    assert found.create_ms is not None
    assert found.create_ms.p50 == pytest.approx(10.0)
    assert found.answer_ms is not None
    assert found.answer_ms.p50 == pytest.approx(20.0)
    assert found.connected_ms is not None
    assert found.connected_ms.p50 == pytest.approx(50.0)
    assert found.first_audio_ms is not None
    assert (found.first_audio_ms.p50, found.first_audio_ms.p95) == pytest.approx((90.0, 90.0))


def test_a_run_counts_when_bench_and_gateway_kept_up():
    assert figures(raw()).faults == []


def test_a_run_whose_talkers_were_late_is_rejected():
    assert figures(raw(late_ms=30.0)).faults == ["talkers were late by 30 ms"]


def test_a_run_whose_upstream_was_late_within_the_window_is_rejected():
    assert figures(raw(lateness=[[103.0, 12.0]])).faults == ["the upstream was late by 12 ms"]


def test_a_run_without_room_on_the_other_cores_is_rejected():
    found = figures(raw(window={"client_cpu_s": 9.0}))
    assert found.faults == ["talkers and upstream used 0.95 of 1 cores"]


def test_a_run_whose_gateway_had_to_share_its_core_is_rejected():
    assert figures(raw(cpu_s=1.0, busy_s=4.0)).faults == ["others used 30% of the gateway's core"]
    assert figures(raw(cpu_s=1.0, busy_s=None)).faults == []


def test_a_call_that_ended_for_its_talker_but_not_upstream_spoils_the_run():
    guests = [*raw().result["upstream"]["guests"]]
    guests[0] = {**guests[0], "ended": None}
    assert figures(raw(guests=guests)).faults == ["1 upstream connection(s) that belong to no talker were open"]


def test_a_connection_that_broke_is_told():
    assert figures(raw(window={"alive": 1})).lost_calls == 1


def test_a_burst_that_came_after_the_next_one_was_due_is_lost():
    assert uplink([1.0, 1.8], [2.7]) == []
    assert uplink([1.0, 1.8], [1.1, 1.85]) == pytest.approx([100.0, 50.0])


def test_a_reply_is_heard_at_its_first_loud_packet_after_it_was_sent():
    assert downlink([10.0, 14.0], [[6.0, 8.0], [10.05, 12.0]]) == pytest.approx([50.0])


def test_a_packet_that_overtakes_the_stamp_of_its_sending_took_no_time():
    assert downlink([10.0], [[9.999, 12.0]]) == [0.0]


def test_where_a_word_silences_the_talker_that_word_counts():
    assert interruptions([10.0], [[9.0, 10.4]], [10.003]) == pytest.approx([3.0])


def test_where_no_word_exists_the_last_loud_packet_counts():
    assert interruptions([10.0, 20.0], [[9.0, 10.4], [19.0, 19.5]], []) == pytest.approx([400.0, 0.0])


def test_a_voice_that_stutters_after_the_interruption_has_not_stopped():
    assert interruptions([10.0], [[9.0, 10.1], [10.4, 11.0]], []) == pytest.approx([1000.0])


def test_the_spread_of_nothing_is_nothing():
    assert Spread.of([]) is None
    assert Spread.of(range(100)) == Spread(50, 95, 99, 100)


def test_ratios_are_taken_at_equal_numbers_and_only_to_those_who_ran():
    runs = [figures(raw("bridge", 0.5)), figures(raw("s2s", 0.6)), Failure("pipecat", 2, "it fell over")]
    ratios = cpu_ratios(runs)
    assert ratios["s2s", 2] == pytest.approx({"bridge": 1.2, "s2s": 1.0})
    assert ("pipecat", 2) not in ratios
    assert cpu_ratios([figures(raw("s2s"))])["s2s", 2] == {"s2s": 1.0}


def test_the_report_names_who_failed_and_who_was_rejected_and_goes_on():
    runs = [figures(raw("s2s")), figures(raw("bridge", late_ms=30.0)), Failure("pipecat", 2, "no | answer")]
    text = as_markdown(runs, FACTS)
    assert "| 2 | S2S | 50.0 | (1.00) | 1.00 |" in text
    assert "| 2 | bare bridge (rejected) |" in text
    assert "REJECTED: talkers were late by 30 ms" in text
    assert "| 2 | pipecat | failed: no / answer |" in text
    assert "A CPU, 2 cores" in text
    assert "livekit" in text


def test_the_report_says_which_targets_were_missed_and_needs_the_bridge_for_ratios():
    text = as_markdown([figures(raw("s2s", 0.6)), figures(raw("bridge", 0.5))], FACTS)
    assert "| CPU, times the bridge's | 1.3 | 1.20 |" in text
    assert "| added downwards, p50 ms | 1 | **30.00**, missed |" in text
    assert "| CPU, times the bridge's | 1.3 | - |" in as_markdown([figures(raw("s2s"))], FACTS)
    assert "targets" not in as_markdown([figures(raw("bridge"))], FACTS)


def test_nothing_is_concluded_from_a_ratio_to_a_rejected_run():
    text = as_markdown([figures(raw("s2s", 0.6)), figures(raw("bridge", 0.2, late_ms=30.0))], FACTS)
    assert "| CPU, times the bridge's | 1.3 | (3.00) |" in text
    assert "| 2 | S2S | 30.0 | (3.00) | 1.00 |" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    runs = [figures(raw("s2s")), Failure("pipecat", 2, "no answer")]
    for block in as_markdown(runs, FACTS).split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1, block


def test_the_json_has_every_figure_with_its_ratios_and_the_failures():
    data = as_json([figures(raw("s2s")), Failure("pipecat", 2, "no answer")], FACTS)
    first, second = data["runs"]
    assert first["uplink_ms"]["p50"] == 2.0
    assert first["cpu_ratio_to"] == {"s2s": 1.0}
    assert set(first) == {*Figures.__dataclass_fields__, "cpu_ratio_to"}
    assert second == {"contestant": "pipecat", "n": 2, "failed": "no answer"}
    assert data["machine"]["commit"] == "abc"


def test_nobody_is_asked_for_more_than_it_is_known_to_do_unless_it_is_named():
    assert ("pipecat", 50) not in {(one.name, n) for one, n in _plan([50], None)}
    assert [(one.name, n) for one, n in _plan([50], ["pipecat"])] == [("pipecat", 50)]


def test_a_name_that_is_not_known_is_refused_with_those_that_are():
    assert _names("s2s, bridge") == ["s2s", "bridge"]
    with pytest.raises(ArgumentTypeError, match=r"unknown: fax; there are s2s, bridge"):
        _names("s2s,fax")


def test_a_beginning_is_found_once_for_each_burst():
    ear = test_tones.Onsets()
    said = test_tones.spoken(16_000) * 3
    heard = [ear.take(pcm, number * 0.02) for number, pcm in enumerate(said)]
    assert [number for number, begins in enumerate(heard) if begins] == [0, 40, 80]


@pytest.mark.parametrize("contestant", CONTESTANTS.values(), ids=CONTESTANTS)
def test_every_contestant_has_its_program_its_versions_and_a_word_about_it(contestant: Any):
    assert contestant.note
    assert contestant.versions()["aiortc"]
    script = contestant.program[0]
    assert script == "-m" or (PEERS / script).exists()


def test_our_gateway_is_started_as_make_serve_starts_it(monkeypatch: pytest.MonkeyPatch):
    scripts = environments.BACKEND.parent / "scripts"
    monkeypatch.syspath_prepend(str(scripts))
    started = runpy.run_path(str(scripts / "run.py"))["gateway_command"](8123)
    assert CONTESTANTS["s2s"].command(8123, "ws://any")[1:] == started[1:]


@pytest.mark.parametrize("name", environments.REQUIREMENTS)
def test_a_peers_lock_pins_what_is_asked_for_and_names_no_place_to_get_it_from(name: str):
    lock = (environments.LOCKS / f"{name}.txt").read_text("utf-8")
    assert "://" not in lock
    for requirement in environments.REQUIREMENTS[name]:
        package, _, rest = requirement.partition("==")
        assert f"\n{package.partition('[')[0]}=={rest.partition(';')[0]}" in lock
