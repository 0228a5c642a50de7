"""Function schemas as the gateway writes them, read by the official SDK's types and by the emulator."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from google.genai import types
from hypothesis import given, settings

from gemini_emulator.protocol.protojson import read
from gemini_emulator.protocol.setup import Backend, Refused
from gemini_emulator.protocol.setup_reader import read_setup
from s2s.tools.registry import ToolRegistry
from s2s.tools.schema_normalizer import normalize_parameters
from s2s.tools.schema_reader import SchemaRefused
from s2s.upstream.codec.setup_message import SessionConfig, setup_message
from s2s.upstream.models.model_capabilities import capabilities
from tests.tools.made_up_schemas import PARAMETERS
from tests.tools.pydantic_models import MODELS

MODEL_PATHS = {
    "vertex": "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio",
    "developer": "models/gemini-3.8-live",
}


def setup_of(backend: Any, tools: Sequence[dict[str, Any]]) -> str:
    path = MODEL_PATHS[backend]
    return setup_message(path, SessionConfig(tools=tools), capabilities(backend, path.rpartition("/")[2]), None)


def assert_taken(parameters: Any) -> None:
    """The SDK's types forbid what they do not know, and the emulator what the services refuse."""
    tool = {"name": "f", "description": "d", "parameters": parameters}
    for backend, kind in (("vertex", Backend.VERTEX), ("developer", Backend.DEVELOPER)):
        text = setup_of(backend, [tool])
        setup = json.loads(text)["setup"]
        for listed in setup.get("tools", ()):
            for declared in listed["functionDeclarations"]:
                types.FunctionDeclaration.model_validate(declared, strict=False)
        read_setup(read(text)["setup"], kind, "v1beta")


@given(PARAMETERS)
@settings(max_examples=80, deadline=None)
def test_every_schema_that_registration_takes_is_taken_by_both_services(parameters: dict[str, Any]) -> None:
    try:
        normalize_parameters(parameters)
    except SchemaRefused:
        return
    assert_taken(parameters)


@pytest.mark.parametrize("model", MODELS)
def test_pydantic_models_are_taken_by_both_services(model: Any) -> None:
    assert_taken(model.model_json_schema())


@pytest.mark.parametrize(
    ("schema", "vertex", "developer"),
    [
        ({"description": "no type"}, "schema didn't specify the schema type field.", ""),
        ({"type": "OBJECT"}, "non-empty for type OBJECT", "properties: should be non-empty for OBJECT type"),
        ({"type": "ARRAY"}, "items field is missing", "items: missing field."),
        ({"type": "INTEGER", "enum": ["1"]}, "only allowed for type STRING", "enum: only allowed for STRING type"),
        ({"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}], "description": "d"}, "alongside any_of", ""),
        ({"type": "STRING", "format": "email"}, "format: only 'enum' and 'date-time' are supported",
         "format: only 'enum' and 'date-time' are supported"),
    ],
)  # fmt: skip
def test_the_emulator_refuses_what_the_services_refuse(schema: Any, vertex: str, developer: str) -> None:
    declared = {"name": "f", "parameters": {"type": "OBJECT", "properties": {"n": schema}}}
    for backend, name, words in (
        (Backend.VERTEX, "vertex", vertex),
        (Backend.DEVELOPER, "developer", developer),
    ):
        setup = {"model": MODEL_PATHS[name], "tools": [{"functionDeclarations": [declared]}]}
        message = read(json.dumps({"setup": setup}))["setup"]
        if not words:
            read_setup(message, backend, "v1beta")
            continue
        with pytest.raises(Refused) as refused:
            read_setup(message, backend, "v1beta")
        assert refused.value.code == 1007
        assert words in refused.value.reason


def test_what_the_model_is_told_comes_back_as_what_the_function_wants() -> None:
    """Each value, written as the Vertex declaration asks for it, arrives as the schema of the function says."""
    parameters = {
        "type": "object",
        "properties": {
            "minutes": {"type": "integer", "enum": [60, 1440]},
            "mood": {"enum": ["good", 3, None]},
            "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
            "deep": {"$ref": "#/$defs/Node"},
        },
        "$defs": {"Node": {"type": "object", "properties": {"v": {"type": "integer"}, "in": {"$ref": "#/$defs/Node"}}}},
    }
    got: list[dict[str, Any]] = []

    async def keep(**found: Any) -> str:
        got.append(found)
        return "kept"

    registry = ToolRegistry()
    registry.register("keep", keep, {"description": "Keeps.", "parameters": parameters})
    written = normalize_parameters(parameters).openapi["properties"]
    assert written["labels"]["type"] == written["deep"]["properties"]["in"]["properties"]["in"]["type"] == "STRING"
    said = {
        "minutes": written["minutes"]["enum"][1],
        "mood": written["mood"]["enum"][1],
        "labels": '{"a": 1}',
        "deep": {"v": 1.0, "in": {"v": 2.0, "in": '{"v": 3}'}},
    }
    outcome = asyncio.run(registry.call("keep", said))
    assert outcome.ok, outcome
    deep = {"v": 1, "in": {"v": 2, "in": {"v": 3}}}
    assert got == [{"minutes": 1440, "mood": 3, "labels": {"a": 1}, "deep": deep}]
