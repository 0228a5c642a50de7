"""Route requests among several gateway processes behind one address, and share the limits among them. Pure.

A session lives in one process. Its id begins with that process's number, so a proxy can route every request by its
path; a new session may be created in any process.
"""

from collections.abc import Sequence
from ipaddress import ip_network

# Above the gateway's own limit, so that the gateway refuses large bodies with its own error.
_MAX_BODY = "2m"


PEER_HEADER = "X-S2S-Peer"
"""Where this proxy tells the gateway processes who is at the other end of its socket. It always replaces the header."""


class ProxyError(ValueError):
    """The proxy cannot be configured; the message names the setting and the remedy."""


def worker_prefix(worker: int) -> str:
    """Return the prefix of a process's session ids; empty for a single process (0)."""
    return f"{worker}-" if worker else ""


def worker_share(most: int, worker: int, workers: int) -> int:
    """Return one process's share of `most` sessions. The shares of all `workers` processes add up to `most`."""
    return most // workers + (worker <= most % workers)


def nginx_config(port: int, workers: Sequence[int], *, host: str = "127.0.0.1", trusted: str = "127.0.0.1") -> str:
    """Return a configuration for nginx 1.18 or newer: one server at `host` and `port` in front of the loopback ports
    `workers`.

    File names are relative to nginx's prefix (`nginx -p`). `trusted`: comma-separated addresses of other proxies whose
    X-Forwarded headers are trusted, as in uvicorn's FORWARDED_ALLOW_IPS; `*` for any. Raises ProxyError.
    """
    known = _networks(trusted)
    real_ip = "\n".join(f"    set_real_ip_from {network};" for network in known)
    trust = "\n".join(f"        {network} 1;" for network in known)
    routes = "\n".join(
        f'        "~^/api/session/{worker_prefix(number)}" worker_{number};' for number in range(1, len(workers) + 1)
    )
    upstreams = "\n".join(_upstream(f"worker_{number}", workers, number) for number in range(1, len(workers) + 1))
    everyone = "\n".join(f"        server 127.0.0.1:{worker} max_fails=0;" for worker in workers)
    return _TEMPLATE.format(
        real_ip=real_ip,
        trust=trust,
        routes=routes,
        upstreams=upstreams,
        everyone=everyone,
        listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        largest=_MAX_BODY,
        peer_header=PEER_HEADER,
    )


def _upstream(name: str, workers: Sequence[int], first: int) -> str:
    """Return the upstream of one process. While it is down another one answers that the session does not exist, and the
    page continues in a new one."""
    lines = [f"        server 127.0.0.1:{workers[first - 1]} max_fails=0;"]
    lines += [f"        server 127.0.0.1:{port} backup;" for n, port in enumerate(workers, 1) if n != first]
    return "\n".join([f"    upstream {name} {{", f"        zone {name} 64k;", *lines, "    }"])


def _networks(trusted: str) -> list[str]:
    names = [name.strip() for name in trusted.split(",") if name.strip()]
    if "*" in names:
        return ["0.0.0.0/0", "::/0"]
    try:
        return [str(ip_network(name, strict=False)) for name in names]
    except ValueError as fault:
        raise ProxyError(f"FORWARDED_ALLOW_IPS: {fault}; give addresses or networks, or * for any.") from None


_TEMPLATE = """\
# Written by S2S at each start. One address for several gateway processes: a session's id begins with the number of the
# process that it lives in.
daemon off;
worker_processes auto;
pid nginx.pid;
error_log stderr warn;

events {{
    worker_connections 8192;
}}

http {{
    access_log off;
    server_tokens off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size {largest};
    client_body_buffer_size 256k;

    # Who calls, as a proxy before this one tells it. Nobody else may choose an address.
{real_ip}
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    geo $realip_remote_addr $trusted {{
        default 0;
{trust}
    }}
    map "$trusted:$http_x_forwarded_proto" $caller_scheme {{
        default $scheme;
        "1:https" https;
    }}
    # Whether a caller is at this machine is judged by what the first proxy was told, which real_ip would hide.
    map "$server_protocol $http_via" $via {{
        default "";
        "~^HTTP/1[.]0 " "1.0 proxy";
        "~^[^ ]+ (?<received_via>.+)$" $received_via;
    }}
    map $http_upgrade $connection_kind {{
        default upgrade;
        "" "";
    }}

    map $uri $process {{
        default anyone;
        # Kept in one process: what it has made, and how many connection checks run.
        "~^/api/(voices|probe)" worker_1;
{routes}
    }}
    upstream anyone {{
        zone anyone 64k;
{everyone}
    }}
{upstreams}

    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
    proxy_set_header {peer_header} $realip_remote_addr;
    proxy_set_header Via $via;
    proxy_set_header X-Forwarded-Proto $caller_scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_kind;
    proxy_connect_timeout 5s;
    # A call over the WebSocket may be silent for long; the gateway ends what is dead.
    proxy_read_timeout 1d;
    proxy_send_timeout 1d;

    server {{
        listen {listen};

        location / {{
            proxy_pass http://$process;
            # A process that dies with a request half read: another one answers that the session does not exist.
            proxy_next_upstream error non_idempotent;
        }}
        # A process that is full, or stops, says 503: another one may have room.
        location = /api/session/create {{
            proxy_pass http://anyone;
            proxy_next_upstream error http_503 non_idempotent;
        }}
    }}
}}
"""
