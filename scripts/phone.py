"""`make phone`: the page for a phone in the same network, over TLS, with a QR code that opens it and signs it in.

It listens at this computer's own address; S2S_HOST names another one. The port is 8443, or S2S_PORT. The key in the
QR code is made for this run and ends with it; the certificate is kept in .run/phone, so that a phone warns only once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile

import run
from run import gateway_command, need_free_port, port, supervise
from serve import build_client
from setup import BACKEND, PYTHON, Stop, guarded, need_node, set_up_backend, set_up_client

KEPT = (run.LOGS / "phone").absolute()
SHOWN_BYTES = 8


def ask_backend(*words):
    """Runs a command of the backend's `s2s.phone`. Returns what it prints; its one sentence becomes a Stop."""
    done = subprocess.run([str(PYTHON), "-m", "s2s.phone", *words], cwd=str(BACKEND), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise Stop((done.stderr.strip().splitlines() or ["The phone's key could not be made."])[-1])
    return done.stdout


def serve(number, keys):
    """Starts the gateway, shows the code, stays until Ctrl-C. `keys`: the folder of this run's."""
    host = (os.environ.get("S2S_HOST") or "").strip()
    phone = json.loads(ask_backend("prepare", "--host", host, "--port", str(number), "--kept", str(KEPT),
                                   "--keys", keys))
    need_free_port(number, "S2S_PORT", "gateway", "make phone", [phone["host"]])
    run.TRUSTED.load_verify_locations(phone["certificate"])
    run.OPENER.addheaders.append(("Authorization", "Bearer " + phone["operator_key"]))
    command = gateway_command(number, phone["host"]) + [
        "--ssl-certfile", phone["certificate"], "--ssl-keyfile", phone["private_key"]]

    def start(supervisor):
        supervisor.start("gateway", command, BACKEND, phone["origin"] + "/health", **phone["settings"])

    def announce():
        return "\n".join((
            phone["qr"] + phone["link"], "",
            "Scan it with a phone in the same network, or type the link. Anybody who has it may talk until Ctrl-C.",
            "The phone warns once that no authority knows this computer: continue. The certificate's SHA-256 begins",
            "%s. Talking to: %s" % (phone["fingerprint"][:3 * SHOWN_BYTES - 1], run.talking_to(phone["origin"]))))

    return supervise(start, announce)


def main():
    number = port("S2S_PORT", 8443)
    set_up_backend()
    node = need_node()
    set_up_client()
    build_client(node)
    keys = tempfile.mkdtemp(prefix="s2s-phone-")
    try:
        return serve(number, keys)
    finally:
        ask_backend("end", "--keys", keys)
        shutil.rmtree(keys, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(guarded(main))
