"""Which form of a file a request asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.rest.page.accept_encoding import IDENTITY, MAX_CHARS, choose_encoding

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR , X-GZIP", "br"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.1, gzip;q=0.5", "gzip"),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("", IDENTITY),
        ("deflate, zstd", IDENTITY),
        ("identity, br;q=0.5", IDENTITY),
        ("identity;q=0, br;q=0.1", "br"),
        ("br;q=0, gzip;q=0.000", IDENTITY),
        # Who accepts nothing at all gets the file as it is.
        ("*;q=0", IDENTITY),
        ("identity;q=0", IDENTITY),
        # Malformed members say nothing.
        ("br;q=2, gzip;q=0.3", "gzip"),
        ("br;q=-1, br;q=nan, br;q=1e9", IDENTITY),
        ("br;level=9, ;q=1, ,", IDENTITY),
        ("br\tgzip", IDENTITY),
    ],
)
def test_the_coding_with_the_highest_weight_is_chosen(accept: str, chosen: str):
    assert choose_encoding(accept, BOTH) == chosen


def test_only_what_is_there_is_chosen():
    assert choose_encoding("br, gzip;q=0.1", ["gzip"]) == "gzip"
    assert choose_encoding("br, gzip, *", []) == IDENTITY


def test_a_header_that_is_too_long_is_not_read():
    assert choose_encoding("br," + " " * MAX_CHARS, BOTH) == IDENTITY


@given(st.text(alphabet="brgzip*identity;q=0.19, \t-", max_size=80))
def test_whatever_is_sent_a_form_that_is_there_is_chosen(accept: str):
    assert choose_encoding(accept, BOTH) in (*BOTH, IDENTITY)
