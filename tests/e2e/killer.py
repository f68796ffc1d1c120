#!/usr/bin/env python3
"""killer.py PID DEPTH NTH [WORD]: kill the NTH process that appears DEPTH generations below PID; 1 are the jobs of a run, 2
their children, 3 what those need: with WORD only those that were started with it, "reader" or "fetch". Ends with PID. Says
whom it killed."""
import os
import signal
import sys

ROOT, DEPTH, NTH = (int(word) for word in sys.argv[1:4])
WORD = "".join(sys.argv[4:])
seen = []


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def is_meant(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return not WORD or file.read().split(b"\0")[1:2] == [WORD.encode()]
    except OSError:
        return False


def is_there(pid):
    """Whoever started it may not have waited for its end yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


while is_there(ROOT):
    pids = [ROOT]
    for _ in range(DEPTH):
        pids = [child for pid in pids for child in children(pid)]
    for pid in pids:
        if pid in seen or not is_meant(pid):
            continue
        seen.append(pid)
        if len(seen) == NTH:
            try:
                os.kill(pid, signal.SIGKILL)
                print("killed")
            except ProcessLookupError:
                print("ended by itself")
            sys.exit(0)
