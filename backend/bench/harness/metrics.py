"""Figures from timestamps. Pure: all times are seconds of one clock, CLOCK_MONOTONIC."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

UPLINK_WINDOW_S = 0.75
"""The next burst of tone begins after 800 ms: a later one belongs to that."""
DOWNLINK_WINDOW_S = 1.9
"""A reply is 2 s long, and 2 s of silence follow."""
LAST_S = 1.0
"""What was said so short before the end of the window may still be on its way."""
EARLY_S = 0.005
"""The upstream stamps a chunk just after it is sent."""
MAX_LATENESS_MS = 5.0
"""Talkers or upstream later than this at the 99th percentile were the bottleneck."""
MAX_FOREIGN_LOAD = 0.1
"""Of the gateway's core: a process that has to wait does more at a time, and looks cheaper than it is."""
FAULT_NOTICES = frozenset({"phantom_interruption", "freeze_after_barge_in", "no_reply", "early_turn_complete"})
"""Notices of S2S that would say that its watchdog is at work because of the bench's time table."""
MAX_HELPER_LOAD = 0.9
"""Of the cores that talkers and upstream have."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds, and of how many values."""

    p50: float
    p95: float
    p99: float
    n: int

    @classmethod
    def from_values(cls, values: Iterable[float]) -> "Spread | None":
        """None without any value."""
        found = sorted(values)
        if not found:
            return None
        p50, p95, p99 = (round(found[min(len(found) - 1, len(found) * p // 100)], 2) for p in (50, 95, 99))
        return cls(p50, p95, p99, len(found))


@dataclass(frozen=True, slots=True)
class Usage:
    """What the gateway's process used at one moment."""

    cpu_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One contestant at one number of talkers."""

    contestant: str
    n: int
    cpu_ms_per_session_s: float
    cores: float
    uplink_ms: Spread | None
    """A frame handed over by its talker, until it reached the upstream."""
    uplink_missed: int
    downlink_ms: Spread | None
    """First chunk of a reply sent, until its first loud packet arrived."""
    missed_turns: int
    turns: int
    lost_calls: int
    """Connections that did not stand any more at the end of the window."""
    interrupt_ms: Spread | None
    """`interrupted` sent, until the talker was told to be silent or the last loud packet arrived."""
    create_ms: Spread | None
    """What is asked for before an offer can be made."""
    answer_ms: Spread | None
    connected_ms: Spread | None
    first_audio_ms: Spread | None
    """From the offer to the first audio at the upstream."""
    base_mb: float
    mb_per_session: float
    growth_mb_per_minute_session: float
    up_kbit_s: float
    """Each session, with all headers down to IP."""
    down_kbit_s: float
    packets_up: float
    """Datagrams a second and session."""
    packets_down: float
    messages_up: dict[str, float]
    """From the talker, by kind, a second and session."""
    messages_down: dict[str, float]
    messages_upstream: dict[str, float]
    """From the gateway to the service."""
    client_late_ms: Spread | None
    upstream_late_ms: Spread | None
    helpers_cores: float
    strangers_cores: float | None
    """Work of others on the gateway's core; None: it had none for itself."""
    faults: list[str] = field(default_factory=list)
    """Why the run does not count; empty: it does."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Measured:
    """Raw material of one run."""

    contestant: str
    n: int
    base: Usage
    begin: Usage
    end: Usage
    upstream_cpu_s: float
    """Of the window."""
    gateway_core_busy_s: float | None
    """All work on the gateway's core in the window; None: it had none for itself."""
    helper_cores: int
    """How many cores talkers and upstream share."""
    result: Mapping[str, Any]
    """What the client told at the end."""


def figures(raw: Measured) -> Figures:
    """All of one run."""
    window, upstream = raw.result["window"], raw.result["upstream"]
    began, ended = window["began"], window["ended"]
    took = ended - began
    connections = {connection["number"]: connection for connection in upstream["connections"]}
    client_late = Spread.from_values(window["lateness_ms"])
    upstream_late = Spread.from_values(ms for due, ms in upstream["lateness"] if began <= due < ended)
    helpers = (window["client_cpu_s"] + raw.upstream_cpu_s) / took
    cpu_s = raw.end.cpu_s - raw.begin.cpu_s
    strangers = None if raw.gateway_core_busy_s is None else max(0.0, raw.gateway_core_busy_s - cpu_s) / took
    return Figures(
        contestant=raw.contestant,
        n=raw.n,
        cpu_ms_per_session_s=cpu_s * 1000 / took / raw.n,
        cores=cpu_s / took,
        **_latency(raw.result["talkers"], connections, began, ended, window.get("cut_until", ended)),
        lost_calls=raw.n - window["alive"],
        **_set_up(raw.result["talkers"], connections),
        base_mb=raw.base.memory_mb,
        mb_per_session=(raw.begin.memory_mb - raw.base.memory_mb) / raw.n,
        growth_mb_per_minute_session=(raw.end.memory_mb - raw.begin.memory_mb) * 60 / took / raw.n,
        up_kbit_s=window["sent_bytes"] * 8 / 1000 / took / raw.n,
        down_kbit_s=window["received_bytes"] * 8 / 1000 / took / raw.n,
        packets_up=round(window["packets_up"] / took / raw.n, 2),
        packets_down=round(window["packets_down"] / took / raw.n, 2),
        messages_up=rates(window["messages"]["up"], took * raw.n),
        messages_down=rates(window["messages"]["down"], took * raw.n),
        messages_upstream=_upstream_rates([connections[talker["connection"]] for talker in raw.result["talkers"]]),
        client_late_ms=client_late,
        upstream_late_ms=upstream_late,
        helpers_cores=helpers,
        strangers_cores=strangers,
        faults=bottlenecks(client_late, upstream_late, helpers, raw.helper_cores, strangers)
        + _leftovers(connections, raw.result, began)
        + _notices(window["messages"]["down"]),
    )


def rates(counts: Mapping[str, int], session_s: float) -> dict[str, float]:
    """Messages a second, the most frequent first."""
    return {kind: round(count / session_s, 2) for kind, count in sorted(counts.items(), key=lambda one: -one[1])}


def _upstream_rates(connections: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for connection in connections:
        counts.update(connection["kinds"])
    return rates(counts, sum(connection["at"] - connection["first_audio"] for connection in connections))


def _notices(down: Mapping[str, int]) -> list[str]:
    """A gateway that takes the bench's answers for faults does work that no conversation asks for."""
    told = {kind: count for kind, count in down.items() if kind.removeprefix("notice ") in FAULT_NOTICES}
    return [f"the gateway took the bench's answers for faults: {kind} ({count} times)" for kind, count in told.items()]


def _latency(
    talkers: Sequence[Mapping[str, Any]],
    connections: Mapping[int, Mapping[str, Any]],
    began: float,
    ended: float,
    cut_until: float,
) -> dict[str, Any]:
    """`cut_until`: interruptions are counted for so long."""
    ups: list[float] = []
    downs: list[float] = []
    cuts: list[float] = []
    lost = missed = turns = 0
    for talker in talkers:
        connection = connections[talker["connection"]]
        said = [at for at in talker["said"] if began <= at < ended - LAST_S]
        found = uplink_latencies_ms(said, connection["onsets"])
        ups += found
        lost += len(said) - len(found)
        replies = [reply for reply in connection["replies"] if began <= reply[0] < ended - LAST_S]
        heard = downlink_latencies_ms([reply[0] for reply in replies], talker["heard"])
        downs += heard
        turns, missed = turns + len(replies), missed + len(replies) - len(heard)
        cut = [at for _, at in connection["replies"] if at is not None and began <= at < cut_until - LAST_S]
        cuts += interruption_latencies_ms(cut, talker["heard"], talker["flushed"])
    return {
        "uplink_ms": Spread.from_values(ups),
        "uplink_missed": lost,
        "downlink_ms": Spread.from_values(downs),
        "missed_turns": missed,
        "turns": turns,
        "interrupt_ms": Spread.from_values(cuts),
    }


def uplink_latencies_ms(said: Sequence[float], onsets: Sequence[float]) -> list[float]:
    """Milliseconds from each burst's first frame to its arrival; those that never came are left out."""
    found = []
    for at in said:
        index = bisect_left(onsets, at)
        if index < len(onsets) and onsets[index] - at <= UPLINK_WINDOW_S:
            found.append((onsets[index] - at) * 1000)
    return found


def downlink_latencies_ms(sent: Sequence[float], heard: Sequence[Sequence[float]]) -> list[float]:
    """Milliseconds from each reply's first chunk to its first loud packet; those never heard are left out."""
    begins = [stretch[0] for stretch in heard]
    found = []
    for at in sent:
        index = bisect_left(begins, at - EARLY_S)
        if index < len(begins) and begins[index] - at <= DOWNLINK_WINDOW_S:
            found.append(max(0.0, begins[index] - at) * 1000)
    return found


def interruption_latencies_ms(
    cuts: Sequence[float], heard: Sequence[Sequence[float]], flushed: Sequence[float]
) -> list[float]:
    """Milliseconds from each `interrupted` to the word that silences the talker's loudspeaker.

    Where a gateway has no such word, to the last loud packet of the voice that was cut: 0 when all had come before.
    """
    found = []
    for at in cuts:
        if flushed:
            index = bisect_left(flushed, at - EARLY_S)
            if index < len(flushed) and flushed[index] - at <= DOWNLINK_WINDOW_S:
                found.append(max(0.0, flushed[index] - at) * 1000)
            continue
        spoken = [last for first, last in heard if first <= at + DOWNLINK_WINDOW_S]
        if spoken:
            found.append(max(0.0, spoken[-1] - at) * 1000)
    return found


def bottlenecks(
    client: Spread | None, upstream: Spread | None, helpers_cores: float, cores: int, strangers: float | None
) -> list[str]:
    """Why a run measured the bench rather than the gateway; empty: it did not."""
    why = []
    if client is None or client.p99 > MAX_LATENESS_MS:
        why.append(f"talkers were late by {client.p99:.0f} ms" if client else "no talker spoke")
    if upstream is not None and upstream.p99 > MAX_LATENESS_MS:
        why.append(f"the upstream was late by {upstream.p99:.0f} ms")
    if helpers_cores > MAX_HELPER_LOAD * cores:
        why.append(f"talkers and upstream used {helpers_cores:.2f} of {cores} cores")
    if strangers is not None and strangers > MAX_FOREIGN_LOAD:
        why.append(f"others used {strangers:.0%} of the gateway's core")
    return why


def _leftovers(connections: Mapping[int, Mapping[str, Any]], result: Mapping[str, Any], began: float) -> list[str]:
    """Upstream connections that are still open though their talker has gone."""
    held = {talker["connection"] for talker in result["talkers"]}
    left = [
        connection
        for number, connection in connections.items()
        if number not in held and (connection["ended"] or began + 1) > began
    ]
    return [f"{len(left)} upstream connection(s) that belong to no talker were open"] if left else []


def _set_up(talkers: Sequence[Mapping[str, Any]], connections: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    def spread(later: str, earlier: str) -> Spread | None:
        return Spread.from_values((talker["opening"][later] - talker["opening"][earlier]) * 1000 for talker in talkers)

    first = [
        (connections[talker["connection"]]["first_audio"] - talker["opening"]["offered"]) * 1000 for talker in talkers
    ]
    return {
        "create_ms": spread("offered", "began"),
        "answer_ms": spread("answered", "offered"),
        "connected_ms": spread("connected", "offered"),
        "first_audio_ms": Spread.from_values(first),
    }
