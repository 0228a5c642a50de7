"""An internet in a box: hosts with addresses of their choice, some behind a home router, and the routers between them.

Each host is a network namespace with one point-to-point network card (TUN); this process carries the packets and counts
them. Needs Linux, root and `ip` (iproute2).
"""

from __future__ import annotations

import os
import selectors
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from bench.netlab.cleanup import remove_namespaces, start_cleanup_process
from bench.netlab.namespaces import (
    IFF_TUN_NO_PI,
    LabError,
    check_platform,
    namespace_of,
    open_card,
    run_ip,
    stopped_by_signals,
)
from bench.netlab.nat import UDP, Nat, flow_of

MAX_PACKET_BYTES = 65_536
TAILNET = ip_network("100.64.0.0/10")
"""Addresses of an overlay such as Tailscale (RFC 6598): they reach each other past every router."""


@dataclass(frozen=True, slots=True)
class Site:
    """A host: its addresses, the router in front of it, and network cards that lead nowhere, as Docker makes them."""

    name: str
    addresses: Sequence[str]
    """The first is the source of what leaves it."""
    nat: Nat | None = None
    bridges: Sequence[str] = ()
    """Addresses with prefix length."""


class Internet:
    """All sites and what passes between them. Use `internet(...)`."""

    def __init__(self, sites: Sequence[Site], cards: Sequence[int]) -> None:
        self._sites = {site.name: site for site in sites}
        self._cards = dict(zip(self._sites, cards, strict=True))
        self._owner = {address: site for site in sites for address in site.addresses}
        self._routers = {site.nat.public: site.nat for site in sites if site.nat is not None}
        self.received: Counter[str] = Counter()
        """UDP packets by the address that they were sent to, whether it exists or not."""
        self.sent: Counter[str] = Counter()
        """Packets by the host that they come from."""
        self._wake_in, self._wake_out = os.pipe()
        self._thread = threading.Thread(target=self._carry, name="internet", daemon=True)

    def command(self, name: str, *argv: str) -> list[str]:
        """The command that runs `argv` on this host. Raises KeyError for one that there is not."""
        return ["ip", "netns", "exec", namespace_of(self._sites[name].name), *argv]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._wake_out, b"x")
        self._thread.join()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _carry(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_in, selectors.EVENT_READ)
            for name, card in self._cards.items():
                selector.register(card, selectors.EVENT_READ, self._sites[name])
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self._route(key.data, os.read(key.fd, MAX_PACKET_BYTES))

    def _route(self, source: Site, packet: bytes) -> None:
        flow = flow_of(packet)
        if flow is None:
            return
        self.sent[source.name] += 1
        if flow.protocol == UDP:
            self.received[flow.target[0]] += 1
        if self._is_direct(source, flow.target[0]):
            self._write(flow.target[0], packet)
            return
        leaving = packet if source.nat is None else source.nat.outbound(packet)
        if leaving is None:
            return
        router = self._routers.get(flow.target[0])
        if router is None:
            owner = self._owner.get(flow.target[0])
            if owner is not None and owner.nat is None:
                self._write(flow.target[0], leaving)
            return
        arriving = router.inbound(leaving)
        inside = flow_of(arriving) if arriving is not None else None
        if arriving is not None and inside is not None:
            self._write(inside.target[0], arriving)

    def _is_direct(self, source: Site, address: str) -> bool:
        """Whether it is reached without a router: over the overlay, or in the same private network."""
        if ip_address(address) in TAILNET:
            return True
        other = self._owner.get(address)
        return other is not None and other.nat is source.nat

    def _write(self, address: str, packet: bytes) -> None:
        owner = self._owner.get(address)
        if owner is not None:
            os.write(self._cards[owner.name], packet)


@contextmanager
def internet(*sites: Site) -> Iterator[Internet]:
    """These hosts, joined. Everything is taken down at the end. Raises LabError where namespaces cannot be made."""
    check_platform()
    namespaces = [namespace_of(site.name) for site in sites]
    with stopped_by_signals(), ExitStack() as stack:
        # Before they exist: whatever happens from here on, nothing is left.
        stack.enter_context(start_cleanup_process(namespaces))
        cards = [stack.enter_context(_host(site)) for site in sites]
        network = Internet(sites, cards)
        network.start()
        stack.callback(network.stop)
        yield network


@contextmanager
def _host(site: Site) -> Iterator[int]:
    namespace = namespace_of(site.name)
    run_ip("netns", "add", namespace)
    try:
        card = open_card(namespace, IFF_TUN_NO_PI)
        try:
            run_ip("-n", namespace, "link", "set", "lo", "up")
            for address in site.addresses:
                run_ip("-n", namespace, "address", "add", f"{address}/32", "dev", "net0")
            run_ip("-n", namespace, "link", "set", "net0", "up")
            run_ip("-n", namespace, "route", "add", "default", "dev", "net0", "src", site.addresses[0])
            for address in site.addresses:
                if ip_address(address) in TAILNET:
                    run_ip("-n", namespace, "route", "add", str(TAILNET), "dev", "net0", "src", address)
            for number, bridge in enumerate(site.bridges):
                name = f"docker{number}"
                run_ip("-n", namespace, "tuntap", "add", "dev", name, "mode", "tap")
                run_ip("-n", namespace, "address", "add", bridge, "dev", name)
                run_ip("-n", namespace, "link", "set", name, "up")
            yield card
        finally:
            os.close(card)
    finally:
        remove_namespaces(namespace)


__all__ = ["Internet", "LabError", "Nat", "Site", "internet"]
