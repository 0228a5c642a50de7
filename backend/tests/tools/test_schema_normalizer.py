"""A function's parameters, written as people write them, in the two forms that the Live API takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from s2s.tools.schema_normalizer import normalize_parameters
from s2s.tools.schema_reader import SchemaRefused
from s2s.upstream.codec.setup_message import SessionConfig, setup_message
from s2s.upstream.models.model_capabilities import capabilities
from tests.tools.made_up_schemas import PARAMETERS


def openapi(**properties: Any) -> dict[str, Any]:
    """The properties as Vertex gets them."""
    written = normalize_parameters({"type": "object", "properties": properties}).openapi
    return dict(written["properties"])


def json_schema(**properties: Any) -> dict[str, Any]:
    """The properties as the Developer API gets them."""
    written = normalize_parameters({"type": "object", "properties": properties}).json_schema
    return dict(written["properties"])


def refusal(parameters: Any) -> str:
    with pytest.raises(SchemaRefused) as refused:
        normalize_parameters(parameters)
    return str(refused.value)


# --- references ------------------------------------------------------------------------------------------


def test_references_are_written_out_with_what_stands_beside_them() -> None:
    parameters = {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/City", "description": "Where to"},
            "b": {"$ref": "#/definitions/a~1b~0c%20d"},
            "c": {"$ref": "#anchored"},
        },
        "$defs": {
            "City": {"type": "string", "description": "A city", "minLength": 2},
            "named": {"$anchor": "anchored", "type": "boolean"},
        },
        "definitions": {"a/b~c d": {"type": "integer", "maximum": 9}},
    }
    written = normalize_parameters(parameters)
    assert written.openapi["properties"] == {
        "a": {"type": "STRING", "description": "Where to", "minLength": 2},
        "b": {"type": "INTEGER", "maximum": 9},
        "c": {"type": "BOOLEAN"},
    }
    assert "$" not in json.dumps(written.json_schema)


def test_a_schema_inside_itself_is_cut_with_a_note() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/Node"}}}
    written = normalize_parameters({"$ref": "#/$defs/Node", "$defs": {"Node": node}})
    once = written.openapi["properties"]["inner"]
    assert once["properties"]["name"] == {"type": "STRING"}
    assert once["properties"]["inner"]["type"] == "STRING"
    assert "Deeper levels are described as the one above" in once["properties"]["inner"]["description"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/$defs/Gone"}, "parameters.properties.a: the reference '#/$defs/Gone' leads nowhere"),
        ({"$ref": "https://example.org/schema.json"}, "only parts of the schema itself can be referred to"),
        ({"$ref": "file:///etc/passwd"}, "only parts of the schema itself"),
        ({"$ref": "#/$defs/Loop"}, "leads to itself"),
        ({"allOf": [{"$ref": "#/$defs/Loop"}]}, "leads to itself"),
        ({"$ref": "#/$defs/text"}, "no schema"),
        ({"type": "objekt"}, "no valid JSON Schema"),
        ({"type": "string", "pattern": "("}, "no regular expression"),
        ({"enum": {1, 2}}, "parameters.properties.a.enum: set is not JSON"),
        ({"minimum": float("nan")}, "NaN and Infinity are not JSON"),
        ({"properties": {1: {}}}, "the name 1 must be text"),
        ({"description": "half \ud83d"}, "half a character"),
        ({"anyOf": {"type": "string"}}, "must be a list"),
        ({"items": 3}, "must be a mapping, true or false"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_place(schema: Any, words: str) -> None:
    definitions = {"Loop": {"$ref": "#/$defs/Loop"}, "text": {"const": "x"}}
    if schema.get("$ref") == "#/$defs/text":
        schema = {"$ref": "#/$defs/text/const"}
    assert words in refusal({"type": "object", "properties": {"a": schema}, "$defs": definitions})


@pytest.mark.parametrize("parameters", [True, [], "text", {"type": "array", "items": {}}, {"type": "string"}])
def test_parameters_must_be_an_object(parameters: Any) -> None:
    assert refusal(parameters)


def test_huge_and_deep_schemas_are_refused_in_good_time() -> None:
    deep: Any = {"type": "string"}
    for _ in range(2_000):
        deep = {"type": "array", "items": deep}
    assert "levels deep" in refusal({"type": "object", "properties": {"a": deep}})
    endless: dict[str, Any] = {"type": "object"}
    endless["properties"] = {"again": endless}
    assert "contains itself" in refusal(endless)
    assert "more than" in refusal({"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(9_000)}})
    doubling = {f"D{n}": {"properties": {x: {"$ref": f"#/$defs/D{n + 1}"} for x in "ab"}} for n in range(25)}
    doubling["D25"] = {"type": "string"}
    assert "references written out" in refusal({"$ref": "#/$defs/D0", "$defs": doubling})
    either = {"properties": {"p": {"type": "string"}}, "anyOf": [{"minProperties": n} for n in range(40)]}
    for _ in range(5):
        either = {"properties": {"p": either}, "anyOf": [{"minProperties": n} for n in range(40)]}
    assert "choices written out" in refusal({"type": "object", "properties": {"a": either}})


# --- one keyword after the other ---------------------------------------------------------------------------


def test_constants_and_enumerations_of_anything_become_texts_on_vertex() -> None:
    written = openapi(
        const={"const": "x"},
        whole={"type": "integer", "enum": [60, 1440]},
        null={"enum": ["a", None]},
        truths={"type": "boolean", "enum": [True, False]},
        mixed={"enum": [1, "two", True, 2.5]},
        one={"const": True},
        empty={"enum": ["", "a"]},
    )
    assert written["const"] == {"type": "STRING", "enum": ["x"]}
    assert written["whole"] == {"type": "STRING", "enum": ["60", "1440"]}
    assert written["null"] == {"type": "STRING", "enum": ["a"], "nullable": True}
    assert written["truths"] == {"type": "BOOLEAN"}
    assert written["mixed"] == {"type": "STRING", "enum": ["1", "two", "true", "2.5"]}
    assert written["one"] == {"type": "STRING", "enum": ["true"]}
    assert written["empty"] == {"type": "STRING", "enum": ["a"], "description": "Or an empty text."}


def test_the_developer_api_keeps_enumerations_of_numbers() -> None:
    written = json_schema(whole={"type": "integer", "enum": [60, 1440]}, mixed={"enum": [1, "two", None]})
    assert written["whole"] == {"type": "integer", "enum": [60, 1440]}
    assert written["mixed"] == {"type": ["string", "null"], "enum": ["1", "two"]}


def test_choices_constants_with_words_and_null() -> None:
    written = openapi(
        either={"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "A name or a number"},
        maybe={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "description": "How many"},
        several={"type": ["integer", "string", "null"]},
        named={"oneOf": [{"const": "c", "title": "Celsius"}, {"const": "f", "title": "Fahrenheit"}]},
        open={"nullable": True, "type": "STRING"},
    )
    assert written["either"] == {
        "anyOf": [{"type": "STRING", "description": "A name or a number"}, {"type": "INTEGER"}]
    }
    assert written["maybe"] == {"type": "INTEGER", "minimum": 1, "description": "How many", "nullable": True}
    kinds = [{"type": "INTEGER", "nullable": True}, {"type": "STRING", "nullable": True}]
    assert written["several"] == {"anyOf": kinds}
    assert written["named"] == {"type": "STRING", "enum": ["c", "f"], "description": "C: Celsius. F: Fahrenheit."}
    assert written["open"] == {"type": "STRING", "nullable": True}


def test_all_of_is_one_schema() -> None:
    both = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "number", "minimum": 1}}, "required": ["a"]},
            {"properties": {"a": {"type": "integer", "minimum": 3}, "b": {"type": "string"}}, "required": ["b"]},
        ]
    }
    assert openapi(x=both)["x"] == {
        "type": "OBJECT",
        "properties": {"a": {"type": "INTEGER", "minimum": 3}, "b": {"type": "STRING"}},
        "required": ["a", "b"],
    }
    assert "no arguments at all" in refusal(
        {"properties": {"a": {"allOf": [{"type": "string"}, {"type": "array"}]}}, "required": ["a"]}
    )


def test_everything_has_a_type_and_something_inside() -> None:
    written = openapi(
        anything=True,
        nothing=False,
        bare={},
        listed={"type": "array", "items": True},
        list_of_what={"type": "array"},
        free={"type": "object"},
        mapped={"type": "object", "additionalProperties": {"type": "integer"}},
        known_by_its_properties={"properties": {"a": {"type": "string"}}},
        pair={"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "items": False},
        old_pair={"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
    )
    anything = {"anyOf": [{"type": "STRING", "description": "Any value."}, {"type": "NUMBER"}, {"type": "BOOLEAN"}]}
    assert written["anything"] == written["bare"] == anything
    assert "nothing" not in written
    assert written["listed"] == written["list_of_what"] == {"type": "ARRAY", "items": anything}
    assert written["free"] == {"type": "STRING", "description": "A JSON object, written as text."}
    assert "values of type INTEGER" in written["mapped"]["description"]
    assert written["known_by_its_properties"]["type"] == "OBJECT"
    assert written["pair"] == {"type": "ARRAY", "items": {"type": "NUMBER"}, "maxItems": 2}
    assert written["old_pair"]["items"] == {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}


def test_what_no_backend_knows_becomes_words() -> None:
    written = openapi(
        mail={"type": "string", "format": "email", "description": "Whom to write to"},
        when={"type": "string", "format": "date-time"},
        much={"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        above={"type": "integer", "exclusiveMinimum": 0},
        other={"type": "string", "not": {"enum": ["admin"]}},
        depends={
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "dependentRequired": {"a": ["b"]},
            "patternProperties": {"^x-": {"type": "string"}},
            "if": {"required": ["a"]},
        },
    )
    assert written["mail"] == {"type": "STRING", "description": "Whom to write to. Format: email."}
    assert written["when"] == {"type": "STRING", "format": "date-time"}
    assert written["much"] == {"type": "NUMBER", "description": "More than 0. A multiple of 0.5."}
    assert written["above"] == {"type": "INTEGER", "minimum": 1}
    assert "admin" in written["other"]["description"]
    assert "A needs b beside it" in written["depends"]["description"]


def test_a_choice_of_whole_parameter_lists_becomes_one_object() -> None:
    def kind(name: str, also: str) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"kind": {"const": name}, also: {"type": "string"}},
            "required": ["kind", also],
        }

    written = normalize_parameters({"oneOf": [kind("cat", "fur"), kind("dog", "tail")]}).openapi
    assert written["type"] == "OBJECT"
    assert written["required"] == ["kind"]
    assert written["properties"]["kind"] == {"type": "STRING", "enum": ["cat", "dog"]}
    assert written["description"] == "Give fur; or tail."


def test_all_kinds_of_pydantic_models_keep_their_content() -> None:
    from tests.tools.pydantic_models import MODELS

    for model in MODELS:
        schema = model.model_json_schema()
        written = normalize_parameters(schema)
        flat = schema if "properties" in schema else schema["$defs"][schema["$ref"].rpartition("/")[2]]
        assert set(written.openapi["properties"]) == set(flat["properties"]), model
        assert "$" not in json.dumps([written.openapi, written.json_schema]).replace("^\\\\d+$", ""), model


# --- nothing costs a call ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("backend", "model"), [("vertex", "gemini-live-2.5-flash-native-audio"), ("developer", "m")])
def test_one_bad_function_is_left_out_of_the_setup(backend: Any, model: str) -> None:
    tools = [
        {"name": "bad", "parameters": {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}},
        {"name": "worse", "parameters": {"type": "object", "properties": {"a": {1, 2}}}},
        {"name": "good", "parameters": {"type": "object", "properties": {"a": True}}},
    ]
    text = setup_message("models/m", SessionConfig(tools=tools), capabilities(backend, model), None)
    [listed] = json.loads(text)["setup"]["tools"]
    assert [declared["name"] for declared in listed["functionDeclarations"]] == ["good"]
    only_bad = setup_message("models/m", SessionConfig(tools=tools[:2]), capabilities(backend, model), None)
    assert "tools" not in json.loads(only_bad)["setup"]


# --- whatever people write -----------------------------------------------------------------------------------


@given(PARAMETERS)
@settings(max_examples=120, deadline=None)
def test_whatever_is_registered_is_refused_in_words_or_taken_by_the_service(parameters: dict[str, Any]) -> None:
    try:
        written = normalize_parameters(parameters)
    except SchemaRefused as refused:
        said = str(refused)
        if not said.startswith("at parameters"):
            raise
        return
    for schema in schemas_in(dict(written.openapi)):
        assert_taken(schema)


def schemas_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if schema:
        yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from schemas_in(inner)
    if "items" in schema:
        yield from schemas_in(schema["items"])


def assert_taken(schema: dict[str, Any]) -> None:
    """The rules of `openapi_writer`, said once more."""
    if "anyOf" in schema:
        assert set(schema) == {"anyOf"}
        assert len(schema["anyOf"]) > 1
        return
    kind = schema["type"]
    assert kind in ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT")
    assert (kind == "OBJECT") == ("properties" in schema)
    assert kind != "OBJECT" or schema["properties"]
    assert (kind == "ARRAY") == ("items" in schema)
    assert set(schema.get("required", ())) <= set(schema.get("properties", {}))
    assert all(isinstance(value, str) and value for value in schema.get("enum", ("-",)))
    assert schema.get("enum", True)
    assert "enum" not in schema or kind == "STRING"
    assert kind != "STRING" or schema.get("format") in (None, "date-time")
