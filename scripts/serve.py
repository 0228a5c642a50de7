"""`make serve`: builds the client, then one process serves gateway and client on port 8000 (S2S_PORT).

S2S_WORKERS=4 (or auto: one for each core) starts so many gateway processes behind that one address.
"""

from __future__ import annotations

import os
import shutil
import sys

import workers
from run import gateway_command, need_free_port, port, supervise, talking_to
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
    need_node()
    set_up_client()
    if not client_is_built():
        # The page's policy lets it call the gateway that serves it and no other host, whatever frontend/.env says.
        os.environ["REACT_APP_API_URL"] = ""
        run([str(shutil.which("npm")), "run", "build"], "building the client", cwd=CLIENT)

    if count > 1:
        return workers.serve(number, count)

    def start(supervisor):
        supervisor.start("gateway", gateway_command(number), BACKEND, "http://127.0.0.1:%d/health" % number)

    return supervise(start, lambda: "open http://localhost:%d · talking to: %s" % (number, talking_to(number)))


if __name__ == "__main__":
    sys.exit(guarded(main))
