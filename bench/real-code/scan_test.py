#!/usr/bin/env python3
# A package that cannot be prepared must not end the scans of the others; what the
# recording compiler writes down is what it was called with.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import json
import os
import subprocess
import tempfile
import unittest

SCAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scan")
REPORT = {"coverage": {"translation_units": 1, "failed": [], "programs": 1, "records_solved": 0,
                       "records_skipped": []}, "findings": []}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


class Scan(unittest.TestCase):
    def run_scan(self, work, *packages):
        """With an engine that finds nothing, and sources that are there already."""
        engine = "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\necho '%s' >\"$2\"\n" % json.dumps(REPORT)
        write(os.path.join(work, "build", "bin", "retsan"), engine, 0o755)
        return subprocess.run([SCAN, "--build", os.path.join(work, "build"), "--work", work, *packages],
                              capture_output=True, text=True)

    def test_goes_on_after_a_failure(self):
        with tempfile.TemporaryDirectory() as work:
            write(os.path.join(work, "cmark", ".debian-version"), "1\n")  # nothing to configure
            write(os.path.join(work, "json-c", ".debian-version"), "2\n")
            write(os.path.join(work, "json-c", "compile_commands.json"), "[]\n")
            done = self.run_scan(work, "no-such-package", "cmark", "json-c")
            self.assertEqual(done.returncode, 2, done.stderr)
            errors = [line for line in done.stderr.splitlines() if line.startswith("scan: error: ")]
            self.assertEqual(len(errors), 2, done.stderr)
            self.assertIn("no recipe for 'no-such-package'", errors[0])
            self.assertIn("cmark: 'cmake", errors[1])
            self.assertIn("json-c 2: 1 units", done.stdout)
            self.assertTrue(os.path.exists(os.path.join(work, "findings", "json-c.json")))

    def test_is_fine_without_one(self):
        with tempfile.TemporaryDirectory() as work:
            write(os.path.join(work, "json-c", ".debian-version"), "2\n")
            write(os.path.join(work, "json-c", "compile_commands.json"), "[]\n")
            done = self.run_scan(work, "json-c")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_notes_what_it_does_not_compile(self):
        with tempfile.TemporaryDirectory() as work:
            write(os.path.join(work, "a.c"), "not C at all\n")
            lib = os.path.join(os.path.dirname(SCAN), "lib.sh")
            subprocess.run(["bash", "-c", """
                . "$1"
                recording_cc rec
                : >rec/only-note
                rec/cc '-DNAME="a b\\c"' -MF a.d -c a.c -o a.o
                rec/cc a.o -o program
                rec/cc -c missing.c 2>error || echo refused >refused
                collect_commands rec .""", "test", lib], cwd=work, check=True, capture_output=True)
            with open(os.path.join(work, "compile_commands.json"), encoding="utf-8") as f:
                entries = json.load(f)
            self.assertEqual([e["file"] for e in entries], ["a.c"])
            self.assertEqual(entries[0]["arguments"][1:],
                             ['-DNAME="a b\\c"', "-MF", "a.d", "-c", "a.c", "-o", "a.o"])
            self.assertEqual(os.path.realpath(entries[0]["directory"]), os.path.realpath(work))
            for name in ("a.o", "a.d", "program", "refused"):
                self.assertTrue(os.path.exists(os.path.join(work, name)), name)
            self.assertTrue(os.access(os.path.join(work, "program"), os.X_OK))


if __name__ == "__main__":
    unittest.main()
