"""Which addresses that a page names the gateway sends to: none, unless it must, and never some."""

import pytest

from s2s.transport.remote_candidates import MAX_REMOTE_CANDIDATES, RemoteCandidates, is_permitted

STRANGER, NEIGHBOUR, MYSELF, TAILNET, UNKNOWN = "198.41.0.4", "192.168.1.20", "127.0.0.1", "100.101.102.103", ""
PUBLIC = ["11.22.33.44", "2600:1f18::1"]
PRIVATE = ["10.0.0.5", "172.17.0.2", "192.168.1.20", "100.64.0.7", "fd7a:115c:a1e0::1", "fec0::1", "198.18.0.1"]
NOWHERE = [
    "224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1", "255.255.255.255", "240.0.0.1", "0.0.0.0", "0.1.2.3", "::",
    "::7f00:1", "localhost", "internal.corp.example", "", "fe80::1%eth0", "1.2.3", "[::1]", "0x7f.1", "2130706433",
]  # fmt: skip
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]
LINK_LOCAL = ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"]


@pytest.mark.parametrize("remote", ["auto", "global", "any"])
@pytest.mark.parametrize("peer", [STRANGER, NEIGHBOUR, MYSELF, UNKNOWN])
@pytest.mark.parametrize("address", NOWHERE)
def test_nobody_is_sent_to_many_hosts_or_none(remote, peer: str, address: str):
    assert not is_permitted(address, remote, peer)


@pytest.mark.parametrize("peer", [STRANGER, NEIGHBOUR, MYSELF, TAILNET, UNKNOWN])
@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_for_everybody(peer: str, address: str):
    assert all(is_permitted(address, remote, peer) for remote in ("auto", "global", "any"))


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_for_those_who_come_from_a_private_one(address: str):
    assert all(is_permitted(address, "auto", peer) for peer in (NEIGHBOUR, MYSELF, TAILNET, "fd00::/64", "::/64"))
    assert not any(is_permitted(address, "auto", peer) for peer in (STRANGER, UNKNOWN, "2600:1f18::/64", "nonsense"))
    assert not is_permitted(address, "global", NEIGHBOUR)
    assert is_permitted(address, "any", STRANGER)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_itself_is_reached_only_where_anything_goes(address: str):
    assert not any(is_permitted(address, "auto", peer) for peer in (STRANGER, NEIGHBOUR, MYSELF))
    assert not is_permitted(address, "global", MYSELF)
    assert is_permitted(address, "any", MYSELF)


@pytest.mark.parametrize("remote", ["auto", "global", "any"])
@pytest.mark.parametrize("address", LINK_LOCAL)
def test_a_cloud_metadata_service_is_nobodys_peer(remote, address: str):
    assert not any(is_permitted(address, remote, peer) for peer in (STRANGER, NEIGHBOUR, MYSELF, UNKNOWN))
    assert is_permitted(address, remote, "169.254.7.7")


def test_without_need_no_candidate_is_used_at_all():
    assert not RemoteCandidates("any", MYSELF, is_needed=False).should_use(PUBLIC[0])


def test_ten_are_used_of_the_offer_and_those_that_follow_it_together():
    candidates = RemoteCandidates("auto", STRANGER, is_needed=True)
    lines = [f"a=candidate:{n} 1 udp 1 11.0.0.{n} 5000 typ host" for n in range(6)]
    hidden = [f"a=candidate:{n} 1 udp 1 10.0.0.{n} 5000 typ host" for n in range(20)]
    offer = "\r\n".join(["v=0", *hidden, *lines, "a=mid:0", ""])
    assert candidates.filter_offer(offer) == "\r\n".join(["v=0", *lines, "a=mid:0", ""])
    trickled = [candidates.should_use(f"11.0.1.{n}") for n in range(20)]
    assert trickled == [True] * (MAX_REMOTE_CANDIDATES - 6) + [False] * (20 + 6 - MAX_REMOTE_CANDIDATES)
