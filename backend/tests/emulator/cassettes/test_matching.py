"""Reading cassettes, and which words of a client are the recorded ones."""

import re
from pathlib import Path
from typing import Any

import pytest

from gemini_emulator.cassettes.format import CassetteError, Writer, load
from gemini_emulator.cassettes.matching import Bindings, canonical
from gemini_emulator.cassettes.upstreams import NoUpstream, choose, parse
from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("name: not a cassette\n", "line 1 is not JSON"),
        ('{"cassette": 99}\n', "line 1 must begin with"),
        ('{"cassette":1}\n[]\n', "line 2 must be an object"),
        ('{"cassette":1}\n{"at":0,"connection":1}\n', "line 2 must have exactly one object of open"),
        ('{"cassette":1}\n{"at":-1,"connection":1,"open":{}}\n', "line 2, at: must be seconds"),
        ('{"cassette":1}\n{"at":1,"connection":"a","open":{}}\n', "line 2, connection: must be a whole number"),
        ('{"cassette":1}\n{"at":1,"connection":1,"client":{},"frame":"gif"}\n', "line 2, frame: must be text"),
    ],
)
def test_what_is_no_cassette_is_told_with_its_line(tmp_path: Path, text: str, complaint: str):
    (tmp_path / "c.jsonl").write_text(text)
    with pytest.raises(CassetteError, match=re.escape(complaint)):
        load(tmp_path / "c.jsonl")


def test_a_cassette_that_exists_is_not_written_over_unasked(tmp_path: Path):
    (tmp_path / "c.jsonl").write_text("mine")
    with pytest.raises(CassetteError, match="exists already"):
        Writer(tmp_path / "c.jsonl").open()


@pytest.mark.parametrize(
    ("path", "url", "location", "address"),
    [
        (DEVELOPER_PATH, "", "global", "generativelanguage.googleapis.com:443"),
        ("/v1alpha/auth_tokens", "", "us", "generativelanguage.googleapis.com:443"),
        (VERTEX_PATH, "", "global", "aiplatform.googleapis.com:443"),
        (VERTEX_PATH, "", "europe-west4", "europe-west4-aiplatform.googleapis.com:443"),
        (VERTEX_PATH, "", "eu", "aiplatform.eu.rep.googleapis.com:443"),
        (VERTEX_PATH, "wss://example.test/pre/", "eu", "example.test:443"),
        (DEVELOPER_PATH, "http://localhost:8090", "", "localhost:8090"),
    ],
)
def test_the_recorder_dials_the_documented_host_of_each_path(path: str, url: str, location: str, address: str):
    upstream = choose(path, url, location)
    assert f"{upstream.host}:{upstream.port}" == address
    assert upstream.secure == (address.endswith(":443"))


@pytest.mark.parametrize("url", ["ftp://example.test", "wss://", "wss://host:port"])
def test_an_address_that_is_none_is_told(url: str):
    with pytest.raises(NoUpstream, match="is no address to record from"):
        parse(url)


# --- replay: what must match -----------------------------------------------------------------------


def differs(wanted: dict[str, Any], given_: dict[str, Any]) -> str:
    return Bindings().difference(canonical(wanted), canonical(given_))


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"realtimeInput": {"text": "hi"}}, {"realtime_input": {"text": "hi"}}),
        (
            {"setup": {"a": 1, "generationConfig": {"topK": 40}}},
            {"setup": {"generation_config": {"top_k": 40.0}, "a": 1}},
        ),
        ({"setup": {"sessionResumption": {}}}, {"setup": {"sessionResumption": {"handle": None}}}),
        (
            {
                "clientContent": {
                    "turns": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": {"bytes": 3}}}]}]
                }
            },
            {"client_content": {"turns": [{"parts": [{"inline_data": {"data": "_9g=", "mime_type": "image/png"}}]}]}},
        ),
        (
            {"setup": {"model": "projects/scrubbed-project-1/locations/eu/publishers/google/models/m"}},
            {"setup": {"model": "projects/yours/locations/eu/publishers/google/models/m"}},
        ),
    ],
)
def test_spelling_order_and_scrubbed_values_do_not_matter(recorded: dict[str, Any], said: dict[str, Any]):
    assert differs(recorded, said) == ""


@pytest.mark.parametrize(
    ("recorded", "said", "where"),
    [
        ({"realtimeInput": {"text": "hi"}}, {"realtimeInput": {"text": "ho"}}, "realtimeInput.text"),
        ({"setup": {"a": 1}}, {"setup": {"a": True}}, "setup.a"),
        ({"setup": {"a": 1}}, {"setup": {"a": 1, "b_c": 2}}, "setup.bC"),
        ({"setup": {"labels": {"a_b": "1"}}}, {"setup": {"labels": {"aB": "1"}}}, "setup.labels.a_b"),
        ({"setup": {"m": "models/scrubbed-model-1"}}, {"setup": {"m": "other/1"}}, "setup.m"),
        ({"a": ["scrubbed-handle-1", "scrubbed-handle-1"]}, {"a": ["one", "two"]}, "a[1]"),
    ],
)  # fmt: skip
def test_other_content_is_a_difference_and_is_named(recorded: dict[str, Any], said: dict[str, Any], where: str):
    assert differs(recorded, said) == where


def test_a_handle_that_was_given_out_must_come_back():
    bindings = Bindings()
    bindings.bind_placeholders({"newHandle": "scrubbed-handle-1"})
    wanted = {"sessionResumption": {"handle": "scrubbed-handle-1"}}
    assert bindings.difference(wanted, {"sessionResumption": {"handle": "another"}}) == "sessionResumption.handle"
    assert bindings.difference(wanted, wanted) == ""
