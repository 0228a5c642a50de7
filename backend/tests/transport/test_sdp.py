"""Session descriptions and candidates, freed from what aioice trips over."""

import pytest

from s2s.transport.sdp import clean_offer, parse_candidate


def test_an_offer_loses_the_lines_that_delay_or_break_the_answer():
    offer = "\r\n".join(
        [
            "v=0",
            "a=candidate:1 1 udp 2113937151 abc.local 50000 typ host",
            "a=candidate:2 1 tcp 2113937151 192.0.2.1 9 typ host tcptype active",
            "a=candidate:3 1 UDP 2113937151 192.0.2.1 50000 typ host",
            "a=candidate:4 2 UDP 2113937150 192.0.2.1 50001 typ host",
            "a=end-of-candidates",
            "",
        ]
    )
    assert clean_offer(offer).split("\r\n") == ["v=0", "a=candidate:3 1 UDP 2113937151 192.0.2.1 50000 typ host", ""]


def test_candidates_are_read_or_dropped_or_refused():
    good = parse_candidate("candidate:3 1 udp 2113937151 192.0.2.1 50000 typ host", "0", None)
    assert good is not None
    assert (good.ip, good.sdpMid) == ("192.0.2.1", "0")
    assert parse_candidate("candidate:1 1 udp 2113937151 abc.local 50000 typ host", "0", 0) is None
    for line in ("nonsense", "candidate:", "candidate:1 1 udp x 192.0.2.1 y typ host"):
        with pytest.raises(ValueError, match="candidate"):
            parse_candidate(line, "0", 0)
    with pytest.raises(ValueError, match="sdpMid"):
        parse_candidate("candidate:3 1 udp 2113937151 192.0.2.1 50000 typ host", None, None)
