"""What a function returns is answered in every case, in a size that a model can read."""

import asyncio
import enum
import json
import os
from collections import OrderedDict, namedtuple
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from s2s.core.events import ToolFinished
from s2s.recording.recorder import Recorder
from s2s.tools.registry import ToolOutcome, ToolRegistry
from s2s.tools.shortening import length_of
from s2s.upstream.codec import gemini_codec
from tests.tools.tool_world import NOON_UTC
from tools import ToolFailure


async def outcome_of(result: Any, *, result_chars: int = 32_000) -> ToolOutcome:
    """What comes of a function that returns this, or raises it."""

    async def answer() -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    mine = ToolRegistry(result_chars=result_chars)
    mine.register("list_rows", answer, {"description": "Lists rows."})
    outcome = await mine.call("list_rows", {})
    assert_answerable(outcome)
    return outcome


def assert_answerable(outcome: ToolOutcome) -> None:
    """It can be sent, recorded and shown."""
    sent = json.loads(gemini_codec.tool_response("c", "f", outcome.response, None))
    assert sent["toolResponse"]["functionResponses"][0]["response"] == outcome.response
    recorder = Recorder({}, audio=False, max_bytes=10**6)
    recorder.on_event(ToolFinished("c", outcome.ok, outcome.response, outcome.summary), 0.0)
    recorder.dump()
    outcome.summary.encode()


class Color(enum.Enum):
    RED = "red"


@dataclass
class Row:
    name: str
    when: date
    inner: list["Row"] = field(default_factory=list)


class Model(BaseModel):
    id: int
    color: Color = Color.RED


class Struct(msgspec.Struct):
    a: int


class Plain:
    def __init__(self) -> None:
        self.name = "plain"
        self._secret = 1


class Slotted:
    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name = "slotted"


class Sulky:
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("A \ud83d B", "A \ufffd B"),
        ("A \ud83d\ude00 B", "A 😀 B"),
        (os.fsdecode(b"caf\xe9.txt"), "caf\ufffd.txt"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (2**53, 2**53),
        (2**63, "9223372036854775808"),
        ([10**100_000], ["(a whole number of thousands of digits)"]),
        (b"text", "text"),
        (b"\xff\xd8\x00", "(3 bytes that are no text)"),
        (Color.RED, "red"),
        (NOON_UTC, "2026-07-01 12:00:00+00:00"),
        (timedelta(minutes=3), "0:03:00"),
        (Decimal("19.99"), 19.99),
        (Decimal("1.234567890123456789"), "1.234567890123456789"),
        (Decimal("NaN"), "NaN"),
        (Fraction(1, 3), "1/3"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("/a/b"), "/a/b"),
        (Row("a", date(2026, 7, 1)), {"name": "a", "when": "2026-07-01", "inner": []}),
        (Model(id=1), {"id": 1, "color": "red"}),
        (Struct(1), {"a": 1}),
        (Plain(), {"name": "plain"}),
        (Slotted(), {"name": "slotted"}),
        (Sulky(), "(a Sulky that cannot be shown)"),
        (Pair(1, 2), {"left": 1, "right": 2}),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.datetime64("2026-07-01"), "2026-07-01"),
        ({3}, [3]),
        (range(3), [0, 1, 2]),
        ((n for n in range(2)), [0, 1]),
        (OrderedDict(a=1).keys(), ["a"]),
        ({1: "a", None: "b", (1, 2): "d", Color.RED: "e"}, {"1": "a", "null": "b", "(1, 2)": "d", "red": "e"}),
        ({True: "a", 1.5: "b"}, {"true": "a", "1.5": "b"}),
        ({2: "a", "2": "b"}, {"2": "a", "2 (2)": "b"}),
        ({"half \ud83d": 1}, {"half \ufffd": 1}),
        (ValueError("why"), "why"),
        (None, None),
    ],
)  # fmt: skip
async def test_every_value_becomes_json(value: Any, wanted: Any) -> None:
    outcome = await outcome_of({"it": value})
    assert outcome.ok
    assert outcome.response == {"it": wanted}


async def test_generators_of_both_kinds_are_taken_to_their_end_or_to_a_bound() -> None:
    def endless() -> Iterator[int]:
        n = 0
        while True:
            n += 1
            yield n

    async def few() -> AsyncIterator[str]:
        for name in ("a", "b"):
            await asyncio.sleep(0)
            yield name

    async def many() -> AsyncIterator[int]:
        n = 0
        while True:
            n += 1
            yield n

    assert (await outcome_of(few())).response == {"result": ["a", "b"]}
    assert "the first" in (await outcome_of({"rows": endless()})).response["shown"]
    assert "the first" in (await outcome_of(many())).response["shown"]
    mine = ToolRegistry()
    mine.register("few", few, {"description": "A generator as a function."})
    assert (await mine.call("few", {})).response == {"result": ["a", "b"]}


async def test_a_generator_that_fails_is_a_failure() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("row")

    outcome = await outcome_of({"rows": broken()})
    assert not outcome.ok
    assert outcome.response["error"] == "The function list rows did not work this time."


async def test_circles_and_depths_end() -> None:
    circle: dict[str, Any] = {"name": "a"}
    circle["self"] = circle
    row = Row("a", date(2026, 7, 1))
    row.inner.append(row)
    assert (await outcome_of(circle)).response == {"name": "a", "self": "(the same as around it)"}
    assert (await outcome_of(row)).response["inner"] == ["(the same as around it)"]
    deep: Any = "ground"
    for _ in range(10_000):
        deep = [deep]
    assert "(nested too deeply)" in json.dumps((await outcome_of({"deep": deep})).response)
    shared = [1]
    assert (await outcome_of({"a": shared, "b": shared})).response == {"a": [1], "b": [1]}


@pytest.mark.parametrize(
    "raised",
    [
        ToolFailure("Half \ud83d.", hint="Also \udce9"),
        ToolFailure(b"bytes"),
        ToolFailure("x" * 100_000, hint="y" * 100_000),
        ToolFailure(""),
        RuntimeError("half \ud83d"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"),
        RecursionError("deep"),
        type("Sulky", (Exception,), {"__str__": lambda self: 1 / 0})(),
        TimeoutError("of a socket"),
        StopAsyncIteration(),
    ],
)
async def test_every_failure_is_answered(raised: Exception, caplog: pytest.LogCaptureFixture) -> None:
    outcome = await outcome_of(raised)
    assert not outcome.ok
    assert 0 < len(outcome.response["error"]) <= 400
    assert len(outcome.response.get("hint", "")) <= 400
    [record] = caplog.records
    assert record.getMessage().startswith("function list_rows failed: ")
    record.getMessage().encode()


KEYS = st.text(st.characters(), max_size=3) | st.integers() | st.booleans() | st.none() | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=9) | st.decimals() | st.dates()
    | st.text(st.characters(), max_size=9) | st.complex_numbers() | st.uuids() | st.fractions() | st.just(object),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_whatever_python_makes_is_answered(value: Any) -> None:
    outcome = asyncio.run(outcome_of(value, result_chars=1_000))
    assert length_of(outcome.response) <= 1_000


# --- long results ------------------------------------------------------------------------------------------


async def test_a_long_list_is_shortened_between_its_rows(caplog: pytest.LogCaptureFixture) -> None:
    rows = [{"i": n, "text": f"row {n} of the table"} for n in range(2_000)]
    outcome = await outcome_of({"rows": rows, "summary": "There are 2,000 rows."})
    kept = outcome.response["rows"]
    assert kept == rows[: len(kept)]
    assert 500 < len(kept) < 2_000
    assert outcome.response["shown"] == f"{len(kept):,} of 2,000 rows"
    assert outcome.response["summary"] == outcome.summary == "There are 2,000 rows."
    assert length_of(outcome.response) <= 32_000
    [record] = caplog.records
    assert "function list_rows: the result is longer than 32000 characters (S2S_TOOL_RESULT_CHARS)" in record.message
    assert f"{len(kept):,} of 2,000 rows" in record.message


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (list(range(100_000)), "of 100,000 items"),
        ({"a": {"rows": ["x" * 50] * 5_000}}, "of 5,000 rows in a"),
        ({"first": ["a" * 9] * 9_000, "second": ["b" * 9] * 9_000}, "of 9,000 second"),
        ({str(n): n for n in range(50_000)}, "of 50,000 members"),
        ([["x" * 100_000]], "the beginning of the text"),
        (np.zeros((100_000, 3)), "of 100,000 items"),
        ("word " * 20_000, "the beginning of the text"),
        ({"text": "é" * 50_000}, "the beginning of text"),
        ({"rows": list(range(90_000)), "shown": "mine"}, "of 90,000 rows"),
    ],
)
async def test_what_is_missing_is_told(result: Any, shown: str) -> None:
    outcome = await outcome_of(result)
    notes = outcome.response.get("shown_of_all", outcome.response.get("shown"))
    assert shown in notes
    assert outcome.ok
    assert 20_000 < length_of(outcome.response) <= 32_000


@pytest.mark.parametrize("character", ["👨‍👩‍👧‍👦", "क्षि", "🇩🇪", "가", "e\u0301\u0323"])
async def test_a_text_is_never_cut_inside_a_character(character: str) -> None:
    for extra in range(len(character)):
        outcome = await outcome_of("x" * extra + character * 10_000, result_chars=1_000)
        assert outcome.response["result"].removeprefix("x" * extra).removesuffix("...").replace(character, "") == ""
        assert outcome.summary.removeprefix("x" * extra).removesuffix("...").replace(character, "") == ""


async def test_an_await_that_was_forgotten_is_made_up_for() -> None:
    async def inner() -> dict[str, str]:
        return {"summary": "It is done."}

    async def middle() -> Any:
        return inner()

    assert (await outcome_of(middle())).summary == "It is done."


async def test_a_long_list_leaves_room_for_what_stands_beside_it() -> None:
    many = list(range(100_000))
    result = {"first": many, "second": many, "third": {"rows": many}, "summary": "Many.", "shown": "mine"}
    outcome = await outcome_of(result)
    assert (outcome.summary, outcome.response["shown"]) == ("Many.", "mine")
    assert len(outcome.response["first"]) > 1_000
    assert len(outcome.response["second"]) > 1_000
    assert len(outcome.response["third"]["rows"]) > 1_000
    for words in ("of 100,000 first", "of 100,000 second", "of 100,000 rows in third"):
        assert words in outcome.response["shown_of_all"]


async def test_characters_are_counted_not_escapes() -> None:
    for letter in ("a", "é", "я", "中", "😀", '"', "\n"):
        text = letter * 31_900
        assert (await outcome_of({"text": text})).response == {"text": text}


async def test_the_limit_is_a_setting_and_small_members_go_before_large_ones() -> None:
    result = {"big": "word " * 5_000, "price": 12, "name": "Lamp", "list": list(range(5_000))}
    outcome = await outcome_of(result, result_chars=2_000)
    assert list(outcome.response) == ["big", "price", "name", "list", "shown"]
    assert (outcome.response["price"], outcome.response["name"]) == (12, "Lamp")
    assert outcome.response["big"].endswith("word...")
    assert 100 < len(outcome.response["list"]) < 5_000
    assert length_of(outcome.response) <= 2_000
