"""The table of Gemini Live models: where each is served, how long, what follows it, and what it costs.

The rows, with the source of each, are in models.json. Pure: callers pass today's date.
"""

import difflib
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from s2s.wire import Backend

Kind = Literal["voice", "transcription", "translation", "robotics"]
Thinking = Literal["none", "level", "optional_level", "budget"]
"""What `thinkingConfig` may hold: nothing (it is refused), a level that must be given, one that may be, or a budget."""
ThinkingLevel = Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"]

WARN_FROM = timedelta(days=60)
"""How long before a retirement the operator is warned."""


class ModelPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens. Thoughts are billed as text out."""

    text_in: float
    audio_in: float
    image_in: float
    video_in: float
    text_out: float
    audio_out: float
    as_of: str
    """When the source was read."""
    source: str


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    name: str
    kind: Kind
    backends: tuple[Backend, ...]
    thinking: Thinking
    source: str
    read_on: date
    """When the source was read."""
    locations: tuple[str, ...] = ()
    """Vertex AI locations that are known to serve it, the best known one first."""
    not_locations: tuple[str, ...] = ()
    """Vertex AI locations that are known to refuse it."""
    released: date | None = None
    retires: date | None = None
    """The announced date. Google may postpone it, but does not bring it forward."""
    successor: Mapping[Backend, str] = {}
    """Successor by service, in the same project and location."""
    thinking_levels: tuple[ThinkingLevel, ...] = ()
    stop_verb: bool = False
    """Whether `clientContent` with `turnComplete` false is known to stop the audio and leave the model listening."""
    languages: tuple[str, ...] = ()
    """Published language list; empty: none, the model detects the language."""
    prices: ModelPrices | None = None

    @property
    def closed_to_new_projects(self) -> date | None:
        """A month before the retirement, projects that never used the model lose it (Google's model lifecycle page)."""
        return None if self.retires is None else _month_before(self.retires)


class _Table(msgspec.Struct, frozen=True):
    models: tuple[Model, ...]
    unlisted_prices: ModelPrices


@cache
def _table() -> _Table:
    return msgspec.json.decode(files("s2s.upstream.models").joinpath("models.json").read_bytes(), type=_Table)


def all_models() -> tuple[Model, ...]:
    """Return every known model, the newest first."""
    return _table().models


def prices_of(name: str) -> ModelPrices:
    """Return the prices of a model; one without prices in the table gets prices above all others."""
    model = find_model(name)
    return model.prices if model is not None and model.prices is not None else _table().unlisted_prices


def bare_name(name: str) -> str:
    """Return the short name of a model, however it is written.

    Forms: `models/X`, `google/X`, `publishers/google/models/X`, a full path; capitals, quotes, spaces around it.
    """
    path = re.sub(r"[\s\"'‘’“”\u200b\ufeff]+", " ", name).strip().rstrip("/")
    return path.rsplit("/", 1)[-1].strip().lower()


def path_location(name: str) -> str | None:
    """Return the Vertex AI location in a full resource path."""
    found = re.search(r"/locations/([\w-]+)/", name)
    return found[1].lower() if found else None


def find_model(name: str) -> Model | None:
    """Return the row of a model, by any spelling of its name."""
    wanted = bare_name(name)
    return next((model for model in all_models() if model.name == wanted), None)


def kind_of(name: str) -> Kind:
    """Return what a model is for; outside the table, guessed from its name."""
    if (model := find_model(name)) is not None:
        return model.kind
    words: dict[str, Kind] = {"transcribe": "transcription", "translate": "translation", "robotics": "robotics"}
    return next((kind for word, kind in words.items() if word in bare_name(name)), "voice")


def voice_models(backend: Backend) -> tuple[Model, ...]:
    """Return the voice models of a service, the newest first. The emulator plays all of them."""
    return tuple(
        model
        for model in all_models()
        if model.kind == "voice" and (backend == "emulator" or backend in model.backends)
    )


def nearest_names(name: str, backend: Backend) -> tuple[str, ...]:
    """Return up to three known models of this service like `name`, the nearest first; if none is, the newest."""
    known = [model.name for model in voice_models(backend) if model.retires is None or model.retires > model.read_on]
    wanted = re.sub(r"[^a-z0-9.]+", "-", bare_name(name))
    return tuple(difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)) or tuple(known[:3])


def successor_of(name: str, backend: Backend, location: str = "") -> str | None:
    """Return the successor of `name` in the same project and location; None: there is none there.

    A location that is not in the table is not ruled out: the service itself has the last word.
    """
    model = find_model(name)
    if model is None:
        return None
    followers = model.successor
    follower = next(iter(followers.values()), None) if backend == "emulator" else followers.get(backend)
    successor = find_model(follower) if follower else None
    if successor is None or (backend == "vertex" and location in successor.not_locations):
        return None
    return successor.name


def locations_to_try(name: str) -> tuple[str, ...]:
    """Return Vertex AI locations that may serve a model. No call is moved there automatically."""
    model = find_model(name)
    return model.locations if model is not None else ()


def retirement_warning(name: str, backend: Backend, today: date) -> str | None:
    """Return a warning from 60 days before the model retires; None: none is known. The emulator retires no model."""
    model = find_model(name)
    if model is None or model.retires is None or backend == "emulator" or today < model.retires - WARN_FROM:
        return None
    follower = model.successor.get(backend)
    advice = (
        f" Set GEMINI_MODEL={follower} in backend/.env; S2S also switches to it when the service refuses {model.name}."
        if follower
        else " Choose another model in GEMINI_MODEL."
    )
    if today >= model.retires:
        return f"{model.name} was announced to retire on {_spoken(model.retires)}.{advice}"
    # A month before, new access is blocked (Google's page on the lifecycle of models).
    closed = model.closed_to_new_projects or model.retires
    tense = "have had no access since" if today >= closed else "will have no access from"
    newcomers = f"projects that never used it {tense} {_spoken(closed)}"
    return f"{model.name} retires on {_spoken(model.retires)}; {newcomers}.{advice}"


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _month_before(day: date) -> date:
    last_of_month = day.replace(day=1) - timedelta(days=1)
    return last_of_month.replace(day=min(day.day, last_of_month.day))
