"""Reports of calls outlive the names in the code: recordings made before a change replay the same after it."""

import gzip
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from s2s.core.effects import Effect
from s2s.core.observer import SessionEvent
from s2s.recording.replay import replay, summary

FROZEN = Path(__file__).parents[1] / "frozen"
RECORDINGS = sorted((FROZEN / "recordings").glob("*.s2s.gz"))
UPDATE = "If this is meant, run `python -m tests.frozen.record` in backend and commit the recordings."
LARGEST_BYTES = 300_000
NEVER_FROM_OUTSIDE = {"LinkLost", "AnswerAwaited", "Urged", "NothingOwed", "Hushed", "Repeating", "Trimmed"}
"""What the parts of the core tell each other. It could be replayed, and is never recorded."""


def lines_of(path: Path) -> list[list[Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name.removesuffix(".s2s.gz"))
def test_a_frozen_call_replays_the_same(path: Path):
    outcome = replay(path.read_bytes())
    assert outcome.difference is None, f"{summary(outcome)}\n{UPDATE}"
    assert outcome.events > 5
    assert outcome.effects > 5
    assert not outcome.full


def test_the_frozen_calls_hold_every_kind_that_is_ever_recorded():
    lines = [line for path in RECORDINGS for line in lines_of(path)]
    assert {line[2] for line in lines if line[0] == "fact"} == {
        kind.tag for kind in get_args(SessionEvent)
    } - NEVER_FROM_OUTSIDE
    assert {line[1] for line in lines if line[0] == "did"} == {kind.tag for kind in get_args(Effect)}


def test_the_frozen_calls_are_of_every_kind_with_and_without_audio_and_small():
    assert len(RECORDINGS) >= 20
    heads = [lines_of(path)[0][1] for path in RECORDINGS]
    assert {head["audio"] for head in heads} == {True, False}
    assert {head["backend"] for head in heads} == {"developer", "vertex"}
    assert {head["format"] for head in heads} == {1}
    assert sum(path.stat().st_size for path in RECORDINGS) <= LARGEST_BYTES


@pytest.mark.parametrize("kinds", [get_args(SessionEvent), get_args(Effect)], ids=["facts", "effects"])
def test_each_recorded_kind_has_a_tag_of_its_own(kinds: tuple[type[Any], ...]):
    tags = [kind.__dict__["tag"] for kind in kinds]
    assert len({*tags}) == len(tags)
    assert all(tag.isidentifier() for tag in tags)


def test_a_frozen_call_with_another_effect_in_it_does_not_replay_the_same():
    path = FROZEN / "recordings" / "ordinary_call.s2s.gz"
    data = gzip.decompress(path.read_bytes()).replace(b'"phase":"thinking"', b'"phase":"speaking"', 1)
    outcome = replay(gzip.compress(data))
    assert outcome.difference is not None
    assert "thinking" in outcome.difference.replayed
