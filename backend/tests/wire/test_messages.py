"""Golden bytes and messages: the same files are read by the client's tests."""

import json
import struct
from pathlib import Path

import msgspec
import pytest

from s2s import codegen, wire

FIXTURES = Path(__file__).resolve().parents[3] / "wire" / "fixtures"


def test_a_microphone_frame_is_written_as_the_golden_bytes():
    pcm = struct.pack("<320h", *(i * 100 - 16_000 for i in range(320)))
    frame = wire.Frame(turn=0, seq=7, clock_ms=123_456, pcm=pcm)
    golden = (FIXTURES / "frame_up.bin").read_bytes()
    assert wire.encode_frame(frame) == golden
    assert wire.decode_frame(golden, wire.INPUT_SAMPLES) == frame


def test_a_voice_frame_is_written_as_the_golden_bytes():
    pcm = struct.pack("<480h", *((i * 137) % 65_536 - 32_768 for i in range(480)))
    frame = wire.Frame(turn=0xFFFE, seq=0xFFFFFFFF, clock_ms=0xFFFFFFFF, pcm=pcm, flags=wire.FLAG_LAST_OF_TURN)
    golden = (FIXTURES / "frame_down.bin").read_bytes()
    assert wire.encode_frame(frame) == golden
    assert wire.decode_frame(golden, wire.OUTPUT_SAMPLES) == frame


@pytest.mark.parametrize("row", json.loads((FIXTURES / "messages.json").read_text()), ids=lambda r: r["json"]["type"])
def test_every_golden_message_is_read_and_written_alike(row: dict):
    decode = wire.decode_from_browser if row["direction"] == "from_browser" else wire.decode_to_browser
    assert json.loads(wire.encode(decode(json.dumps(row["json"])))) == row["json"]


def test_every_kind_of_message_has_a_golden_one():
    golden = {row["json"]["type"] for row in json.loads((FIXTURES / "messages.json").read_text())}
    kinds = {
        msgspec.inspect.type_info(message).tag
        for union in (wire.FromBrowser, wire.ToBrowser)
        for message in union.__args__
    }
    assert golden == kinds


@pytest.mark.parametrize(
    "data", [b"", b"\x01" * 11, b"\x01" * 651, b"\x01" * 653, b"\x02" + b"\0" * 651], ids=lambda d: f"{len(d)} bytes"
)
def test_a_malformed_frame_is_refused_in_words(data: bytes):
    with pytest.raises(wire.WireError, match="audio frame"):
        wire.decode_frame(data, wire.INPUT_SAMPLES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "truncated"),
        ("{}", "type"),
        ('{"type":"dance"}', "dance"),
        ('{"type":"text"}', "text"),
        ('{"type":"text","text":""}', "text"),
        ('{"type":"interrupt","turn":-1}', "turn"),
        ('{"type":"interrupt","turn":65536}', "turn"),
        ('{"type":"played","turn":1,"ms":"many"}', "ms"),
        ('{"type":"text","text":"' + "x" * 20_000 + '"}', "limit"),
        (b"\xff\xfe", "."),
    ],
)
def test_a_malformed_message_is_refused_with_what_is_wrong(text: str | bytes, names: str):
    with pytest.raises(wire.WireError, match=names):
        wire.decode_from_browser(text)


def test_unknown_members_are_ignored_so_that_a_newer_page_still_works():
    assert wire.decode_from_browser('{"type":"ping","ms":1,"colour":"red"}') == wire.Ping(ms=1)


def test_turns_are_compared_modulo_their_width():
    assert wire.turn_is_after(2, 1)
    assert not wire.turn_is_after(1, 1)
    assert not wire.turn_is_after(1, 2)
    assert wire.turn_is_after(0, 65_535)
    assert not wire.turn_is_after(65_535, 0)


def test_the_generated_client_types_are_up_to_date():
    assert codegen.TARGET.read_text() == codegen.generate()
