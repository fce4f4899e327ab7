#!/usr/bin/env python3
# bench/robustness/many tells a scan that is right from one that crashes or hangs.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: many_test.py BUILD"""

import os
import subprocess
import sys
import tempfile

MANY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "many")
FILES = {
    "good.c": ("#include <part.h>\nstruct s { struct part *p; } x;\n", "ok"),
    "deep/include/part.h": ("struct part { int n; };\n", None),
    "broken.c": ("int f( {\n", "no-input"),
    "lacking.c": ("#include <nowhere/made_by_configure.h>\n", "no-input"),
    "crash.cpp": ("#pragma clang __debug crash\n", "crash"),
    "hang.c": ("#pragma clang __debug overflow_stack\n", "hang"),
}


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="retsan-many-") as work:
        top = os.path.join(work, "package")
        for name, (text, _) in FILES.items():
            os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
            with open(os.path.join(top, name), "w", encoding="utf-8") as f:
                f.write(text)
        rows = os.path.join(work, "rows.tsv")
        command = [sys.executable, MANY, "--build", build, "--results", rows, "--budget", "1", top]
        for again in (False, True):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 1, done.stdout + done.stderr
            with open(rows, encoding="utf-8") as f:
                found = {os.path.relpath(l.split("\t")[0], top): l.split("\t")[1] for l in f}
            expected = {n: kind for n, (_, kind) in FILES.items() if kind}
            assert found == expected, (found, done.stdout, "again" if again else "")
            with open(rows, encoding="utf-8") as f:
                assert len(f.readlines()) == len(expected), "a second start repeats nothing"
    return 0


if __name__ == "__main__":
    sys.exit(main())
