"""Numbers, units and dates as they are said."""

from __future__ import annotations

import math
import re
from datetime import date, datetime

UNITS = {
    "c": "degrees Celsius", "celsius": "degrees Celsius", "f": "degrees Fahrenheit",
    "fahrenheit": "degrees Fahrenheit", "degrees": "degrees", "kmh": "kilometers per hour",
    "kph": "kilometers per hour", "mph": "miles per hour", "percent": "percent", "pct": "percent",
    "percentage": "percent", "km": "kilometers", "miles": "miles", "m": "meters", "meters": "meters",
    "cm": "centimeters", "mm": "millimeters", "s": "seconds", "sec": "seconds", "seconds": "seconds",
    "ms": "milliseconds", "min": "minutes", "mins": "minutes", "minutes": "minutes", "hours": "hours", "h": "hours",
    "days": "days", "kg": "kilograms", "g": "grams", "grams": "grams", "ml": "milliliters", "l": "liters",
    "kcal": "kilocalories", "usd": "dollars", "eur": "euros", "gbp": "pounds", "jpy": "yen", "chf": "francs",
    "dollars": "dollars", "euros": "euros", "mb": "megabytes", "gb": "gigabytes", "hpa": "hectopascals",
    "kw": "kilowatts", "kwh": "kilowatt hours", "v": "volts", "w": "watts", "db": "decibels",
    "ppm": "parts per million",
}  # fmt: skip
"""What the last word of a key says about its number."""
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


def unit_of(said: str) -> tuple[str, str]:
    """ "temperature c" -> degrees Celsius, temperature. A key of one word has no unit."""
    parts = said.split()
    if len(parts) > 1 and parts[-2:] == ["km", "h"]:
        return UNITS["kmh"], " ".join(parts[:-2]) or "speed"
    unit = UNITS.get(parts[-1], "") if len(parts) > 1 else ""
    return unit, " ".join(parts[:-1]) if unit else said


def amount(value: float) -> str:
    """As exact as an ear wants it: 21.53 -> 21.5, 0.01234 -> 0.012, 1234567 -> 1.2 million."""
    if isinstance(value, float) and not math.isfinite(value):
        return "unknown"
    if abs(value) >= 1e15:
        return "a very large number"
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{round(value / size, 1):g} {name}"
    if value == int(value):
        return str(int(value))
    if abs(value) >= 100:
        return str(round(value))
    return f"{round(value, 1):g}" if abs(value) >= 1 else f"{value:.2g}" if abs(value) >= 0.001 else "almost zero"


def calendar(text: str) -> str:
    """An ISO date or moment as people say it; anything else as it is."""
    try:
        if _DATE.match(text):
            day = date.fromisoformat(text)
            return f"{day:%B} {day.day}, {day.year}"
        if _MOMENT.match(text):
            at = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return f"{at:%B} {at.day} at {at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"
    except ValueError:
        return text
    return text
