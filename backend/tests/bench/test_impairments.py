"""The link of the network in a box, without a network."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.netlab.impairments import ARP, IPV4, TCP, UDP, Link, Path, Policy


def frame(protocol: int = UDP, source: int = 40000, target: int = 50000) -> bytes:
    ip = bytes([0x45, 0, 0, 28, 0, 0, 0, 0, 64, protocol, 0, 0]) + bytes(8)
    return bytes(12) + struct.pack("!H", IPV4) + ip + struct.pack("!HH", source, target) + bytes(4)


def link(path: Path, seed: int = 1) -> Link:
    made = Link(seed)
    made.path = path
    return made


@given(st.floats(0.01, 0.3), st.floats(1, 8), st.integers(0, 1000))
@settings(deadline=None)
def test_as_much_is_lost_as_was_asked_for_alone_or_in_bursts(loss: float, burst: float, seed: int):
    lossy = link(Path(loss=loss, burst_packets=burst), seed)
    for _ in range(4000):
        lossy.delivery_times(frame(), 0.0)
    assert lossy.lost + lossy.passed == 4000
    # Bursts make fewer independent events, so the share spreads more.
    assert abs(lossy.lost / 4000 - loss) < 0.02 + 6 * (loss * (1 - loss) * burst / 4000) ** 0.5


def test_losses_in_bursts_come_in_a_row():
    lossy = link(Path(loss=0.05, burst_packets=5))
    fates = "".join("x" if lossy.delivery_times(frame(), 0.0) is None else "." for _ in range(20000))
    runs = [len(run) for run in fates.split(".") if run]
    assert 4 < sum(runs) / len(runs) < 6


def test_the_same_seed_loses_the_same_packets():
    one, two = (link(Path(loss=0.1, jitter_ms=5), seed=7) for _ in range(2))
    assert [one.delivery_times(frame(), t / 50) for t in range(500)] == [
        two.delivery_times(frame(), t / 50) for t in range(500)
    ]


@given(st.lists(st.floats(0, 0.05), min_size=2, max_size=50))
def test_packets_do_not_overtake_each_other(gaps: list[float]):
    jittery, now, due = link(Path(delay_ms=20, jitter_ms=30)), 0.0, [0.0]
    for gap in gaps:
        now += gap
        out = jittery.delivery_times(frame(), now)
        assert out is not None
        assert now + 0.02 <= out or out >= due[-1]
        due.append(out)
    assert due == sorted(due)


def test_a_firewall_lets_through_what_it_should():
    assert link(Path(policy=Policy.NO_UDP)).delivery_times(frame(UDP), 0.0) is None
    assert link(Path(policy=Policy.NO_UDP)).delivery_times(frame(TCP), 0.0) is not None
    assert link(Path(policy=Policy.TCP_443)).delivery_times(frame(TCP, target=443), 0.0) is not None
    assert link(Path(policy=Policy.TCP_443)).delivery_times(frame(TCP, source=443), 0.0) is not None
    assert link(Path(policy=Policy.TCP_443)).delivery_times(frame(TCP), 0.0) is None
    assert link(Path(policy=Policy.NOTHING)).delivery_times(frame(TCP), 0.0) is None


def test_hosts_find_each_other_through_every_firewall():
    arp = bytes(12) + struct.pack("!H", ARP) + bytes(28)
    assert link(Path(loss=1.0, policy=Policy.NOTHING)).delivery_times(arp, 3.0) == 3.0


def test_a_slow_link_keeps_to_its_rate_and_drops_what_would_wait_too_long():
    slow, size = link(Path(rate_kbit_s=200, queue_ms=300)), len(frame())
    came = [due for at in range(2_000) if (due := slow.delivery_times(frame(), at / 1000)) is not None]
    assert came == sorted(came)
    assert slow.overflowed > 0
    assert (slow.passed, slow.passed_bytes) == (len(came), len(came) * size)
    # Nobody waits for longer than the buffer is deep, beside the frame that is being sent.
    assert came[-1] <= 2.0 + 0.3 + 2 * size * 8 / 200_000
    assert slow.passed_bytes * 8 <= 200_000 * (came[-1] + 0.01)


def test_a_slow_line_that_is_idle_delays_a_frame_by_its_own_length_only():
    slow = link(Path(rate_kbit_s=100, delay_ms=20))
    for second in range(3):
        due = slow.delivery_times(frame(), float(second))
        assert due is not None
        assert abs(due - second - 0.02 - len(frame()) * 8 / 100_000) < 1e-9
