#!/usr/bin/env python3
# Faults around a scan: killed at any moment, disk full, cache that cannot be written,
# damaged or shared, clocks that go back. Nothing is lost, and there is one clear
# message where something had to be given up.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: faults.py RETSAN SOURCE-ROOT [UNITTEST-ARGS...]"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

RETSAN = INPUTS = ""
FILES = ["hmap.c", "main.c"]


def findings(path):
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    return [(f["fingerprint"], f["confidence"]) for f in data["findings"]]


class Faults(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="retsan-faults-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.src = os.path.join(self.dir, "src")
        shutil.copytree(INPUTS, self.src)
        self.cache = os.path.join(self.dir, "cache")
        self.out = os.path.join(self.dir, "out.json")

    def command(self, cache=None, out=None):
        return [RETSAN, "scan", "--root", self.src, "--cache-dir", cache or self.cache, "--fail-on=none",
                "--format=json", "-o", out or self.out, *[os.path.join(self.src, f) for f in FILES], "--", "-O2"]

    def scan(self, **where):
        return subprocess.run(self.command(**where), capture_output=True, text=True, timeout=120, check=False)

    def expected(self):
        """Findings of a scan with a cache of its own."""
        out = os.path.join(self.dir, "expected.json")
        done = self.scan(cache=os.path.join(self.dir, "fresh"), out=out)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = findings(out)
        self.assertTrue(found, "the input has a finding")
        return found

    def one_message(self, done, *words):
        lines = [l for l in done.stderr.splitlines() if l.startswith("retsan: ") and " written to " not in l]
        self.assertEqual(len(lines), 1, done.stderr)
        for w in words:
            self.assertIn(w, lines[0])

    def test_killed_at_any_moment(self):
        begin = time.monotonic()
        expected = self.expected()
        whole = time.monotonic() - begin
        for step in range(5):
            process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(whole * (step + 0.5) / 5)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if os.path.exists(self.out):
                self.assertEqual(findings(self.out), expected, "a report is whole or not there")
                os.unlink(self.out)
        self.assertEqual(self.scan().returncode, 0)
        self.assertEqual(findings(self.out), expected)

    def test_a_unit_that_crashes_the_parser(self):
        """It is named and counted; the findings of the others are there."""
        expected = self.expected()
        for kind in ("crash", "llvm_fatal_error"):
            bad = os.path.join(self.src, "bad.c")
            with open(bad, "w", encoding="utf-8") as f:
                f.write("#pragma clang __debug %s\nint x;\n" % kind)
            command = self.command()
            command.insert(command.index("--"), bad)
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.one_message(done, "bad.c", "the parser crashed")
            self.assertEqual(findings(self.out), expected)
            with open(self.out, encoding="utf-8") as f:
                self.assertEqual([u["what"] for u in json.load(f)["coverage"]["failed"]], ["bad.c"])

    def test_a_unit_that_never_ends(self):
        """It is given up, named and counted; the findings of the others are there."""
        expected = self.expected()
        bad = os.path.join(self.src, "bad.c")
        with open(bad, "w", encoding="utf-8") as f:  # 2^90 inclusions
            f.write('#if __INCLUDE_LEVEL__ < 90\n#include "bad.c"\n#include "bad.c"\n#endif\n')
        database = [{"directory": self.src, "file": os.path.join(self.src, n), "arguments": ["cc", "-c", n]}
                    for n in FILES + ["bad.c"]]
        with open(os.path.join(self.src, "compile_commands.json"), "w", encoding="utf-8") as f:
            json.dump(database, f)
        done = subprocess.run([RETSAN, "scan", "-p", self.src, "--root", self.src, "--no-cache", "--jobs=1",
                               "--unit-limit=2", "--fail-on=none", "--format=json", "-o", self.out],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.one_message(done, "bad.c", "not parsed in 2 s", "--unit-limit")
        self.assertEqual(findings(self.out), expected)
        with open(self.out, encoding="utf-8") as f:
            self.assertEqual([u["what"] for u in json.load(f)["coverage"]["failed"]], ["bad.c"])

    def test_edit_while_a_unit_is_parsed(self):
        """What was read then is reported, and nothing of it is served later."""
        gate, name = os.path.join(self.src, "gate.h"), os.path.join(self.src, "hmap.c")
        with open(name, encoding="utf-8") as f:
            text = "#include \"gate.h\"\n" + f.read()
        cured = text.replace("h->growing = false;", "{ h->growing = false; free(h->oldbuckets); h->oldbuckets = 0; }")
        self.assertNotEqual(cured, text)
        with open(name, "w", encoding="utf-8") as f:
            f.write(text)
        os.mkfifo(gate)
        running = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        with open(gate, "w", encoding="utf-8") as pipe:  # The compiler waits for the header: it has read the source.
            with open(gate + ".new", "w", encoding="utf-8") as f:
                f.write("/* open */\n")
            os.rename(gate + ".new", gate)
            with open(name + ".new", "w", encoding="utf-8") as f:
                f.write(cured)
            os.rename(name + ".new", name)
            pipe.write("/* open */\n")
        self.assertEqual(running.communicate(timeout=120)[0], None)
        self.assertEqual(running.returncode, 0)
        self.assertTrue(findings(self.out))
        self.assertEqual(self.scan().returncode, 0)
        self.assertEqual(findings(self.out), [], "the facts of the old source were kept for the new one")

    def test_threads_give_the_same_findings(self):
        """Many units over many threads: the report is the same to the byte."""
        for i in range(12):
            with open(os.path.join(self.src, "unit%d.c" % i), "w", encoding="utf-8") as f:
                f.write("#include <stdlib.h>\nstruct r%d { char *p; int on; };\n"
                        "void start%d(struct r%d *r) { r->p = malloc(8); r->on = 1; }\n"
                        "int use%d(struct r%d *r) { return r->on ? *r->p : 0; }\n"
                        "void stop%d(struct r%d *r) { free(r->p); r->on = 0; }\n" % ((i,) * 7))
        files = sorted(os.path.join(self.src, n) for n in os.listdir(self.src) if n.endswith(".c"))
        reports = []
        for jobs in (1, 2, 7):
            done = subprocess.run([RETSAN, "scan", "--no-cache", "--root", self.src, "--jobs=%d" % jobs, "--level=low",
                                   "--fail-on=none", "--format=json", *files, "--", "-O2"],
                                  capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            reports.append(done.stdout)
        self.assertTrue(json.loads(reports[0])["findings"])
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])

    def test_damaged_cache(self):
        expected = self.expected()
        self.assertEqual(self.scan().returncode, 0)
        files = [os.path.join(t, n) for t, _, names in os.walk(self.cache) for n in names]
        self.assertTrue(files)
        for damage in ("empty", "half", "noise"):
            for name in files:
                size = os.path.getsize(name)
                with open(name, "r+b") as f:
                    if damage == "noise":
                        f.seek(size // 2)
                        f.write(b"\xff" * 8)
                    else:
                        f.truncate(0 if damage == "empty" else size // 2)
            done = self.scan()
            self.assertEqual((done.returncode, findings(self.out)), (0, expected), damage + done.stderr)

    def test_unwritable_cache(self):
        blocker = os.path.join(self.dir, "file")
        open(blocker, "w").close()
        done = self.scan(cache=os.path.join(blocker, "cache"))
        self.assertEqual((done.returncode, findings(self.out)), (0, self.expected()))
        self.one_message(done, "cache", blocker)

    def test_two_scans_share_a_cache(self):
        outs = [os.path.join(self.dir, "out%d.json" % i) for i in range(4)]
        running = [subprocess.Popen(self.command(out=o), stderr=subprocess.PIPE, text=True) for o in outs]
        for p in running:
            _, errors = p.communicate(timeout=120)
            self.assertEqual(p.returncode, 0, errors)
        expected = self.expected()
        for o in outs:
            self.assertEqual(findings(o), expected)

    def test_clock_goes_back(self):
        self.assertEqual(self.scan().returncode, 0)
        name = os.path.join(self.src, "hmap.c")
        with open(name, encoding="utf-8") as f:
            text = f.read()
        self.assertTrue(findings(self.out))
        # The cure; older than the cache.
        cured = text.replace("h->growing = false;", "{ h->growing = false; free(h->oldbuckets); h->oldbuckets = 0; }")
        self.assertNotEqual(len(cured), len(text))
        with open(name, "w", encoding="utf-8") as f:
            f.write(cured)
        os.utime(name, (1000000000, 1000000000))
        self.assertEqual(self.scan().returncode, 0)
        self.assertEqual(findings(self.out), [])

    def in_full_disk(self, script):
        """Runs a script in a mount namespace with a tmpfs of 64 KiB at $full, filled."""
        full = os.path.join(self.dir, "full")
        os.makedirs(full, exist_ok=True)
        head = "mount -t tmpfs -o size=64k none %s && full=%s && { dd if=/dev/zero of=$full/fill bs=1k " \
               "count=64 2>/dev/null; true; } && " % (full, full)
        probe = subprocess.run(["unshare", "-rm", "sh", "-c", head + "true"], capture_output=True, check=False)
        if probe.returncode:
            self.skipTest("no mount namespace here")
        return subprocess.run(["unshare", "-rm", "sh", "-c", head + script], capture_output=True, text=True,
                              timeout=120, check=False)

    def test_disk_full_below_the_cache(self):
        cache = os.path.join(self.dir, "full", "cache")
        done = self.in_full_disk(" ".join(self.command(cache=cache)))
        self.assertEqual((done.returncode, findings(self.out)), (0, self.expected()), done.stderr)
        self.one_message(done, "cache")

    def test_disk_full_below_the_report(self):
        out = os.path.join(self.dir, "full", "out.json")
        done = self.in_full_disk(" ".join(self.command(out=out)))
        self.assertIn(done.returncode, (2, 3), done.stderr)
        self.one_message(done, "out.json", "No space left")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    RETSAN, INPUTS = os.path.abspath(sys.argv[1]), os.path.join(os.path.abspath(sys.argv[2]), "test-inputs", "hmap")
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:])
