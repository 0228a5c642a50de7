"""Stories of a real browser on bad networks: `python -m bench.netlab.browser_stories`.

Needs Linux, root, `ip`, coturn and Chromium.

Three hosts in a box: browser, gateway (over TLS on port 443), and a real coturn. The stories are Playwright's
(`frontend/s2s-client/e2e/lab`) and run on the browser's host. They change the network by a line on a Unix socket, such
as `gateway no-udp` or `gateway all 0.05 3 200` (the other host, what passes, the share that is lost, how many in a row,
kbit/s) or `browser 10.77.0.9` (its new address).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path as FilePath
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer

from bench.clients.gateway_process import BACKEND
from bench.netlab import Lab, LabError, Path, Policy, lab
from bench.netlab.health import until_healthy

CLIENT = BACKEND.parent / "frontend" / "s2s-client"
SECRET = "only-in-this-box"
POLICIES = {"all": Policy.ALL, "no-udp": Policy.NO_UDP, "only-443": Policy.TCP_443, "nothing": Policy.NOTHING}
DELAY_MS = 10.0


def main() -> int:
    try:
        _check()
        with ExitStack() as stack:
            folder = FilePath(stack.enter_context(tempfile.TemporaryDirectory()))
            network = stack.enter_context(lab("browser", "gateway", "turn"))
            # The rest of the world is far away for everybody but those two.
            network.set_path("gateway", "turn", Path())
            for other in ("gateway", "turn"):
                _certificate(folder, network.hosts[other].address, other)
            stack.enter_context(_coturn(network, folder))
            stack.enter_context(_gateway(network, folder))
            control = stack.enter_context(_control(network, folder))
            return _stories(network, control, folder)
    except (LabError, RuntimeError) as fault:
        print(fault, file=sys.stderr)
        return 1


def _check() -> None:
    for program, package in (("turnserver", "coturn"), ("openssl", "openssl"), ("npx", "npm")):
        if shutil.which(program) is None:
            raise LabError(f"The program {program} is missing: install it (on Debian: sudo apt install {package}).")


def _certificate(folder: FilePath, address: str, name: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}",
         "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")],
        check=True, capture_output=True,
    )  # fmt: skip


@contextmanager
def _process(network: Lab, host: str, log: FilePath, *argv: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            network.hosts[host].command(*argv), cwd=BACKEND, env={**os.environ, **environ}, stdout=file, stderr=file
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@contextmanager
def _coturn(network: Lab, folder: FilePath) -> Iterator[None]:
    host = network.hosts["turn"]
    config = folder / "turnserver.conf"
    lines = [
        f"listening-ip={host.address}", f"relay-ip={host.address}", "listening-port=3478", "tls-listening-port=443",
        f"cert={folder}/turn.pem", f"pkey={folder}/turn.key", "use-auth-secret", f"static-auth-secret={SECRET}",
        "realm=s2s", "no-cli", "fingerprint", "log-file=stdout", "simple-log", f"pidfile={folder}/turn.pid",
        f"userdb={folder}/turndb",
        # As docs/network.md shows it.
        "denied-peer-ip=0.0.0.0-255.255.255.255", "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        f"allowed-peer-ip={network.hosts['gateway'].address}", "no-multicast-peers", "no-tcp-relay", "user-quota=12",
        "total-quota=1200",
    ]  # fmt: skip
    config.write_text("\n".join(lines) + "\n")
    with _process(network, "turn", folder / "turn.log", "turnserver", "-c", str(config)):
        yield


@contextmanager
def _gateway(network: Lab, folder: FilePath) -> Iterator[None]:
    turn = network.hosts["turn"].address
    settings = {
        "S2S_UPSTREAM": "emulator",
        "S2S_LOG_DIR": str(folder),
        "S2S_TURN_URLS": f"turn:{turn}:3478,turn:{turn}:3478?transport=tcp,turns:{turn}:443?transport=tcp",
        "S2S_TURN_SECRET": SECRET,
    }
    command = [
        sys.executable, "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", "443", "--no-access-log",
        "--ssl-certfile", str(folder / "gateway.pem"), "--ssl-keyfile", str(folder / "gateway.key"),
    ]  # fmt: skip
    with _process(network, "gateway", folder / "gateway.log", *command, **settings) as process:
        until_healthy(network, f"https://{network.hosts['gateway'].address}", process)
        yield


@contextmanager
def _control(network: Lab, folder: FilePath) -> Iterator[FilePath]:
    """Where the stories say what the network does; each line is answered by `ok` when it holds."""

    class Said(StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                other, what, *rest = line.decode().split()
                if other == "browser":
                    network.change_address("browser", what)
                else:
                    loss, burst, rate = [float(word) for word in rest] or [0.0, 1.0, 0.0]
                    path = Path(loss, burst, DELAY_MS, policy=POLICIES[what], rate_kbit_s=rate)
                    network.set_path("browser", other, path)
                self.wfile.write(b"ok\n")

    path = folder / "network.sock"
    with ThreadingUnixStreamServer(str(path), Said) as server:
        threading.Thread(target=server.serve_forever, name="network control", daemon=True).start()
        try:
            yield path
        finally:
            server.shutdown()


def _stories(network: Lab, control: FilePath, folder: FilePath) -> int:
    npx = str(shutil.which("npx"))
    told = {"NETLAB_SOCKET": str(control), "NETLAB_PAGE": f"https://{network.hosts['gateway'].address}/app/"}
    command = network.hosts["browser"].command(npx, "playwright", "test", "-c", "e2e/lab", *sys.argv[1:])
    status = subprocess.run(command, cwd=CLIENT, env={**os.environ, **told}, check=False).returncode
    if status:
        for name in ("gateway.log", "turn.log"):
            tail = (folder / name).read_text(errors="replace").splitlines()[-40:]
            print(f"--- {name}", *tail, sep="\n", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
