"""Cost of an hour of conversation by the gateway's own meter, with the context bounded or not.

Virtual time: the person speaks and the model answers, once in `Talk.every_s` seconds; the meter's estimate stands in
for the service, which bills the whole context again on every turn. No network, no key, no waiting.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass

from s2s.core.effects import Dial
from s2s.core.events import ModelAudio, TurnComplete
from s2s.core.observer import SessionClosed
from s2s.limits.usage import Usage, UsageMeter, built_in_price
from s2s.limits.usage_estimate import estimate_for
from s2s.upstream.codec.setup_message import DEFAULT_INSTRUCTION, SessionConfig

HOUR_S = 3_600.0
MODELS = ("gemini-3.8-live", "gemini-live-2.5-flash-native-audio")
BOUNDS = ((0, 0), (64_000, 32_000), (32_000, 16_000), (16_000, 8_000))
"""Trigger and target; 0: only the service's own, at 80 % of 131,072 tokens."""


@dataclass(frozen=True)
class Talk:
    """How two people take turns."""

    name: str
    heard_s: float
    spoken_s: float
    every_s: float


TALKS = (
    Talk("quick: 4 s asked, 6 s answered, every 12 s", 4, 6, 12),
    Talk("calm: 6 s asked, 12 s answered, every 30 s", 6, 12, 30),
    Talk("seldom: 6 s asked, 12 s answered, every 2 min", 6, 12, 120),
)


def hour(talk: Talk, model: str, trigger: int, target: int) -> Usage:
    """What it costs, with this trigger and target."""
    config = SessionConfig(
        system_instruction=DEFAULT_INSTRUCTION, compression_trigger_tokens=trigger, compression_target_tokens=target
    )
    meter = UsageMeter(built_in_price(model), estimate_for(config))
    meter.on_effect(Dial(None))
    spent = Usage()
    for _ in _turns(talk):
        meter.add_user_audio(round(talk.heard_s * 32_000))
        spent += meter.on_event(ModelAudio(b"\0" * round(talk.spoken_s * 48_000)))
        spent += meter.on_event(TurnComplete())
    return spent + meter.on_event(SessionClosed())


def _turns(talk: Talk) -> Iterator[int]:
    return iter(range(int(HOUR_S / talk.every_s)))


def table(model: str) -> str:
    """As Markdown."""
    head = [f"{trigger:,} / {target:,}" if trigger else "0 (off)" for trigger, target in BOUNDS]
    lines = [f"| an hour of talk | {' | '.join(head)} |", f"|---|{'---|' * len(head)}"]
    for talk in TALKS:
        cells = [f"${hour(talk, model, trigger, target).usd:.2f}" for trigger, target in BOUNDS]
        lines.append(f"| {talk.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def arguments(parser: ArgumentParser) -> None:
    """It has no options."""


def main(options: Namespace) -> int:
    """Prints a table for each model."""
    for name in MODELS:
        print(f"{name}\n{table(name)}\n")
    return 0
