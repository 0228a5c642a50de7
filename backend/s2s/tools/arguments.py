"""Check the model's arguments against the function's schema, and repair them where that is unambiguous.

Google's JSON writes every number as a double (3.0 for an integer 3), and the declaration may have said less than the
schema: enumerations of anything but texts and free objects travel as text. A null for an optional argument is left out.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from s2s.tools.schema_merging import same_text
from s2s.tools.schema_reader import LISTS, MAPS, SINGLE, SchemaRefused
from s2s.tools.schema_words import text_of

MAX_VALUES = 4_000
MAX_TEXT_CHARS = 200_000
MAX_DEPTH = 40
MAX_BITS = 4_096
MAX_ROUNDS = 8
"""JSON inside text can hold JSON inside text."""
MAX_PROBLEMS = 3
_MAX_ERRORS = 200
_MAX_SHOWN_CHARS = 160
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0{1,18})?")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?")
_WITHIN = (MAPS | LISTS | SINGLE) - {"$defs", "definitions"}
"""Keywords whose schemas are applied; definitions are where a reference leads."""
_NONE = object()
"""Marks a value that cannot be repaired."""
_LEFT_OUT = object()


def argument_validator(schema: Mapping[str, Any]) -> Validator:
    """Return a validator for `schema` from `read_schema`. Unlike JSON Schema, 3.0 is not an integer."""
    found: Validator = _Strict(dict(schema), registry=Registry())
    _check_references(dict(schema))
    return found


def _check_references(schema: dict[str, Any]) -> None:
    """Raise SchemaRefused for a reference that leads nowhere, also where a declaration does not look, as in `not`."""
    resolver = Registry[Any]().resolver_with_root(DRAFT202012.create_resource(schema))
    waiting: list[tuple[Any, Any]] = [(schema, resolver)]
    seen: set[int] = set()
    while waiting:
        part, resolver = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        resolver = resolver.in_subresource(DRAFT202012.create_resource(part))
        for reference in (part[key] for key in ("$ref", "$dynamicRef") if key in part):
            try:
                found = resolver.lookup(reference)
            except (Unresolvable, LookupError, TypeError, ValueError):
                raise SchemaRefused("parameters", f"the reference {reference!r} leads nowhere.") from None
            waiting.append((found.contents, found.resolver))
        for key in part.keys() & _WITHIN:
            inner = part[key]
            parts = inner.values() if key in MAPS else inner if isinstance(inner, list) else [inner]
            waiting += [(one, resolver) for one in parts]


class ArgumentsRefused(ValueError):
    """The arguments do not fit. The text tells the model what is wrong, and what is allowed."""


def fitting_arguments(validator: Validator, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `arguments` that fits the schema. Raises ArgumentsRefused."""
    try:
        _check_size(arguments)
        found: Any = json.loads(json.dumps(arguments))
        for _ in range(MAX_ROUNDS):
            errors = list(islice(validator.iter_errors(found), _MAX_ERRORS))
            if not errors:
                break
            changed = False
            for error in errors:
                changed = _repaired(found, error) or changed
            if not changed:
                raise ArgumentsRefused(_problems(errors))
        else:
            raise ArgumentsRefused("The arguments do not fit the function's parameters.")
    except (TypeError, OverflowError, RecursionError, re.error) as error:
        raise ArgumentsRefused("The arguments are nested too deeply, or hold something that is not JSON.") from error
    assert isinstance(found, dict)
    return found


def _check_size(arguments: Mapping[str, Any]) -> None:
    """Bound the size before any other check, some of which are quadratic."""
    values = chars = 0
    waiting: list[tuple[Any, int]] = [(arguments, 0)]
    while waiting:
        value, depth = waiting.pop()
        values += 1
        if isinstance(value, str):
            chars += len(value)
        elif isinstance(value, Mapping):
            chars += sum(len(str(key)) for key in value)
            waiting += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list | tuple):
            waiting += [(each, depth + 1) for each in value]
        elif isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise ArgumentsRefused("The arguments hold a number that is too large.")
        if values + len(waiting) > MAX_VALUES or chars > MAX_TEXT_CHARS or depth > MAX_DEPTH:
            raise ArgumentsRefused("The arguments are too large. Give less in one call.")


# --- a stricter JSON Schema ------------------------------------------------------------------------------


def _enum(_: Any, allowed: Sequence[Any], value: Any, __: Any) -> Iterator[ValidationError]:
    # 2.0 is in [1, 2] for JSON Schema; the function is to get the 2.
    if not any(same_text(value) == same_text(each) and type(value) is type(each) for each in allowed):
        yield ValidationError(f"{_shown(value)} is not one of {_shown(list(allowed))}")


def _const(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    yield from _enum(validator, [wanted], value, schema)


def _unique_items(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    # jsonschema compares every pair of values that it cannot sort: 4,000 objects would take seconds.
    if wanted and isinstance(value, list):
        different = {json.dumps(_whole(each), sort_keys=True) for each in value}
        if len(different) < len(value):
            yield ValidationError(f"{_shown(value)} has non-unique elements")


def _whole(value: Any) -> Any:
    """Return the value with 3 for 3.0, which are equal in JSON Schema, at any depth."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _type(validator: Any, wanted: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if not any(validator.is_type(value, kind) for kind in kinds):
        yield ValidationError(f"{_shown(value)} is not of type {', '.join(map(repr, kinds))}")


_extend: Callable[..., Any] = validators.extend
_Strict = _extend(
    Draft202012Validator,
    validators={"enum": _enum, "const": _const, "type": _type, "uniqueItems": _unique_items},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}..."


# --- repairing ---------------------------------------------------------------------------------------


def _repaired(root: Any, error: ValidationError) -> bool:
    """Repair the value inside `root` that `error` is about, if there is exactly one way."""
    path = list(error.absolute_path)
    if not path:
        return False
    holder = root
    for step in path[:-1]:
        holder = holder[step]
    # An error before this one may have changed it.
    if (step := path[-1]) not in (holder if isinstance(holder, dict) else range(len(holder))):
        return False
    better = _better(holder[step], error)
    if better is _NONE and holder[step] is None and isinstance(holder, dict) and error.validator != "required":
        better = _LEFT_OUT
    if better is _NONE:
        return False
    if better is _LEFT_OUT:
        del holder[step]
    else:
        holder[step] = better
    return True


def _better(value: Any, error: ValidationError) -> Any:
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            return _of_type(value, [wanted] if isinstance(wanted, str) else wanted)
        case "enum":
            return _member(value, wanted)
        case "const":
            return _member(value, [wanted])
        case "anyOf" | "oneOf":
            return _by_choice(value, error)
    return _NONE


def _by_choice(value: Any, error: ValidationError) -> Any:
    """Return the only repair that fits one of the choices."""
    found: dict[str, Any] = {}
    choices: dict[Any, list[ValidationError]] = {}
    for each in error.context or ():
        # Of a choice that is `false` nothing is said: nothing fits it.
        if each.schema_path:
            choices.setdefault(each.schema_path[0], []).append(each)
    for errors in choices.values():
        copy = {"value": json.loads(json.dumps(value))}
        if all(_repaired_below(copy, each) for each in errors):
            found[f"{type(copy.get('value')).__name__} {json.dumps(copy.get('value'), sort_keys=True)}"] = copy
    if len(found) != 1:
        return _NONE
    return next(iter(found.values())).get("value", _LEFT_OUT)


def _repaired_below(copy: dict[str, Any], error: ValidationError) -> bool:
    path = ["value", *error.relative_path]
    holder: Any = copy
    for step in path[:-1]:
        holder = holder[step]
    better = _better(holder[path[-1]], error)
    if better is _NONE or better is _LEFT_OUT:
        return False
    holder[path[-1]] = better
    return True


def _of_type(value: Any, kinds: Sequence[str]) -> Any:
    ways = [way for kind in kinds if (way := _WAYS.get(kind, _no_way)(value)) is not _NONE]
    # "3" for integer or number is the same 3.
    distinct = {same_text(way): way for way in reversed(ways)}
    return next(iter(distinct.values())) if len(distinct) == 1 else _NONE


def _no_way(_: Any) -> Any:
    return _NONE


def _as_integer(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()[:40]):
        return int(value.strip().partition(".")[0])
    return _NONE


def _as_number(value: Any) -> Any:
    if isinstance(value, str) and _DECIMAL.fullmatch(text := value.strip()[:100]):
        whole = _as_integer(text)
        number = float(text) if whole is _NONE else whole
        return number if abs(number) < float("inf") else _NONE
    return _NONE


def _as_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.strip().casefold(), _NONE) if isinstance(value, str) else _NONE


def _as_null(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip() in ("null", "None") else _NONE


def _as_json(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
            return _NONE
        try:
            found = json.loads(value)
            _check_size({"": found})
        except (ValueError, RecursionError):
            return _NONE
        return found if isinstance(found, kind) else _NONE

    return read


_WAYS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
    "null": _as_null,
    "object": _as_json(dict),
    "array": _as_json(list),
}


def _member(value: Any, allowed: Sequence[Any]) -> Any:
    """Return the enum member that was meant: 2 by 2.0, 60 by "60", true by "true"."""
    same = [each for each in allowed if same_text(each) == same_text(value)]
    if not same and isinstance(value, str):
        same = [each for each in allowed if not isinstance(each, str) and text_of(each) == value.strip()]
    if not same and isinstance(value, int | float) and not isinstance(value, bool):
        # The other way round: a number where the schema lists texts.
        same = [each for each in allowed if isinstance(each, str) and each == text_of(json.loads(same_text(value)))]
    return same[0] if len(same) == 1 and type(same[0]) is not type(value) else _NONE


# --- explaining ---------------------------------------------------------------------------------------------


def _problems(errors: Sequence[ValidationError]) -> str:
    told = [_problem(error) for error in sorted(errors, key=lambda error: [str(step) for step in error.absolute_path])]
    return "; ".join(list(dict.fromkeys(told))[:MAX_PROBLEMS])


def _problem(error: ValidationError) -> str:
    where = ".".join(str(step)[:60] for step in error.absolute_path)
    text = error.message
    if error.validator in ("anyOf", "oneOf") and error.context:
        allowed = dict.fromkeys(_allowed(each) for each in error.context if not each.relative_path)
        text = f"{_shown(error.instance)} does not fit"
        if allowed := {each: None for each in allowed if each}:
            text += f"; allowed: {' or '.join(allowed)}"
    elif error.validator == "maxLength":
        text = f"the text is longer than {error.validator_value} characters"
    if len(text) > 2 * _MAX_SHOWN_CHARS:
        text = f"{text[:_MAX_SHOWN_CHARS]}...{text[-_MAX_SHOWN_CHARS:]}"
    return f"{where}: {text}" if where else text


def _allowed(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            return wanted if isinstance(wanted, str) else " or ".join(wanted)
        case "enum":
            return f"one of {_shown(list(wanted))}"
        case "const":
            return _shown(wanted)
    return ""
