"""`make serve`: builds the client, then one process serves gateway and client on port 8000 (S2S_PORT).

It listens on this machine alone, or at S2S_HOST (0.0.0.0 for every network).

S2S_WORKERS=4 (or auto: one for each core) starts so many gateway processes behind that one address.
"""

from __future__ import annotations

import os
import shutil
import sys

import workers
from run import gateway_command, listening_host, need_free_port, port, shown_host, supervise, talking_to, url_host
from setup import BACKEND, CLIENT, guarded, need_node, run, set_up_backend, set_up_client


def client_is_built():
    """True when the built client is newer than every source it is made from."""
    built = CLIENT / "dist" / "index.html"
    if not built.exists():
        return False
    folders = [CLIENT / name for name in ("src", "public", "examples")]
    sources = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    sources += [path for path in CLIENT.iterdir() if path.is_file()]
    return all(path.stat().st_mtime <= built.stat().st_mtime for path in sources)


def main():
    number = port("S2S_PORT", 8000)
    count = workers.wanted()
    need_free_port(number, "S2S_PORT", "gateway")
    set_up_backend()
    host = listening_host()
    need_node()
    set_up_client()
    if not client_is_built():
        # The page's policy lets it call the gateway that serves it and no other host, whatever frontend/.env says.
        os.environ["REACT_APP_API_URL"] = ""
        run([str(shutil.which("npm")), "run", "build"], "building the client", cwd=CLIENT)

    if count > 1:
        return workers.serve(number, count, host)

    def start(supervisor):
        supervisor.start("gateway", gateway_command(number, host), BACKEND,
                         "http://%s:%d/health" % (url_host(host), number))

    return supervise(start, lambda: "open http://%s:%d · talking to: %s" % (
        shown_host(host), number, talking_to(number, url_host(host))))


if __name__ == "__main__":
    sys.exit(guarded(main))
