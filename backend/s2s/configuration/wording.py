"""Word messages about wrong settings. Pure."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

MAX_SHOWN = 60
_UNITS = {"_ms": "milliseconds", "_s": "seconds", "_minutes": "minutes", "_mb": "megabytes", "_usd": "US dollars"}
_USER_INFO = re.compile(r"(//|\bturns?:|\bstuns?:)[^/?#]*@", re.IGNORECASE)


def shown(value: str) -> str:
    """Return a value as messages may repeat it: one line, printable, short, and without a URL's password."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _USER_INFO.sub(r"\1***@", value))
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def nearest(word: str, known: Collection[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that `word` is most likely a misspelling of, ignoring case; None if none is close."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


def alternatives(words: Iterable[str]) -> str:
    """Join words as `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def rule(name: str, field: FieldInfo) -> str:
    """Describe what a field accepts, to follow "it must be"."""
    kind = _without_none(field.annotation)
    if get_origin(kind) is Literal:
        return alternatives(word for word in get_args(kind) if word)
    if kind is bool:
        return "on or off"
    if kind in (int, float):
        unit = next((f" of {unit}" for end, unit in _UNITS.items() if name.endswith(end)), "")
        return f"a {'whole ' if kind is int else ''}number{unit}{_range(field.metadata)}"
    return "text"


def _without_none(kind: Any) -> Any:
    """The type of a setting that may be left out: X for X | None."""
    return next(one for one in get_args(kind) if one is not NoneType) if isinstance(kind, UnionType) else kind


def _range(metadata: list[Any]) -> str:
    limits = {bound: getattr(item, bound) for item in metadata for bound in ("ge", "gt", "le") if hasattr(item, bound)}
    least, above, most = limits.get("ge"), limits.get("gt"), limits.get("le")
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    if above is not None and most is not None:
        return f" above {above:,}, at most {most:,}"
    if least is not None:
        return f", {least:,} or more"
    return ""


def mistakes(
    fault: ValidationError, fields: Mapping[str, FieldInfo], values: Mapping[str, str], secret: Collection[str]
) -> dict[str, str]:
    """Return one sentence without its full stop for each wrong setting, by the setting's name.

    `values`: the values given; those of the fields in `secret` are not repeated.
    """
    found: dict[str, str] = {}
    for error in fault.errors():
        field = str(error["loc"][0]) if error["loc"] else ""
        name = field.upper() or "The environment"
        value = values.get(field, "")
        if error["type"] == "value_error":
            sentence = str(error["ctx"]["error"])
        elif field in fields:
            sentence = f"it must be {rule(field, fields[field])}"
            if error["type"] == "literal_error" and (meant := nearest(value, get_args(fields[field].annotation))):
                sentence += f" (did you mean {meant}?)"
        else:
            sentence = str(error["msg"])
        # A message about one item of a list repeats that item itself.
        told = error["type"] == "value_error" and any(
            shown(item.strip()) in sentence for item in value.split(",") if item.strip()
        )
        repeated = "" if field in secret or not value or told else f"={shown(value)}"
        found.setdefault(name, f"{name}{repeated}: {sentence}")
    return found
