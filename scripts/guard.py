"""Runs one program and ends it, with everything it started, when whoever started this ends.

`guard.py COMMAND...` keeps a pipe open to its starter on stdin. When that pipe closes, because the starter
stopped or was killed in any way, the program's whole process group is ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_S = 5.0


def group_lives(group):
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_group(group):
    """Asks the group to end, then makes it."""
    for signal_number, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 1.0)):
        try:
            os.killpg(group, signal_number)
        except (ProcessLookupError, PermissionError):
            return
        limit = time.monotonic() + wait_s
        # There is no event for "a process group is empty".
        while group_lives(group) and time.monotonic() < limit:
            time.sleep(0.02)


def end_tree(child):
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], stdout=subprocess.DEVNULL)
    else:
        end_group(child.pid)


def main():
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=os.name != "nt")

    def watch():
        while os.read(0, 1024):
            pass
        if child.poll() is None:
            end_tree(child)

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: end_tree(child))
    code = child.wait()
    end_tree(child)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
