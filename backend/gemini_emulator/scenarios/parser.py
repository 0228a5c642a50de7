"""Scenarios and actions from YAML (or JSON, which is YAML, too), checked, with faults told by line and field."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.scenarios.actions import (
    NAMES,
    Action,
    Close,
    Doorway,
    DuplicateAnswer,
    EarlyTurnComplete,
    EmptyTurn,
    Http,
    Message,
    Rejected,
)
from gemini_emulator.scenarios.scenario import MESSAGES, Scenario, Step, When

SERVER_MESSAGES = (
    "setupComplete", "serverContent", "toolCall", "toolCallCancellation", "goAway", "sessionResumptionUpdate",
    "voiceActivity", "voiceActivityDetectionSignal", "usageMetadata",
)  # fmt: skip
MAX_REASON_BYTES = 123
_AT_LEAST_ONE = {"turn", "nth", "connection", "handshake"}
_FOLDER = files("gemini_emulator").joinpath("scenarios")


class Unreadable(Exception):
    """The text is one sentence: where, and what is wrong there."""


class _Fault(Exception):
    def __init__(self, node: yaml.Node, where: str, what: str) -> None:
        super().__init__(f"line {node.start_mark.line + 1}{f', {where}' if where else ''}: {what}")


def built_in() -> dict[str, str]:
    """The text of each scenario that comes with the emulator, by name."""
    found = sorted(item.name for item in _FOLDER.iterdir() if item.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): _FOLDER.joinpath(name).read_text("utf-8") for name in found}


def find_scenario(wanted: str) -> Scenario:
    """The scenario of that name among those that come along, or the one that this text is. Raises `Unreadable`."""
    known, name = built_in(), wanted.strip()
    if name in known:
        return read_scenario(known[name], name)
    if re.fullmatch(r"[\w-]+", name):
        raise Unreadable(f"There is no scenario called {name}. Known: {', '.join(known)}.")
    return read_scenario(wanted)


def load_scenario(name_or_file: str) -> Scenario:
    """The scenario of that name, or in that file. Raises `Unreadable`."""
    path = Path(name_or_file)
    if name_or_file in built_in() and not path.exists():
        return find_scenario(name_or_file)
    try:
        return read_scenario(path.read_text("utf-8"), name_or_file)
    except OSError as error:
        known = ", ".join(built_in())
        raise Unreadable(f"{name_or_file}: {error.strerror}. Give a file, or one of: {known}.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{name_or_file}: this is not UTF-8 text.") from None


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """Raises `Unreadable`."""
    try:
        return _scenario(_compose(text))
    except _Fault as fault:
        raise Unreadable(f"{source}: {fault}") from None


def read_actions(text: str, source: str = "actions") -> tuple[Action, ...]:
    """What stands after `do:` in a scenario. Raises `Unreadable`."""
    try:
        return _actions(_compose(text), "")
    except _Fault as fault:
        raise Unreadable(f"{source}: {fault}") from None


def _compose(text: str) -> yaml.Node:
    empty = yaml.ScalarNode("", "", yaml.Mark("", 0, 0, 0, None, 0))
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise _Fault(empty, "", "aliases (*name) are not supported; write the value out.")
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = yaml.ScalarNode("", "", mark) if mark else empty
        raise _Fault(place, "", f"this is not YAML: {error.problem}.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise _Fault(empty, "", f"this is not YAML: {str(error).splitlines()[0]}.") from None
    if node is None:
        raise _Fault(empty, "", "there is nothing here.")
    return node


def _scenario(node: yaml.Node) -> Scenario:
    given = _mapping(node, "", ("name", "about", "seed", "steps"))
    if "steps" not in given:
        raise _Fault(node, "steps", "is missing: a scenario is a list of steps, each with `when` and `do`.")
    steps = given["steps"]
    if not isinstance(steps, yaml.SequenceNode):
        raise _Fault(steps, "steps", "must be a list; begin each step with `- when:`.")
    return Scenario(
        name=_optional(given, "name", str, ""),
        about=_optional(given, "about", str, ""),
        seed=_optional(given, "seed", int, 0),
        steps=tuple(_step(step, f"steps[{index}]") for index, step in enumerate(steps.value, 1)),
    )


def _optional(given: Mapping[str, yaml.Node], name: str, kind: Any, default: Any) -> Any:
    return _value(given[name], kind, name) if name in given else default


def _step(node: yaml.Node, where: str) -> Step:
    given = _mapping(node, where, ("when", "do", "times"))
    for name in ("when", "do"):
        if name not in given:
            raise _Fault(node, where, f"`{name}` is missing.")
    when = _when(given["when"], f"{where}.when")
    do = _actions(given["do"], f"{where}.do")
    for action in do:
        _check_together(given["do"], f"{where}.do", when, action)
    return Step(when, do, _times(given.get("times"), f"{where}.times"))


def _times(node: yaml.Node | None, where: str) -> int | None:
    if node is None:
        return 1
    value = _plain(node, where)
    if value == "always":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _Fault(node, where, "must be a number from 1, or `always`.")
    return value


def _when(node: yaml.Node, where: str) -> When:
    kinds = get_type_hints(When)
    given = _mapping(node, where, [field.name for field in fields(When)])
    values = {name: _value(item, kinds[name], f"{where}.{name}") for name, item in given.items()}
    for name, value in values.items():
        _check_range(given[name], f"{where}.{name}", name, value)
    when = When(**values)
    if when.message is not None:
        _known(given["message"], f"{where}.message", when.message, MESSAGES, "client message")
    if when.nth is not None and when.message is None:
        raise _Fault(given["nth"], f"{where}.nth", "needs `message`: the kind of message to count.")
    times = (when.connected_s is not None) + (when.setup_s is not None)
    if times + when.on_turn + when.on_message + when.on_handshake != 1:
        what = (
            "give one of: a turn (`turn`, `heard`, `spoken_s`), a `message`, `connected_s`, `setup_s` or `handshake`."
        )
        raise _Fault(node, where, what)
    return when


def _check_range(node: yaml.Node, where: str, name: str, value: Any) -> None:
    if name in _AT_LEAST_ONE and value < 1:
        raise _Fault(node, where, "counts from 1.")
    if name == "chance" and not 0 <= value <= 1:
        raise _Fault(node, where, "must be between 0 and 1.")
    if name == "spoken_s" and value <= 0:
        raise _Fault(node, where, "must be more than 0; leave it out to act before the voice.")
    if name == "heard" and not value.strip():
        raise _Fault(node, where, "must hold at least one word.")


def _check_together(node: yaml.Node, where: str, when: When, action: Action) -> None:
    if isinstance(action, EarlyTurnComplete) and when.on_turn and when.spoken_s is None:
        what = "early_turn_complete needs `spoken_s` in `when`: how much is said before. If nothing is: empty_turn."
        raise _Fault(node, where, what)
    if when.on_handshake and not isinstance(action, Doorway):
        raise _Fault(node, where, "at a handshake there is only `http` and `slow_accept`.")
    if isinstance(action, EmptyTurn | Rejected) and when.spoken_s is not None:
        raise _Fault(node, where, "a turn that has begun cannot be empty: take `spoken_s` out of `when`.")


def _actions(node: yaml.Node, where: str) -> tuple[Action, ...]:
    """One name, one mapping, or a list of those."""
    if isinstance(node, yaml.SequenceNode):
        items = [_actions(item, f"{where}[{index}]") for index, item in enumerate(node.value, 1)]
        return tuple(action for item in items for action in item)
    if isinstance(node, yaml.MappingNode):
        given = _mapping(node, where, NAMES, "action")
        return tuple(_action(name, node, item, f"{where}.{name}".lstrip(".")) for name, item in given.items())
    name = _value(node, str, where)
    _known(node, where, name, NAMES, "action")
    return (_action(name, node, None, where),)


def _action(name: str, place: yaml.Node, node: yaml.Node | None, where: str) -> Action:
    kind = NAMES[name]
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    values: dict[str, Any] = {}
    if isinstance(node, yaml.MappingNode) and kind is not Message:
        given = _mapping(node, where, names)
        values = {key: _value(item, hints[key], f"{where}.{key}") for key, item in given.items()}
    elif node is not None and not _says_nothing(_plain(node, where)):
        if not names:
            raise _Fault(node, where, f"{name} takes no value; write `{name}` alone.")
        values = {names[0]: _value(node, hints[names[0]], where)}
    try:
        action = kind(**values)
    except TypeError:
        raise _Fault(node or place, where, f"{name} needs {names[0]}, as in `{name}: ...`.") from None
    _check_action(node or place, where, action)
    return action


def _check_action(node: yaml.Node, where: str, action: Action) -> None:
    for field in fields(action):
        value = getattr(action, field.name)
        if isinstance(value, int | float) and value < 0:
            raise _Fault(node, f"{where}.{field.name}", "cannot be negative.")
    match action:
        case Close(row, code, reason):
            _check_close(node, where, row, code, reason)
        case DuplicateAnswer(within) if within not in ("turn", "generation"):
            raise _Fault(node, where, "must be `turn` or `generation`.")
        case Http(status) if not 400 <= status <= 599:
            raise _Fault(node, where, "must be an HTTP status from 400 to 599.")
        case Rejected(reason) if not re.fullmatch(r"[A-Z_]+", reason):
            raise _Fault(node, where, "must be a name like RESPONSE_REJECTED.")
        case Message(message):
            # A message that has only unknown names breaks the official SDK; the service never sends one.
            for name in message:
                _known(node, where, name, SERVER_MESSAGES, "server message")
        case _:
            pass


def _check_close(node: yaml.Node, where: str, row: str, code: int, reason: str) -> None:
    if row:
        _known(node, where, row, CLOSES, "close")
    elif not (code in {1000, 1001, 1002, 1003, 1006, *range(1007, 1015)} or 3000 <= code <= 4999):
        raise _Fault(node, where, "needs a name of the close-code table, or `code`: 1000-1003, 1006-1014 or 3000-4999.")
    if len(reason.encode()) > MAX_REASON_BYTES:
        raise _Fault(node, where, f"a close frame holds {MAX_REASON_BYTES} bytes of reason, not more.")


# Values


def _mapping(node: yaml.Node, where: str, known: Iterable[str], kind: str = "field") -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _Fault(node, where, "must be a mapping, lines of `name: value`.")
    out: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = str(key.value)
        _known(key, where, name, known, kind)
        if name in out:
            raise _Fault(key, where, f"`{name}` is given twice.")
        out[name] = value
    return out


def _known(node: yaml.Node, where: str, name: str, known: Iterable[str], kind: str) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, list(known), 1)
    hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}."
    raise _Fault(node, where, f"there is no {kind} called `{name}`. {hint}")


def _value(node: yaml.Node, kind: Any, where: str) -> Any:
    value = _plain(node, where)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in (float, float | None):
        if not number or not 0 <= value < float("inf"):
            raise _Fault(node, where, f"must be a number from 0, not {_shown(value)}.")
        return float(value)
    if kind in (int, int | None):
        if not number or int(value) != value:
            raise _Fault(node, where, f"must be a whole number, not {_shown(value)}.")
        return int(value)
    if kind in (str, str | None):
        if not isinstance(value, str):
            raise _Fault(node, where, f"must be text, not {_shown(value)}; put it in quotes.")
        return value
    if not isinstance(value, dict):
        raise _Fault(node, where, f"must be a mapping, not {_shown(value)}.")
    return value


def _plain(node: yaml.Node, where: str) -> Any:
    """What JSON knows; YAML's dates and sets are refused."""
    try:
        value = _constructor().construct_document(node)
        json.dumps(value, allow_nan=False)
    except (yaml.YAMLError, TypeError, ValueError):
        raise _Fault(node, where, "must be text, a number, true, false, a list or a mapping.") from None
    return value


def _constructor() -> yaml.constructor.SafeConstructor:
    return yaml.constructor.SafeConstructor()


def _says_nothing(value: Any) -> bool:
    """`near_silent:` and `near_silent: true` are the name alone."""
    return value is None or value is True


def _shown(value: Any) -> str:
    return json.dumps(value)[:40]
