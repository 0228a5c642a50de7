"""Calls in private networks: an overlay such as Tailscale, and a desk with Docker on it."""

import json
from typing import Any

from bench.netlab.internet import Nat, Site

STUN_SERVER = "11.0.0.3"
STUN = {"S2S_ICE_SERVERS": json.dumps([{"urls": f"stun:{STUN_SERVER}:3478"}])}
OURS, THEIRS = "100.64.0.7", "100.101.102.103"


def tailnet() -> tuple[Site, Site]:
    """A gateway and a caller in different homes, with an address of the overlay each."""
    gateway = Site("gateway", ["192.168.1.5", OURS], Nat("11.0.0.10"))
    return gateway, Site("caller", ["192.168.0.2", THEIRS], Nat("11.0.0.20"))


def test_over_an_overlay_network_a_call_needs_no_setting(world: Any):
    with world(*tailnet()) as box:
        box.gateway("gateway")
        carried = box.call("caller", OURS)
        assert (carried["own"], carried["gateway"]) == (THEIRS, OURS)


def test_over_an_overlay_network_with_stun_private_addresses_are_used(world: Any):
    with world(*tailnet(), Site("stun", [STUN_SERVER])) as box:
        box.stun("stun", STUN_SERVER)
        box.gateway("gateway", **STUN)
        carried = box.call("caller", OURS)
        assert carried["gateway"] in (OURS, "11.0.0.10")
        assert box.network.received[THEIRS] > 0


def test_a_desk_with_docker_is_called_from_the_same_network(world: Any):
    router = Nat("11.0.0.10")
    desk = Site("gateway", ["192.168.1.5"], router, bridges=["172.17.0.1/16", "172.18.0.1/16"])
    with world(desk, Site("caller", ["192.168.1.20"], router)) as box:
        box.gateway("gateway")
        carried = box.call("caller", "192.168.1.5")
        assert carried["gateway"] == "192.168.1.5"
        assert set(carried["named"]) == {"192.168.1.5", "172.17.0.1", "172.18.0.1"}


def test_docker_s_addresses_stay_unknown_where_the_setting_leaves_them_out(world: Any):
    router = Nat("11.0.0.10")
    desk = Site("gateway", ["192.168.1.5"], router, bridges=["172.17.0.1/16"])
    with world(desk, Site("caller", ["192.168.1.20"], router)) as box:
        box.gateway("gateway", S2S_ICE_ADDRESSES="192.168.0.0/16")
        carried = box.call("caller", "192.168.1.5")
        assert carried["named"] == ["192.168.1.5"]
