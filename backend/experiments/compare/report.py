"""The comparison for people (Markdown) and for programs (JSON)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.harness import scheduled_upstream as upstream
from bench.harness.metrics import MAX_LATENESS_MS, Figures, Spread
from bench.report.wire_table import wire_table
from experiments.compare.gateways import GATEWAYS, NOT_COMPARED

REFERENCES = ("bridge", "s2s")


@dataclass(frozen=True, slots=True)
class Failure:
    """A run without figures."""

    contestant: str
    n: int
    why: str


Run = Figures | Failure


def cpu_ratios(runs: Sequence[Run]) -> dict[tuple[str, int], dict[str, float]]:
    """CPU of each run to that of each reference with as many talkers; a reference that does not count has no ratio."""
    cost = {(run.contestant, run.n): run.cpu_ms_per_session_s for run in runs if isinstance(run, Figures)}
    return {
        (name, n): {
            reference: value / cost[reference, n] for reference in REFERENCES if cost.get((reference, n), 0.0) > 0
        }
        for (name, n), value in cost.items()
    }


def as_json(runs: Sequence[Run], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Everything."""
    ratios = cpu_ratios(runs)
    rows = []
    for run in runs:
        if isinstance(run, Failure):
            rows.append({"contestant": run.contestant, "n": run.n, "failed": run.why})
        else:
            rows.append(run.as_json() | {"cpu_ratio_to": ratios[run.contestant, run.n]})
    return {**facts, "runs": rows}


def as_markdown(runs: Sequence[Run], facts: Mapping[str, Any]) -> str:
    """The whole report."""
    names = list(dict.fromkeys(run.contestant for run in runs))
    return "\n".join(
        [
            "# Gateways compared, one run, one machine",
            "",
            "{cpu}, {cores} cores, {system}, Python {python}, S2S {s2s} at {commit}".format(**facts["machine"]),
            "",
            f"{facts['begun']}. Load of the machine before: {facts['load_before']}. {facts['pinning']}. "
            f"Each window {facts['seconds']:.0f} s; {facts['repeated']} rejected runs were repeated.",
            "",
            *_targets(runs),
            *_cost(runs),
            "",
            *_latency(runs),
            "",
            *_set_up(runs),
            "",
            *_wire(runs),
            "",
            *_honesty(runs),
            "",
            "## Who they are",
            "",
            *(f"- **{GATEWAYS[name].title}**: {GATEWAYS[name].note}. {_versions(facts, name)}" for name in names),
            f"- {NOT_COMPARED}",
            "",
            "## What was done, and what differs",
            "",
            *NOTES,
        ]
    )


NOTES = (
    f"- Every talker sends 20 ms of sound without a pause, with a burst of tone every 800 ms. Every "
    f"{upstream.CYCLE_S:.0f} s the upstream answers with {upstream.REPLY_S:.0f} s of tone, in pieces of "
    f"{upstream.CHUNK_MS} ms at {upstream.SPEED:.0f} times real time; every third answer is cut after "
    f"{upstream.CUT_AFTER_S} s by `interrupted`. "
    "After each window every answer is cut for up to half a minute, so that there are many interruptions. "
    "The upstream is a time table on Gemini's wire: it neither hears nor thinks, and costs the same for all. "
    "Who asks for transcripts gets a few words with each answer and each interruption.",
    "- All stamps are of one clock. Up: from the moment when a frame was complete and handed over. Down: from the "
    "first piece of an answer to the first loud packet at the talker. A track's talker decodes at arrival: a browser "
    "adds its own jitter buffer there, and a page that plays PCM adds its own lead; neither is counted, for anyone. "
    "The jitter buffer that a peer keeps for the microphone is counted, where it stands.",
    "- Talkers and upstream share what cores are left: their own waiting for each other is a part of every latency; "
    "the bridge's figures show how much that is.",
    "- The talkers of S2S send what its page sends: `played` every 300 ms of a voice and at its end, a ping each "
    "second. The bridge has none of that, and tells nothing but voice. Both acknowledge every second packet, as "
    "browsers do. "
    "After an interruption S2S also tells the service what was heard.",
    "- Nobody encrypts the way to the upstream. The peers' SDK knows wss only; one function of it is changed for that.",
    "- S2S sends up to 240 ms of voice ahead of the ear; the first frame leaves at once, so this lead adds nothing to "
    "the figure for the way down. Interrupted: S2S and the bridge tell the talker to be silent, and that word's "
    "arrival is the figure; a track has no such word, so it is the last loud packet there.",
    "- Tracks carry Opus: the gateway pays for decoding and encoding, and saves bandwidth. A DataChannel carries PCM: "
    "the reverse. The talkers' own packets were encoded once, before.",
    "- Set-up: one talker after the other, after one that is not counted. What stands before the offer is S2S's "
    "request for a session and the making of the offer; it comes on top of the other columns.",
    "- CPU is user and system time of the gateway's process with its threads and children. No network, no loss, no "
    "Google server: only ratios inside one run mean something elsewhere. Differences under about 15 % are noise.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What S2S is to reach."""

    words: str
    limit: float
    of: Callable[[Figures], float | None]
    to_bridge: bool = False
    """Whether the bridge's run has to count, too."""


def _targets(runs: Sequence[Run]) -> list[str]:
    """S2S against what it is to reach; nothing when it was not measured."""
    ours = [run for run in runs if isinstance(run, Figures) and run.contestant == "s2s"]
    if not ours:
        return []
    doubtful = {run.n for run in runs if isinstance(run, Figures) and run.faults and run.contestant == "bridge"}
    heads = [f"{run.n} talkers{' (rejected)' if run.faults else ''}" for run in ours]
    lines = [
        "## S2S and its targets",
        "",
        f"| figure | at most | {' | '.join(heads)} |",
        "|---|---|" + "---|" * len(ours),
    ]
    for target in _wanted(cpu_ratios(runs)):
        cells = [
            _judged(target.of(run), target.limit, counts=not (run.faults or (target.to_bridge and run.n in doubtful)))
            for run in ours
        ]
        lines.append(f"| {target.words} | {target.limit:g} | {' | '.join(cells)} |")
    return [*lines, ""]


def _wanted(ratios: Mapping[tuple[str, int], Mapping[str, float]]) -> tuple[Target, ...]:
    return (
        Target("CPU, times the bridge's", 1.3, lambda run: ratios["s2s", run.n].get("bridge"), to_bridge=True),
        Target(
            "CPU ms per session-second, from 50 talkers on",
            12.0,
            lambda run: run.cpu_ms_per_session_s if run.n >= 50 else None,
        ),
        Target("added upwards, p50 ms", 1.0, lambda run: _part(run.uplink_ms, "p50")),
        Target("added upwards, p99 ms", 5.0, lambda run: _part(run.uplink_ms, "p99")),
        Target("added downwards, p50 ms", 1.0, lambda run: _part(run.downlink_ms, "p50")),
        Target("added downwards, p99 ms", 5.0, lambda run: _part(run.downlink_ms, "p99")),
        Target("interrupted to silence, p99 ms", 2.0, lambda run: _part(run.interrupt_ms, "p99")),
        Target("offer to first audio upstream, p95 ms", 80.0, lambda run: _part(run.first_audio_ms, "p95")),
        Target("MB per session", 1.0, lambda run: run.mb_per_session),
    )


def _part(spread: Spread | None, name: str) -> float | None:
    return None if spread is None else float(getattr(spread, name))


def _judged(value: float | None, most: float, *, counts: bool) -> str:
    """In brackets: from a run that was rejected, so nothing is said about it."""
    if value is None:
        return "-"
    if not counts:
        return f"({value:.2f})"
    return f"{value:.2f}" if value <= most else f"**{value:.2f}**, missed"


def _cost(runs: Sequence[Run]) -> list[str]:
    """Ratios that a rejected run has a part in stand in brackets."""
    ratios = cpu_ratios(runs)
    rejected = {(run.contestant, run.n) for run in runs if isinstance(run, Figures) and run.faults}
    lines = [
        "## Cost",
        "",
        "| talkers | gateway | CPU ms per session-second | to the bridge | to S2S | cores | memory at rest MB "
        "| MB per session | grows, MB per minute and session | kbit/s up | kbit/s down |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        if isinstance(run, Failure):
            lines.append(f"{_head(run)} failed: {_cell(run.why)} |" + " |" * 8)
            continue
        to = ratios[run.contestant, run.n]
        shown = [_ratio(to, name, counts=not run.faults and (name, run.n) not in rejected) for name in REFERENCES]
        lines.append(
            f"{_head(run)} {run.cpu_ms_per_session_s:.1f} | {' | '.join(shown)} "
            f"| {run.cores:.2f} | {run.base_mb:.0f} | {run.mb_per_session:.1f} "
            f"| {run.growth_mb_per_minute_session:+.2f} | {run.up_kbit_s:.0f} | {run.down_kbit_s:.0f} |"
        )
    return lines


def _latency(runs: Sequence[Run]) -> list[str]:
    lines = [
        "## Latency that the gateway adds, ms (p50 / p95 / p99)",
        "",
        "| talkers | gateway | up | bursts lost | down | answers missed | interrupted to silence | calls lost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        if isinstance(run, Figures):
            lines.append(
                f"{_head(run)} {_three(run.uplink_ms)} | {run.uplink_missed} | {_three(run.downlink_ms)} "
                f"| {run.missed_turns} of {run.turns} | {_three(run.interrupt_ms)} | {run.lost_calls} |"
            )
    return lines


def _set_up(runs: Sequence[Run]) -> list[str]:
    lines = [
        "## Set-up, ms (p50 / p95)",
        "",
        "| talkers | gateway | before the offer | offer to answer | to connected | to first audio upstream |",
        "|---|---|---|---|---|---|",
    ]
    for run in runs:
        if isinstance(run, Figures):
            cells = (run.create_ms, run.answer_ms, run.connected_ms, run.first_audio_ms)
            lines.append(f"{_head(run)} " + " | ".join(_two(cell) for cell in cells) + " |")
    return lines


def _wire(runs: Sequence[Run]) -> list[str]:
    found = [run.as_json() | {"head": _head(run)} for run in runs if isinstance(run, Figures)]
    return ["## What goes over the wire, each second of one call", "", *wire_table(found)]


def _honesty(runs: Sequence[Run]) -> list[str]:
    lines = [
        "## The bench's own part",
        "",
        f"A run whose talkers or upstream were later than {MAX_LATENESS_MS:.0f} ms (p99) or had no room left "
        "measured the bench, and one whose gateway had to share its core measured the company: it is rejected, and its "
        "figures mean nothing (ratios to it stand in brackets). "
        "A process that has to wait does more at a time and looks cheaper than it is.",
        "",
        "| talkers | gateway | talkers late | upstream late | their cores | others on the gateway's core | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        if isinstance(run, Figures):
            verdict = f"REJECTED: {', '.join(run.faults)}" if run.faults else "counts"
            late = f"{_three(run.client_late_ms)} | {_three(run.upstream_late_ms)}"
            lines.append(f"{_head(run)} {late} | {run.helpers_cores:.2f} | {_share(run.strangers_cores)} | {verdict} |")
    return lines


def _head(run: Run) -> str:
    rejected = isinstance(run, Figures) and run.faults
    return f"| {run.n} | {GATEWAYS[run.contestant].title}{' (rejected)' if rejected else ''} |"


def _versions(facts: Mapping[str, Any], name: str) -> str:
    return ", ".join(f"{package} {number}" for package, number in facts["versions"].get(name, {}).items())


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _ratio(to: Mapping[str, float], reference: str, *, counts: bool) -> str:
    if reference not in to:
        return "-"
    return f"{to[reference]:.2f}" if counts else f"({to[reference]:.2f})"


def _three(spread: Spread | None) -> str:
    return f"{spread.p50:.1f} / {spread.p95:.1f} / {spread.p99:.1f}" if spread else "-"


def _share(cores: float | None) -> str:
    return "-" if cores is None else f"{cores:.0%}"


def _two(spread: Spread | None) -> str:
    return f"{spread.p50:.0f} / {spread.p95:.0f}" if spread else "-"
