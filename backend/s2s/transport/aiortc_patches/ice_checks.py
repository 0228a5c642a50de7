"""aioice's connectivity checks, bounded: how many a stranger's offer can make the gateway send, and to whom.

aioice sends seven requests over a minute to each pair of a socket and an address of the page, with no limit on the
number of pairs. Here

- a pair is checked once the page's own check has come that way, which costs two requests at most for each of its checks
  (and one response: three packets for one, if its source address was forged);
- only a gateway behind a NAT sends first, from the sockets that a STUN or TURN server has opened: two requests each, to
  MAX_UNASKED_PAIRS;
- a connection has MAX_PAIRS (RFC 8445, 6.1.2.5).

A request for which there is no allowance waits until the page's next check, and is sent at once then (RFC 8445,
7.3.1.4). Where a page has answered a check, nothing is counted any more.
"""

from aioice import Candidate, Connection, stun
from aioice.ice import CandidatePair, StunProtocol

MAX_PAIRS = 100
MAX_UNASKED_PAIRS = 10
MAX_REQUESTS = 2
"""To one address, until the page's next check from there; the second after half a second (aioice's RETRY_RTO)."""
Address = tuple[str, int]
RELAYED = "relay"
SERVER_REFLEXIVE = "srflx"


class BoundedProtocol(StunProtocol):
    """What `bound_checks` makes of each of a connection's sockets."""

    def adopt(self) -> None:
        """Prepare a socket that aioice has opened."""
        self._allowance: dict[Address, int] = {}
        self._waiting: dict[Address, stun.Message] = {}
        self._confirmed: set[Address] = set()

    def allow(self, address: Address) -> None:
        """Allow MAX_REQUESTS to this address, and send the one that waits."""
        self._allowance[address] = MAX_REQUESTS
        request = self._waiting.pop(address, None)
        if request is not None and request.transaction_id in self.transactions:
            self.send_stun(request, address)

    def confirm(self, address: Address) -> None:
        """Count no longer: a page has answered from this address, with a number that only it can have received."""
        self._confirmed.add(address)
        self._waiting.pop(address, None)

    def send_stun(self, message: stun.Message, addr: Address) -> None:
        if message.message_class is stun.Class.REQUEST and addr not in self._confirmed:
            allowance = self._allowance.get(addr, 0)
            if not allowance:
                self._waiting[addr] = message
                return
            self._allowance[addr] = allowance - 1
        super().send_stun(message, addr)


class BoundedConnection(Connection):
    """What `bound_checks` makes of an ICE connection."""

    def adopt(self) -> None:
        """Prepare a connection that aiortc has made and that has gathered nothing yet."""
        self._opened: list[BoundedProtocol] = []
        self._unasked_pairs = 0

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109  # the signature is aioice's
    ) -> list[Candidate]:
        candidates = await super().get_component_candidates(component, addresses, timeout)
        bases = {(c.related_address, c.related_port) for c in candidates if c.type == SERVER_REFLEXIVE}
        for protocol in self._protocols:
            # After gathering: requests to the servers are not counted.
            protocol.__class__ = BoundedProtocol
            assert isinstance(protocol, BoundedProtocol)
            protocol.adopt()
            own = protocol.local_candidate
            if own.type == RELAYED or (own.host, own.port) in bases:
                self._opened.append(protocol)
        return candidates

    def check_incoming(self, message: stun.Message, addr: Address, protocol: StunProtocol) -> None:
        if "PRIORITY" not in message.attributes:
            # Every check has one (RFC 8445, 7.1.1); aioice raises KeyError without.
            return
        if len(self._check_list) >= MAX_PAIRS and not self._has_pair(protocol, addr):
            return
        super().check_incoming(message, addr, protocol)
        assert isinstance(protocol, BoundedProtocol)
        protocol.allow(addr)

    def check_complete(self, pair: CandidatePair) -> None:
        if pair.state is CandidatePair.State.SUCCEEDED and isinstance(pair.protocol, BoundedProtocol):
            pair.protocol.confirm(pair.remote_addr)
        super().check_complete(pair)

    def _pair_remote_candidate(self, remote_candidate: Candidate) -> None:
        for protocol in self._opened:
            if self._unasked_pairs >= MAX_UNASKED_PAIRS:
                return
            if protocol.local_candidate.can_pair_with(remote_candidate) and not self._find_pair(
                protocol, remote_candidate
            ):
                pair = CandidatePair(protocol, remote_candidate)
                self._check_list.append(pair)
                protocol.allow(pair.remote_addr)
                self._unasked_pairs += 1

    def _has_pair(self, protocol: StunProtocol, address: Address) -> bool:
        return any(pair.protocol is protocol and pair.remote_addr == address for pair in self._check_list)
