#!/usr/bin/env python3
"""Prints a profile of the runtime as text: python3 profile.py FILE...

One line a record; numbers that depend on the wall clock are left out.
"""
import struct
import sys


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        size = struct.calcsize("<" + form)
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += size
        return values if len(values) > 1 else values[0]

    def string(self):
        size = self.take("I")
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def sites(self):
        out = []
        for _ in range(self.take("I")):
            name = self.string().rsplit("/", 1)[-1]
            function, line = self.string(), self.take("I")
            out.append("%s:%s:%d" % (function, name, line))
        return " ".join(out)


def show(kind, r):
    if kind == 1:
        print("start version %d mode %d" % r.take("II"))
    elif kind == 2:
        print("note", r.string())
    elif kind == 5:
        r.take("Q")
        name = r.string()
        slots, stores, clears, uses, tests, releases, dropped = r.take("7Q")
        lag, use, drag, void = r.take("8d")[4:]
        print("subject %s slots %d stores %d clears %d uses %d tests %d releases %d "
              "dropped %d use %.1f drag %.1f void %.1f" %
              (name, slots, stores, clears, uses, tests, releases, dropped, use, drag,
               void))
    elif kind == 6:
        print("state %s" % r.string(), end="")
        r.take("Q")
        print(" entered %d confirmed %d refuted %d dangling %d freed %d target %d" %
              r.take("6Q"), end="")
        r.take("4d")
        for name in ("stored", "last_used", "freed", "entered", "used_in_state"):
            print(" %s [%s]" % (name, r.sites()), end="")
        print()
    elif kind == 7:
        print("footer")
    elif kind == 8:
        print("trap", r.string(), end="")
        r.take("Q")
        print(" kind %d" % r.take("I"), r.string().rsplit("/", 1)[-1], r.string(),
              "%d frames %d" % (r.take("I"), r.take("I")))
    elif kind == 9:
        print("cured %d" % r.take("QQ")[1])
    elif kind == 11:
        print("roots shared %d" % r.take("Q"))
        for _ in range(r.take("I")):
            what = {1: "global", 2: "module", 3: "thread"}[r.take("I")]
            print("root", what, r.string(), r.string().rsplit("/", 1)[-1],
                  "bytes %d objects %d" % r.take("QQ"))
    elif kind == 12:
        for _ in range(r.take("I")):
            print("idle %g bytes %d objects %d" % r.take("dQQ"))


def main():
    for path in sys.argv[1:]:
        data = open(path, "rb").read()
        assert data.startswith(b"RETSANP1"), path
        records, at = [], 8
        while at + 12 <= len(data):
            kind, size, _ = struct.unpack_from("<III", data, at)
            records.append((kind, data[at + 12:at + 12 + size]))
            at += 12 + size
        # TOTALS begins the tables anew: the last ones count.
        last = max([i for i, (k, _) in enumerate(records) if k == 4], default=-1)
        for i, (kind, payload) in enumerate(records):
            if kind in (5, 6, 9, 10) and i < last:
                continue
            show(kind, Reader(payload))


main()
