"""From timestamps to figures, and which runs are rejected. No gateway runs here."""

import pytest

from bench.harness.metrics import Spread, downlink_latencies_ms, figures, interruption_latencies_ms, uplink_latencies_ms
from bench.report.wire_table import wire_table
from tests.bench.measured_run import raw


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
    assert told in "\n".join(wire_table([found.as_json()]))


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
    connections = [*raw().result["upstream"]["connections"]]
    connections[0] = {**connections[0], "ended": None}
    assert figures(raw(connections=connections)).faults == [
        "1 upstream connection(s) that belong to no talker were open"
    ]


def test_a_connection_that_broke_is_told():
    assert figures(raw(window={"alive": 1})).lost_calls == 1


def test_a_burst_that_came_after_the_next_one_was_due_is_lost():
    assert uplink_latencies_ms([1.0, 1.8], [2.7]) == []
    assert uplink_latencies_ms([1.0, 1.8], [1.1, 1.85]) == pytest.approx([100.0, 50.0])


def test_a_reply_is_heard_at_its_first_loud_packet_after_it_was_sent():
    assert downlink_latencies_ms([10.0, 14.0], [[6.0, 8.0], [10.05, 12.0]]) == pytest.approx([50.0])


def test_a_packet_that_overtakes_the_stamp_of_its_sending_took_no_time():
    assert downlink_latencies_ms([10.0], [[9.999, 12.0]]) == [0.0]


def test_where_a_word_silences_the_talker_that_word_counts():
    assert interruption_latencies_ms([10.0], [[9.0, 10.4]], [10.003]) == pytest.approx([3.0])


def test_where_no_word_exists_the_last_loud_packet_counts():
    assert interruption_latencies_ms([10.0, 20.0], [[9.0, 10.4], [19.0, 19.5]], []) == pytest.approx([400.0, 0.0])


def test_a_voice_that_stutters_after_the_interruption_has_not_stopped():
    assert interruption_latencies_ms([10.0], [[9.0, 10.1], [10.4, 11.0]], []) == pytest.approx([1000.0])


def test_the_spread_of_nothing_is_nothing():
    assert Spread.from_values([]) is None
    assert Spread.from_values(range(100)) == Spread(50, 95, 99, 100)
