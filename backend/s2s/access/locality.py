"""Decide whether a request comes from this machine itself. Pure.

A request is local if everything that says where it comes from names this machine: the peer of its socket, every address
that a proxy reports, the host name, and the page's origin. Whatever cannot be read counts as foreign. A proxy on the
same machine that says nothing of itself looks like a local client; docs/access.md names such proxies and the remedy.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

MAX_VALUE_CHARS = 2_000
"""Of one header. A longer one is not read."""

ADDRESS_HEADERS = frozenset(
    {
        "x-forwarded-for",
        # What a proxy of ours, or ingress-nginx, received before it set its own.
        "x-original-forwarded-for",
        "x-forwarded",
        "forwarded-for",
        "x-real-ip",
        "x-client-ip",
        "client-ip",
        "x-remote-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "cf-connecting-ipv6",
        "fastly-client-ip",
        "fly-client-ip",
        "x-azure-clientip",
        "x-appengine-user-ip",
        "x-envoy-external-address",
    }
)
"""Headers that hold addresses, separated by commas."""
ADDRESS_SUFFIXES = ("-ip", "-ipv6", "clientip", "socketip", "-addr", "-address", "forwarded-for")
"""What other such names end with: every content delivery network has its own."""
HOST_HEADERS = frozenset({"host", "x-forwarded-host", "x-original-host"})
RELAY_HEADERS = frozenset(
    {
        "via",
        "cdn-loop",
        "cf-ray",
        "cf-visitor",
        "x-amzn-trace-id",
        "x-arr-log-id",
        "x-arr-ssl",
        "front-end-https",
        "x-original-url",
        "x-original-uri",
    }
)
"""Headers that only an intermediary adds."""
TLS_HEADERS = frozenset(
    {
        "x-forwarded-proto",
        "x-forwarded-protocol",
        "x-forwarded-scheme",
        "x-scheme",
        "x-url-scheme",
        "x-original-proto",
        "cloudfront-forwarded-proto",
    }
)
"""Headers that hold the scheme at the first proxy. A proxy that sets one passes on the address headers that its client
made up, so only plain http may be local."""
PLAIN_SCHEMES = ("http", "ws")
PORT_HEADERS = frozenset({"x-forwarded-port", "x-original-port"})
TLS_PORT = "443"
RELAY_PREFIXES = ("x-envoy-", "x-amz-cf-")


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """What a request says about where it comes from."""

    peer: str | None
    """Address at the other end of the socket; None for a Unix socket."""
    client: str | None
    """Address after the server has read the headers of proxies that it trusts."""
    headers: Sequence[tuple[str, str]]
    """In order, names in lower case."""
    http_version: str = "1.1"

    def values(self, name: str) -> list[str]:
        """Return all values of one header."""
        return [value for header, value in self.headers if header == name]


def why_not_local(request: RequestOrigin) -> str:
    """Return what shows that the request does not come from this machine; empty if it does."""
    if not is_loopback(request.peer or ""):
        return "the connection comes from another machine or through a Unix socket"
    if not is_loopback(request.client or ""):
        return "a proxy reports another address"
    if request.http_version == "1.0":
        # nginx before 1.29.7 speaks it to its upstream by default, and no browser does.
        return "it came over HTTP/1.0, as through a proxy"
    if not any(name == "host" for name, _ in request.headers):
        return "it names no host"
    return next(filter(None, (_why_foreign(name, value) for name, value in request.headers)), _why_proxied(request))


def _why_proxied(request: RequestOrigin) -> str:
    """Return what shows a proxy that does not say for whom it asks; empty if there is none."""
    names = {name for name, _ in request.headers}
    if any(map(_holds_addresses, names)) or "forwarded" in names:
        return ""
    traces = sorted(name for name in names if name.startswith("x-forwarded-") or name in TLS_HEADERS | PORT_HEADERS)
    return f"it passed a proxy that does not say for whom, says its header {traces[0]}" if traces else ""


def _why_foreign(name: str, value: str) -> str:
    """Return what one header shows; empty if it fits a local request."""
    if name in RELAY_HEADERS or name.startswith(RELAY_PREFIXES):
        return f"it passed a proxy, says its header {name}"
    judge, fault = _judge_of(name)
    if judge is None:
        return ""
    if len(value) > MAX_VALUE_CHARS:
        return f"its header {name} is too long"
    return "" if judge(value) else fault.format(name=name)


def _judge_of(name: str) -> tuple[Callable[[str], bool] | None, str]:
    """Return what tells whether a header's value fits a local request, None if it does not matter, and what it means if
    it does not fit."""
    if _holds_addresses(name):
        return _lists_loopback, "it was forwarded for another address, says {name}"
    if name == "forwarded":
        return _forwards_loopback, "it was forwarded for another address, or over TLS, says {name}"
    if name in TLS_HEADERS:
        return _is_plain_scheme, "it came over TLS to a proxy, says {name}"
    if name in PORT_HEADERS:
        return _is_plain_port, "it came over TLS to a proxy, says {name}"
    if name in HOST_HEADERS:
        return _lists_local_hosts, "{name} is not localhost"
    if name == "origin":
        return _is_local_origin, "its page comes from elsewhere, says {name}"
    if name.startswith("x-forwarded-"):
        # What else a proxy tells, such as X-Forwarded-Ssl or -User: no proxy of a desk does, and its client could have
        # made up the address beside it.
        return _never, "it passed a proxy, says its header {name}"
    return None, ""


def _holds_addresses(name: str) -> bool:
    return name in ADDRESS_HEADERS or name.endswith(ADDRESS_SUFFIXES)


def _never(_: str) -> bool:
    return False


def _lists_loopback(value: str) -> bool:
    return _all_loopback(value.split(","))


def _forwards_loopback(value: str) -> bool:
    return _all_loopback(_forwarded_nodes(value))


def _is_plain_scheme(value: str) -> bool:
    return value.strip().lower() in PLAIN_SCHEMES


def _is_plain_port(value: str) -> bool:
    return TLS_PORT not in (port.strip() for port in value.split(","))


def _lists_local_hosts(value: str) -> bool:
    return all(map(is_local_host, value.split(",")))


def _all_loopback(addresses: Iterable[str]) -> bool:
    listed = [_without_port(address.strip()) for address in addresses]
    return bool(listed) and all(map(is_loopback, listed))


def is_loopback(address: str) -> bool:
    """Return whether this is an IP address of the loopback interface, without port."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback


def is_local_host(host: str) -> bool:
    """Return whether a host name, perhaps with a port, can only be this machine: localhost or a loopback address."""
    name = _without_port(host.strip().lower())
    return name.rstrip(".") == "localhost" or is_loopback(name)


def _without_port(text: str) -> str:
    """Strip the port of `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; text that is none of them fits nothing."""
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        return address if bracket and (not rest or (rest[0] == ":" and rest[1:].isdigit())) else text
    name, colon, port = text.partition(":")
    return name if colon and port.isdigit() else text


def _is_local_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_local_host(f"[{host}]" if ":" in host else host)


def _forwarded_nodes(value: str) -> list[str]:
    """Return every address and host in a Forwarded header (RFC 7239, section 4); something foreign if it is malformed.

    `by` does not matter. Local names as hosts, and plain http, are returned as loopback addresses. Escapes within
    quotation marks are refused: with them a client could hide what a proxy appends.
    """
    if "\\" in value:
        return [""]
    nodes: list[str] = []
    for element in _split_unquoted(value, ","):
        for pair in _split_unquoted(element, ";"):
            name, equals, node = pair.strip().partition("=")
            if node.startswith('"') and node.endswith('"') and len(node) > 1:
                node = node[1:-1]
            # A quotation mark in a name would hide the rest of the header as one value.
            if not equals or '"' in node or '"' in name:
                return [""]
            if name.strip().lower() == "for":
                nodes.append(node)
            elif name.strip().lower() == "host":
                nodes.append("127.0.0.1" if is_local_host(node) else "")
            elif name.strip().lower() == "proto":
                nodes.append("127.0.0.1" if _is_plain_scheme(node) else "")
    return nodes


def _split_unquoted(text: str, separator: str) -> list[str]:
    """Split at separators outside of double quotes; an unclosed quotation makes one part to the end."""
    parts, inside, begin = [], False, 0
    for at, char in enumerate(text):
        if char == '"':
            inside = not inside
        elif char == separator and not inside:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]
