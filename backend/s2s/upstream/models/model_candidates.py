"""The models that may answer a call, in order of preference. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from s2s.upstream.models.model_capabilities import DEFAULT_MODEL
from s2s.upstream.models.model_table import find_model, locations_to_try, successor_of, voice_models
from s2s.upstream.refusals.diagnosis import Diagnosis, Verdict
from s2s.wire import Backend


@dataclass(frozen=True, slots=True)
class Candidates:
    """Model names in order of preference; `Dial.model` is an index into `names`."""

    names: tuple[str, ...]
    backend: Backend = "developer"
    configured: int = 1
    """How many of them are configured. The rest are successors, used if a model is refused as unknown or retired."""
    elsewhere: str = ""
    """The remedy if no model is left: locations (Vertex AI) or other models to try. Calls never move there alone."""

    def next_after(self, model: int, diagnosis: Diagnosis) -> int | None:
        """Return the model to dial if `model` fails for this reason; None: there is none."""
        following = model + 1
        if not diagnosis.other_model_may_help or following >= len(self.names):
            return None
        if following < self.configured or diagnosis.verdict is Verdict.CHANGE_MODEL:
            return following
        return None

    def remedy(self, diagnosis: Diagnosis) -> str:
        """Return the remedy once no model is left. A missing endpoint of the Developer API affects all models."""
        if diagnosis.verdict is not Verdict.CHANGE_MODEL:
            return diagnosis.hint
        if diagnosis.code == "not_found" and self.backend == "developer":
            return diagnosis.hint
        return self.elsewhere or diagnosis.hint

    def is_successor(self, model: int) -> bool:
        """Return True if the model is from the table and not configured."""
        return model >= self.configured


def candidates_for(backend: Backend, configured: Iterable[str], location: str = "") -> Candidates:
    """Return the configured models (the fallback after the first), then their successors in the same place.

    The local engine never retires a model: it has no successors.
    """
    names = [*configured]
    count = len(names)
    if backend == "emulator":
        return Candidates(tuple(names), backend, count)
    for name in names:
        # Grows during iteration: a successor may have a successor.
        successor = successor_of(name, backend, location)
        if successor is not None and successor not in names:
            names.append(successor)
    elsewhere = _elsewhere(names, location) if backend == "vertex" else _other_models(names, backend)
    return Candidates(tuple(names), backend, count, elsewhere)


def _other_models(names: list[str], backend: Backend) -> str:
    """Return other models to try; empty if the default was not refused, as then it is the remedy."""
    if DEFAULT_MODEL[backend] not in names:
        return ""
    others = [model.name for model in voice_models(backend) if model.name not in names and model.retires is None][:3]
    if not others:
        return ""
    such = f"{', '.join(others[:-1])} or {others[-1]}" if len(others) > 1 else others[0]
    return f"Set GEMINI_MODEL in backend/.env to another model, such as {such}."


def _elsewhere(names: list[str], location: str) -> str:
    known = [find_model(name) for name in names]
    followers = [model.successor["vertex"] for model in known if model is not None and "vertex" in model.successor]
    for name in reversed([*names, *(follower for follower in followers if follower not in names)]):
        if places := [place for place in locations_to_try(name) if place != location]:
            where = f"{', '.join(places[:-1])} or {places[-1]}" if len(places) > 1 else places[0]
            return f"Set GCP_REGION in backend/.env to a location that serves {name}; try {where}."
    return ""
