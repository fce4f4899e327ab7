#!/usr/bin/env python3
# A package that cannot be prepared must not end the scans of the others.
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


if __name__ == "__main__":
    unittest.main()
