"""Removes namespaces after the process that made them has gone: `python cleanup.py NAMESPACE...`.

A namespace, and what runs in it, outlives the process that made it. That process holds this one's stdin open: it closes
however that process ends, also when it is killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

GRACE_S = 3.0
LOOK_AGAIN_S = 0.05


@contextmanager
def start_cleanup_process(namespaces: Sequence[str]) -> Iterator[None]:
    """Guard these namespaces with a second process, which removes them if this one dies."""
    # In a separate session, so that Ctrl-C in a terminal does not reach it.
    command = [sys.executable, __file__, *namespaces]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin is not None
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


def main() -> int:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    while os.read(0, 1024):
        pass
    for namespace in sys.argv[1:]:
        remove_namespaces(namespace)
    return 0


def remove_namespaces(namespace: str) -> None:
    """Kill the processes in these namespaces, then delete them; missing ones are skipped."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in _inhabitants(namespace):
            _end(process, number)
        until = time.monotonic() + GRACE_S
        # There is no event for "a namespace is empty".
        while _inhabitants(namespace) and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
    subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)


def _inhabitants(namespace: str) -> list[int]:
    """None of a namespace that does not exist."""
    said = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in said.split()]


def _end(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)


if __name__ == "__main__":
    sys.exit(main())
