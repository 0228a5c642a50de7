"""Waits for a gateway on a host of the network in a box."""

import subprocess
import sys
import time
from collections.abc import Sequence

from bench.netlab.namespaces import Lab

START_LIMIT_S = 90.0


def until_healthy(network: Lab, url: str, process: "subprocess.Popen[bytes]") -> None:
    """Poll /health from the host "browser", as this process is outside the test network. Raises RuntimeError.

    The certificate is not verified: the gateway of a test network has a self-signed one.
    """
    ask = (
        "import ssl, urllib.request as r; "
        f"r.urlopen('{url}/health', timeout=2, context=ssl._create_unverified_context())"
    )
    until = time.monotonic() + START_LIMIT_S
    while _fails(network.hosts["browser"].command(sys.executable, "-c", ask)):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("the gateway did not start")
        time.sleep(0.3)


def _fails(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0
