"""`make run`: sets everything up, starts gateway and client, says where to open, stops both on Ctrl-C.

S2S_PORT and S2S_CLIENT_PORT choose other ports than 8000 and 3000.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from setup import BACKEND, CLIENT, PYTHON, ROOT, Stop, guarded, need_node, say, set_up_backend, set_up_client

GUARD = Path(__file__).resolve().parent / "guard.py"
LOGS = Path(os.environ.get("S2S_RUN_DIR") or ROOT / ".run")
START_LIMIT_S = 60.0
LAST_LINES = 20
# What the gateway needs beside its calls to end: the last words to each page, its engine, its files.
END_S = 7.0
LOOK_AGAIN_S = 0.5
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Our own children are asked directly, whatever proxy the environment or the system names for others.
TRUSTED = ssl.create_default_context()
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=TRUSTED))
ask = OPENER.open


def port(name, default):
    """The port number in the environment variable `name`."""
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop("%s=%s is no port number: use a number from 1 to 65535." % (name, text))
    return int(text)


def need_free_port(number, name, what, command="make run", addresses=("127.0.0.1", "::1")):
    """Raises Stop when something listens on the port already. `command`: what the person has typed."""
    for address in addresses:
        try:
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            continue  # no IPv6 on this machine
        with probe:
            probe.settimeout(1.0)
            if probe.connect_ex((address, number)) == 0:
                raise Stop(
                    "Port %d, which the %s needs, is taken by another program: stop that program, "
                    "or choose another port with %s=%d %s."
                    % (number, what, name, number + 1 if number < 65535 else number - 1, command)
                )


def loopback_is_direct(environment):
    """What tells a child that its neighbours on this machine are asked without a proxy; nothing where there is none."""
    if not any(name.lower().endswith("_proxy") and name.lower() != "no_proxy" and value
               for name, value in environment.items()):
        return {}
    spared = next(filter(None, (environment.get(name, "").strip() for name in ("no_proxy", "NO_PROXY"))), "")
    if spared != "*":
        spared = ",".join(filter(None, (spared,) + LOOPBACK))
    # Some programs read one, some the other.
    return {"no_proxy": spared, "NO_PROXY": spared}


def private(path, flags):
    """Opens a file for its owner alone: a gateway's lines may repeat what was said."""
    descriptor = os.open(path, flags, 0o600)
    if hasattr(os, "fchmod") and os.path.isfile(path):
        os.fchmod(descriptor, 0o600)
    return descriptor


def ask_health(address, within_s=2):
    """What a gateway says of itself; nothing if it does not answer."""
    try:
        try:
            answer = ask(address, timeout=within_s)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return json.load(answer)
    except (OSError, ValueError):
        return {}


class Service:
    """One child under guard, with its log file."""

    def __init__(self, name, command, cwd, address, environment, told, again=False, inherits=True):
        self.name = name
        self.address = address
        self.grace = ""
        self.doubts = []
        LOGS.mkdir(mode=0o700, exist_ok=True)
        self.log = LOGS / (name + ".log")
        inherited = os.environ if inherits else {}
        with open(self.log, "ab" if again else "wb", opener=private) as log:
            self.process = subprocess.Popen(
                [sys.executable, str(GUARD)] + command,
                cwd=str(cwd), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                env={**inherited, **environment, **loopback_is_direct(os.environ)},
                start_new_session=os.name != "nt",
            )
        Thread(target=lambda: told.put((self, self.process.wait())), daemon=True).start()

    def answers(self):
        try:
            with ask(self.address, timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def last_lines(self):
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join("  | " + line for line in lines)

    def health(self):
        """What the gateway says of itself; nothing of a service that is no gateway, or does not answer."""
        return ask_health(self.address) if "/health" in self.address else {}

    def tell(self, line):
        """Tells the guard."""
        try:
            self.process.stdin.write(line.encode("ascii") + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # the guard has ended, and its program before it

    def allow_calls_to_finish(self):
        if "shutdown_s" in (said := self.health()):
            self.doubts = said.get("warnings", []) + said["upstream"]["warnings"]
            self.have_grace("grace %.1f" % (said["shutdown_s"] + END_S))

    def have_grace(self, line):
        self.grace = line
        if line:
            self.tell(line)

    @property
    def has_ended(self):
        return self.process.poll() is not None

    def calls(self):
        """How many it waits for before it ends."""
        said = self.health()
        # Only the operator sees sessions, and with S2S_TRUST_LOCAL=off this script is not the operator.
        return said.get("sessions", {}).get("active", 0) if said.get("status") == "stopping" else 0

    def let_go(self):
        """From now on the guard ends it."""
        try:
            self.process.stdin.close()
        except OSError:
            pass  # the guard has ended

    def wait(self):
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def end_with_make():
    """Under make, on Linux: a killed make ends us too. Elsewhere only Ctrl-C and polite signals do."""
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def waiting_for(calls):
    """A message for the terminal; empty while there is nothing to wait for."""
    what = "1 call" if calls == 1 else "%d calls" % calls
    return "Waiting for %s to finish; Ctrl-C again to stop now." % what if calls else ""


class Supervisor:
    """Starts services, waits for them, and ends all of them on a signal or when one of them dies."""

    def __init__(self):
        self.told = SimpleQueue()
        self.services = []
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self.told.put(None))
        end_with_make()

    def start(self, name, command, cwd, address, again=False, inherits=True, **environment):
        self.services.append(Service(name, command, cwd, address, environment, self.told, again, inherits))

    def check(self):
        """Raises Stop when a child died, KeyboardInterrupt when a signal came."""
        if not self.told.empty():
            self.hear(self.told.get())

    def hear(self, news):
        if news is None:
            raise KeyboardInterrupt
        service, code = news
        raise Stop("The %s stopped (exit code %d). Its last lines:\n%s" % (service.name, code, service.last_lines()))

    def until_all_answer(self):
        limit = time.monotonic() + START_LIMIT_S
        for service in self.services:
            while not service.answers():
                self.check()
                if time.monotonic() > limit:
                    raise Stop("The %s does not answer at %s after %d s. Its last lines:\n%s"
                               % (service.name, service.address, START_LIMIT_S, service.last_lines()))
                time.sleep(0.05)
            service.allow_calls_to_finish()
        self.check()
        # Of several gateway processes each has the same.
        for doubt in dict.fromkeys(doubt for service in self.services for doubt in service.doubts):
            say("! " + doubt)

    def until_stopped(self):
        self.hear(self.told.get())

    def turns(self):
        """Which services end together, one group after the other: a page is needed until its call has ended."""
        return [[service] for service in self.services]

    def stop(self):
        try:
            for group in self.turns():
                for service in group:
                    service.tell("stop")
                self.until_ended(group)
        finally:
            for service in self.services:
                service.let_go()
            for service in self.services:
                service.wait()

    def until_ended(self, group):
        """Says what is waited for. A second signal ends all of them at once."""
        said = ""
        while not all(service.has_ended for service in group):
            try:
                news = self.told.get(timeout=LOOK_AGAIN_S)
            except Empty:
                words = waiting_for(sum(service.calls() for service in group))
                if words and words != said:
                    say(words)
                    said = words
                continue
            if news is None:
                say("Stopping now.")
                for one in self.services:
                    one.tell("stop")
                    one.tell("now")


def talking_to(origin):
    """The words of the gateway about its upstream and, where that costs money, what callers from elsewhere may use."""
    address = origin + "/"
    with ask(urllib.request.Request(address, headers={"Accept": "application/json"}), timeout=5) as answer:
        upstream = json.load(answer)["upstream"]["talking_to"]
    # Limits are for the operator to read, and S2S_TRUST_LOCAL=off makes even us a stranger.
    limits = ask_health(address + "health", within_s=10).get("limits", {}).get("summary")
    return "%s · %s" % (upstream, limits) if limits else upstream


def listening_host():
    """Where the gateway listens: S2S_HOST, or this machine alone. Raises Stop if others would only be refused there."""
    host = (os.environ.get("S2S_HOST") or LOOPBACK[0]).strip()
    if host not in LOOPBACK:
        done = subprocess.run([str(PYTHON), "-m", "s2s.access.listening", host], cwd=str(BACKEND),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Stop((done.stderr.strip().splitlines() or ["S2S_HOST could not be checked."])[-1])
    return host


def url_host(host):
    """How programs on this machine reach a gateway that listens there."""
    if host in ("0.0.0.0", "::", "localhost"):
        return LOOPBACK[0]
    return "[%s]" % host if ":" in host else host


def shown_host(host):
    """What people type."""
    return "localhost" if host in LOOPBACK or host in ("0.0.0.0", "::") else url_host(host)


def gateway_command(number, host=LOOPBACK[0]):
    return [str(PYTHON), "-m", "uvicorn", "main:app", "--host", host, "--port", str(number)]


def supervise(start, announce, supervisor=None):
    """Starts by `start(supervisor)`, prints `announce()` when all answer, stays until Ctrl-C."""
    supervisor = supervisor or Supervisor()
    try:
        start(supervisor)
        supervisor.until_all_answer()
        say(announce())
        supervisor.until_stopped()
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        supervisor.stop()
    return 0


def main():
    gateway_port, client_port = port("S2S_PORT", 8000), port("S2S_CLIENT_PORT", 3000)
    if gateway_port == client_port:
        raise Stop("S2S_PORT and S2S_CLIENT_PORT are both %d: gateway and client need a port each." % client_port)
    need_free_port(gateway_port, "S2S_PORT", "gateway")
    need_free_port(client_port, "S2S_CLIENT_PORT", "client")
    set_up_backend()
    node = need_node()
    set_up_client()

    def start(supervisor):
        pages = ["http://%s:%d" % (host, client_port) for host in ("localhost", "127.0.0.1")]
        origins = {} if client_port == 3000 or os.environ.get("S2S_CORS_ORIGINS") else {
            "S2S_CORS_ORIGINS": ",".join(pages)}
        supervisor.start("gateway", gateway_command(gateway_port), BACKEND,
                         "http://127.0.0.1:%d/health" % gateway_port, **origins)
        vite = CLIENT / "node_modules" / "vite" / "bin" / "vite.js"
        supervisor.start("client", [node, str(vite), "--host", "127.0.0.1", "--port", str(client_port), "--strictPort"],
                         CLIENT, "http://127.0.0.1:%d/" % client_port,
                         REACT_APP_API_URL="http://localhost:%d" % gateway_port)

    return supervise(start, lambda: "open http://localhost:%d · talking to: %s"
                     % (client_port, talking_to("http://%s:%d" % (LOOPBACK[0], gateway_port))))


if __name__ == "__main__":
    sys.exit(guarded(main))
