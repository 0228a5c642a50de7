"""The model table of models.json: which service offers a model, and what it accepts. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Offer = Literal["always", "any", "v1alpha", "never"]


@dataclass(frozen=True, slots=True)
class Traits:
    """One model. The values are explained at the head of models.json."""

    state: str
    backends: tuple[str, ...]
    generation: int
    """2 for the 2.5 models, 3 for 3.x: what clientContent and realtime text do differs."""
    text_output: bool
    voice_output: bool
    transcribes: bool
    """It writes down what it hears, and answers nothing."""
    avatar: bool
    """It can be shown as a face, which only Vertex AI offers."""
    input_tokens: int
    """The context window."""
    output_tokens: int
    behaviors: tuple[str, ...]
    thinking: Literal["forbidden", "required", "level", "budget"]
    thinking_levels: tuple[str, ...]
    proactive: Offer
    affective: Offer
    turn_coverage: str
    context_update: bool
    interaction_status: bool
    system_role: bool
    """On Vertex AI a turn of the role `system` replaces the system instruction."""
    translation: bool
    not_regions: tuple[str, ...]
    idle_tokens: int
    """Text tokens of a prompt in which nothing was said."""
    retires: str
    """The last day on which the service offers it, ISO 8601; empty: none is announced."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day at the service."""

    today: date
    new_project: bool = False
    """The project never used the models before: it loses one a month before the others do."""

    def is_past(self, traits: Traits) -> bool:
        """The model is not offered to this project any more."""
        if not traits.retires:
            return False
        last = date.fromisoformat(traits.retires)
        return self.today > last or (self.new_project and self.today >= _month_before(last))


def _month_before(day: date) -> date:
    last_of_month = day.replace(day=1) - timedelta(days=1)
    return last_of_month.replace(day=min(day.day, last_of_month.day))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("gemini_emulator").joinpath("models.json").read_text("utf-8"))
    return table


@cache
def models() -> dict[str, Traits]:
    """By short name, retired ones too."""
    return {name: _traits({**_table()["defaults"], **row}) for name, row in _table()["models"].items()}


def _traits(row: dict[str, Any]) -> Traits:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Traits(**values)


def voices() -> frozenset[str]:
    """Of every model that speaks; the names are case-sensitive."""
    return frozenset(_table()["voices"])


def vertex_languages() -> frozenset[str]:
    return frozenset(_table()["vertex_languages"])


def developer_languages() -> frozenset[str]:
    """What the 2.5 models of the Developer API speak beside `vertex_languages`."""
    return frozenset(_table()["developer_languages"])
