"""The samples of deploy/ in front of a gateway, in a network namespace: every port and address there is ours.

Strangers have addresses of documentation (RFC 5737, RFC 3849), which exist on the namespace's loopback interface only.
"""

import ctypes
import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.proxies import ADDRESS, ADDRESS_6, Certificate

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(scope="session", autouse=True)
def own_network() -> Iterator[None]:
    """Move this thread, and all that it starts, into a network without any way out."""
    with Path("/proc/thread-self/ns/net").open() as outside:
        _must(LIBC.unshare(CLONE_NEWNET), "unshare: the samples are tried in a network namespace, which needs root")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            # On this interface every address of the network is the machine's own: strangers choose from it.
            subprocess.run(["ip", "address", "add", f"{ADDRESS}/24", "dev", "lo"], check=True)
            subprocess.run(["ip", "address", "add", f"{ADDRESS_6}/128", "dev", "lo", "nodad"], check=True)
            yield
        finally:
            _must(LIBC.setns(outside.fileno(), CLONE_NEWNET), "setns")


def _must(code: int, what: str) -> None:
    if code:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


_numbers = itertools.count(10)


@pytest.fixture
def address() -> str:
    """Of a stranger whom the gateway has not seen yet."""
    return f"198.51.100.{next(_numbers)}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.issue(tmp_path_factory.mktemp("certificate"))
