"""Units in their everyday names, and amounts in other units, from units.json."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from gemini_emulator.responder.arguments.numbers_and_times import amounts, fractions

_CONVERT = re.compile(
    r"\b(?:convert|how (?:many|much)|what(?:'s| is| are)|how (?:far|long|heavy|hot|cold|tall|big|fast)"
    r"|turn)\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\bhow (?:many|much) (?P<wanted>[a-z ]+?) (?:are|is|in|make|do|does|per|equals?|fit|go"
    r"|there)\b",
    re.IGNORECASE,
)
_TEMPERATURES = {"celsius": (1.0, 273.15), "fahrenheit": (5 / 9, 459.67 * 5 / 9), "kelvin": (1.0, 0.0)}


def answer(said: str) -> str:
    """ "How many ounces are in a pound?"; nothing when no two units of one kind are named."""
    if not _CONVERT.search(said):
        return ""
    line = fractions(said.lower().replace("°", " degrees "))
    named = _named(line)
    if len(named) < 2:
        return ""
    given = _given(line, named)
    if given is None:
        return ""
    value, here, there = given
    made = _measured(value, here, there)
    if made is None and "ounce" in f"{here} {there}":
        # Of liquids: "how many ounces are in a cup?"
        here, there = (f"fluid {name}" if name.startswith("ounce") else name for name in (here, there))
        made = _measured(value, here, there)
    if made is None:
        return ""
    about = "" if abs(made - round(made, 2)) < 1e-9 else "about "
    verb = "is" if value == 1 else "are"
    return f"{_number(value)} {_name(here, value)} {verb} {about}{_number(made)} {_name(there, made)}."


def _named(line: str) -> list[tuple[int, str]]:
    """Units with their places, in order; the longest name counts."""
    found: list[tuple[int, int, str]] = []
    for match in _pattern().finditer(line):
        found.append((match.start(), match.end(), match[0]))
    return [(start, name) for start, _, name in found]


def _given(line: str, named: list[tuple[int, str]]) -> tuple[float, str, str] | None:
    """The amount, its unit, and the unit that is wanted."""
    for amount in amounts(line):
        behind = [(start, name) for start, name in named if 0 <= start - amount.end <= 12]
        if behind and (others := [name for _, name in named if not _same(name, behind[0][1])]):
            return amount.value, behind[0][1], others[0]
    names = [name for _, name in named]
    if len(names) != 2 or _same(*names):
        return None
    asked = _MANY.search(line)
    if asked and names[0] in asked["wanted"]:
        return 1.0, names[1], names[0]
    one = re.search(rf"\b(?:an?|one|the) (?:{re.escape(names[1])})\b", line)
    return (1.0, names[1], names[0]) if one else (1.0, names[0], names[1])


def _same(name: str, other: str) -> bool:
    return _units()[name][:2] == _units()[other][:2]


def _measured(value: float, here: str, there: str) -> float | None:
    if here in _TEMPERATURES and there in _TEMPERATURES:
        factor, offset = _TEMPERATURES[here]
        wanted, base = _TEMPERATURES[there]
        return (value * factor + offset - base) / wanted
    kind, factor, _, _ = _units()[here]
    other, size, _, _ = _units()[there]
    return value * factor / size if kind == other else None


def _name(name: str, value: float) -> str:
    _, _, one, many = _units()[name]
    if name in _TEMPERATURES:
        return ("degree " if value == 1 else "degrees ") * (name != "kelvin") + one
    return one if abs(value) == 1 else many


def _number(made: float) -> str:
    rounded = round(made, 2) if abs(made) >= 0.1 else float(f"{made:.3g}")
    return f"{rounded:,.10g}" if abs(rounded) >= 10_000 else f"{rounded:.6g}"


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_units(), key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, names))})(?![a-z])")


@cache
def _units() -> dict[str, tuple[str, float, str, str]]:
    """Each name to its kind, its size in the kind's base unit, and what one and many of it are called."""
    table = json.loads(Path(__file__).with_name("units.json").read_text("utf-8"))["units"]
    out: dict[str, tuple[str, float, str, str]] = {}
    for kind, factor, one, many, others in table:
        for name in (one, many, *others):
            out[name] = (kind, factor, one, many)
    for number, name in enumerate(_TEMPERATURES):
        out[name] = ("temperature", float(number), name.capitalize(), name.capitalize())
    return out
