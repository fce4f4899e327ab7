#!/usr/bin/env python3
# Starts a memcached (under any command), fills it over its text protocol until its
# hash table has grown and the move is done, checks the answers, stops it by SIGTERM.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: memcached_load.py [--crawl] -- COMMAND... (a memcached, without options)

--crawl: then lets the LRU crawler walk over all items once.
Exit status 0 if the table grew, every answer was right and the server ended well."""

import os
import signal
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.sock.makefile("rb")

    def stats(self):
        self.sock.sendall(b"stats\r\n")
        result = {}
        while True:
            words = self.file.readline().split()
            if words[:1] != [b"STAT"]:
                return result
            result[words[1].decode()] = words[2].decode() if len(words) > 2 else ""

    def fill(self, first, count):
        """Sets keys first..first+count-1 in one pipeline and reads every answer."""
        self.sock.sendall(b"".join(b"set key%d 0 0 %d\r\nvalue%d\r\n" % (
            i, len(b"value%d" % i), i) for i in range(first, first + count)))
        for _ in range(count):
            if self.file.readline() != b"STORED\r\n":
                raise RuntimeError("a set was not stored")

    def crawl(self):
        """One walk of the crawler over everything, to its end."""
        self.sock.sendall(b"lru_crawler crawl all\r\n")
        answer = self.file.readline()
        if answer != b"OK\r\n":
            raise RuntimeError("lru_crawler: %r" % answer)
        for _ in range(200):
            if self.stats()["lru_crawler_running"] == "0":
                return
            time.sleep(0.1)
        raise RuntimeError("the crawler does not end")

    def get(self, i):
        self.sock.sendall(b"get key%d\r\n" % i)
        header = self.file.readline()
        if not header.startswith(b"VALUE "):
            return None
        value = self.file.readline().rstrip(b"\r\n")
        self.file.readline()
        return value


def connect(port, process):
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it listened, status %d" % process.returncode)
        try:
            return Client(port)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def load(port, process, crawl):
    client = connect(port, process)
    start = int(client.stats()["hash_power_level"])
    # Grows at 6,144 items of 4,096 buckets, again at 12,288: this is one growth.
    filled = 8000
    client.fill(0, filled)
    for _ in range(200):
        stats = client.stats()
        if int(stats["hash_power_level"]) > start and stats["hash_is_expanding"] == "0":
            break
        time.sleep(0.1)
    else:
        raise RuntimeError("the table did not grow: %s" % stats["hash_power_level"])
    for i in range(0, filled, 7):
        if client.get(i) != b"value%d" % i:
            raise RuntimeError("key%d: wrong answer" % i)
    if crawl:
        client.crawl()
    print("filled %d items, hash power %d -> %s, pid %s" % (
        filled, start, stats["hash_power_level"], stats["pid"]))
    return int(stats["pid"])


def main(argv):
    if "--" not in argv or argv[-1] == "--":
        print(__doc__, file=sys.stderr)
        return 2
    port = free_port()
    command = argv[argv.index("--") + 1:] + [
        "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-m", "64",
        "-t", "2", "-o", "hashpower=12"]
    if os.geteuid() == 0:
        command += ["-u", "root"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        server = load(port, process, "--crawl" in argv[:argv.index("--")])
        os.kill(server, signal.SIGTERM)
        status = process.wait(timeout=60)
    except (RuntimeError, OSError, KeyError, subprocess.TimeoutExpired) as e:
        print("memcached_load: error: %s" % e, file=sys.stderr)
        return 1
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    if status != 0:
        print("memcached_load: error: exit status %d" % status, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
