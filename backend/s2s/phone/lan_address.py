"""The address by which other devices in the network reach this computer."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

PROBES = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses of documentation (RFC 5737, RFC 3849): nothing is sent, the system only says by which address it would."""


class NoAddress(Exception):
    """No address fits; the message says what to do."""


def lan_address(wished: str = "") -> str:
    """Return an IP address of this computer. `wished`: S2S_HOST; a wildcard or nothing lets the system choose.

    Raises NoAddress.
    """
    if wished:
        try:
            if not ip_address(wished.strip("[]")).is_unspecified:
                return wished.strip("[]")
        except ValueError:
            raise NoAddress(f"S2S_HOST={wished} is no IP address: name one of this computer's.") from None
    found = next((address for address in _outgoing() if not ip_address(address).is_loopback), None)
    if found is None:
        raise NoAddress(
            "This computer is in no network that a phone could share: connect it, or name its address with S2S_HOST."
        )
    return found


def _outgoing() -> Iterator[str]:
    """Yield the addresses that the system would send from."""
    for family, target in PROBES:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
            except OSError:
                continue  # no route in this family
            yield str(probe.getsockname()[0])
