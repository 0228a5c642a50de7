"""`python -m tests.frozen.surfaces`: writes down again what others rely on. Look at the difference before committing.

Contracts and their words stand apart: `openapi.json` and `commands.json` change with what is taken and answered,
`words.json` with how it is described. Nothing depends on the Python version, the terminal or the environment: of the
command lines the declarations are kept, not what argparse makes of them.
"""

import json
import os
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args
from unittest import mock

from bench.__main__ import COMMANDS
from gemini_emulator.__main__ import arguments
from main import create_app
from s2s.core.effects import Effect
from s2s.core.observer import SessionEvent
from s2s.settings import Settings
from tools import builtin_registry

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parents[2]
UPDATE = "If this is meant, run `python -m tests.frozen.surfaces` in backend and commit the difference."
PROSE = ("description", "summary")


def tags() -> dict[str, Any]:
    """What recordings call events and effects, and their members. A new member needs a default: old reports lack it."""
    return {
        "effects": {kind.tag: [field.name for field in fields(kind)] for kind in get_args(Effect)},
        "facts": {kind.tag: [field.name for field in fields(kind)] for kind in get_args(SessionEvent)},
    }


def openapi() -> dict[str, Any]:
    """What the REST endpoints take and answer, without a word of description or a version."""
    contract: dict[str, Any] = _without_prose(_described())
    del contract["info"]["version"]
    return contract


def commands() -> dict[str, Any]:
    """The options and arguments of `python -m gemini_emulator` and `python -m bench`, command by command."""
    return {
        program: {_name(action): _declared(action) for action in _actions(parser)} for program, parser in _parsers()
    }


def words() -> dict[str, str]:
    """How endpoints and command lines are described to people."""
    told = dict(_prose(_described(), "openapi"))
    for program, parser in _parsers():
        told[program] = "\n".join(filter(None, (parser.description, parser.epilog)))
        for action in _actions(parser):
            if action.help != SUPPRESS:
                told[f"{program} {_name(action)}"] = _placeless(action.help or "")
    for name, _, help_text in COMMANDS:
        told[f"bench: {name}"] = help_text
    return {name: text for name, text in told.items() if text}


SURFACES: dict[str, Callable[[], dict[str, Any]]] = {
    "tags": tags,
    "openapi": openapi,
    "commands": commands,
    "words": words,
}


def written(surface: str) -> str:
    """As it stands in its file."""
    return json.dumps(SURFACES[surface](), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def path_of(surface: str) -> Path:
    """Its file."""
    return FOLDER / f"{surface}.json"


# --- REST ---


def _described() -> dict[str, Any]:
    # Functions that were added to tools.py are not ours.
    described: dict[str, Any] = create_app(Settings.from_env({}), builtin_registry()).openapi()
    return described


def _without_prose(value: Any) -> Any:
    match value:
        case dict():
            # A member that is called "description" is no text.
            return {key: _without_prose(item) for key, item in value.items() if not _is_prose(key, item)}
        case list():
            return [_without_prose(item) for item in value]
    return value


def _prose(value: Any, place: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, item in value.items():
                if _is_prose(key, item):
                    yield f"{place} {key}", item
                else:
                    yield from _prose(item, f"{place} {key}")
        case list():
            for index, item in enumerate(value):
                yield from _prose(item, f"{place} {index}")


def _is_prose(key: str, value: Any) -> bool:
    return key in PROSE and isinstance(value, str)


# --- command lines ---


def _parsers() -> list[tuple[str, ArgumentParser]]:
    with mock.patch.dict(os.environ):
        # Some defaults can be chosen by the environment.
        for name in [name for name in os.environ if name.startswith("GEMINI_EMULATOR_")]:
            del os.environ[name]
        emulator, groups = arguments()
        found = [("gemini_emulator", emulator)]
        found += [(f"gemini_emulator {name}", group) for name, group in groups.items()]
        for name, measurement, _ in COMMANDS:
            measurement.arguments(parser := ArgumentParser())
            found.append((f"bench {name}", parser))
    return [*found, *((f"{name} {deeper}", parser) for name, top in found[1:] for deeper, parser in _commands(top))]


def _commands(parser: ArgumentParser) -> Iterator[tuple[str, ArgumentParser]]:
    for action in _actions(parser):
        if isinstance(action.choices, dict):
            yield from action.choices.items()


def _actions(parser: ArgumentParser) -> list[Action]:
    return [action for action in parser._actions if "--help" not in action.option_strings]


def _name(action: Action) -> str:
    return " ".join(action.option_strings) or str(action.metavar or action.dest)


def _declared(action: Action) -> dict[str, Any]:
    default = action.default
    return {
        "choices": sorted(map(str, action.choices)) if action.choices is not None else None,
        # Paths differ from machine to machine.
        "default": default if isinstance(default, bool | int | float | str | list) else None,
        "metavar": action.metavar,
        "nargs": action.nargs,
        "required": action.required,
    }


def _placeless(text: str) -> str:
    return text.replace(str(REPOSITORY), "…")


if __name__ == "__main__":
    for name in SURFACES:
        path_of(name).write_text(written(name), "utf-8")
        print(path_of(name))
