"""Performance targets, and where in the measurements each is found. Pure: JSON in, verdicts out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.analysis.soak_verdict import NAMES, Verdict, has_passed

Measurements = Mapping[str, Mapping[str, Any]]
"""By part: `browser`, `start`, `load`, `compare`, `soak`: what the tool found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Our figure, as words, and whether it is good enough."""

    words: str
    met: bool
    verdict: str = ""
    """Where neither word says it: what of it is met."""


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table."""

    name: str
    figure: str
    wanted: str
    peers: str
    part: str
    """The measurement that answers it."""
    look: Callable[[Mapping[str, Any]], Outcome | None]
    """None: it was not measured."""


def _percentiles(key: str, p50: float | None, p95: float | None, unit: str = "ms") -> Callable[..., Outcome | None]:
    """A summary's p50 and p95 against their limits."""

    def look(part: Mapping[str, Any]) -> Outcome | None:
        found = part.get(key)
        if not found:
            return None
        digits = 0 if unit == "ms" else 2
        words = f"p50 {found['p50']:.{digits}f}, p95 {found['p95']:.{digits}f} {unit} ({found['n']} times)"
        met = (p50 is None or found["p50"] <= p50) and (p95 is None or found["p95"] <= p95)
        return Outcome(words, met)

    return look


def _worst(key: str, limit: float) -> Callable[..., Outcome | None]:
    """Seconds of a few starts: every one counts."""

    def look(part: Mapping[str, Any]) -> Outcome | None:
        found = part.get(key)
        if not found:
            return None
        return Outcome(
            f"{found['p50']:.2f} s, at worst {found['max']:.2f} s ({found['n']} times)", found["p50"] <= limit
        )

    return look


def our_run(part: Mapping[str, Any], n: int = 50, contestant: str = "s2s") -> Mapping[str, Any] | None:
    """A run of the comparison that counts."""
    runs = (run for run in part.get("runs", ()) if run["contestant"] == contestant and run["n"] == n)
    return next((run for run in runs if "failed" not in run), None)


def _sessions(part: Mapping[str, Any]) -> Outcome | None:
    most = part.get("largest_healthy")
    if most is None:
        return None
    points = part["points"]
    broke = next((point for point in points if not point["healthy"]), None)
    end = f"at {broke['n']}: {broke['why']}" if broke else "the largest that was tried"
    return Outcome(f"{most} ({end})", most >= 100)


def _cpu(part: Mapping[str, Any]) -> Outcome | None:
    ours = our_run(part)
    if ours is None:
        return None
    cost = ours["cpu_ms_per_session_s"]
    ratio = ours.get("cpu_ratio_to", {}).get("bridge")
    against = f"{ratio:.2f} times the bridge" if ratio is not None else "the bridge was not measured"
    return Outcome(f"{cost:.1f} ms at N = 50, {against}", cost <= 12 and ratio is not None and ratio <= 1.3)


def _ways(part: Mapping[str, Any]) -> Outcome | None:
    ours = our_run(part)
    if ours is None or not ours["uplink_ms"] or not ours["downlink_ms"]:
        return None
    ways = [(name, ours[f"{name}_ms"]) for name in ("uplink", "downlink")]
    words = "; ".join(f"{name} p50 {way['p50']:.1f}, p99 {way['p99']:.1f} ms" for name, way in ways)
    return Outcome(words, all(way["p50"] <= 1 and way["p99"] <= 5 for _, way in ways))


def _spread(key: str, percentile: str, limit: float) -> Callable[..., Outcome | None]:
    def look(part: Mapping[str, Any]) -> Outcome | None:
        ours = our_run(part)
        if ours is None or not ours.get(key):
            return None
        found = ours[key]
        words = f"{percentile} {found[percentile]:.1f} ms, p50 {found['p50']:.1f} ms at N = 50"
        return Outcome(words, found[percentile] <= limit)

    return look


def _memory(part: Mapping[str, Any]) -> Outcome | None:
    ours = our_run(part)
    if ours is None:
        return None
    each, growth = ours["mb_per_session"], ours["growth_mb_per_minute_session"]
    return Outcome(f"{each:.2f} MB, growing {growth:.2f} MB a minute at N = 50", each <= 1)


def _flat(part: Mapping[str, Any]) -> Outcome | None:
    """Both parts of a soak; a part that is missing is named, and the target is not met."""
    if not part:
        return None
    words, met = [], True
    for key, name in (("cycles", "the open-close cycles"), ("talkers", "the talkers")):
        found = part.get(key)
        if found is None:
            words.append(f"{name} were not measured")
            met = False
            continue
        met = met and has_passed(found)
        words.append(_grown(found, name))
    return Outcome("; ".join(words), met)


def _grown(found: Mapping[str, Any], name: str) -> str:
    long = f"{found['calls']} calls in {found['minutes']:.0f} minutes"
    if not found["trends"]:
        return f"{name}: no verdict"
    memory = next(trend for trend in found["trends"] if trend["name"] == "memory_mb")
    others = [f"{NAMES[t['name']]} {t['verdict']}" for t in found["trends"] if t["verdict"] != Verdict.FLAT]
    lost = found["lost_by_the_gateway"]
    said = f"{memory['grown']:+.1f} ± {memory['error']:.1f} MB ({long})"
    return ", ".join([said, *others, *([f"{lost} answers lost"] if lost else [])])


def _bandwidth(part: Mapping[str, Any]) -> Outcome | None:
    ours = our_run(part)
    if ours is None:
        return None
    # Stating it is the target for PCM; Opus has a target below.
    return Outcome(f"PCM, while the model speaks half of the time: {ours['up_kbit_s']:.0f} kbit/s up, "
                 f"{ours['down_kbit_s']:.0f} down", True)  # fmt: skip


def _opus(part: Mapping[str, Any]) -> Outcome | None:
    found = part.get("opus")
    if not found:
        return None
    voice = found["up_kbit_s"] + found["down_kbit_s"]
    up, down = found["all_headers_up_kbit_s"], found["all_headers_down_kbit_s"]
    own = f"{voice:.0f} kbit/s ({found['up_kbit_s']:.0f} up, {found['down_kbit_s']:.0f} down)"
    words = (
        f"voice with our header: {own}; with all headers down to IP, while the model speaks half of the time: "
        f"{up + down:.0f} ({up:.0f} up, {down:.0f} down)"
    )
    met = voice <= 80
    split = met and up + down > 80
    return Outcome(words, met and not split, "voice: met; with all headers: **missed**" if split else "")


TARGETS = (
    Target("sessions", "healthy sessions on one core (both ways' p95 within 10 ms of one session's, nothing late)",
           "at least 100", "pipecat 10-16, fastrtc 28-48", "load", _sessions),
    Target("cpu", "gateway CPU per session-second, N = 50", "at most 12 ms, and 1.3 times the bare bridge",
           "at N = 20: pipecat 49 ms, fastrtc 27, bridge 12", "compare", _cpu),
    Target("ways", "latency that the gateway adds, N = 50", "p50 1 ms, p99 5 ms, each way",
           "up 81 and 121 ms, down 20 and 1.5 ms", "compare", _ways),
    Target("flush", "`interrupted` received to flush sent", "p99 at most 2 ms", "40 ms; 2 ms", "compare",
           _spread("interrupt_ms", "p99", 2)),
    Target("offer", "offer to first audio upstream", "p95 at most 80 ms", "248 and 298 ms", "compare",
           _spread("first_audio_ms", "p95", 80)),
    Target("memory", "memory per session", "at most 1 MB", "19 MB, growing 2.4 MB a minute; 3.2 MB", "compare",
           _memory),
    Target("soak", "memory over 500 open-close cycles and 20 minutes", "flat", "", "soak", _flat),
    Target("open", "session creation to open channel in Chromium", "p95 at most 250 ms", "", "browser",
           _percentiles("create_to_open_ms", None, 250)),
    Target("greeting", "click on Start to first greeting at the ear", "p95 at most 1 s", "", "browser",
           _percentiles("click_to_greeting_ms", None, 1_000)),
    Target("path", "path alone at the ear", "p50 at most 60 ms, p95 90 ms", "", "browser",
           _percentiles("path_ms", 60, 90)),
    Target("voice", "voice-to-voice at the ear, local engine", "p50 at most 350 ms, p95 650 ms",
           "claims of 500-800 ms", "browser", _percentiles("voice_to_voice_ms", 350, 650)),
    Target("button", "interrupt button to silence", "p95 at most 30 ms", "", "browser",
           _percentiles("button_to_silence_ms", None, 30)),
    Target("duck", "start of the person's voice to a quieter answer", "p95 at most 150 ms", "", "browser",
           _percentiles("voice_to_duck_ms", None, 150)),
    Target("silence", "start of the person's voice to silence, local engine", "p95 at most 400 ms", "", "browser",
           _percentiles("voice_to_silence_ms", None, 400)),
    Target("bandwidth", "bandwidth", "stated", "", "compare", _bandwidth),
    Target("opus", "bandwidth with Opus, both ways together", "at most 80 kbit/s", "", "opus", _opus),
    Target("start", "cold start of the gateway", "1.5 s", "", "start", _worst("gateway_s", 1.5)),
    Target("first-answer", "first reply of the local engine after start", "3 s", "", "start",
           _worst("first_answer_s", 3)),
)  # fmt: skip
