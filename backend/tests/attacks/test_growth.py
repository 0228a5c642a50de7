"""Twice the input is twice the work, and no more: for every parser, body, message, function and text of a stranger.

`tests/tools/test_bounded_work.py` and `tests/emulator/session/test_bounded_work.py` do the same for arithmetic and for
the offline mind.
"""

import asyncio
import gzip
import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from pydantic import BaseModel

from builtin_tools import Clock, ToolFailure, Weather, Web, Wikipedia
from fuzz.targets import FIXTURES, TARGETS
from main import create_app
from s2s import logs, wire
from s2s.limits.usage_estimate import estimate_for
from s2s.recording.recorder import Recorder
from s2s.rest.access.forget_route import ForgetRequest, OperatorForgetRequest
from s2s.rest.access.operator_routes import PaidCallsIn
from s2s.rest.access.token_route import TokenRequest
from s2s.rest.creation_routes import session_config
from s2s.rest.request_guard import RequestGuard
from s2s.rest.schemas import Candidate, CreateSession, Offer, Report
from s2s.settings import Settings
from s2s.tools.arguments import ArgumentsRefused, argument_validator, fitting_arguments
from s2s.tools.schema_reader import read_schema
from tests.tools.tool_world import the_world
from tests.work import grows_too_fast
from tools import builtin_registry

PIECES = [
    "1", "a", " ", "\n", "(", ")", "[", "{", '"', "\\", ".", ",", ":", "-", "%", "=", "/", "é", "中", "\u202e", "\x1b",
    "eyJ", "eyJa.", "AIza", "ya29.", "key=", "bearer ", "-----BEGIN a-----", "a.b-", "[(", "1 ", "a=x\r\n",
    "null,", "[],",
]  # fmt: skip
REGISTRY = builtin_registry()
SETTINGS = Settings.from_env({})


def repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda chars: before + (piece * chars)[:chars] + after


def in_bytes(text_of: Callable[[int], str]) -> Callable[[int], bytes]:
    return lambda chars: text_of(chars).encode("utf-8", "surrogatepass")


# --- what a network can send to each parser ---


def stretched(seed: bytes) -> Iterator[Callable[[int], bytes]]:
    """A seed that says the same again and again, or whose texts and lists are long."""
    if seed[:2] == b"\x1f\x8b":
        head, *lines = gzip.decompress(seed).splitlines(keepends=True)
        body = b"".join(lines)
        yield lambda size: gzip.compress(head + body * (size // len(body) + 1), 1)
        return
    yield lambda size: (seed + b"\n") * (size // len(seed) + 1)
    yield lambda size: seed * (size // len(seed) + 1)
    try:
        value = json.loads(seed)
    except ValueError:
        return
    for path in _places(value):
        yield lambda size, path=path: json.dumps(_grown(value, path, size)).encode()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield path
    for step, inner in steps:
        yield from _places(inner, (*path, step))


def _grown(value: Any, path: tuple[Any, ...], size: int) -> Any:
    """The value with one place of it about `size` characters large."""
    if path:
        step, *rest = path
        copy = value.copy()
        copy[step] = _grown(value[step], tuple(rest), size)
        return copy
    match value:
        case str():
            return (value or "x") * (size // max(1, len(value)) + 1)
        case list() if value:
            return value * (size // len(json.dumps(value)) + 1)
        case dict():
            return value | {f"more{number}": number for number in range(size // 12)}
        case bool() | None:
            return [value] * (size // 6)
    return int("9" * min(size, 4_000))


# `odd_frame` reads each frame thousands of times, with the parser of `upstream`.
@pytest.mark.parametrize("name", sorted(TARGETS.keys() - {"odd_frame"}))
def test_a_parser_reads_twice_as_much_in_twice_the_time(name: str) -> None:
    run = TARGETS[name].run
    for number, seed in enumerate(TARGETS[name].seeds()):
        for way, text_of in enumerate(stretched(seed)):
            assert not (found := grows_too_fast(run, text_of, 500)), (number, way, found)
    for piece in PIECES:
        assert not (found := grows_too_fast(run, in_bytes(repeated(piece)), 500)), (piece, found)


# --- REST bodies ---

WRAPS: list[Callable[[str], Any]] = [
    lambda text: text,
    lambda text: [text],
    lambda text: [{"role": "user", "text": text}],
    lambda text: [{"session_id": text, "session_key": text}],
    lambda text: {"tools": [text]},
]
BODIES: dict[type[BaseModel], dict[str, Any]] = {
    CreateSession: {"system_instruction": "", "language": "", "voice": "", "tools": [], "history": []},
    Offer: {"sdp": "", "type": "offer"},
    Candidate: {"candidate": "", "sdpMid": ""},
    Report: {"consent": True, "note": ""},
    TokenRequest: {"identity": "a", "name": "a", "groups": [], "grants": {}},
    ForgetRequest: {"calls": []},
    OperatorForgetRequest: {"calls": [], "identity": ""},
    PaidCallsIn: {"allowed": True, "note": ""},
}


def test_every_body_of_the_rest_api_is_among_them() -> None:
    paths = create_app(SETTINGS, REGISTRY).openapi()["paths"].values()
    bodies = [operation["requestBody"] for item in paths for operation in item.values() if "requestBody" in operation]
    named = {name for body in bodies for name in re.findall(r"schemas/(\w+)", json.dumps(body))}
    assert named == {model.__name__ for model in BODIES}


@pytest.mark.parametrize(("model", "field"), [(model, field) for model in BODIES for field in BODIES[model]])
def test_a_body_is_read_in_time_whichever_of_its_fields_is_long(model: type[BaseModel], field: str) -> None:
    sample = BODIES[model]

    def read(body: str) -> None:
        try:
            told = model.model_validate_json(body)
        except ValueError:
            return
        if isinstance(told, CreateSession):
            estimate_for(session_config(told, SETTINGS, REGISTRY))

    for piece in PIECES:
        for wrap in WRAPS:
            # Within the field's own limit, too, where all of it is used.
            for chars in (100, 2_000):

                def body_of(length: int, piece: str = piece, wrap: Any = wrap) -> str:
                    return json.dumps(sample | {field: wrap((piece * length)[:length])})

                assert not (found := grows_too_fast(read, body_of, chars)), (piece, found)


def test_a_long_history_is_read_in_time() -> None:
    def create(body: str) -> None:
        estimate_for(session_config(CreateSession.model_validate_json(body), SETTINGS, REGISTRY))

    for piece in PIECES:
        turn = {"role": "user", "text": (piece * 1_000)[:1_000]}
        assert not grows_too_fast(create, lambda turns: json.dumps({"history": [turn] * turns}), 20), piece  # noqa: B023


@pytest.mark.parametrize("header", [b"host", b"origin"])
def test_a_header_is_judged_in_time(header: bytes) -> None:
    guard = RequestGuard(lambda *_: None, ["voice.example.org", "*.example.org"], ["https://shop.example.org"])  # type: ignore[arg-type, return-value]

    def judge(value: bytes) -> None:
        guard._refusal({"type": "http", "method": "POST", "path": "/x", "headers": [(header, value), (b"host", value)]})

    for piece in PIECES:
        assert not grows_too_fast(judge, in_bytes(repeated(piece, "https://")), 2_000), piece


# --- control messages ---


SAMPLES = {
    row["json"]["type"]: row["json"]
    for row in json.loads((FIXTURES / "messages.json").read_text())
    if row["direction"] == "from_browser"
}
TEXTS = [
    (kind.__struct_config__.tag, name)
    for kind in get_args(wire.FromBrowser)
    for name, told in get_type_hints(kind).items()
    if str in (told, *get_args(told))
]


def test_the_messages_with_texts_are_found() -> None:
    assert {("text", "text"), ("hello", "client"), ("wish_codec", "reason")} <= set(TEXTS)


@pytest.mark.parametrize(("kind", "field"), TEXTS)
def test_a_control_message_is_read_in_time_whatever_its_text(kind: str, field: str) -> None:
    for piece, chars in itertools.product(PIECES, (900, 3_000)):

        def message_of(length: int, piece: str = piece) -> bytes:
            return json.dumps(SAMPLES[kind] | {field: (piece * length)[:length]}).encode()

        assert not (found := grows_too_fast(TARGETS["control"].run, message_of, chars)), (piece, found)


# --- what is written down of it ---


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_is_logged_in_time_whatever_stands_in_it(form: str) -> None:
    lines = logs.JsonLines() if form == "json" else logs.TextLines("%(asctime)s%(where)s%(what)s %(message)s")

    def log(text: str) -> None:
        lines.format(logging.LogRecord("s2s", logging.INFO, "", 0, "user: %s", (text,), None))

    for piece in PIECES:
        assert not (found := grows_too_fast(log, repeated(piece), 2_000)), (piece, found)


def test_an_access_log_line_is_shortened_in_time() -> None:
    def shorten(path: str) -> None:
        logs.ShortIds().filter(logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s", (path,), None))

    for piece in [*PIECES, "/api/session/"]:
        assert not grows_too_fast(shorten, repeated(piece, "/api/session/"), 2_000), piece


def test_a_text_is_recorded_in_time_whatever_stands_in_it() -> None:
    from s2s.core.events import TextTyped

    recorder = Recorder({}, audio=False, max_bytes=10**9)
    for piece in PIECES:
        work = lambda text: recorder.on_event(TextTyped(text), 0.0)  # noqa: E731
        assert not (found := grows_too_fast(work, repeated(piece), 1_000)), (piece, found)


# --- functions ---


def asked_of(name: str) -> Callable[[str], None]:
    web = Web(httpx.MockTransport(_nothing_is_far))
    functions: dict[str, Callable[..., Any]] = {
        "place": Clock(web).get_current_time,
        "weather": Weather(web).get_weather,
        "day": lambda text: Weather(web).get_weather("Paris", text),
        "encyclopedia": Wikipedia(web).search,
    }

    def ask(text: str) -> None:
        try:
            asyncio.run(functions[name](text))
        except ToolFailure:
            return

    return ask


def _nothing_is_far(request: httpx.Request) -> httpx.Response:
    known = request.url.host != "geocoding-api.open-meteo.com" or request.url.params["name"] == "Paris"
    return the_world(request) if known else httpx.Response(200, json={"generationtime_ms": 0.5})


@pytest.mark.parametrize("name", ["place", "weather", "day", "encyclopedia"])
def test_a_function_answers_in_time_however_long_its_argument(name: str) -> None:
    for piece in [*PIECES, "st ", "new ", "the "]:
        assert not (found := grows_too_fast(asked_of(name), repeated(piece), 200)), (piece, found)


@pytest.mark.parametrize("name", REGISTRY.names())
def test_no_argument_beyond_its_length_reaches_a_function(name: str) -> None:
    (declared,) = REGISTRY.declarations([name])
    for field, described in declared["parameters"]["properties"].items():
        if "enum" in described:
            continue
        refused = asyncio.run(REGISTRY.call(name, {field: "x" * (described["maxLength"] + 1)}))
        assert f"{field}: the text is longer than {described['maxLength']} characters" in refused.response["hint"]


def test_many_arguments_are_checked_in_time() -> None:
    things = {"type": "array", "uniqueItems": True, "items": {"anyOf": [{"type": "object"}, {"type": "integer"}]}}
    validator = argument_validator(read_schema({"type": "object", "properties": {"things": things}}))

    def check(body: str) -> None:
        try:
            fitting_arguments(validator, json.loads(body))
        except ArgumentsRefused:
            return

    def body_of(kind: Callable[[int], Any]) -> Callable[[int], str]:
        return lambda count: json.dumps({"things": [kind(number) for number in range(count)]})

    for kind in (
        lambda n: {"a": n},
        lambda n: n,
        str,
        lambda _: {"a": 1},
        lambda n: [n, {}],
        lambda _: None,
    ):
        assert not (found := grows_too_fast(check, body_of(kind), 150)), found


def test_an_endless_answer_of_a_service_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    web = Web(httpx.MockTransport(lambda _: httpx.Response(200, content=endless())))
    with pytest.raises(ToolFailure, match="sent more than I can read"):
        asyncio.run(web.get_json("https://example.org", {}, "the encyclopedia"))
    assert sent < 2_000_000
