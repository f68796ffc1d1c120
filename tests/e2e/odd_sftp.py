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
    random=SEED                   a few faults out of FAULTS, drawn from the seed; when, from the seed and the number of the visit
"""
import os
import random
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

# What a server of random=SEED may do wrong. To an answer: it leaves, cuts the answer short, turns bits of it, gives it another
# type, an error or its twin, sends bytes nobody asked for, or nothing at all, or lets wait. To a request: it says that it wrote,
# removed or renamed and did not, or did it and says that it failed; reads little at once; ends a file early. Listings and sizes
# may be untrue. It gives no wrong bytes of a file: of those nobody could know.
FAULTS = ["leave", "cut", "flip", "type", "error", "twice", "junk", "silent", "slow",
          "lie", "deny", "short", "end", "sizes", "names", "times"]


class Temper:
    """Is it time for a fault?"""

    def __init__(self, seed):
        how = random.Random("how %s" % seed)
        self.often = {fault: how.choice([0.01, 0.05, 0.3, 1]) for fault in how.sample(FAULTS, how.randint(1, 4))}
        with open(FOLDER + "/visits", "ab") as visits:  # each visit goes another way
            visits.write(b".")
            self.dice = random.Random("%s %s" % (seed, visits.tell()))

    def __call__(self, fault):
        return fault in self.often and self.dice.random() < self.often[fault]


wrong = Temper(WORDS["random"]) if "random" in WORDS else lambda fault: False


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


def answers_of(kind, body):
    """The answers in the place of one, with whatever is wrong with them; but seldom the first one: nothing would come after it."""
    if kind == 2 and wrong.dice.random() < 0.8:
        return [(kind, body)]
    if wrong("leave"):
        sys.exit(0)
    if wrong("slow"):
        time.sleep(0.2)
    if wrong("cut"):
        body = body[:wrong.dice.randrange(len(body) + 1)]
    if kind != 103 and wrong("flip"):
        flipped = bytearray(body)
        for _ in range(wrong.dice.randint(1, 3)):
            flipped[wrong.dice.randrange(len(flipped))] ^= 1 << wrong.dice.randrange(8)
        body = bytes(flipped)
    if wrong("type"):
        kind = wrong.dice.choice([2, 101, 102, 104, 105, 200])
    if wrong("error"):
        kind, body = 101, body[:4] + struct.pack(">I", wrong.dice.randrange(0, 9)) + text(b"") * 2
    if wrong("junk"):
        os.write(1, wrong.dice.randbytes(wrong.dice.randrange(1, 40)))
    return [] if wrong("silent") else [(kind, body)] * (2 if wrong("twice") else 1)


def send(kind, body):
    for answer in answers_of(kind, body) if "random" in WORDS else [(kind, body)]:
        put(*answer)


def put(kind, body):
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
    if ident is None:  # another answer follows
        return
    send(101, struct.pack(">II", ident, code) + text(b"") + text(b""))


def attributes(st):
    size = wrong.dice.choice([0, st.st_size + 1, st.st_size // 2, 1 << 40, (1 << 64) - 1]) if wrong("sizes") else st.st_size
    mtime = wrong.dice.randrange(1 << 32) if wrong("times") else int(st.st_mtime)
    return struct.pack(">IQIIIII", 1 | 2 | 4 | 8, size, st.st_uid, st.st_gid, st.st_mode, int(st.st_atime), mtime)


def ghost(name):
    mode = struct.pack(">IQIIIII", 1 | 2 | 4 | 8, 100, 0, 0, stat.S_IFREG | 0o644, 1700000000, 1700000000)
    return text(name) + text(name) + mode


def odd_names(path, entries):
    """Names that are not there, twice there, of other folders, or no names."""
    others = [os.path.join("..", "..", party, "in", name).encode("utf-8", "surrogateescape") for party in os.listdir(FOLDER + "/..")
              for name in os.listdir("%s/../%s/in" % (FOLDER, party))[:1]]
    names = [b"", b".", b"..", b"/etc/passwd", b"../out/x.csv", b"PAYMENT_\0.csv", b"PAYMENT_" + b"x" * 5000, b"PAYMENT_\xff.csv"] + others
    some = [ghost(n) for n in wrong.dice.sample(names, 3)] + [ghost(b"PAYMENT_ghost.csv")] * 2 + entries[:1]
    some += [text(b"PAYMENT_none.csv") * 2 + struct.pack(">I", 0)]  # nothing is said of it
    wrong.dice.shuffle(some)
    return some


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
    data = os.pread(fd, wrong.dice.randint(1, n) if wrong("short") else n, offset)
    if data and not wrong("end"):
        send(103, struct.pack(">I", ident) + text(data))
    else:
        status(ident, EOF)


def do_opendir(ident, r):
    path = r.path()
    entries = [text(os.fsencode(n)) * 2 + attributes(os.lstat(os.path.join(path, n))) for n in sorted(os.listdir(path))]
    if path.endswith("/in"):
        entries += [ghost(b"GHOST_%06d.csv" % n) for n in range(int(WORDS.get("ghosts", 0)))]
    if wrong("names"):
        entries += odd_names(path, entries)
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
    changes = kind in (6, 13, 18)
    if changes and wrong("lie"):
        status(ident, OK)
        return
    try:
        if changes and wrong("deny"):
            DOES[kind](None, r)
            status(ident, FAILURE)
        elif kind in (7, 17):
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
