"""Runs one program and ends it, with everything it started, when the process that started this ends.

`guard.py COMMAND...` keeps a pipe open to its starter on stdin. When that pipe closes, because the starter
stopped or was killed in any way, the program's whole process group is ended.

The starter may write lines into it: `grace 27` is how many seconds the program may take to end, `stop` asks
it to, `now` means not to wait any longer.
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


class Guard:
    """The program, and how it is ended."""

    def __init__(self, command):
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=os.name != "nt")
        self.grace_s = GRACE_S
        self.asked = False
        self.hurry = threading.Event()

    def end_tree(self):
        if os.name == "nt":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(self.child.pid)], stdout=subprocess.DEVNULL)
        else:
            end_group(self.child.pid)

    def end_politely(self):
        """Only the program is asked: what it started is needed until its work is done."""
        limit = time.monotonic() + self.grace_s
        if os.name != "nt":
            self.child.terminate()
            # One wait for two events: the program's end and the person's patience.
            while self.child.poll() is None and time.monotonic() < limit and not self.hurry.wait(0.02):
                pass
        self.end_tree()

    def obey(self, line):
        word, _, number = line.strip().partition(" ")
        if word == "grace":
            self.grace_s = float(number)
        elif word == "stop" and not self.asked:
            self.asked = True
            threading.Thread(target=self.end_politely, daemon=True).start()
        elif word == "now":
            self.starter_is_gone()

    def starter_is_gone(self):
        if self.asked:
            self.hurry.set()
        elif self.child.poll() is None:
            self.end_tree()

    def listen(self):
        with open(0, encoding="ascii", closefd=False) as starter:
            for line in starter:
                self.obey(line)
        self.starter_is_gone()


def main():
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    guard = Guard(sys.argv[1:])
    threading.Thread(target=guard.listen, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: guard.end_tree())
    code = guard.child.wait()
    guard.end_tree()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
