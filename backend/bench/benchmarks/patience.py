"""Patience of the local engine: turns that it cuts short, replies to fragments, and what waiting costs.

Speech with pauses is played to the session itself in virtual time (`bench.harness.virtual_conversation`), with the real
voice detector, recognizer and voice. A turn is cut short when an answer begins before the speaker's last word is over,
also when it is taken back afterwards; it is a reply to a fragment when that happens inside a sentence.
"""

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
from bench.harness.virtual_conversation import Engine, VirtualConversation, Work
from bench.results.environment import machine
from gemini_emulator.settings import Settings
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.resample import resampled
from gemini_emulator.speech.vad import VoiceDetector

BEFORE_S, AFTER_S = 0.5, 2.6
SLOWNESS = 2.4
"""Of the machine on which 458/923 ms were measured where this one takes 306/584."""
SILENCES_MS = (None, 500, 900, 1_400)
"""`silenceDurationMs` of the client: the points of the curve. None: as the engine thinks best."""
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


def speaker(name: str) -> pauses.Speak:
    """Text to sound at 16 kHz."""
    voice = synthesizer_selection.choose_synthesizer(name).port

    def speak(text: str) -> Sound:
        samples = np.frombuffer(voice(text), "<i2").astype(np.float32) / np.float32(32_768)
        return resampled(samples, 2, 3).astype(np.float64)

    return speak


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


def measure(options: Namespace) -> dict[str, Any]:
    """Everything. Raises `Missing`, `CannotLoad`."""
    engine = local_engine()
    said = corpus(engine, options.voices, not options.no_recordings)
    report: dict[str, Any] = {"machine": machine(), "curve": {}, "wrong": []}
    silences = SILENCES_MS if options.curve else SILENCES_MS[:1]
    steps = len(silences) * sum(map(len, said.values())) + len(said["questions"])
    done = 0
    for silence_ms in silences:
        point: dict[str, Any] = {}
        for title, utterances in said.items():
            outcomes = []
            for utterance in utterances:
                outcomes.append(converse(engine, utterance, 1.0, silence_ms, WITHOUT_INTERIM[title]))
                done += 1
                print(f"\r{done} of {steps} ", end="", file=sys.stderr, flush=True)
            point[title] = figures(outcomes)
            if silence_ms is None:
                report[title] = by_kind(outcomes)
                report["wrong"] += [told(one) for one in outcomes if one.cut_short]
                if title == "questions":
                    report["slowest"] = [told(one) for one in sorted(outcomes, key=_waited)[-8:]]
        report["curve"]["best" if silence_ms is None else str(silence_ms)] = point
    report["slow"] = figures([converse(engine, one, SLOWNESS) for one in said["questions"]])
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


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench patience` takes."""
    names = synthesizer_selection.NAMES
    parser.add_argument("--voices", nargs="*", default=list(names), help=f"default: {' '.join(names)}")
    parser.add_argument("--no-recordings", action="store_true", help="only what our own voices say")
    parser.add_argument("--curve", action="store_true", help="also with each silenceDurationMs of the curve")
    parser.add_argument("--json", type=Path, help="write everything here, each turn that was cut short too")


def main(options: Namespace) -> int:
    """Print the report; 1 when it cannot be measured, 2 when a goal is missed."""
    try:
        report = measure(options)
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({key: report[key] for key in ("pauses", "questions", "curve", "slow")}, indent=1))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0
