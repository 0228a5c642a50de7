"""Hosts in network namespaces, and the thread that carries frames between them."""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import itertools
import os
import selectors
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import FrameType

from bench.netlab.cleanup import remove_namespaces, start_cleanup_process
from bench.netlab.impairments import Link, Path

TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x0002 | 0x1000
IFF_TUN_NO_PI = 0x0001 | 0x1000
CLONE_NEWNET = 0x40000000
MAX_FRAME_BYTES = 65536
NETWORK = "10.77.0"
"""Exists only inside the namespaces of a lab."""


class LabError(Exception):
    """The network could not be made; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    namespace: str
    address: str
    tap: int
    """File descriptor of its network card."""

    def command(self, *argv: str) -> list[str]:
        """The command that runs `argv` on this host."""
        return ["ip", "netns", "exec", self.namespace, *argv]


class Lab:
    """All hosts on one switch. Use `lab(...)`."""

    def __init__(self, hosts: Sequence[Host], seed: int) -> None:
        self.hosts = {host.name: host for host in hosts}
        self._links = {
            (a.name, b.name): Link(seed * 1000 + number)
            for number, (a, b) in enumerate(itertools.permutations(hosts, 2))
        }
        self._seed = seed
        self._by_address = {bytes(_mac(host.address)): host.name for host in hosts}
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, int, Host, bytes]] = []
        self._order = itertools.count()
        self._wake_in, self._wake_out = os.pipe()
        self._thread = threading.Thread(target=self._carry, name="netlab", daemon=True)

    def link(self, a: str, b: str) -> Link:
        """From host `a` to host `b`; its counters can be read at any time."""
        return self._links[a, b]

    def set_path(self, a: str, b: str, path: Path, back: Path | None = None) -> None:
        """Set the path from `a` to `b`, and the reverse path to `back` or the same."""
        with self._lock:
            self._links[a, b].path = path
            self._links[b, a].path = back or path

    def change_address(self, name: str, address: str) -> None:
        """Replace the host's address, as in a change from Wi-Fi to mobile. Raises LabError."""
        namespace = self.hosts[name].namespace
        run_ip("-n", namespace, "address", "flush", "dev", "net0")
        run_ip("-n", namespace, "address", "add", f"{address}/24", "dev", "net0")

    def reseed(self) -> None:
        """Restart every link's random sequence from its seed."""
        with self._lock:
            for number, link in enumerate(self._links.values()):
                link.reseed(self._seed * 1000 + number)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._wake_out, b"x")
        self._thread.join()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _carry(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_in, selectors.EVENT_READ)
            for host in self.hosts.values():
                selector.register(host.tap, selectors.EVENT_READ, host)
            while True:
                wait_s = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
                for key, _ in selector.select(wait_s):
                    if key.data is None:
                        return
                    self._take(key.data)
                self._deliver()

    def _take(self, source: Host) -> None:
        frame = os.read(source.tap, MAX_FRAME_BYTES)
        target = self._by_address.get(frame[:6])
        to = [target] if target else [name for name in self.hosts if name != source.name]
        now = time.monotonic()
        with self._lock:
            for name in to:
                due = self._links[source.name, name].delivery_times(frame, now) if name != source.name else None
                if due is not None:
                    heapq.heappush(self._waiting, (due, next(self._order), self.hosts[name], frame))

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, host, frame = heapq.heappop(self._waiting)
            os.write(host.tap, frame)


@contextmanager
def lab(*names: str, seed: int = 1) -> Iterator[Lab]:
    """Hosts of these names, able to reach each other by clean links. Everything is taken down at the end.

    The end is also SIGTERM and SIGHUP, which raise SystemExit in the main thread, and the death of this process.
    Raises LabError where namespaces cannot be made.
    """
    check_platform()
    namespaces = [namespace_of(name) for name in names]
    with stopped_by_signals(), ExitStack() as stack:
        # Before they exist: whatever happens from here on, nothing is left.
        stack.enter_context(start_cleanup_process(namespaces))
        hosts = [stack.enter_context(_host(name, number)) for number, name in enumerate(names, start=1)]
        network = Lab(hosts, seed)
        network.start()
        stack.callback(network.stop)
        yield network


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise SystemExit in the main thread on SIGTERM and SIGHUP."""

    def stop(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_platform() -> None:
    """Raise LabError where there are no hosts to be had."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise LabError("Hosts of its own need Linux and root: run this with sudo.")
    if shutil.which("ip") is None:
        raise LabError("The program ip is missing: install it (on Debian: sudo apt install iproute2).")
    if not FilePath("/dev/net/tun").exists():
        raise LabError("This kernel offers no /dev/net/tun, which the hosts' network cards need.")


def namespace_of(name: str) -> str:
    """The namespace of a host of this process."""
    return f"s2s-{os.getpid()}-{name}"


@contextmanager
def _host(name: str, number: int) -> Iterator[Host]:
    namespace, address = namespace_of(name), f"{NETWORK}.{number}"
    run_ip("netns", "add", namespace)
    try:
        tap = open_card(namespace)
        try:
            mac = ":".join(f"{byte:02x}" for byte in _mac(address))
            run_ip("-n", namespace, "link", "set", "lo", "up")
            run_ip("-n", namespace, "link", "set", "net0", "address", mac, "up")
            run_ip("-n", namespace, "address", "add", f"{address}/24", "dev", "net0")
            yield Host(name, namespace, address, tap)
        finally:
            os.close(tap)
    finally:
        remove_namespaces(namespace)


def open_card(namespace: str, flags: int = IFF_TAP_NO_PI) -> int:
    """A network card `net0` in that namespace. Raises LabError.

    A separate thread enters it: a namespace belongs to a thread.
    """
    made: list[int | OSError] = []

    def enter() -> None:
        try:
            made.append(_open_device(namespace, flags))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise LabError(f"No network card could be made: {made[0]}") from made[0]
    return made[0]


def _open_device(namespace: str, flags: int) -> int:
    # os.setns exists from Python 3.12 on.
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/var/run/netns/{namespace}", "rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns failed")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH14x", b"net0", flags))
    return tap


def _mac(address: str) -> bytes:
    return bytes([2, 0, *(int(part) for part in address.split("."))])


def run_ip(*arguments: str) -> None:
    """Run `ip`. Raises LabError."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"ip {' '.join(arguments)} failed: {done.stderr.strip()}")
