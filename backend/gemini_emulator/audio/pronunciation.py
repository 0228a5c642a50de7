"""Written words as they are pronounced: numbers, times, dates, money, units, abbreviations, addresses and names.

Voices differ in what they can read; here all of it becomes plain words, so that every voice says the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from gemini_emulator.audio.number_words import cardinal, digit_by_digit, in_pairs, ordinal, written_number

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"Sept": "September"}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\b\.?)"
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_BIG = r"(?: (?P<big>hundred|thousand|million|billion|trillion))?"
_MONEY = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "pence"), "¥": ("yen", ""), "₹": ("rupee", "paise"),
    "₩": ("won", ""), "USD": ("dollar", "cent"), "EUR": ("euro", "cent"), "GBP": ("pound", "pence"),
    "JPY": ("yen", ""), "CHF": ("Swiss franc", "rappen"),
}  # fmt: skip
_NO_PLURAL = frozenset(["yen", "won", "pence", "paise", "rappen", "hertz", "kilohertz", "megahertz", "gigahertz"])
_UNITS = {
    "km/h": "kilometer per hour", "kmh": "kilometer per hour", "kph": "kilometer per hour", "mph": "mile per hour",
    "m/s": "meter per second", "km²": "square kilometer", "km2": "square kilometer", "m²": "square meter",
    "m2": "square meter", "m³": "cubic meter", "m3": "cubic meter", "km": "kilometer", "cm": "centimeter",
    "mm": "millimeter", "m": "meter", "mi": "mile", "ft": "foot", "in": "inch", "yd": "yard", "kg": "kilogram",
    "mg": "milligram", "g": "gram", "lb": "pound", "lbs": "pound", "oz": "ounce", "l": "liter", "L": "liter",
    "ml": "milliliter", "mL": "milliliter", "ms": "millisecond", "s": "second", "sec": "second", "min": "minute",
    "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte",
    "GB": "gigabyte", "TB": "terabyte", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "W": "watt", "kW": "kilowatt", "MW": "megawatt", "kWh": "kilowatt hour", "V": "volt", "dB": "decibel",
    "hPa": "hectopascal", "kcal": "kilocalorie", "mbit/s": "megabit per second", "Mbit/s": "megabit per second",
}  # fmt: skip
_AMBIGUOUS = frozenset(["in", "m", "s", "h", "g", "l", "L", "V", "W", "min", "mi"])
"""Also words, initials or shorthand: a unit only where another word does not go on with it."""
_PLURALS = {"foot": "feet", "inch": "inches"}
_STREETS = {"St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Ln": "Lane", "Sq": "Square"}
_STREET = rf"(?:{'|'.join([*_STREETS, *_STREETS.values(), 'Drive', 'Court', 'Place', 'Way'])})\b"
_ABBREVIATIONS = {
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor", "Jr.": "Junior",
    "Sr.": "Senior", "vs.": "versus", "e.g.": "for example", "i.e.": "that is", "etc.": "and so on",
    "approx.": "approximately", "Mt.": "Mount", "Ft.": "Fort", "Inc.": "Incorporated", "Ltd.": "Limited",
    "Apt.": "apartment", "max.": "maximum", "min.": "minimum", "incl.": "including", "a.m.": "AM", "p.m.": "PM",
    "A.M.": "AM", "P.M.": "PM", "U.S.": "US", "U.K.": "UK", "U.N.": "UN", "no.": "number",
}  # fmt: skip
_FRACTIONS = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 8: "eighth", 10: "tenth"}
_VULGAR = {"½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds"}
_ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12, "XIV": 14, "XVI": 16}
_COUNTED = "War|Chapter|Part|Act|Volume|Type|Phase|Book|Mark|Title"
_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe",
                          "đ": "d", "Đ": "D", "ı": "i", "ð": "d", "þ": "th", "’": "'", "‘": "'", "–": "-",
                          "−": "-", "\u00a0": " ", "\u202f": " "})  # fmt: skip
_SYMBOLS = {"&": "and", "=": "equals", "+": "plus", "×": "times", "÷": "divided by", "→": "to", "~": "about",
            "²": "squared", "³": "cubed", "@": "at", "°": "degrees", "%": "percent"}  # fmt: skip


def pronounced(sentence: str) -> str:
    """The sentence in plain words; what no voice can say is left out."""
    text = _folded(sentence)
    for pattern, said in _RULES:
        text = pattern.sub(said, text)
    text = "".join(letter if _sayable(letter) else " " for letter in text)
    return re.sub(r" +(?=[,.;:!?])", "", " ".join(text.split()))


def _folded(text: str) -> str:
    """Without accents: a voice for English drops or garbles the letters that have them."""
    for sign, words in _VULGAR.items():
        text = text.replace(sign, f" {words}")
    keep = "°²³"
    return "".join(
        letter if letter in keep else "".join(
            part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
        )
        for letter in text.translate(_LETTERS)
    )  # fmt: skip


def _sayable(letter: str) -> bool:
    return letter.isascii() or letter in "—…" or letter.isalpha()


def _month(found: re.Match[str]) -> str:
    return _SHORT_MONTHS.get(found["month"].rstrip(".")[:4].strip(), found["month"].rstrip("."))


def _month_day(found: re.Match[str]) -> str:
    year = f", {_year(int(found['year']))}" if found["year"] else ""
    return f"{_month(found)} {ordinal(int(found['day']))}{year}"


def _day_month(found: re.Match[str]) -> str:
    return f"the {ordinal(int(found['day']))} of {_month(found)}"


def _iso_date(found: re.Match[str]) -> str:
    month, day = int(found["month"]), int(found["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0]
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {_year(int(found['year']))}"


def _year(number: int) -> str:
    return in_pairs(number) if 1100 <= number < 2000 or 2010 <= number < 2100 else cardinal(number)


def _time(found: re.Match[str]) -> str:
    hour, minute, half = int(found["hour"]), int(found["minute"]), (found["half"] or "").upper().replace(".", "")
    if hour > 24 or minute > 59:
        return found[0]
    behind = f" {half}" if half else "" if minute else " o'clock"
    minutes = "" if not minute else f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
    return f"{cardinal(hour)}{minutes}{behind}{_full_stop(found)}"


def _plural(noun: str, number: str) -> str:
    if number in ("1", "-1") or noun in _NO_PLURAL:
        return noun
    head, per, tail = noun.partition(" per ")
    return f"{_PLURALS.get(head, head + 's')}{per}{tail}"


def _money(found: re.Match[str]) -> str:
    groups = found.groupdict()
    unit, part = _MONEY[groups["sign"]]
    number, big = groups["number"], groups.get("big")
    whole, _, cents = number.partition(".")
    if big:
        return f"{written_number(number)} {big} {_plural(unit, '2')}"
    if len(cents) != 2 or not part:
        return f"{written_number(number)} {_plural(unit, number)}"
    said = f"{written_number(whole)} {_plural(unit, whole)}"
    if cents == "00":
        return said
    small = f"{cardinal(int(cents))} {_plural(part, str(int(cents)))}"
    return small if whole == "0" else f"{said} and {small}"


def _measure(found: re.Match[str]) -> str:
    return f"{_minus(found)}{written_number(found['number'])} {_plural(_UNITS[found['unit']], found['number'])}"


def _degrees(found: re.Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get(found["scale"] or "", "")
    degrees = "degree" if found["number"] == "1" else "degrees"
    return f"{_minus(found)}{written_number(found['number'])} {degrees}{scale}"


def _minus(found: re.Match[str]) -> str:
    return "minus " if found["minus"] else ""


def _fraction(found: re.Match[str]) -> str:
    above, below = int(found[1]), int(found[2])
    if 0 < above < below and below in _FRACTIONS:
        part = _FRACTIONS[below]
        plural = "halves" if part == "half" else f"{part}s"
        return f"{cardinal(above)} {part if above == 1 else plural}"
    return f"{cardinal(above)} slash {cardinal(below)}" if (above, below) != (24, 7) else "twenty-four seven"


def _phone(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    return ("plus " if found[0].startswith("+") else "") + ", ".join(digit_by_digit(group) for group in groups)


def _house(found: re.Match[str]) -> str:
    number, letter = int(found["number"]), found["letter"]
    return f"{in_pairs(number)}{f' {letter}' if letter else ''} {found['street']}"


def _decade(found: re.Match[str]) -> str:
    said = in_pairs(int(found[1]))
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _plain_number(found: re.Match[str]) -> str:
    """Apart from letters that touch it: "R2" is R two."""
    number = found["number"]
    year = number.isdigit() and len(number) == 4 and number[0] != "0"
    said = _minus(found) + (_year(int(number)) if year else written_number(number))
    around = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return f"{' ' * around[0].isalpha()}{said}{' ' * around[1].isalpha()}"


def _version(found: re.Match[str]) -> str:
    return " point ".join(cardinal(int(part)) for part in found[0].split("."))


def _address_on_the_net(found: re.Match[str]) -> str:
    return found[0].replace("@", " at ").replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ")


def _full_stop(found: re.Match[str]) -> str:
    """That of an abbreviation at the end is that of the sentence, too."""
    return "." if found[0].endswith(".") and found.end() == len(found.string) else ""


def _street(found: re.Match[str]) -> str:
    return _STREETS[found["short"]] + _full_stop(found)


def _initials(found: re.Match[str]) -> str:
    return found[0].replace(".", "")


def _roman(found: re.Match[str]) -> str:
    number = _ROMAN[found["roman"]]
    if re.fullmatch(_COUNTED, found["name"]):
        return f"{found['name']} {cardinal(number)}"
    return f"{found['name']} the {ordinal(number)}"


def _abbreviation(found: re.Match[str]) -> str:
    return _ABBREVIATIONS[found[0]] + _full_stop(found)


_SAID_UNITS = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_BEHIND_AMBIGUOUS = rf"(?!(?:{'|'.join(map(re.escape, sorted(_AMBIGUOUS)))}) (?:the|a|an|my|your|19|20)\b)"
_SIGNS = "|".join(map(re.escape, _MONEY))
_Said = str | Callable[[re.Match[str]], str]
_RULES: tuple[tuple[re.Pattern[str], _Said], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,20}){1,4}\b", _address_on_the_net),
        (
            r"\b(?:www\.)?[A-Za-z0-9-]{2,64}(?:\.[a-z]{2,12}){0,2}\.(?:com|org|net|io|dev|edu|gov|de|fr|uk|ai|app)\b",
            _address_on_the_net,
        ),
        (r"(?:^|(?<=[\s/]))\.env\b", " dot env"),
        (r"\bREADME\b", "read me"),
        (r"\b(1[1-9]\d0|20\d0)s\b", _decade),
        (r"(?<=:\d\d) ?- ?(?=\d)", " to "),
        (r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?!\d)(?: ?(?P<half>[AaPp](?:\.[Mm]\.|[Mm]\b)))?", _time),
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso_date),
        (rf"\b{_MONTH} (?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?!:|\.\d)(?:,? (?P<year>\d{{4}})\b)?", _month_day),
        (rf"\b(?:[Tt]he )?(?P<day>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?{_MONTH}", _day_month),
        (rf"(?P<sign>{_SIGNS}) ?(?P<number>{_NUMBER}){_BIG}(?![\d%])", _money),
        (rf"\b(?P<number>{_NUMBER}) ?(?P<sign>{_SIGNS})(?!\w)", _money),
        (rf"(?P<minus>(?<![\w)])-)?\b(?P<number>{_NUMBER}) ?(?:°|degrees) ?(?P<scale>[CF])?(?!\w)", _degrees),
        (
            rf"(?P<minus>(?<![\w)])-)?\b(?P<number>{_NUMBER}) ?{_BEHIND_AMBIGUOUS}(?P<unit>{_SAID_UNITS})(?![\w/'])",
            _measure,
        ),
        (r"\bkm/h\b", "kilometers per hour"),
        (rf"\b(?P<number>\d{{1,4}})(?P<letter>[A-D])? (?P<street>(?:[A-Z][a-z]+ ){{1,3}}{_STREET})", _house),
        (
            rf"(?<=[a-z] )(?P<short>{'|'.join(_STREETS)})\.?(?=,| \d|$|\.$| [A-Z]{{2}}\b)",
            _street,
        ),
        (r"\bSt\.? (?=[A-Z])", "Saint "),
        (r"(?<=\b[A-Z]{2} )\d{5}\b", lambda found: digit_by_digit(found[0])),
        (
            r"(?<!\w)(?:\+\d{1,3}[ -]?)?(?:\(\d{3}\) ?|\d{3}[ -])?\d{3}-\d{4}\b"
            r"|(?<!\w)\+\d{1,3}(?: \d{2,5}){2,4}\b",
            _phone,
        ),
        (r"\b(?:[A-Z]\. ?){1,3}(?=[A-Z][a-z])", _initials),
        (rf"\b(?P<name>[A-Z][a-z]+) (?P<roman>{'|'.join(sorted(_ROMAN, key=len, reverse=True))})\b", _roman),
        (
            rf"(?<![\w.])(?:{'|'.join(sorted(map(re.escape, _ABBREVIATIONS), key=len, reverse=True))})(?!\w)",
            _abbreviation,
        ),
        (r"\bNo\. ?(?=\d)|#(?=\d)", "number "),
        (r"\b(\d{1,3})(?:st|nd|rd|th)\b", lambda found: ordinal(int(found[1]))),
        (r"(?<![\d./])(\d{1,2})/(\d{1,2})(?![\d./])", _fraction),
        (r"(?<=[A-Za-z])/(?=[A-Za-z])", " slash "),
        (r"(?<=\d) ?\* ?(?=\d)|(?<=\d) ?x ?(?=\d)", " times "),
        (r"(?<=\d) - (?=\d)", " minus "),
        (r"(?<=\d)-(?=\d)", " to "),
        (r"\b\d+(?:\.\d+){2,4}\b", _version),
        (rf"(?P<minus>(?<![\w)])-)?(?<![\d.])(?P<number>{_NUMBER})(?!\d)", _plain_number),
        (rf"[{re.escape(''.join(_SYMBOLS))}]", lambda found: f" {_SYMBOLS[found[0]]} "),
    )
)
