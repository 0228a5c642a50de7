"""Resolve the model name of the settings for one service, or explain what is wrong with it. Pure."""

from dataclasses import dataclass

from s2s.settings import Settings
from s2s.upstream.models.model_capabilities import DEFAULT_MODEL, capabilities, wrong_backend
from s2s.upstream.models.model_table import (
    Kind,
    bare_name,
    find_model,
    kind_of,
    nearest_names,
    path_location,
    voice_models,
)
from s2s.wire import Backend

_TASKS: dict[Kind, str] = {
    "transcription": "only writes down what it hears",
    "translation": "only translates what it hears",
    "robotics": "controls robots and does not speak",
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, or the reason why there is none."""

    model: str
    warnings: tuple[str, ...] = ()
    fault: str = ""


def choose_model(settings: Settings, backend: Backend, location: str = "") -> ModelChoice:
    """Resolve GEMINI_MODEL in any spelling, or the service's default. `location`: of Vertex AI."""
    name = bare_name(settings.gemini_model)
    if not name:
        return ModelChoice(DEFAULT_MODEL[backend], fault=_thinking_fault(settings, backend, DEFAULT_MODEL[backend]))
    if fault := _name_fault("GEMINI_MODEL", name, backend, allow_unlisted=settings.s2s_allow_unlisted_model):
        return ModelChoice(name, fault=fault)
    model, warnings = name, tuple[str, ...]()
    if complaint := wrong_backend(backend, name):
        model = DEFAULT_MODEL[backend]
        warnings = (f"GEMINI_MODEL: {complaint}; {model} is used instead.",)
    elif location:
        warnings = _location_warnings(settings.gemini_model, name, location)
    return ModelChoice(model, warnings + _language_warnings(settings, model), _thinking_fault(settings, backend, model))


def choose_fallback(settings: Settings, backend: Backend, first: str) -> ModelChoice:
    """Resolve GEMINI_FALLBACK_MODEL; an empty name if there is none or it is unusable."""
    name = bare_name(settings.gemini_fallback_model)
    if not name or name == first:
        return ModelChoice("")
    fault = _name_fault("GEMINI_FALLBACK_MODEL", name, backend, allow_unlisted=settings.s2s_allow_unlisted_model)
    if fault:
        return ModelChoice("", (f"{fault} It is not used.",))
    if complaint := wrong_backend(backend, name):
        return ModelChoice("", (f"GEMINI_FALLBACK_MODEL: {complaint}; it is not used.",))
    return ModelChoice(name)


def _name_fault(setting: str, name: str, backend: Backend, *, allow_unlisted: bool) -> str:
    kind, listed = kind_of(name), find_model(name) is not None
    if kind != "voice" and (listed or not allow_unlisted):
        return f"{setting}: {name} {_TASKS[kind]}. Take a model for conversations, such as {DEFAULT_MODEL[backend]}."
    if listed or allow_unlisted:
        return ""
    return (
        f"{setting}: {name} is not a known Live model. The nearest known: {', '.join(nearest_names(name, backend))}. "
        "If it is newer than this version of S2S, set S2S_ALLOW_UNLISTED_MODEL=on."
    )


def _location_warnings(written: str, name: str, location: str) -> tuple[str, ...]:
    warnings: tuple[str, ...] = ()
    row, named = find_model(name), path_location(written)
    if row is not None and location in row.not_locations:
        places = ", ".join(row.locations)
        warnings += (f"GCP_REGION: {name} is not served from '{location}'; take one such as {places}.",)
    if named is not None and named != location:
        warnings += (f"GEMINI_MODEL names the location {named}; GCP_REGION={location} is used.",)
    return warnings


def _language_warnings(settings: Settings, model: str) -> tuple[str, ...]:
    """Warn about a language that is not on a published list; other regional variants pass."""
    row, language = find_model(model), settings.s2s_language
    if row is None or not row.languages or not language:
        return ()
    known = {tag.partition("-")[0].lower() for tag in row.languages}
    if language.partition("-")[0].lower() in known:
        return ()
    return (
        f"S2S_LANGUAGE: {language} is not among the languages that Google names for {model} "
        f"({', '.join(row.languages)}). If calls are refused, leave it empty: the model finds the language by itself.",
    )


def _thinking_fault(settings: Settings, backend: Backend, model: str) -> str:
    level, takes = settings.s2s_thinking_level, capabilities(backend, model).thinking_levels
    if not level or level in takes:
        return ""
    if not takes:
        thinkers = [row.name for row in voice_models(backend) if row.thinking == "level"]
        other = f", or set GEMINI_MODEL={thinkers[0]}" if thinkers else ""
        return f"S2S_THINKING_LEVEL: {model} takes no thinking level. Leave it empty{other}."
    return f"S2S_THINKING_LEVEL: {model} does not take {level}, but {', '.join(takes[:-1])} or {takes[-1]}."
