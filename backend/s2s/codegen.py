"""Write the client's wire types and the pictures of the core's state machines: `python -m s2s.codegen [--check]`."""

import argparse
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
from msgspec import inspect as mi

from s2s import wire
from s2s.core import turn_machine
from s2s.core.link import upstream_buffer_state
from s2s.core.watchdog import reply_state

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "frontend/s2s-client/src/types/wire.gen.ts"
DOCS = ROOT / "docs"
State = TypeVar("State", bound=StrEnum)
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
    "FLAG_OPUS",
    "FLAG_OPUS_TAIL",
    "OPUS_LOOKAHEAD_SAMPLES",
    "MAX_OPUS_BYTES",
    "OPUS_UP_BITS_PER_S",
    "AUDIO_CHANNEL",
    "CONTROL_CHANNEL",
    "TWICE_PROTOCOL",
    "REPEAT_AFTER_FRAMES",
)
ALIASES = ("Phase", "UpstreamStatus", "Level", "Backend", "Codec", "Sensitivity")


def typescript(kind: mi.Type) -> str:
    """Return the TypeScript type of a field. Raises TypeError for one that the wire does not use yet."""
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


def may_be_absent(field: mi.Field) -> bool:
    """Whether the field's default is UNSET, which msgspec reports as optional without a default."""
    return not field.required and field.default is field.default_factory is msgspec.NODEFAULT


def interface(message: type[msgspec.Struct]) -> str:
    info = mi.type_info(message)
    assert isinstance(info, mi.StructType)
    fields = "".join(
        f"  readonly {f.encode_name}{'?' if may_be_absent(f) else ''}: {typescript(f.type)};\n" for f in info.fields
    )
    head = f'  readonly type: "{info.tag}";\n'
    return f"{comment(message.__doc__ or '')}export interface {message.__name__} {{\n{head}{fields}}}\n"


def generate() -> str:
    """Return the content of the client's generated file."""
    parts = ["// Generated from backend/s2s/wire/messages.py by `make gen`. Do not edit.\n"]
    parts.append("".join(f"export const {n} = {msgspec.json.encode(getattr(wire, n)).decode()};\n" for n in CONSTANTS))
    for alias in ALIASES:
        values = " | ".join(f'"{v}"' for v in get_args(getattr(wire, alias)))
        parts.append(f"export type {alias} = {values};\n")
    for union in ("FromBrowser", "ToBrowser"):
        members = get_args(getattr(wire, union))
        parts.extend(interface(member) for member in members)
        parts.append(f"export type {union} = {' | '.join(m.__name__ for m in members)};\n")
    return "\n".join(parts)


def diagram(table: Mapping[State, Mapping[type, State]], descriptions: Mapping[State, str]) -> str:
    """Render a state machine: a description of its states, and its table as a mermaid diagram from the first state."""
    states = "".join(f"- **{state}**: {text}\n" for state, text in descriptions.items())
    arrows = "".join(
        f"    {state} --> {target}: {event.__name__}\n" for state, row in table.items() for event, target in row.items()
    )
    return f"{states}\n```mermaid\nstateDiagram-v2\n    [*] --> {next(iter(table))}\n{arrows}```\n"


def page(title: str, module: str, *diagrams: str) -> str:
    """Return a documentation page about the state machines of one core module."""
    head = f"# {title}\n\nGenerated from `backend/s2s/core/{module}` by `make gen`. Do not edit.\n\n"
    stay = "An event without an arrow changes nothing: on a real-time link late words are legal.\n\n"
    return head + stay + "\n".join(diagrams)


def pages() -> dict[Path, str]:
    """Return the documentation pages of the core's state machines by path."""
    turn = diagram(turn_machine.TURN, turn_machine.DESCRIPTIONS)
    reply = diagram(reply_state.REPLY, reply_state.DESCRIPTIONS)
    buffer = diagram(upstream_buffer_state.UPSTREAM_BUFFER, upstream_buffer_state.BUFFER_DESCRIPTIONS)
    utterance = diagram(upstream_buffer_state.UTTERANCE, upstream_buffer_state.UTTERANCE_DESCRIPTIONS)
    return {
        DOCS / "turn-machine.md": page("The turn machine", "turn_machine.py", turn),
        DOCS / "reply-state.md": page("Whether a reply is due", "watchdog/reply_state.py", reply),
        DOCS / "upstream-buffer.md": page("The upstream buffer", "link/upstream_buffer_state.py", buffer, utterance),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or with --check only report whether they are up to date. Return the exit code, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m s2s.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a file is out of date")
    check: bool = parser.parse_args(arguments).check
    stale = False
    for target, text in {TARGET: generate(), **pages()}.items():
        if target.exists() and target.read_text() == text:
            continue
        stale = True
        if check:
            print(f"{target.name} is out of date: run `make gen`", file=sys.stderr)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
