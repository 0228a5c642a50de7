"""Spoken arithmetic to an expression: "twenty five times sixteen" -> "25 * 16"."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

from gemini_emulator.audio.number_words import ONES, TENS

_SMALL = {word: value for value, word in enumerate(ONES)}
_TENS = {word: 10 * value for value, word in enumerate(TENS) if value >= 2}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
NUMBER_WORDS = {**_SMALL, **_TENS, **_SCALES}

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"(?:the )?(?:square root|root) of ([\d.]+)", r" ( \1 ** 0.5 ) "),
    (r"(?:the )?cube root of ([\d.]+)", r" ( \1 ** ( 1 / 3 ) ) "),
    (r"([\d.]+) ?(?:percent|per cent|%) of ([\d.]+)", r" \1 / 100 * \2 "),
    (r"half of ([\d.]+)", r" \1 / 2 "),
    (r"(?:a |one )?third of ([\d.]+)", r" \1 / 3 "),
    (r"(?:a |one )?quarter of ([\d.]+)", r" \1 / 4 "),
    (r"(?:twice|double) ([\d.]+)", r" 2 * \1 "),
    (r"add ([\d.]+) (?:and|to) ([\d.]+)", r" \1 + \2 "),
    (r"sum of ([\d.]+) and ([\d.]+)", r" \1 + \2 "),
    (r"product of ([\d.]+) and ([\d.]+)", r" \1 * \2 "),
    (r"difference (?:between|of) ([\d.]+) and ([\d.]+)", r" \1 - \2 "),
    (r"subtract ([\d.]+) from ([\d.]+)", r" \2 - \1 "),
    (r"multiply ([\d.]+) (?:by|and|with) ([\d.]+)", r" \1 * \2 "),
    (r"divide ([\d.]+) by ([\d.]+)", r" \1 / \2 "),
    (r"(?:raised )?to the power (?:of )?", " ** "),
    (r"\b(?:multiplied by|times)\b|[×x·](?= ?\d)", " * "),
    (r"\b(?:divided by|over)\b|[÷:](?= ?\d)", " / "),
    (r"\bplus\b", " + "),
    (r"\b(?:minus|less)\b|[−–]", " - "),
    (r"\bsquared\b", " ** 2 "),
    (r"\bcubed\b", " ** 3 "),
    (r"\^", " ** "),
)
_EXPRESSION = re.compile(r"(?:-\s*)?[\d.()](?:[\d.()\s]|\*\*|[-+*/%])*[\d.()]")
_OPERATION = re.compile(r"[\d.)]\s*(?:\*\*|[-+*/])\s*\(?\s*-?\s*[\d.(]")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def digits(text: str) -> str:
    """Number words as digits; everything else stays, in lower case."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.lower())
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    out: list[str] = []
    run: list[str] = []
    for token in text.split():
        word = token.rstrip(".,?!")
        bare = word if word in NUMBER_WORDS or (word == "and" and run and run[-1] in _SCALES) else ""
        if bare:
            run.append(bare)
            if token != word:
                out.extend([_value(run), token[len(word) :]])
                run = []
            continue
        if run:
            out.append(_value(run, apart=word in ("sided", "dollar", "cent")))
            run = []
        out.append(token)
    if run:
        out.append(_value(run))
    joined = re.sub(r"(\d+) point (\d+(?: \d+)*)", _decimal, " ".join(out))
    return joined.strip()


_SOUNDS_LIKE = {"to": "two", "too": "two", "for": "four", "fore": "four", "won": "one", "ate": "eight", "sex": "six"}
_OPERAND = rf"(?:\d+(?:\.\d+)?|{'|'.join([*NUMBER_WORDS, *_SOUNDS_LIKE])})"
_MISHEARD = re.compile(
    rf"\b(?P<left>{_OPERAND}) (?P<sign>plus|minus|times|divided by|multiplied by) (?P<right>{_OPERAND})\b",
    re.IGNORECASE,
)


def _as_numbers(text: str) -> str:
    """ "To plus two" -> "two plus two": beside an operator a number is meant."""

    def mended(found: re.Match[str]) -> str:
        left, right = (_SOUNDS_LIKE.get(found[side].lower(), found[side]) for side in ("left", "right"))
        return f"{left} {found['sign']} {right}"

    return _MISHEARD.sub(mended, text)


def expression(text: str) -> str:
    """The arithmetic in the words as an expression of numbers and + - * / ** ( ), or nothing."""
    line = _DATE.sub(" ", digits(_as_numbers(text))).replace("?", " ").replace("!", " ").replace("=", " ")
    for pattern, replacement in _PHRASES:
        line = re.sub(pattern, replacement, line)
    line = re.sub(r"(?<!\d)[.,]|[.,](?!\d)", " ", line)
    found = max(_EXPRESSION.findall(line), key=len, default="")
    found = " ".join(found.split())
    while found and found.count("(") != found.count(")"):
        found = found[1:].strip() if found.count("(") > found.count(")") else found[:-1].strip()
    return _tidy(found) if _OPERATION.search(found) else ""


def _tidy(written: str) -> str:
    """One blank around each operator, no brackets around the whole."""
    written = re.sub(r"\s*(\*\*|[-+*/%])\s*", r" \1 ", written).strip()
    if written.startswith("( ") and written.endswith(" )") and written.count("(") == 1:
        written = written[2:-2]
    return re.sub(r"(^|[(*/+-] )- (?=\d)", r"\1-", written)


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
LARGEST_POWER = 64.0
LARGEST_NUMBER = 1e15


def value(written: str) -> float | None:
    """What such an expression comes to; None when it has no value or a gigantic one."""
    try:
        return float(_worked_out(ast.parse(written, mode="eval").body))
    except (ValueError, SyntaxError, ArithmeticError, TypeError, RecursionError):
        return None


def _worked_out(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_worked_out(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _worked_out(node.left), _worked_out(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) > LARGEST_POWER:
            raise ArithmeticError("too large")
        return _OPERATORS[type(node.op)](left, right)
    raise ValueError(f"no arithmetic: {type(node).__name__}")


def numbers(text: str) -> list[float]:
    """The numbers in the words, in order, each capped at `LARGEST_NUMBER`."""
    found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", digits(text))
    return [min(float(number), LARGEST_NUMBER) for number in found]


def _value(run: list[str], apart: bool = False) -> str:
    """ "two thousand and five" -> 2005; "nineteen eighty four" -> 1984; "one fifty" -> 150; "one two three" -> 1 2 3.

    `apart`: "one twenty sided die" are two numbers.
    """
    groups: list[int] = []
    total, current, last = 0, 0, 0
    started = False
    for word in run:
        if word == "and":
            continue
        value = NUMBER_WORDS[word]
        if word == "hundred":
            current = max(1, current) * 100
        elif word in _SCALES:
            total, current = total + max(1, current) * value, 0
        elif started and not _continues(last, value, current):
            groups.append(total + current)
            total, current = 0, value
        else:
            current += value
        started, last = True, value
    groups.append(total + current)
    if len(groups) == 2 and 1 <= groups[0] <= 9 and 20 <= groups[1] <= 99 and not apart:
        return str(groups[0] * 100 + groups[1])
    if len(groups) == 2 and 10 <= groups[0] <= 99 and 10 <= groups[1] <= 99:
        return str(groups[0] * 100 + groups[1])
    return " ".join(str(group) for group in groups)


def _continues(last: int, value: int, current: int) -> bool:
    if last >= 100:
        return True
    return 20 <= last <= 90 and value < 10 and current % 10 == 0


def _decimal(found: re.Match[str]) -> str:
    return f"{found[1]}.{found[2].replace(' ', '')}"
