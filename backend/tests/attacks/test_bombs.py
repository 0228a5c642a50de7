"""Bombs and floods on WebSockets: bombs.py, wsbomb.py, slow.py, opus.py."""

import random

import pytest

from s2s.wire import INPUT_SAMPLES
from tests.attacks.attackers import sockets
from tests.attacks.attackers.sockets import BINARY, TEXT
from tests.attacks.target import Target

TOO_LARGE, PROTOCOL_ERROR, ABNORMAL = 1009, 1002, 1006
MAX_TAKEN_BYTES = 2_000_000
"""What the buffers of both ends hold, and a little more."""


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_a_compressed_message_is_refused_before_it_is_unpacked(target: Target, kind: int):
    for sent in target.attack_unnoticed(sockets.bombs_on_calls, kind):
        assert sent.close_code in (PROTOCOL_ERROR, ABNORMAL, None), sent
        assert sent.wire_bytes < MAX_TAKEN_BYTES, "the gateway went on reading"


def test_the_connection_check_unpacks_nothing_either(target: Target):
    for sent in target.attack_unnoticed(sockets.bombs_on_the_probe, BINARY):
        assert sent.wire_bytes < MAX_TAKEN_BYTES


def test_a_message_of_fifteen_mebibytes_is_refused_at_its_head(target: Target):
    for sent in target.attack_unnoticed(sockets.huge_messages):
        assert sent.messages == 1, sent


def test_a_message_that_never_ends_is_refused_at_its_bound(target: Target):
    for sent in target.attack_unnoticed(sockets.endless_message):
        assert sent.close_code in (TOO_LARGE, None), sent
        assert sent.wire_bytes < MAX_TAKEN_BYTES


def test_crumbs_by_the_thousand_hold_up_nobody_and_end_the_connection(target: Target):
    target.attack_unnoticed(sockets.crumbs)
    assert "let_go" in target.written()


def test_pings_of_the_protocol_hold_up_nobody(target: Target):
    target.attack_unnoticed(sockets.pings_of_the_protocol)


def test_pings_of_a_page_hold_up_nobody(target: Target):
    target.attack_unnoticed(sockets.pings_of_the_page)


def test_answers_that_a_page_does_not_read_fill_no_memory(target: Target):
    target.attack_unnoticed(sockets.unread_answers)


def test_packets_that_are_no_opus_cost_little_and_end_no_call(target: Target):
    chance = random.Random(7)
    packets = [chance.randbytes(chance.choice((1, 60, 600, 2 * INPUT_SAMPLES))) for _ in range(600)]
    notices = target.attack_unnoticed(sockets.random_packets, packets)
    assert {notice["code"] for notice in notices} <= {"bad_frame", "opus_failed", "too_many_messages"}


@pytest.mark.parametrize(
    "first_bytes",
    [
        pytest.param(b"POST /api/session/create HTTP/1.1\r\nHost: localhost\r\n", id="half a head"),
        pytest.param(
            b"POST /api/session/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n{",
            id="half a body",
        ),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", id="kept alive"),
        pytest.param(
            b"GET /api/probe/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            id="idle sockets",
        ),
    ],
)
def test_two_hundred_slow_connections_keep_nobody_out(target: Target, first_bytes: bytes):
    waited_s, status = target.attack_unnoticed(sockets.slow_connections, first_bytes, 200)
    assert status == 200
    assert waited_s < 5.0
