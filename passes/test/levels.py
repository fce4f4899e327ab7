#!/usr/bin/env python3
"""Runs a program built at every optimisation level and compares its events.

usage: levels.py --clang DIR --flags FLAGS --record record.c --suspects S [-o OUT]
                 SOURCE [-- FLAGS...]

The events at -O0 are the ground truth (there each store is also checked to be in
memory). Every other level must tell the same events in the same order: no store or
clear lost, no use lost. Prints the events of -O0, for FileCheck.
"""
import argparse
import os
import shlex
import subprocess
import sys
import tempfile

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -flto=thin -fuse-ld=lld",
          "-O2 -flto=full -fuse-ld=lld", "-O2 -fPIC -ffunction-sections "
          "-fdata-sections -Wl,--gc-sections", "-O2 -fno-strict-aliasing -fno-inline"]


def main():
    argv, extra = sys.argv[1:], []
    if "--" in argv:
        at = argv.index("--")
        argv, extra = argv[:at], argv[at + 1:]
    ap = argparse.ArgumentParser()
    ap.add_argument("--clang", required=True)
    ap.add_argument("--flags", required=True)
    ap.add_argument("--record", required=True)
    ap.add_argument("--suspects", required=True)
    ap.add_argument("source", nargs="+")
    a = ap.parse_args(argv)
    cxx = any(s.endswith(".cpp") for s in a.source)
    common = shlex.split(a.flags) + [
        "-fplugin-arg-retsan-suspects=" + a.suspects] + extra
    truth = None
    failed = False
    with tempfile.TemporaryDirectory() as tmp:
        record = os.path.join(tmp, "record.o")
        subprocess.run([a.clang + "/clang", "-O1", "-c", a.record, "-o", record]
                       + [f for f in common if f.startswith("-I")], check=True)
        for level in LEVELS:
            exe = os.path.join(tmp, "exe")
            subprocess.run([a.clang + ("/clang++" if cxx else "/clang")]
                           + shlex.split(level) + common + a.source
                           + [record, "-o", exe], check=True)
            env = dict(os.environ)
            if level == "-O0":
                env["RECORD_MEMORY"] = "1"
            run = subprocess.run([exe], env=env, stdout=subprocess.PIPE, text=True)
            if run.returncode != 0:
                print("at %s the program ends with %d" % (level, run.returncode))
                print(run.stdout)
                failed = True
                continue
            if truth is None:
                truth = run.stdout
                print(truth, end="")
            elif run.stdout != truth:
                failed = True
                print("at %s the events are:\n%s" % (level, run.stdout))
    sys.exit(failed)


main()
