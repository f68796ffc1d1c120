#!/usr/bin/env python3
"""An SFTP server (version 3) that misbehaves as its words say; in authorized_keys in place of internal-sftp.

    odd_sftp.py FOLDER WORD…      relative paths are below FOLDER
    rename=lies                   a rename is acknowledged and not done
    rename=no:TEXT                names with TEXT in them cannot be renamed
    remove=lies                   a removal is acknowledged and not done
    ghosts=N                      N names are listed that are not there
    answers=S                     each answer comes in pieces, S seconds apart, once a file has been opened for reading
    piece=N                       N bytes each; one without it
    swallow=S                     what is written is taken one byte at a time, S seconds apart
"""
import os
import select
import stat
import struct
import sys
import time

FOLDER = sys.argv[1]
WORDS = dict(word.split("=", 1) for word in sys.argv[2:])
OK, EOF, NO_FILE, DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
LEFT = select.poll()
LEFT.register(1, 0)
handles = {}
state = {"number": 0, "slow": 0.0}


def take(n):
    data = b""
    while len(data) < n:
        piece = os.read(0, 1 if state.get("swallow") else n - len(data))
        if not piece:
            sys.exit(0)
        if state.get("swallow"):
            # what the client sent before it left would else keep us for hours
            if LEFT.poll(1000 * state["swallow"]):
                sys.exit(0)
        data += piece
    return data


def send(kind, body):
    data = struct.pack(">IB", len(body) + 1, kind) + body
    if not state["slow"]:
        while data:
            data = data[os.write(1, data):]
        return
    n = int(WORDS.get("piece", 1))
    while data:
        data = data[os.write(1, data[:n]):]
        time.sleep(state["slow"])


def text(value):
    return struct.pack(">I", len(value)) + value


def status(ident, code):
    send(101, struct.pack(">II", ident, code) + text(b"") + text(b""))


def attributes(st):
    return struct.pack(">IQIIIII", 1 | 2 | 4 | 8, st.st_size, st.st_uid, st.st_gid, st.st_mode, int(st.st_atime), int(st.st_mtime))


def ghost(number):
    mode = struct.pack(">IQIIIII", 1 | 2 | 4 | 8, 100, 0, 0, stat.S_IFREG | 0o644, 1700000000, 1700000000)
    name = b"GHOST_%06d.csv" % number
    return text(name) + text(name) + mode


class Reader:
    def __init__(self, body):
        self.body = body

    def number(self, form):
        size = struct.calcsize(form)
        value = struct.unpack(form, self.body[:size])[0]
        self.body = self.body[size:]
        return value

    def string(self):
        n = self.number(">I")
        value, self.body = self.body[:n], self.body[n:]
        return value

    def path(self):
        return os.path.join(FOLDER, self.string().decode("utf-8", "surrogateescape"))


def new_handle(thing):
    state["number"] += 1
    name = b"%d" % state["number"]
    handles[name] = thing
    return name


def do_open(ident, r):
    path, flags = r.path(), r.number(">I")
    how = os.O_RDWR if flags & 2 and flags & 1 else os.O_WRONLY if flags & 2 else os.O_RDONLY
    how |= (os.O_CREAT if flags & 8 else 0) | (os.O_TRUNC if flags & 16 else 0)
    fd = os.open(path, how, 0o644)
    if flags & 2 and "swallow" in WORDS:
        state["swallow"] = float(WORDS["swallow"])
    if not flags & 2 and "answers" in WORDS:
        state["slow"] = float(WORDS["answers"])
    send(102, struct.pack(">I", ident) + text(new_handle(fd)))


def do_read(ident, r):
    fd, offset, n = handles[r.string()], r.number(">Q"), r.number(">I")
    data = os.pread(fd, n, offset)
    if data:
        send(103, struct.pack(">I", ident) + text(data))
    else:
        status(ident, EOF)


def do_opendir(ident, r):
    path = r.path()
    entries = [text(os.fsencode(n)) * 2 + attributes(os.lstat(os.path.join(path, n))) for n in sorted(os.listdir(path))]
    if path.endswith("/in"):
        entries += [ghost(n) for n in range(int(WORDS.get("ghosts", 0)))]
    send(102, struct.pack(">I", ident) + text(new_handle(entries)))


def do_readdir(ident, r):
    entries = handles[r.string()]
    if not entries:
        status(ident, EOF)
        return
    some, entries[:] = entries[:100], entries[100:]
    send(104, struct.pack(">II", ident, len(some)) + b"".join(some))


def do_close(ident, r):
    thing = handles.pop(r.string())
    if isinstance(thing, int):
        os.close(thing)
    status(ident, OK)


def do_write(ident, r):
    fd, offset = handles[r.string()], r.number(">Q")
    os.pwrite(fd, r.string(), offset)
    status(ident, OK)


def do_rename(ident, r):
    old, new = r.path(), r.path()
    how = WORDS.get("rename", "")
    if how.startswith("no:") and how[3:] in old:
        status(ident, FAILURE)
        return
    if how != "lies":
        if os.path.lexists(new):
            status(ident, FAILURE)
            return
        os.rename(old, new)
    status(ident, OK)


def do_remove(ident, r):
    path = r.path()
    if WORDS.get("remove") != "lies":
        os.unlink(path)
    status(ident, OK)


def handle(kind, body):
    r = Reader(body)
    if kind == 1:
        send(2, struct.pack(">I", 3))
        return
    ident = r.number(">I")
    try:
        if kind in (7, 17):
            send(105, struct.pack(">I", ident) + attributes((os.lstat if kind == 7 else os.stat)(r.path())))
        elif kind == 8:
            send(105, struct.pack(">I", ident) + attributes(os.fstat(handles[r.string()])))
        elif kind == 16:
            path = os.fsencode(os.path.realpath(r.path()))
            send(104, struct.pack(">II", ident, 1) + text(path) * 2 + struct.pack(">I", 0))
        elif kind in (9, 10):
            status(ident, OK)
        elif kind in DOES:
            DOES[kind](ident, r)
        else:
            status(ident, UNSUPPORTED)
    except FileNotFoundError:
        status(ident, NO_FILE)
    except PermissionError:
        status(ident, DENIED)
    except OSError:
        status(ident, FAILURE)


DOES = {3: do_open, 4: do_close, 5: do_read, 6: do_write, 11: do_opendir, 12: do_readdir, 13: do_remove, 18: do_rename}
while True:
    size, kind = struct.unpack(">IB", take(5))
    handle(kind, take(size - 1))
