"""Patience of the local engine: turns that it cuts short, replies to fragments, and what waiting costs.

Speech with pauses is played to the session itself in virtual time (`bench.harness.virtual_conversation`), with the real
voice detector, recognizer and voice. A turn is cut short when an answer begins before the speaker's last word is over,
also when it is taken back afterwards; it is a reply to a fragment when that happens inside a sentence.
"""

import itertools
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.audio import pauses
from bench.audio.pauses import Utterance
from bench.audio.recordings import Missing, Sound, need_recordings, pcm
from bench.clients.voices import speaker
from bench.harness.virtual_conversation import Engine, VirtualConversation, Work
from bench.results.environment import machine
from gemini_emulator.settings import Settings
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.engine_selection import CannotLoad
from gemini_emulator.speech.vad import VoiceDetector

BEFORE_S, AFTER_S = 0.5, 2.6
SLOWNESS = 2.4
"""Of the machine on which 458/923 ms were measured where this one takes 306/584."""
SILENCES_MS = (None, 500, 900, 1_400)
"""`silenceDurationMs` of the client: the points of the curve. None: as the engine thinks best."""
CURVE_STEP = 4
"""All but the first point are of every fourth utterance."""
OWN = "own"
"""The point at which the client asks for no silence."""
MAX_CUT_SHORT, MAX_FRAGMENTS, MAX_SLOW_P95_MS = 0.02, 0, 800.0
BASELINE = Path(__file__).with_name("patience_baseline.json")
"""The same, measured before the engine listened to how a sentence sounds."""
WITHOUT_INTERIM = {"pauses": Settings(interim_s=None), "questions": None}
"""Interim words decide nothing; they cost the recognizer time, which counts where time is measured."""
FUNCTIONS = [
    {
        "name": name,
        "description": description,
        "parameters": {"type": "OBJECT", "properties": {key: {"type": "STRING"}}, "required": [key]},
    }
    for name, description, key in (
        ("get_weather", "The weather in a city", "city"),
        ("set_timer", "Set a timer", "duration"),
        ("add_to_shopping_list", "Add something to the shopping list", "item"),
    )
]


@dataclass(frozen=True, slots=True)
class Outcome:
    utterance: Utterance
    early_s: tuple[float, ...]
    """When answers began before the last word was over, in seconds of the sound."""
    waited_ms: float | None
    """From the end of the voice to the first sound of the answer; None: no answer."""

    @property
    def cut_short(self) -> bool:
        return bool(self.early_s)

    @property
    def to_a_fragment(self) -> bool:
        return any(self._pause_before(at).inside for at in self.early_s)

    def _pause_before(self, at_s: float) -> pauses.Pause:
        before = [pause for pause in self.utterance.pauses if pause.at_s <= at_s]
        return before[-1] if before else pauses.Pause(0.0, 0.0, inside=True)


def local_engine(ear: str = recognizer.NAMES[0], voice: str = synthesizer_selection.NAMES[0]) -> Engine:
    """Raises `CannotLoad`."""
    chosen = synthesizer_selection.choose_synthesizer(voice).port
    chosen("This one is not counted.")
    listener = recognizer.load_recognizer(ear)
    listener(bytes(32_000))
    return Engine(VoiceDetector().stream, Work(listener), Work(chosen))


def converse(
    engine: Engine,
    utterance: Utterance,
    slowness: float = 1.0,
    silence_ms: int | None = None,
    settings: Settings | None = None,
) -> Outcome:
    """Say it to a new session."""
    detection = {} if silence_ms is None else {"silenceDurationMs": silence_ms}
    setup = {
        "inputAudioTranscription": {},
        "tools": [{"functionDeclarations": FUNCTIONS}],
        "realtimeInputConfig": {"automaticActivityDetection": detection},
    }
    call = VirtualConversation(engine, slowness=slowness, setup=setup, settings=settings)
    dice = np.random.default_rng(0)
    sound = np.concatenate([pauses.quiet(BEFORE_S, dice), utterance.sound, pauses.quiet(AFTER_S, dice)])
    call.play(pcm(sound))
    began = [at - BEFORE_S for at in answers(call.sent)]
    end_s = utterance.ends_s
    after = [at for at in began if at >= end_s]
    waited_ms = (after[0] - end_s) * 1000 if after else None
    return Outcome(utterance, tuple(at for at in began if at < end_s), waited_ms)


def answers(sent: Iterable[tuple[float, dict[str, Any]]]) -> list[float]:
    """When each answer began: its first voice or its call."""
    out: list[float] = []
    speaking = False
    for at, message in sent:
        content = message.get("serverContent", {})
        if "interrupted" in content or "turnComplete" in content:
            speaking = False
        if "modelTurn" in content or "toolCall" in message:
            if not speaking:
                out.append(at)
            speaking = True
    return out


def corpus(engine: Engine, voices: Sequence[str], recordings: bool) -> dict[str, list[Utterance]]:
    """`pauses`: those who are not done; `questions`: those who are. Raises `Missing`, `CannotLoad`."""

    def hear(sound: Sound) -> str:
        return str(engine.recognize(pcm(sound))[0])

    out: dict[str, list[Utterance]] = {"pauses": [], "questions": []}
    for name in voices:
        speak = speaker(name)
        out["pauses"] += [renamed(one, name) for one in pauses.from_texts(speak, hear)]
        out["questions"] += [renamed(one, name) for one in pauses.questions(speak)]
    if recordings:
        need_recordings()
        out["pauses"] += pauses.from_people(hear)
    return out


def renamed(utterance: Utterance, voice: str) -> Utterance:
    return Utterance(utterance.kind, f"{utterance.name} ({voice})", utterance.sound, utterance.pauses)


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    waited = [one.waited_ms for one in outcomes if one.waited_ms is not None]
    return {
        "turns": len(outcomes),
        "cut_short": sum(one.cut_short for one in outcomes),
        "to_fragments": sum(one.to_a_fragment for one in outcomes),
        "unanswered": len(outcomes) - len(waited),
        "p50_ms": round(percentile(waited, 0.5)) if waited else None,
        "p95_ms": round(percentile(waited, 0.95)) if waited else None,
    }


def measure(voices: Sequence[str], recordings: bool = True, curve: bool = True) -> dict[str, Any]:
    """Everything. Raises `Missing`, `CannotLoad`."""
    engine = local_engine()
    said = corpus(engine, voices, recordings)
    report: dict[str, Any] = {"machine": machine(), "voices": list(voices), "curve": {}, "wrong": []}
    silences = SILENCES_MS if curve else SILENCES_MS[:1]
    sample = {title: utterances[::CURVE_STEP] for title, utterances in said.items()}
    steps = sum(map(len, said.values())) + len(said["questions"]) + (len(silences) - 1) * sum(map(len, sample.values()))
    counter = itertools.count(1)

    def outcome(*what: Any) -> Outcome:
        print(f"\rpatience: {next(counter)} of {steps} ", end="", file=sys.stderr, flush=True)
        return converse(engine, *what)

    for silence_ms in silences:
        point: dict[str, Any] = {}
        for title, utterances in (said if silence_ms is None else sample).items():
            outcomes = [outcome(one, 1.0, silence_ms, WITHOUT_INTERIM[title]) for one in utterances]
            point[title] = figures(outcomes)
            if silence_ms is None:
                report[title] = by_kind(outcomes)
                report["wrong"] += [told(one) for one in outcomes if one.cut_short]
        report["curve"][OWN if silence_ms is None else str(silence_ms)] = point
    slow = sorted((outcome(one, SLOWNESS) for one in said["questions"]), key=_waited)
    report["slow"], report["slowest"] = figures(slow), [told(one) for one in slow[-5:]]
    print(file=sys.stderr)
    return report


def _waited(outcome: Outcome) -> float:
    return float("inf") if outcome.waited_ms is None else outcome.waited_ms


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    kinds = dict.fromkeys(one.utterance.kind for one in outcomes)
    return {kind: figures([one for one in outcomes if one.utterance.kind == kind]) for kind in kinds}


def told(outcome: Outcome) -> dict[str, Any]:
    said = outcome.utterance
    return {
        "kind": said.kind, "said": said.name, "answered_at_s": [round(at, 2) for at in outcome.early_s],
        "pauses_s": [(round(one.at_s, 2), round(one.length_s, 2), one.inside) for one in said.pauses],
        "waited_ms": None if outcome.waited_ms is None else round(outcome.waited_ms),
    }  # fmt: skip


def missed(report: dict[str, Any]) -> list[str]:
    """The goals that were not reached."""
    found, slow = report["curve"][OWN]["pauses"], report["slow"]
    out = []
    if found["cut_short"] > MAX_CUT_SHORT * found["turns"]:
        out.append(f"{found['cut_short']} of {found['turns']} turns cut short, wanted at most {MAX_CUT_SHORT:.0%}")
    if found["to_fragments"] > MAX_FRAGMENTS:
        out.append(f"{found['to_fragments']} replies to fragments, wanted {MAX_FRAGMENTS}")
    if slow["p95_ms"] > MAX_SLOW_P95_MS:
        out.append(f"p95 {slow['p95_ms']} ms on a slow machine, wanted at most {MAX_SLOW_P95_MS:.0f} ms")
    return out


def as_text(report: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Lines of Markdown; `before` is the same of an earlier version."""
    own = report["curve"][OWN]
    lines = [
        "\n## Patience\n",
        f"{own['pauses']['turns']} turns with pauses, {own['questions']['turns']} whole questions, in virtual time "
        f"with real detector, recognizer and voice ({', '.join(report['voices'])}). Pauses that are made last "
        f"{pauses.SHORTEST_S} to {pauses.LONGEST_S} s. A turn is cut short when an answer begins before its last word "
        "is over (goal: at most 2 %); inside a sentence that is a reply to a fragment (goal: 0).",
        f"Before: {before['machine']['commit']}, now: {report['machine']['commit']}.\n",
        "| who pauses | turns | cut short, before | now | replies to fragments, before | now |",
        "|---|---|---|---|---|---|",
    ]
    for kind, now in report["pauses"].items():
        old = before["pauses"].get(kind, dict.fromkeys(now, "–"))
        lines.append(
            _row(kind, now["turns"], old["cut_short"], now["cut_short"], old["to_fragments"], now["to_fragments"])
        )
    lines += [
        "\nPatience against speed: what a client's `silenceDurationMs` makes of it. Waits are from the end of a whole "
        "question to the first sound of the answer, at the emulator's wire, p50 and p95. All but the first row are of "
        "every fourth turn.\n",
        "| silence | cut short, before | now | replies to fragments, before | now | wait, before | now |",
        "|---|---|---|---|---|---|---|",
    ]
    for silence, now in report["curve"].items():
        old = before["curve"][silence]
        lines.append(
            _row(
                "as the engine thinks best" if silence == OWN else f"at least {silence} ms",
                *(f"{_share(one['pauses'])}" for one in (old, now)),
                *(one["pauses"]["to_fragments"] for one in (old, now)),
                *(_waits(one["questions"]) for one in (old, now)),
            )
        )
    return [
        *lines,
        f"\nWhere everything costs {SLOWNESS} times as much (the CPU time of each job and of the event loop, "
        f"multiplied): {_waits(report['slow'])} (goal: p95 {MAX_SLOW_P95_MS:.0f} ms), before {_waits(before['slow'])}.",
        *(f"- Goal missed: {name}" for name in missed(report)),
        *(f"- Cut short: {one['kind']}, {one['said']}, {_where(one)}" for one in report["wrong"]),
    ]


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _share(found: dict[str, Any]) -> str:
    return f"{100 * found['cut_short'] / found['turns']:.1f} %"


def _waits(found: dict[str, Any]) -> str:
    return f"{found['p50_ms']}, {found['p95_ms']} ms"


def _where(one: dict[str, Any]) -> str:
    return f"answered after {one['answered_at_s'][0]} s"


def baseline() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))
    return found


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench patience` takes."""
    names = synthesizer_selection.NAMES
    parser.add_argument("--voices", nargs="*", default=[names[0]], help=f"of {' '.join(names)} (default {names[0]})")
    parser.add_argument("--no-recordings", action="store_true", help="only what our own voices say")
    parser.add_argument("--curve", action="store_true", help="also with each silenceDurationMs of the curve")
    parser.add_argument("--json", type=Path, help="write everything here, each turn that was cut short too")


def main(options: Namespace) -> int:
    """Print the report; 1 when it cannot be measured, 2 when a goal is missed."""
    try:
        report = measure(options.voices, not options.no_recordings, options.curve)
    except (Missing, CannotLoad) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(as_text(report, baseline())).strip())
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 2 if missed(report) else 0
