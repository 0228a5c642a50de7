"""Numbers in English words, as a voice says them: no digits, no commas."""

from __future__ import annotations

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
MAX_DIGITS = 3 * len(_SCALES)
"""A longer number is said digit by digit."""


def cardinal(number: int) -> str:
    """1234 -> one thousand two hundred thirty-four; `number` has at most `MAX_DIGITS` digits."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number < 1000:
        return _below_thousand(number)
    parts, scale = [], 0
    while number:
        number, group = divmod(number, 1000)
        if group:
            parts.append(f"{_below_thousand(group)} {_SCALES[scale]}".strip())
        scale += 1
    return " ".join(reversed(parts))


def ordinal(number: int) -> str:
    """21 -> twenty-first."""
    words = cardinal(number)
    at = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[at:]
    if last in _IRREGULAR:
        return words[:at] + _IRREGULAR[last]
    return words[:at] + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def in_pairs(number: int) -> str:
    """Years and house numbers: 1969 -> nineteen sixty-nine, 1905 -> nineteen oh five, 221 -> two twenty-one."""
    high, low = divmod(number, 100)
    if not high or (high % 10 == 0 and low < 10):
        return cardinal(number)
    if not low:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {f'oh {cardinal(low)}' if low < 10 else cardinal(low)}"


def digit_by_digit(digits: str) -> str:
    """ "007" -> zero zero seven."""
    return " ".join(ONES[int(digit)] for digit in digits if digit.isdigit())


def written_number(text: str) -> str:
    """ "1,234.50" -> one thousand two hundred thirty-four point five zero; `text` is digits, commas, one point."""
    whole, _, rest = text.replace(",", "").partition(".")
    if len(whole) > MAX_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        said = digit_by_digit(whole)
    else:
        said = cardinal(int(whole or 0))
    return f"{said} point {digit_by_digit(rest)}" if rest else said


def _below_thousand(number: int) -> str:
    words = []
    if number >= 100:
        words += [ONES[number // 100], "hundred"]
        number %= 100
    if number >= 20:
        words.append(TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else ""))
    elif number or not words:
        words.append(ONES[number])
    return " ".join(words)
