"""Strip session descriptions and candidates of lines that break aioice."""

from aiortc import RTCIceCandidate, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from s2s.errors import BadOffer
from s2s.transport.aiortc_patches import bound_checks
from s2s.transport.ice_gathering import IceOptions, limit_gathering
from s2s.transport.remote_candidates import RemoteCandidates

# A page has one media section, for its data channels. Each section costs sockets, each candidate a series of
# connectivity checks.
MAX_MEDIA = 4
MAX_CANDIDATES = 100


def clean_offer(sdp: str) -> str:
    """Return the offer without lines that delay or break the answer.

    `.local` names take a second each to fail to resolve; TCP candidates are never used; with `a=end-of-candidates`
    after only such lines (Firefox), ICE fails at once instead of waiting for trickled candidates.
    Raises ValueError for an offer with more media sections or candidates than a page needs.
    """
    kept = [line for line in sdp.splitlines() if not _is_useless(line.strip())]
    if sum(line.startswith("m=") for line in kept) > MAX_MEDIA:
        raise ValueError(f"an offer with more than {MAX_MEDIA} media sections")
    if sum(line.startswith("a=candidate:") for line in kept) > MAX_CANDIDATES:
        raise ValueError(f"an offer with more than {MAX_CANDIDATES} candidates")
    return "\r\n".join(kept) + "\r\n"


def parse_candidate(candidate: str, sdp_mid: str | None, sdp_m_line_index: int | None) -> RTCIceCandidate | None:
    """Parse a candidate; None for one of a kind that is never used. Raises ValueError if it is malformed."""
    line = candidate.removeprefix("a=")
    if not line.startswith("candidate:"):
        raise ValueError("a candidate begins with 'candidate:'")
    if _is_useless("a=" + line):
        return None
    try:
        parsed = candidate_from_sdp(line.removeprefix("candidate:"))
    except (AssertionError, IndexError, ValueError) as fault:
        raise ValueError("not an ICE candidate line") from fault
    parsed.sdpMid = sdp_mid
    parsed.sdpMLineIndex = sdp_m_line_index
    if sdp_mid is None and sdp_m_line_index is None:
        raise ValueError("sdpMid or sdpMLineIndex is needed")
    return parsed


async def answer_offer(connection: RTCPeerConnection, sdp: str, options: IceOptions, remote: RemoteCandidates) -> str:
    """Return the answer to an offer with a data channel. Closes the connection and raises BadOffer for any other.

    Of the offer's candidates those are used that `remote` admits.
    """
    try:
        offer = remote.filter_offer(clean_offer(sdp))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        _check_transports(connection)
        bound_checks(connection)
        limit_gathering(connection, options)
        await connection.setLocalDescription(await connection.createAnswer())
    except BadOffer:
        await connection.close()
        raise
    except Exception as fault:
        # aiortc's parser defines no exception class: any exception means "not an offer".
        await connection.close()
        raise BadOffer(f"the offer cannot be read: {type(fault).__name__}") from fault
    return str(connection.localDescription.sdp)


def _check_transports(connection: RTCPeerConnection) -> None:
    """Raise BadOffer unless there is one ICE transport, that of the data channels: each opens sockets."""
    if connection.sctp is None:
        raise BadOffer("the offer has no data channel")
    transports = {transceiver.receiver.transport.transport for transceiver in connection.getTransceivers()}
    if transports - {connection.sctp.transport.transport}:
        raise BadOffer("the offer does not bundle its media with the data channel")


def _is_useless(line: str) -> bool:
    if line.startswith("a=end-of-candidates"):
        return True
    if not line.startswith("a=candidate:"):
        return False
    words = line.lower().split()
    # Data channels have one component; aioice stumbles over checks from an address that was told for another.
    return len(words) > 4 and (words[1] != "1" or words[2] == "tcp" or words[4].endswith(".local"))
