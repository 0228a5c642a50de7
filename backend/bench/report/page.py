"""docs/performance.md, from the measurements in docs/performance/. The page says nothing that is not in them.

Each measurement is the JSON that a bench has written. Two files are written by people: `why.json`, by the name of a
missed target (targets.py) why that is so, and at which commit that was found out; `changes.json`, what was made
faster, with before and after. What is not there yet is named as such.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.analysis.knee import describe_knee
from bench.analysis.soak_verdict import summary
from bench.analysis.soak_verdict import table as soak_table
from bench.benchmarks import browser, load_engine
from bench.clients.gateway_process import BACKEND
from bench.report.opus_table import table
from bench.report.targets import TARGETS, Measurements, Target
from bench.report.wire_table import wire_table
from bench.results.environment import machine_line

FOLDER = BACKEND.parent / "docs" / "performance"
PAGE = FOLDER.with_suffix(".md")
NOT_YET = "not measured yet"
FULL_RUN = {
    "start": ["start", "--times", "5"],
    "browser": ["browser", "--turns", "100"],
    "load": ["load"],
    "compare": ["compare", "--n", "5", "--n", "20", "--n", "50", "--seconds", "20"],
    "opus": ["opus"],
    "engine": ["load", "--full-engine"],
    "soak": ["soak"],
}
"""The parts that `python -m bench all` measures, and how; the longest one at the end."""
INTRO = """# How fast, how many, how much

What a conversation costs and how it feels, measured. This page is written by `python -m bench report` from the files in
[performance/](performance); each of them names its machine, versions and commit, and the command that made it.
Everything runs on one machine without a network, against the local engine or a stand-in for the model.

- Measure all of it again: `make performance` (more than an hour; a part that is done at this commit is not repeated).
- A short run of everything: `make bench`. Whether a change made something slower: `make bench-check`.
- How the numbers are taken: [latency.md](latency.md).
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench report`."""
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the measurements are (docs/performance)")
    parser.add_argument("--check", action="store_true", help="only say whether the page is what the measurements say")


def main(options: Namespace) -> int:
    """Writes page and pictures; with `--check` 1 when they are not up to date."""
    folder = options.folder.resolve()
    written = render_page(load(folder), folder)
    if options.check:
        stale = [path.name for path, text in written.items() if not path.exists() or path.read_text() != text]
        if stale:
            print(f"Not what the measurements say: {', '.join(stale)}. Run python -m bench report.", file=sys.stderr)
        return 1 if stale else 0
    folder.mkdir(exist_ok=True)
    for path, text in written.items():
        path.write_text(text)
        print(f"wrote {path.relative_to(folder.parent)}")
    return 0


def load(folder: Path) -> dict[str, Any]:
    """Every JSON file of the folder, by its name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def results_of(files: Mapping[str, Any]) -> Measurements:
    """What each part found; some benches write it beside their machine, others under `results`."""
    measured = {name: one for name, one in files.items() if "machine" in one}
    return {name: one.get("results", one) for name, one in measured.items()}


def render_page(files: Mapping[str, Any], folder: Path = FOLDER) -> dict[Path, str]:
    """The page and its pictures, by the place where they belong: the page beside the folder, named as it is."""
    found = results_of(files)
    pictures = _pictures(found)
    sections = [
        INTRO,
        "## Targets\n",
        *_targets(found, files),
        "\n## At the ear, in Chromium\n",
        *_browser(found.get("browser")),
        "\n## Against the number of conversations\n",
        *_load(found.get("load")),
        "\n## With the local engine\n",
        *_engine(found.get("engine")),
        "\n## Over a long time\n",
        *_soak(found.get("soak")),
        "\n## Beside other gateways\n",
        *_compare(found.get("compare")),
        "\n## The voice compressed\n",
        *_opus(found.get("opus")),
        *_changes(files.get("changes", [])),
        "\n## On what it was measured\n",
        *_machines(files),
    ]
    page = "\n".join(sections) + "\n"
    return {folder.with_suffix(".md"): page} | {folder / f"{name}.svg": svg for name, svg in pictures.items()}


def _targets(found: Measurements, files: Mapping[str, Any]) -> list[str]:
    rows = ["| figure | target | ours | | peers, measured once |", "|---|---|---|---|---|"]
    notes = []
    for target in TARGETS:
        answer = target.look(found.get(target.part, {}))
        verdict = "" if answer is None else answer.verdict or ("met" if answer.met else "**missed**")
        words = NOT_YET if answer is None else answer.words
        rows.append(f"| {target.figure} | {target.wanted} | {words} | {verdict} | {target.peers} |")
        if answer is not None and not answer.met:
            notes.append(f"- **{_short(target)}**: {_why(target, files)}")
    commands = [f"- `{command_of(part)}`" for part in FULL_RUN]
    missed = ["", "What was missed, and why:", "", *notes] if notes else []
    return [*rows, *missed, "", "The commands, in `backend/`:", "", *commands]


def command_of(part: str) -> str:
    """Return the command that measures this part, to be typed in `backend/`."""
    return f"python -m bench {' '.join(FULL_RUN[part])} --json ../docs/performance/{part}.json"


def _why(target: Target, files: Mapping[str, Any]) -> str:
    """Return the written reason, with a warning if it is about an older measurement."""
    reason = files.get("why", {}).get(target.name)
    if reason is None:
        return "the reason is not known yet."
    if isinstance(reason, str):
        return reason
    measured = files[target.part]["machine"]["commit"]
    stale = (
        f" (Found out at {reason['at']}; the figure was measured at {measured}.)" if reason["at"] != measured else ""
    )
    return f"{reason['text']}{stale}"


def _changes(changes: Sequence[Mapping[str, str]]) -> list[str]:
    if not changes:
        return []
    rows = [f"| {one['what']} | {one['before']} | {one['after']} | {one['how']} |" for one in changes]
    return ["\n## What was made faster\n", "| | before | after | how |", "|---|---|---|---|", *rows]


def _short(target: Target) -> str:
    return target.figure.split(" (")[0]


def _browser(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [NOT_YET.capitalize() + "."]
    return ["![Cumulative curve of voice-to-voice](performance/voice-to-voice.svg)", "", *browser.tables(found)]


def _load(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [NOT_YET.capitalize() + "."]
    rows = [
        f"| {p['n']} | {p['cpu_ms_per_session_s']:.1f} | {p['cores']:.2f} | {_shown(p['up_p99_ms'])} "
        f"| {_shown(p['down_p99_ms'])} | {p['rss_mb']:.0f} | {'healthy' if p['healthy'] else p['why']} |"
        for p in found["points"]
    ]
    return [
        "![CPU against the number of conversations](performance/cpu.svg)",
        "![Memory against the number of conversations](performance/memory.svg)",
        "![Latency against the number of conversations](performance/latency.svg)",
        "",
        "| conversations | CPU ms per session-second | cores | up p99 ms | down p99 ms | memory MB | |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        f"Suggested for this machine: `S2S_MAX_SESSIONS={found['suggested_max_sessions']}` for each gateway process.",
        *(["", f"Where it bends, and why: {words}"] if (words := describe_knee(found["points"])) else []),
    ]


def _engine(found: Mapping[str, Any] | None) -> list[str]:
    return [NOT_YET.capitalize() + "."] if found is None else load_engine.table(dict(found))


def _soak(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [NOT_YET.capitalize() + "."]
    lines = []
    for name, one in found.items():
        title = "Calls opened and closed" if name == "cycles" else f"{one['sessions']} talkers at once"
        picture = ["![Memory against time](performance/soak.svg)", ""] if name == "talkers" else []
        lines += [f"### {title}", "", *picture, *soak_table(one, by_calls=name == "cycles"), "", summary(one), ""]
    return [
        *lines,
        "`grown` is the straight line through what was seen behind the first quarter, with the error within which "
        "95 of 100 such runs lie. What happens in these calls: [soak.md](soak.md).",
    ]


def _compare(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [NOT_YET.capitalize() + "."]
    rows = []
    for run in found["runs"]:
        if "failed" in run:
            rows.append(f"| {run['contestant']} | {run['n']} | failed: {run['failed']} | | | | | | |")
            continue
        ways = [_pair(run[f"{way}_ms"], "p50", "p99") for way in ("uplink", "downlink", "interrupt")]
        doubt = f" ({'; '.join(run['faults'])})" if run["faults"] else ""
        rows.append(
            f"| {run['contestant']}{doubt} | {run['n']} | {run['cpu_ms_per_session_s']:.1f} | {' | '.join(ways)} "
            f"| {_pair(run['first_audio_ms'], 'p50', 'p95')} | {run['mb_per_session']:.1f} "
            f"| {run['up_kbit_s']:.0f}, {run['down_kbit_s']:.0f} |"
        )
    picture = ["![CPU of the gateways](performance/gateways.svg)", ""] if _costs(found) else []
    return [
        *picture,
        "| gateway | N | CPU ms per session-second | up p50, p99 ms | down p50, p99 ms | interrupted to silence "
        "p50, p99 | offer to first audio p50, p95 | MB per session | kbit/s up, down |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        *_wire(found["runs"]),
        "The peers carry Opus on a media track, whose jitter buffer and encoder count where they stand; this "
        "gateway and the bridge carry PCM on a DataChannel, which costs bandwidth and saves both.",
    ]


def _wire(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    counted = [run for run in runs if "messages_up" in run]
    if not counted:
        return []
    return ["What goes over the wire, each second of one call:", "", *wire_table(counted), ""]


def _opus(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [NOT_YET.capitalize() + "."]
    doubt = f" In doubt: {'; '.join(found['faults'])}." if found["faults"] else ""
    return [
        *table(found),
        "",
        "On a slow network, or where a person wants to save data, the voice is Opus; else it is PCM. "
        f"{found['n']} talkers, both kinds in turns; medians of {len(found['runs']['opus'])} windows of each.{doubt}",
    ]


def _costs(found: Mapping[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """CPU by number of conversations, of each gateway that was measured with two numbers at least."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for run in found.get("runs", ()):
        if "failed" not in run and not run["faults"]:
            curves.setdefault(run["contestant"], []).append((run["n"], run["cpu_ms_per_session_s"]))
    return {name: sorted(points) for name, points in curves.items() if len(points) > 1}


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _pair(spread: Mapping[str, float] | None, *names: str) -> str:
    return ", ".join(f"{spread[name]:.1f}" for name in names) if spread else "-"


def _machines(files: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, one in files.items():
        if "machine" in one:
            how = f"`{one['command']}`" if "command" in one else "its command was not written down"
            lines.append(f"- {name}, {how}: {machine_line(one['machine'])}")
    return lines or [NOT_YET.capitalize() + "."]


def _pictures(found: Measurements) -> dict[str, str]:
    # Only the report draws; reading its numbers needs no plotting package.
    from bench.results import plots

    pictures = {}
    if voice := found.get("browser", {}).get("voice_to_voice_ms"):
        pictures["voice-to-voice"] = plots.cumulative(voice["values"], "End of speech to first sound at the ear")
    if costs := _costs(found.get("compare", {})):
        pictures["gateways"] = plots.lines(costs, "CPU per session-second", "conversations", "ms")
    if samples := found.get("soak", {}).get("talkers", {}).get("samples"):
        pictures["soak"] = plots.lines(
            {"": [(s["at_s"] / 60, s["memory_mb"]) for s in samples]}, "Memory of the gateway", "minutes", "MB"
        )
    points: Sequence[Mapping[str, Any]] = found.get("load", {}).get("points", ())
    points = [point for point in points if point["honest"]]
    if len(points) > 1:
        pictures["cpu"] = plots.lines(
            {"ms of CPU per session-second": [(p["n"], p["cpu_ms_per_session_s"]) for p in points]},
            "CPU of the gateway", "conversations", "ms",
        )  # fmt: skip
        pictures["memory"] = plots.lines(
            {"MB": [(p["n"], p["rss_mb"]) for p in points]}, "Memory of the gateway", "conversations", "MB"
        )
        curves = {way: [(p["n"], p[f"{way}_p99_ms"]) for p in points if p[f"{way}_p99_ms"] is not None]
                  for way in ("up", "down")}  # fmt: skip
        pictures["latency"] = plots.lines(
            {way: curve for way, curve in curves.items() if curve}, "Latency of the gateway, p99", "conversations", "ms"
        )
    return pictures
