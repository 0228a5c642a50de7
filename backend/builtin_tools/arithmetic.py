"""`calculate`: spoken or typed arithmetic, evaluated by simpleeval with limits on size."""

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from builtin_tools.failure import ToolFailure

MAX_HEARD_CHARS = 500
"""Checked before any regular expression runs."""
_MAX_EXPRESSION_CHARS = 200
_TOO_LONG = "That is too long for me to work out in one go."
_MAX_BITS = 2048
_EXACT_DIGITS = 15

CALCULATE_SCHEMA: dict[str, Any] = {
    "name": "calculate",
    "description": "Work out arithmetic: plus, minus, times, divided by, powers, roots, percentages.",
    "parameters": {
        "type": "object",
        "properties": {
            "expression": {
                "type": "string",
                "maxLength": MAX_HEARD_CHARS,
                "description": "The sum to work out, for example 25 * 16, 15% of 80 or square root of 144",
            },
        },
        "required": ["expression"],
    },
}

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DIGITS = {word: n for n, word in enumerate(_UNITS)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

_SPOKEN: list[tuple[str, str]] = [
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"[×✕]", "*"),
    (r"[÷]", "/"),
    (r"[−–]", "-"),
    (r"\^", "**"),
    (r"\b(what is|what's|whats|calculate|compute|how much is|equals?)\b|[=?]", " "),
    (r"\bpercent\b|\bper cent\b", "%"),
    (r"(?<![\d.])([\d.]++)\s*+%\s*+of\b", r"(\1/100)*"),
    (r"(?<![\d.])([\d.]++)\s*+%(?!\s*+[\d(])", r"(\1/100)"),
    (r"\b(?:the )?square root of\s*+([\d.]++|\()", r"sqrt \1"),
    (r"\b(?:the )?cube root of\s*+([\d.]++|\()", r"cbrt \1"),
    (r"\b(sqrt|cbrt)\s++([\d.]++)", r"\1(\2)"),
    (r"\b(sqrt|cbrt)\s+\(", r"\1("),
    (r"\b(?:raised )?to the power(?: of)?\b", "**"),
    (r"\bsquared\b", "**2"),
    (r"\bcubed\b", "**3"),
    (r"\b(?:multiplied by|times)\b|(?<=[\d)])\s*+x\s*+(?=[\d(])", "*"),
    (r"\b(?:divided by|over)\b", "/"),
    (r"\bplus\b", "+"),
    (r"\b(?:minus|less)\b", "-"),
    (r"\bmod(?:ulo)?\b", "%"),
    (r"(?<=\d)\s*+!", " | factorial"),
]


def calculate(expression: str) -> dict[str, Any]:
    """Evaluate `expression`. Raises ToolFailure if it is not arithmetic or its result is too big.

    A plain function, which the registry runs in a thread: it computes, and would stall the audio on the event loop.
    """
    if len(expression) > MAX_HEARD_CHARS:
        raise ToolFailure(_TOO_LONG)
    written = _written(expression)
    if len(written) > _MAX_EXPRESSION_CHARS:
        raise ToolFailure(_TOO_LONG)
    try:
        value = _evaluator().eval(written)
    except ZeroDivisionError as error:
        raise ToolFailure("That divides by zero, so it has no answer.") from error
    except OverflowError as error:
        raise ToolFailure("The result is too big for me to say.") from error
    except (InvalidExpression, SyntaxError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ToolFailure(
            f"I could not work out {expression}.", hint="Use digits and + - * / ** ( ), for example 25 * 16."
        ) from error
    if isinstance(value, float) and math.isinf(value):
        raise ToolFailure("The result is too big for me to say.")
    result = _number(value, expression)
    return {"expression": written, "result": result, "summary": f"The answer is {_said(result)}."}


def _written(spoken: str) -> str:
    text = _numbers_to_digits(spoken.casefold())
    for pattern, replacement in _SPOKEN:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"(?<!\d)(\d++)\s*+\| factorial", r"factorial(\1)", text)
    return " ".join(text.split())


def _numbers_to_digits(text: str) -> str:
    """ "twenty-five times two hundred and six" -> "25 times 206"."""
    out: list[str] = []
    total, group = 0, None
    words = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text).split()
    for at, word in enumerate([*words, ""]):
        if word in _DIGITS:
            group = (group or 0) + _DIGITS[word]
        elif word == "hundred" and group is not None:
            group *= 100
        elif word in _SCALES and group is not None:
            total, group = total + group * _SCALES[word], 0
        elif word == "and" and group is not None and at + 1 < len(words) and words[at + 1] in _DIGITS:
            continue
        else:
            if group is not None:
                out.append(str(total + group))
                total, group = 0, None
            out.append(word)
    return re.sub(r"(?<!\d)(\d++) point (\d++)", r"\1.\2", " ".join(out)).strip()


def _bounded(action: Callable[[Any, Any], Any], bits: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def guarded(left: Any, right: Any) -> Any:
        for value in (left, right):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError("only numbers")
        if bits(left, right) > _MAX_BITS:
            raise OverflowError("too big")
        return action(left, right)

    return guarded


def _bits(value: float) -> float:
    return math.log2(abs(value)) if abs(value) > 1 else 1.0


def _factorial(value: float) -> int:
    if value > 170:
        raise OverflowError("too big")
    return math.factorial(int(value)) if value == int(value) else math.factorial(-1)


def _evaluator() -> SimpleEval:
    plain = _bounded(operator.add, lambda a, b: max(_bits(a), _bits(b)))
    return SimpleEval(
        operators={
            ast.Add: plain,
            ast.Sub: _bounded(operator.sub, lambda a, b: max(_bits(a), _bits(b))),
            ast.Mult: _bounded(operator.mul, lambda a, b: _bits(a) + _bits(b)),
            ast.Div: _bounded(operator.truediv, lambda a, b: max(_bits(a), _bits(b))),
            ast.FloorDiv: _bounded(operator.floordiv, lambda a, b: max(_bits(a), _bits(b))),
            ast.Mod: _bounded(operator.mod, lambda a, b: max(_bits(a), _bits(b))),
            ast.Pow: _bounded(operator.pow, lambda a, b: _bits(a) * abs(b)),
            ast.USub: operator.neg,
            ast.UAdd: operator.pos,
        },
        functions={
            "sqrt": math.sqrt,
            "cbrt": math.cbrt,
            "abs": abs,
            "round": round,
            "floor": math.floor,
            "ceil": math.ceil,
            "min": min,
            "max": max,
            "sin": math.sin,
            "cos": math.cos,
            "tan": math.tan,
            "exp": math.exp,
            "log": math.log10,
            "ln": math.log,
            "factorial": _factorial,
        },
        names={"pi": math.pi, "e": math.e},
    )


def _number(value: object, expression: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ToolFailure(f"I could not work out {expression}.", hint="Only real numbers can be worked out.")
    if isinstance(value, float):
        rounded = float(f"{value:.12g}")
        return int(rounded) if rounded.is_integer() and abs(rounded) < 10**_EXACT_DIGITS else rounded
    return value


def _said(value: float) -> str:
    sign, size = ("minus " if value < 0 else ""), abs(value)
    if size >= 10**_EXACT_DIGITS or 0 < size < 1e-4:
        mantissa, exponent = f"{size:.3e}".split("e") if isinstance(size, float) else _scientific(size)
        power = int(exponent)
        spoken_power = f"{'minus ' if power < 0 else ''}{abs(power)}"
        return f"about {sign}{float(mantissa):g} times 10 to the power of {spoken_power}"
    if isinstance(size, int):
        return f"{sign}{size}"
    short = f"{size:.4f}".rstrip("0").rstrip(".")
    return f"{'about ' if float(short) != size else ''}{sign}{short}"


def _scientific(size: int) -> tuple[str, str]:
    digits = str(size)
    return f"{digits[0]}.{digits[1:4]}", str(len(digits) - 1)
