"""Calls over the open internet and behind routers that translate addresses, and what strangers make a gateway send.

`make test-deploy` runs these too.
"""

import json
from typing import Any

from bench.netlab.internet import Nat, Site

PUBLIC, STUN_SERVER, THIRD_PARTY = "11.0.0.1", "11.0.0.3", "11.0.0.99"
GATEWAY_ROUTER, CALLER_ROUTER = "11.0.0.10", "11.0.0.20"
HOME = Site("caller", ["192.168.0.2"], Nat(CALLER_ROUTER))
STUN = {"S2S_ICE_SERVERS": json.dumps([{"urls": f"stun:{STUN_SERVER}:3478"}])}


def test_a_gateway_on_the_internet_is_called_from_behind_a_home_router(world: Any):
    with world(Site("gateway", [PUBLIC]), HOME) as box:
        box.gateway("gateway")
        carried = box.call("caller", PUBLIC)
        assert carried["gateway"] == PUBLIC
        # The caller's own address stays at home: nothing was sent there.
        assert box.network.received["192.168.0.2"] == 0


def test_a_gateway_behind_a_router_is_called_from_behind_another_with_stun(world: Any):
    inside = "192.168.1.5"
    gateway = Site("gateway", [inside], Nat(GATEWAY_ROUTER, {8000: (inside, 8000)}))
    with world(gateway, HOME, Site("stun", [STUN_SERVER])) as box:
        box.stun("stun", STUN_SERVER)
        box.gateway("gateway", **STUN)
        carried = box.call("caller", GATEWAY_ROUTER)
        assert carried["gateway"] == GATEWAY_ROUTER
        assert GATEWAY_ROUTER in carried["named"]
        # A stranger's private address is none of ours: nothing was sent there.
        assert box.network.received["192.168.0.2"] == 0


NOT_ASKED = ["169.254.169.254", "10.0.0.5", "192.168.1.1", "224.0.0.1", "255.255.255.255", "100.64.9.9"]


def test_who_is_named_in_a_stranger_s_offer_hears_nothing_of_a_public_gateway(world: Any):
    with world(Site("gateway", [PUBLIC]), Site("attacker", ["11.0.0.66"]), HOME) as box:
        box.gateway("gateway")
        done = box.run("attacker", "-m", "tests.network.named_offer", f"http://{PUBLIC}:8000", THIRD_PARTY, *NOT_ASKED)
        assert done.stdout.startswith("[200, 204"), done.stderr
        # Time for what would be sent.
        box.call("caller", PUBLIC)
        assert [box.network.received[address] for address in (THIRD_PARTY, *NOT_ASKED)] == [0] * 7


def test_who_is_named_to_a_gateway_with_stun_gets_fewer_packets_than_it_cost(world: Any):
    gateway, attacker = Site("gateway", [PUBLIC]), Site("attacker", ["11.0.0.66"])
    with world(gateway, attacker, HOME, Site("stun", [STUN_SERVER])) as box:
        box.stun("stun", STUN_SERVER)
        box.gateway("gateway", **STUN)
        done = box.run("attacker", "-m", "tests.network.named_offer", f"http://{PUBLIC}:8000", THIRD_PARTY, *NOT_ASKED)
        assert done.stdout.startswith("[200, 204"), done.stderr
        cost = box.network.sent["attacker"]
        box.call("caller", PUBLIC)
        # Ten pairs, two checks each, of a call and of a network check.
        assert 20 <= box.network.received[THIRD_PARTY] <= min(40, 3 * cost)
        assert [box.network.received[address] for address in NOT_ASKED] == [0] * 6
