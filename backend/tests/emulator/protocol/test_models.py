"""The model table, row by row: which service offers a model, and what its setup may hold."""

from datetime import date
from typing import Any

import pytest

from gemini_emulator.protocol.models import Calendar, models, voices
from gemini_emulator.protocol.setup import Backend
from gemini_emulator.settings import Settings
from tests.emulator.theatre import SETUP, WEATHER, Theatre

OFFERED = {name: traits for name, traits in models().items() if traits.state != "retired"}
WRONG = "Request contains an invalid argument."
PATHS = {Backend.DEVELOPER: "models/{}", Backend.VERTEX: "projects/p/locations/us-central1/publishers/google/models/{}"}
ROWS = [(name, backend) for name, traits in OFFERED.items() for backend in Backend if backend in traits.backends]
every_row = pytest.mark.parametrize(("model", "backend"), ROWS, ids=[f"{name} {backend}" for name, backend in ROWS])


def needed(model: str) -> dict[str, Any]:
    """What a model insists on."""
    return {"thinkingConfig": {"thinkingLevel": "LOW"}} if OFFERED[model].thinking == "required" else {}


def stage(model: str, backend: Backend, api_version: str = "v1", strict: bool = True, **changes: Any) -> Theatre:
    theatre = Theatre(Settings(strict_models=strict), backend=backend, api_version=api_version)
    config = {**needed(model), **changes.pop("generationConfig", {})} if model in OFFERED else {}
    theatre.set_up(model=PATHS[backend].format(model), generationConfig=config, **changes)
    return theatre


def end(theatre: Theatre) -> tuple[int, str]:
    return (theatre.closed.code, theatre.closed.reason) if theatre.closed else (0, "")


def test_every_model_of_the_dossier_is_in_the_table():
    assert sorted(OFFERED) == [
        "gemini-2.5-flash-native-audio-latest",
        "gemini-2.5-flash-native-audio-preview-09-2025",
        "gemini-2.5-flash-native-audio-preview-12-2025",
        "gemini-3.1-flash-live-preview",
        "gemini-3.5-live-translate-preview",
        "gemini-3.5-transcribe-live",
        "gemini-3.8-live",
        "gemini-3.8-live-extended-thinking",
        "gemini-live-2.5-flash",
        "gemini-live-2.5-flash-native-audio",
        "gemini-live-2.5-flash-preview-native-audio-09-2025",
        "gemini-robotics-er-2-streaming-preview",
    ]
    assert len(voices()) == 30


@every_row
def test_a_model_is_served_where_it_is_offered_and_refused_elsewhere(model: str, backend: Backend):
    assert end(stage(model, backend)) == (0, "")
    other = Backend.VERTEX if backend is Backend.DEVELOPER else Backend.DEVELOPER
    code, _ = end(stage(model, other))
    assert code == (0 if other in OFFERED[model].backends else 1008)


@pytest.mark.parametrize("model", ["gemini-2.0-flash-live-001", "gemini-live-2.5-flash-preview", "gemini-9"])
def test_a_retired_or_unknown_model_is_not_found_also_when_models_are_not_strict(model: str):
    reason = f"models/{model} is not found for API version v1, or is not supported for bidiGenerateContent. "
    reason += "Call ListModels to see the list of available models and their supported methods."
    assert end(stage(model, Backend.DEVELOPER, strict=False)) == (1008, reason)
    publisher = PATHS[Backend.VERTEX].format(model)
    reason = f"Publisher Model `{publisher}` was not found or is not supported for bidiGenerateContent"
    assert end(stage(model, Backend.VERTEX, strict=False)) == (1008, reason)


@every_row
@pytest.mark.parametrize("modality", ["TEXT", "AUDIO"])
def test_each_model_answers_in_voice_or_text_as_it_can(model: str, backend: Backend, modality: str):
    traits = OFFERED[model]
    offered = traits.text_output if modality == "TEXT" else traits.voice_output
    told = (
        f"The requested combination of response modalities ({modality}) is not supported by the model. models/{model}"
    )
    refused = (1007, told if backend is Backend.DEVELOPER else WRONG)
    assert end(stage(model, backend, generationConfig={"responseModalities": [modality]})) == (
        (0, "") if offered else refused
    )
    assert end(stage(model, backend, generationConfig={"responseModalities": ["AUDIO", "TEXT"]})) == (1007, WRONG)


def test_a_voice_for_text_is_refused_in_other_words():
    voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}}
    config = {"responseModalities": ["TEXT"], "speechConfig": voice}
    reason = "Cannot extract voices from a non-audio request."
    assert end(stage("gemini-3.8-live", Backend.DEVELOPER, generationConfig=config)) == (1007, reason)


@every_row
@pytest.mark.parametrize(
    "config", [None, {"thinkingLevel": "LOW"}, {"thinkingLevel": "MINIMAL"}, {"thinkingBudget": 0}]
)
def test_thinking_is_configured_as_each_model_takes_it(model: str, backend: Backend, config: dict[str, Any] | None):
    theatre = Theatre(Settings(strict_models=True), backend=backend)
    generation = {} if config is None else {"thinkingConfig": config}
    theatre.set_up(model=PATHS[backend].format(model), generationConfig=generation)
    level = (config or {}).get("thinkingLevel")
    accepted = {
        "forbidden": config is None,
        "required": level == "LOW",
        "level": True,
        "budget": level is None,
    }[OFFERED[model].thinking]
    reasons = {
        ("required", None): "Thinking level must be specified for this model.",
        ("forbidden", "LOW"): "Thinking level is not supported for this model.",
        ("forbidden", "MINIMAL"): "Thinking level is not supported for this model.",
    }
    assert end(theatre) == ((0, "") if accepted else (1007, reasons.get((OFFERED[model].thinking, level), WRONG)))


@every_row
@pytest.mark.parametrize("version", ["v1", "v1alpha"])
@pytest.mark.parametrize("wanted", [True, False])
def test_proactive_audio_and_affective_dialog_are_as_each_model_offers_them(
    model: str, backend: Backend, version: str, wanted: bool
):
    traits = OFFERED[model]
    hidden = backend is Backend.DEVELOPER and (version != "v1alpha" or traits.proactive == "always")
    theatre = stage(model, backend, version, proactivity={"proactiveAudio": wanted})
    if hidden:
        reason = "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup': Cannot find field."
        assert end(theatre) == (1007, reason)
    else:
        wrong = {"always": not wanted, "never": wanted}.get(traits.proactive, False)
        assert end(theatre) == ((1007, WRONG) if wrong else (0, ""))
    code, _ = end(stage(model, backend, version, generationConfig={"enableAffectiveDialog": wanted}))
    hidden = traits.affective == "v1alpha" and version != "v1alpha"
    assert code == (1007 if hidden or (wanted and traits.affective == "never") else 0)


@every_row
def test_functions_block_or_not_as_the_model_does_by_default_and_can(model: str, backend: Backend):
    behaviors = OFFERED[model].behaviors
    if OFFERED[model].transcribes:
        assert end(stage(model, backend, tools=[{"functionDeclarations": [WEATHER]}])) == (1007, WRONG)
        return
    for declared in (None, "BLOCKING", "NON_BLOCKING"):
        function = {**WEATHER, "behavior": declared}
        theatre = stage(model, backend, tools=[{"functionDeclarations": [function]}])
        if declared == "BLOCKING" and declared not in behaviors:
            assert end(theatre) == (1007, "BLOCKING function calls are not supported for this model")
            continue
        theatre.tell({"realtimeInput": {"text": "What's the weather in Paris?"}})
        theatre.advance(1)
        assert len(theatre.messages("toolCall")) == 1
        waits = (declared if declared in behaviors else behaviors[0]) == "BLOCKING"
        ends_at_once = OFFERED[model].generation < 3 and backend is Backend.DEVELOPER
        assert (theatre.messages("turnComplete") == []) == (waits and not ends_at_once)


@every_row
def test_instructions_and_functions_change_in_the_middle_where_the_model_lets_them(model: str, backend: Backend):
    theatre = stage(model, backend)
    theatre.tell({"contextUpdate": {"systemInstruction": {"parts": [{"text": "Your name is Ada."}]}}})
    if not OFFERED[model].context_update:
        assert end(theatre) == (1007, WRONG)
        return
    theatre.tell({"realtimeInput": {"text": "What is your name?"}})
    theatre.advance(10)
    assert "Ada" in theatre.said


@every_row
def test_a_system_turn_replaces_the_instruction_on_vertex_and_is_an_error_elsewhere(model: str, backend: Backend):
    theatre = stage(model, backend)
    turns = [{"role": "system", "parts": [{"text": "Your name is Ada."}]}]
    theatre.tell({"clientContent": {"turns": turns, "turnComplete": False}})
    if not OFFERED[model].system_role:
        assert end(theatre) == (1007, WRONG)
        return
    theatre.tell({"realtimeInput": {"text": "What is your name?"}})
    theatre.advance(10)
    assert "Ada" in theatre.said


@every_row
@pytest.mark.parametrize("tool", ["codeExecution", "urlContext", "googleMaps", "fileSearch"])
def test_tools_that_live_models_do_not_have_are_refused(model: str, backend: Backend, tool: str):
    assert end(stage(model, backend, tools=[{"googleSearch": {}}, {tool: {}}])) == (1007, WRONG)
    searches = not OFFERED[model].transcribes
    assert end(stage(model, backend, tools=[{"googleSearch": {}}])) == ((0, "") if searches else (1007, WRONG))


def test_a_regional_model_is_not_in_the_global_location():
    model = "projects/p/locations/{}/publishers/google/models/gemini-live-2.5-flash-native-audio"
    for location, code in (("global", 1008), ("europe-west4", 0)):
        theatre = Theatre(backend=Backend.VERTEX)
        theatre.set_up(model=model.format(location))
        assert end(theatre)[0] == code


@pytest.mark.parametrize(
    ("field", "where"),
    [("transparent", "setup.session_resumption"), ("explicitVadSignal", "setup")],
)
def test_what_only_vertex_knows_is_an_unknown_field_for_the_developer_api(field: str, where: str):
    changes = {"explicitVadSignal": True} if where == "setup" else {"sessionResumption": {"transparent": True}}
    reason = f"Invalid JSON payload received. Unknown name \"{field}\" at '{where}': Cannot find field."
    assert end(stage("gemini-3.8-live", Backend.DEVELOPER, **changes)) == (1007, reason)
    assert end(stage("gemini-3.8-live", Backend.VERTEX, **changes)) == (0, "")


def test_a_language_that_vertex_does_not_speak_is_refused():
    for language, code in (("en-US", 0), ("xx-YY", 1007)):
        config = {"speechConfig": {"languageCode": language}}
        assert end(stage("gemini-live-2.5-flash-native-audio", Backend.VERTEX, generationConfig=config))[0] == code


@pytest.mark.parametrize(
    ("model", "language", "refused"),
    [
        ("gemini-2.5-flash-native-audio-latest", "es", True),
        ("gemini-2.5-flash-native-audio-latest", "es-419", True),
        ("gemini-2.5-flash-native-audio-latest", "es-US", False),
        ("gemini-2.5-flash-native-audio-latest", "en-GB", False),
        ("gemini-3.8-live", "es", False),
    ],
)
def test_a_language_without_a_known_region_is_refused_by_2_5(model: str, language: str, refused: bool):
    told = end(stage(model, Backend.DEVELOPER, generationConfig={"speechConfig": {"languageCode": language}}))
    assert told == ((1007, f"Unsupported language code '{language}' for model models/{model}") if refused else (0, ""))


def test_an_avatar_is_for_3_8_on_vertex_only():
    wanted = {"avatarConfig": {"avatarName": "Ada"}}
    assert end(stage("gemini-3.8-live", Backend.VERTEX, **wanted)) == (0, "")
    assert end(stage("gemini-live-2.5-flash-native-audio", Backend.VERTEX, **wanted)) == (1007, WRONG)
    reason = "Invalid JSON payload received. Unknown name \"avatarConfig\" at 'setup': Cannot find field."
    assert end(stage("gemini-3.8-live", Backend.DEVELOPER, **wanted)) == (1007, reason)


def test_translation_is_for_the_translating_model():
    config = {"translationConfig": {"targetLanguageCode": "de"}}
    for model, code in (("gemini-3.5-live-translate-preview", 0), ("gemini-3.8-live", 1007)):
        assert end(stage(model, Backend.DEVELOPER, generationConfig=config))[0] == code


@pytest.mark.parametrize(("model", "code"), [("gemini-2.5-flash-native-audio-latest", 1008), ("gemini-3.8-live", 0)])
def test_a_handle_that_is_null_ends_the_connection_of_an_older_model(model: str, code: int):
    theatre = Theatre()
    theatre.tell({"setup": {**SETUP, "model": f"models/{model}", "sessionResumption": {"handle": None}}})
    assert end(theatre)[0] == code


OLD = "gemini-live-2.5-flash-native-audio"
GONE = (
    f"Publisher Model `{PATHS[Backend.VERTEX].format(OLD)}` was not found or is not supported for bidiGenerateContent"
)


@pytest.mark.parametrize(
    ("today", "new_project", "reason"),
    [
        (None, True, ""),
        (date(2026, 12, 13), False, ""),
        (date(2026, 12, 14), False, GONE),
        (date(2026, 11, 12), True, ""),
        (date(2026, 11, 13), True, GONE),
    ],
)
def test_a_model_retires_on_its_day_and_a_month_earlier_for_new_projects(
    today: date | None, new_project: bool, reason: str
):
    calendar = Calendar(today, new_project) if today else None
    theatre = Theatre(backend=Backend.VERTEX, calendar=calendar)
    theatre.set_up(model=PATHS[Backend.VERTEX].format(OLD))
    assert end(theatre) == ((1008, reason) if reason else (0, ""))


def test_the_calendar_changes_nothing_for_a_model_without_a_date():
    theatre = Theatre(calendar=Calendar(date(2030, 1, 1), new_project=True))
    theatre.set_up()
    assert end(theatre) == (0, "")
