"""What comes from this machine itself, and what only looks like it."""

from dataclasses import replace

import pytest

from s2s.access.locality import RequestOrigin, is_local_host, is_loopback, why_not_local

DESK = RequestOrigin(peer="127.0.0.1", client="127.0.0.1", headers=[("host", "localhost:8000")])


def desk(*headers: tuple[str, str], **changes: str | None) -> RequestOrigin:
    """A request at one's own desk, with these headers added."""
    return replace(DESK, headers=[*DESK.headers, *headers], **changes)


@pytest.mark.parametrize(
    "request_",
    [
        DESK,
        desk(("origin", "http://localhost:3000")),
        desk(("origin", "http://127.0.0.1:4173")),
        desk(("origin", "http://[::1]:3000")),
        replace(DESK, peer="::1", client="::1", headers=[("host", "[::1]:8000")]),
        replace(DESK, peer="::ffff:127.0.0.1", client="::ffff:127.0.0.1"),
        replace(DESK, headers=[("host", "127.0.0.1:8000")]),
        replace(DESK, headers=[("host", "LOCALHOST.")]),
        # S2S_WORKERS' own nginx, and Caddy at the desk.
        desk(("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "http")),
        desk(("x-forwarded-for", "::1, 127.0.0.1"), ("x-forwarded-host", "localhost:8000")),
        desk(("forwarded", 'for="[::1]:4711";host=localhost;proto=http')),
        desk(("x-real-ip", "127.0.0.1")),
        # A development server that hands on: Vite, webpack.
        desk(("x-forwarded-for", "::1"), ("x-forwarded-port", "3000"), ("x-forwarded-proto", "ws")),
        desk(("user-agent", "x" * 5_000)),
    ],
)
def test_a_request_from_this_machine_is_local(request_: RequestOrigin):
    assert why_not_local(request_) == ""


@pytest.mark.parametrize(
    "request_",
    [
        # Another machine, whatever it says of itself; a container's published port comes from its bridge.
        replace(DESK, peer="203.0.113.9", client="203.0.113.9"),
        replace(DESK, peer="172.17.0.1", client="172.17.0.1"),
        replace(DESK, peer="192.168.1.7", client="127.0.0.1"),
        replace(DESK, peer="fe80::1%eth0", client="fe80::1%eth0"),
        # A Unix socket, and a test client's made-up peer.
        replace(DESK, peer=None, client=None),
        replace(DESK, peer="testclient", client="testclient"),
        # The server believed a proxy.
        replace(DESK, client="203.0.113.9"),
        # nginx's `proxy_pass http://127.0.0.1:8000;` before 1.29.7: its Host, no word of who asks.
        replace(DESK, headers=[("host", "127.0.0.1:8000"), ("connection", "close")], http_version="1.0"),
        replace(DESK, headers=[]),
        # ssh -R, stunnel and other forwarders pass the name on under which people come.
        replace(DESK, headers=[("host", "voice.example.org")]),
        replace(DESK, headers=[("host", "localhost"), ("host", "voice.example.org")]),
        desk(("via", "1.1 Caddy")),
        desk(("cdn-loop", "cloudflare")),
        desk(("x-envoy-internal", "true")),
        # nginx with `proxy_http_version 1.1` and a word on the scheme only, as many have it for WebSockets.
        desk(("x-forwarded-proto", "https")),
        desk(("x-forwarded-host", "localhost"), ("x-forwarded-port", "443")),
        desk(("x-forwarded-prefix", "/voice")),
        # The same nginx passes on what a stranger says of the address.
        desk(("x-forwarded-proto", "https"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-scheme", "HTTPS"), ("x-real-ip", "::1")),
        desk(("x-scheme", "https")),
        desk(("cf-visitor", '{"scheme":"https"}')),
        # Other words for TLS, or for a proxy, each with an address that a stranger has made up.
        desk(("x-forwarded-ssl", "on"), ("x-forwarded-for", "127.0.0.1")),
        desk(("front-end-https", "on"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-forwarded-protocol", "https"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-forwarded-port", "443"), ("x-forwarded-for", "127.0.0.1")),
        desk(("cloudfront-forwarded-proto", "https"), ("x-real-ip", "127.0.0.1")),
        desk(("x-arr-log-id", "f00d"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-forwarded-prefix", "/voice"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-forwarded-user", "alice"), ("x-forwarded-for", "127.0.0.1")),
        desk(("x-original-uri", "/voice"), ("x-real-ip", "127.0.0.1")),
        desk(("origin", "https://voice.example.org")),
        desk(("origin", "null")),
        desk(("origin", "http://localhost.evil.example")),
        desk(("origin", "http://[::1")),
    ],
)
def test_a_request_from_elsewhere_is_not_local(request_: RequestOrigin):
    assert why_not_local(request_)


@pytest.mark.parametrize(
    "name",
    [
        "x-forwarded-for", "x-original-forwarded-for", "x-real-ip", "x-client-ip", "cf-connecting-ip",
        "true-client-ip", "fastly-client-ip", "fly-client-ip", "x-cluster-client-ip", "x-envoy-external-address",
        "do-connecting-ip", "x-vercel-forwarded-for", "incap-client-ip", "x-sucuri-clientip", "x-azure-socketip",
        "x-nf-client-connection-ip", "wl-proxy-client-ip", "ali-cdn-real-ip", "x-remote-addr", "x-client-address",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "value",
    [
        "203.0.113.9", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1", "10.0.0.5", "localhost", "unknown", "",
        "127.0.0.1,", "127.0.0.1 203.0.113.9", "127.0.0.1:80:80", "[::1", "::ffff:203.0.113.9", "127.0.0.1\t;x",
        "127.0.0.1," * 300,
    ],
)  # fmt: skip
def test_one_foreign_or_unreadable_address_makes_a_request_foreign(name: str, value: str):
    assert name in why_not_local(desk((name, value)))


@pytest.mark.parametrize(
    "value",
    [
        "for=203.0.113.9", 'for="[2001:db8::1]"', "for=unknown", "for=_hidden", "proto=https", "", "for", "for=",
        "for=127.0.0.1, for=203.0.113.9", "for=127.0.0.1;host=voice.example.org",
        # What a proxy appends cannot be hidden by quotation marks that were opened before it.
        'x="y, for=203.0.113.9', 'x="y, for="[2001:db8::1]"', 'x="a\\"b", for="[2001:db8::1]"',
        'for="127.0.0.1, for=203.0.113.9;by="z"', 'for="127.0.0.1', 'x="\\", for=203.0.113.9',
        # Found by fuzzing: a quotation mark in a name.
        'for=127.0.0.1, ";x=y, for=203.0.113.9',
        "for=127.0.0.1;" + "x=y;" * 600, "for=127.0.0.1;proto=https", 'proto="https";for="[::1]"',
    ],
)  # fmt: skip
def test_a_forwarded_header_hides_no_foreign_address(value: str):
    assert "forwarded" in why_not_local(desk(("forwarded", value)))


def test_a_second_header_of_the_same_name_is_read_too():
    assert why_not_local(desk(("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "203.0.113.9")))
    assert why_not_local(desk(("forwarded", "for=127.0.0.1"), ("forwarded", "for=203.0.113.9")))


def test_a_client_that_a_proxy_vouches_for_is_still_judged_by_the_socket():
    """With FORWARDED_ALLOW_IPS=* uvicorn believes whatever anybody says."""
    lie = desk(("x-forwarded-for", "127.0.0.1"), peer="203.0.113.9")
    assert "another machine" in why_not_local(lie)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.8.0.1:1", "[::1]", "[::1]:8000"])
def test_names_that_can_only_be_this_machine_are_local(host: str):
    assert is_local_host(host)


@pytest.mark.parametrize(
    "host", ["", ":8000", "local", "localhost:x", "localhost@evil", "0.0.0.0", "[::]", "127.1", "2130706433", "[::1]x"]
)
def test_names_that_could_be_another_machine_are_not(host: str):
    assert not is_local_host(host)


@pytest.mark.parametrize("address", ["", "127.0.0.1:80", "0x7f.1", "127.0.0.256", "::ffff:10.0.0.1", "1" * 500])
def test_what_is_no_loopback_address_is_none(address: str):
    assert not is_loopback(address)
