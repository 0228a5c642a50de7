"""Writes the client's wire types from `s2s/wire.py`: `python -m s2s.gen_wire [--check]`."""

import sys
from pathlib import Path
from typing import get_args

import msgspec
from msgspec import inspect as mi

from s2s import wire

TARGET = Path(__file__).resolve().parents[2] / "frontend/s2s-client/src/types/wire.gen.ts"
CONSTANTS = (
    "WIRE_VERSION",
    "INPUT_RATE",
    "OUTPUT_RATE",
    "FRAME_MS",
    "INPUT_SAMPLES",
    "OUTPUT_SAMPLES",
    "HEADER_BYTES",
    "MAX_CONTROL_BYTES",
    "MAX_TEXT_CHARS",
    "FLAG_LAST_OF_TURN",
    "AUDIO_CHANNEL",
    "CONTROL_CHANNEL",
)
ALIASES = ("Phase", "UpstreamStatus", "Level", "Backend")


def typescript(kind: mi.Type) -> str:
    """The TypeScript spelling of one field type. Raises TypeError for one the wire does not use yet."""
    match kind:
        case mi.IntType() | mi.FloatType():
            return "number"
        case mi.StrType():
            return "string"
        case mi.BoolType():
            return "boolean"
        case mi.AnyType():
            return "unknown"
        case mi.LiteralType(values=values):
            return " | ".join(f'"{value}"' for value in values)
        case mi.VarTupleType(item_type=item):
            return f"readonly {typescript(item)}[]"
        case mi.DictType(value_type=value):
            return f"Readonly<Record<string, {typescript(value)}>>"
    raise TypeError(f"no TypeScript spelling for {kind!r}")


def comment(text: str, indent: str = "") -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def interface(message: type[msgspec.Struct]) -> str:
    info = mi.type_info(message)
    assert isinstance(info, mi.StructType)
    fields = "".join(f"  readonly {f.encode_name}: {typescript(f.type)};\n" for f in info.fields)
    head = f'  readonly type: "{info.tag}";\n'
    return f"{comment(message.__doc__ or '')}export interface {message.__name__} {{\n{head}{fields}}}\n"


def generate() -> str:
    """The whole file."""
    parts = ["// Generated from backend/s2s/wire.py by `make gen`. Do not edit.\n"]
    parts.append("".join(f"export const {n} = {msgspec.json.encode(getattr(wire, n)).decode()};\n" for n in CONSTANTS))
    for alias in ALIASES:
        values = " | ".join(f'"{v}"' for v in get_args(getattr(wire, alias)))
        parts.append(f"export type {alias} = {values};\n")
    for union in ("FromBrowser", "ToBrowser"):
        members = get_args(getattr(wire, union))
        parts.extend(interface(member) for member in members)
        parts.append(f"export type {union} = {' | '.join(m.__name__ for m in members)};\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Writes the file, or with --check says whether it is up to date (exit code 1 when not)."""
    text = generate()
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text() == text:
            return 0
        print(f"{TARGET.name} is out of date: run `make gen`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
