"""Several gateway processes behind one address, for `make serve` with S2S_WORKERS.

One local engine for all of them, if it is used; nginx in front. Which process a session lives in stands in its id.
A process that dies is started again: its own calls are lost, and their pages go on with a new session.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from threading import Timer

from run import LOOPBACK, Supervisor, gateway_command, shown_host, supervise, talking_to, url_host
from setup import BACKEND, PYTHON, Stop, say

NGINX = ("nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx")
MOST = 128
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
# Who lived so long was well once: the next pause is the shortest again.
WELL_S = 30.0


def wanted():
    """How many gateway processes: S2S_WORKERS, a number or auto."""
    text = (os.environ.get("S2S_WORKERS") or "1").strip()
    if text == "auto":
        count = cores()
    elif text.isdigit() and 1 <= int(text) <= MOST:
        count = int(text)
    else:
        raise Stop("S2S_WORKERS=%s is no number of processes: use a number from 1 to %d, or auto for one on each core."
                   % (text, MOST))
    if count > 1:
        need_nginx()
    return count


def cores():
    """Those that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def need_nginx():
    """Its path."""
    found = next(filter(None, map(shutil.which, NGINX)), None)
    if os.name == "nt":
        raise Stop("Several gateway processes need Linux or macOS: leave S2S_WORKERS out for one process.")
    if found is None:
        raise Stop("nginx is missing, which leads each request to its gateway process: install it (on Debian: sudo apt "
                   "install nginx-light, on macOS: brew install nginx), or leave S2S_WORKERS out for one process.")
    return found


def free_ports(count):
    """Loopback ports on which nothing listens now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def plan(number, ports, host=LOOPBACK[0]):
    """What the gateway's settings say, and the proxy's configuration."""
    command = [str(PYTHON), "-m", "s2s.cluster.worker_plan", "--port", str(number), "--host", host]
    for port in ports:
        command += ["--worker", str(port)]
    done = subprocess.run(command, cwd=str(BACKEND), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        said = done.stderr.strip()
        told = said.rfind("S2S cannot start")
        # Several mistakes are told in several lines.
        raise Stop(said[told:] if told >= 0 else (said.splitlines() or ["The settings could not be read."])[-1])
    return json.loads(done.stdout)


class Fleet(Supervisor):
    """Starts what died again. What dies before all of them have answered once ends the start."""

    def __init__(self):
        super().__init__()
        self.recipes = {}
        self.born = {}
        self.pauses = {}
        self.all_answered = False

    def start(self, name, command, cwd, address, again=False, inherits=True, **environment):
        self.recipes[name] = (command, cwd, address, inherits, environment)
        self.born[name] = time.monotonic()
        super().start(name, command, cwd, address, again, inherits, **environment)

    def until_all_answer(self):
        super().until_all_answer()
        self.all_answered = True

    def until_stopped(self):
        while True:
            self.hear(self.told.get())

    def hear(self, news):
        if news is None or not self.all_answered:
            super().hear(news)
        service, code = news
        if code is None:
            command, cwd, address, inherits, environment = self.recipes[service.name]
            self.start(service.name, command, cwd, address, again=True, inherits=inherits, **environment)
            self.services[-1].have_grace(service.grace)
            return
        self.services.remove(service)
        name = service.name
        was_well = time.monotonic() - self.born[name] >= WELL_S
        pause_s = FIRST_PAUSE_S if was_well else min(2 * self.pauses.get(name, FIRST_PAUSE_S / 2), LONGEST_PAUSE_S)
        self.pauses[name] = pause_s
        say("The %s stopped (exit code %d); it is started again. Its last lines:\n%s"
            % (name, code, service.last_lines()))
        again = Timer(pause_s, self.told.put, [(service, None)])
        again.daemon = True
        again.start()

    def turns(self):
        """First all gateways, whose calls finish; then what they and their pages need until then."""
        gateways = [service for service in self.services if service.name.startswith("gateway")]
        others = [service for service in self.services if service not in gateways]
        return [gateways, others]


def serve(number, count, host=LOOPBACK[0]):
    """Starts them, stays until Ctrl-C."""
    nginx = need_nginx()
    engine_port, *ports = free_ports(count + 1)
    known = plan(number, ports, host)
    folder = tempfile.mkdtemp(prefix="s2s-")
    try:
        # Started by root, nginx becomes another user, who has to find its files.
        os.chmod(folder, 0o711)
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(known["config"])

        def start(fleet):
            engine = {}
            if known["own_engine"]:
                fleet.start("engine", [str(PYTHON), "-m", "gemini_emulator", "--host", "127.0.0.1", "--port",
                                       str(engine_port)], BACKEND, "http://127.0.0.1:%d/" % engine_port,
                            inherits=False, **known["engine_environment"])
                engine = {"S2S_EMULATOR_URL": "ws://127.0.0.1:%d" % engine_port}
            urls = ["http://127.0.0.1:%d" % port for port in ports]
            for worker, (port, url) in enumerate(zip(ports, urls), 1):
                fleet.start("gateway-%d" % worker, gateway_command(port), BACKEND, url + "/health?alone=true",
                            S2S_WORKER=str(worker), S2S_WORKER_URLS=",".join(urls), S2S_WORKER_DIR=folder,
                            FORWARDED_ALLOW_IPS="127.0.0.1", **engine)
            fleet.start("proxy", [nginx, "-p", folder, "-c", config], BACKEND,
                        "http://%s:%d/" % (url_host(host), number))

        def announce():
            said = talking_to("http://%s:%d" % (url_host(host), number))
            return "open http://%s:%d · talking to: %s · %d gateway processes, %d conversations at most" % (
                shown_host(host), number, said, count, known["max_sessions"])

        return supervise(start, announce, Fleet())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
