"""No argument that a model gives a built-in function holds up the other calls."""

from typing import Any

import pytest

from builtin_tools import arithmetic
from builtin_tools.failure import ToolFailure
from builtin_tools.wikipedia import speakable
from tests.work import grows_too_fast
from tools import TOOL_SCHEMAS, builtin_registry

HOSTILE = [
    "1", "1.", "1 ", "1%", "1 % ", ".", " ", "!", "1 !", "1,000,", "(", "[", "[(", "-", "a-", "one hundred ", "twenty-",
    "the square root of ", "sqrt ", "1 x ", "1 point ", "what is ", "1 | factorial ", "\n", "é", "½",
]  # fmt: skip


def repeated(piece: str, *, before: str = "", after: str = "") -> Any:
    return lambda chars: before + (piece * chars)[:chars] + after


def failing(work: Any) -> Any:
    """`work`, whose refusals are as good as answers."""

    def do(text: str) -> None:
        try:
            work(text)
        except ToolFailure:
            return

    return do


@pytest.mark.parametrize("piece", HOSTILE)
def test_arithmetic_takes_no_square_of_its_input(piece: str) -> None:
    for after in ("", "x", " of", "%"):
        text_of = repeated(piece, before="1", after=after)
        # Also behind the limit: the patterns themselves are linear.
        assert not grows_too_fast(arithmetic._written, text_of, 400)
        assert not grows_too_fast(failing(arithmetic.calculate), text_of, 4_000)


@pytest.mark.parametrize("piece", HOSTILE)
def test_what_the_encyclopedia_sends_takes_no_square(piece: str) -> None:
    assert not grows_too_fast(speakable, repeated(piece, before="A "), 2_000)


async def test_six_thousand_digits_are_refused_in_one_sentence() -> None:
    outcome = await builtin_registry().call("calculate", {"expression": "1" * 6_000})
    assert outcome.response["hint"] == "expression: the text is longer than 500 characters"
    with pytest.raises(ToolFailure, match="too long"):
        arithmetic.calculate("1" * 6_000)


def test_every_text_of_a_built_in_function_has_a_length() -> None:
    for schema in TOOL_SCHEMAS.values():
        if schema["name"] in builtin_registry().names():
            for described in schema["parameters"]["properties"].values():
                assert "enum" in described or described["maxLength"] <= 500
