"""`make serve`: builds the client, then one process serves gateway and client on port 8000 (S2S_PORT).

It listens on this machine alone, or at S2S_HOST (0.0.0.0 for every network).

S2S_WORKERS=4 (or auto: one for each core) starts so many gateway processes behind that one address.
"""

from __future__ import annotations

import os
import subprocess
import sys

import workers
from run import gateway_command, listening_host, need_free_port, port, shown_host, supervise, talking_to, url_host
from setup import BACKEND, CLIENT, guarded, need_node, run, set_up_backend, set_up_client


def build_client(node):
    """Builds the client if its sources have changed since, or if an earlier build was broken off."""
    # The page's policy lets it call the gateway that serves it and no other host, whatever frontend/.env says.
    os.environ["REACT_APP_API_URL"] = ""
    script = str(CLIENT / "scripts" / "build.js")
    if subprocess.run([node, script, "--check"], cwd=str(CLIENT), stdout=subprocess.DEVNULL).returncode:
        run([node, script], "building the page", cwd=CLIENT)


def main():
    number = port("S2S_PORT", 8000)
    count = workers.wanted()
    need_free_port(number, "S2S_PORT", "gateway", "make serve")
    set_up_backend()
    host = listening_host()
    node = need_node()
    set_up_client()
    build_client(node)
    if count > 1:
        return workers.serve(number, count, host)

    origin = "http://%s:%d" % (url_host(host), number)

    def start(supervisor):
        supervisor.start("gateway", gateway_command(number, host), BACKEND, origin + "/health")

    return supervise(start, lambda: "open http://%s:%d · talking to: %s" % (
        shown_host(host), number, talking_to(origin)))


if __name__ == "__main__":
    sys.exit(guarded(main))
