"""Packets to somebody who asked for none: amp.py, ice.py."""

from pathlib import Path
from typing import Any

import pytest

from tests.attacks.attackers import packets
from tests.attacks.target import Target, attacked

SECONDS = 2.5
MAX_REMOTE = 10
CHECKS = 2
STUN = '[{"urls": ["stun:127.0.0.1:9"]}]'


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.1.", "::ffff:127.0.0.1", "0.0.0.0"])
def test_a_stranger_cannot_aim_a_call_at_the_gateways_own_machine(target: Target, named: str):
    for kind in ("host", "srflx"):
        assert target.attack(packets.aim_offers, offers=1, seconds=0.7, named=named, kind=kind).packets == 0


def test_nor_by_the_connection_check_nor_by_candidates_that_come_later(target: Target):
    assert target.attack_unnoticed(packets.aim_offers, offers=2, seconds=1.0, probe=True).packets == 0
    assert target.attack_unnoticed(packets.aim_candidates, seconds=1.0).packets == 0


@pytest.mark.parametrize("servers", ["", STUN])
def test_a_third_party_gets_less_than_a_stranger_has_sent(tmp_path: Path, servers: str):
    """This machine in the place of a third party, which `any` allows."""
    more: dict[str, Any] = {"S2S_ICE_SERVERS": servers} if servers else {}
    with attacked(tmp_path, bystander=False, S2S_ICE_REMOTE="any", **more) as target:
        for attack in ({"offers": 1}, {"offers": 8}, {"offers": 4, "probe": True}):
            reflected = target.attack(packets.aim_offers, seconds=SECONDS, **attack)
            assert reflected.received_bytes <= 3 * reflected.sent_bytes
            if not servers:
                assert reflected.packets == 0, "nobody has checked from there"
        reflected = target.attack(packets.aim_candidates, seconds=SECONDS)
        assert reflected.received_bytes <= 3 * reflected.sent_bytes


def test_the_answer_names_the_address_that_was_chosen_and_no_other(target: Target, tmp_path: Path):
    every = {line.split()[4] for line in target.attack(packets.answer_lines)}
    chosen = min(every)
    with attacked(tmp_path, bystander=False, S2S_ICE_ADDRESSES=chosen) as careful:
        assert {line.split()[4] for line in careful.attack(packets.answer_lines)} == {chosen}
