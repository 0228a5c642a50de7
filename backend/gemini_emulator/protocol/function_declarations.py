"""Function declarations, refused as the services refuse them.

Vertex AI: "Unable to submit request because `f` functionDeclaration `parameters.n` schema ..." (googleapis/python-genai
#625, google/adk-python#3281, BerriAI/litellm#11164). Developer API: "GenerateContentRequest.tools[0]..." with the path
of the field (google-gemini/gemini-cli#3178, microsoft/azure-devops-mcp#145). The texts were reported about
`generateContent`; a setup is closed with 1007 and the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FORMATS = {
    "STRING": ("enum", "date-time"),
    "NUMBER": ("float", "double"),
    "INTEGER": ("int32", "int64"),
}


def fault_of(tools: Sequence[Mapping[str, Any]], *, vertex: bool) -> str:
    """Why the service would refuse these declarations, in its words, or nothing."""
    for at, tool in enumerate(tools):
        for index, function in enumerate(tool.get("functionDeclarations", ())):
            schema = function.get("parameters")
            if not schema:
                continue
            if vertex:
                for path, fault in _vertex_faults(schema, "parameters"):
                    name = function.get("name", "")
                    return f"Unable to submit request because `{name}` functionDeclaration `{path}` schema {fault}"
            where = f"GenerateContentRequest.tools[{at}].function_declarations[{index}].parameters"
            for fault in _faults(schema, where):
                return f"* {fault}"
    return ""


def _vertex_faults(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    choices = schema.get("anyOf", ())
    if choices and set(schema) != {"anyOf"}:
        yield path, "specified other fields alongside any_of. When using any_of, it must be the only field set."
    if not choices and _kind(schema) == "TYPE_UNSPECIFIED":
        yield path, "didn't specify the schema type field."
    if _kind(schema) == "NULL":
        yield path, "type NULL is not supported."
    if _kind(schema) == "ARRAY" and "items" not in schema:
        yield path, "items field is missing for type ARRAY."
    if _kind(schema) == "OBJECT" and not schema.get("properties"):
        yield path, "properties field should be non-empty for type OBJECT."
    if "enum" in schema and _kind(schema) != "STRING":
        yield path, "enum field is only allowed for type STRING."
    for name in schema.get("required", ()):
        if name not in schema.get("properties", {}):
            yield path, f"requires the property `{name}`, which is not defined."
    for name, inner in schema.get("properties", {}).items():
        yield from _vertex_faults(inner, f"{path}.{name}")
    if "items" in schema:
        yield from _vertex_faults(schema["items"], f"{path}.items")
    for choice in choices:
        yield from _vertex_faults(choice, path)


def _faults(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    kind = _kind(schema)
    if kind == "OBJECT" and not schema.get("properties"):
        yield f"{path}.properties: should be non-empty for OBJECT type"
    if kind == "ARRAY" and "items" not in schema:
        yield f"{path}.items: missing field."
    if "enum" in schema and kind != "STRING":
        yield f"{path}.enum: only allowed for STRING type"
    for at, value in enumerate(schema.get("enum", ())):
        if not value:
            yield f"{path}.enum[{at}]: cannot be empty"
    said = schema.get("format")
    if said and kind in _FORMATS and said not in _FORMATS[kind]:
        known = " and ".join(f"'{name}'" for name in _FORMATS[kind])
        yield f"{path}.format: only {known} are supported for {kind} type"
    for at, name in enumerate(schema.get("required", ())):
        if name not in schema.get("properties", {}):
            yield f"{path}.required[{at}]: property is not defined"
    for name, inner in schema.get("properties", {}).items():
        yield from _faults(inner, f"{path}.properties[{name}]")
    if "items" in schema:
        yield from _faults(schema["items"], f"{path}.items")
    for at, choice in enumerate(schema.get("anyOf", ())):
        yield from _faults(choice, f"{path}.any_of[{at}]")


def _kind(schema: Mapping[str, Any]) -> str:
    return str(schema.get("type", "TYPE_UNSPECIFIED")).upper()
