#!/usr/bin/env python3
"""Counts the executed events of whole programs, built at every level, against those of
-O0 without inlining, with every field of the program's own records watched.

usage: coverage.py --clang DIR --flags FLAGS --count count.c --suspects-script CMD
                   [--levels L,L...] [-v] SOURCE=ARGS...

No store, clear, copy or wipe may be missing or twice at any level, and no load that is
followed by a use, test or release. Each load is also compared with the last store that
was told for its slot, which does not depend on -O0 being right. Prints a line for each
program and level; fails if one differs.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile

LEVELS = {"O0": "-O0 -fno-inline", "O1": "-O1", "O2": "-O2", "O3": "-O3",
          "thin": "-O2 -flto=thin -fuse-ld=lld", "full": "-O2 -flto=full -fuse-ld=lld"}


def names_of(clang, flags, source):
    plugin = re.search(r"-fplugin=(\S+)", flags).group(1)
    out = subprocess.run([clang + "/clang", "-fplugin=" + plugin,
                          "-fplugin-arg-retsan-list", "-fsyntax-only", source],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split(" ", 1)[1] for line in out.splitlines()]


def counts_of(text):
    counts = {}
    for line in text.splitlines():
        m = re.fullmatch(r"(\d+) (\w+ \S+ (?:null|set))", line)
        if m:
            counts[m.group(2)] = int(m.group(1))
    return counts


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--clang", required=True)
    ap.add_argument("--flags", required=True)
    ap.add_argument("--count", required=True)
    ap.add_argument("--suspects-script", required=True)
    ap.add_argument("--levels", default="O1,O2,O3,thin,full")
    ap.add_argument("-v", action="store_true")
    ap.add_argument("source", nargs="+")
    a = ap.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as tmp:
        count = os.path.join(tmp, "count.o")
        includes = [f for f in shlex.split(a.flags) if f.startswith("-I")]
        subprocess.run([a.clang + "/clang", "-O2", "-fno-builtin", "-c", a.count, "-o", count]
                       + includes, check=True)
        for spec in a.source:
            source, _, args = spec.partition("=")
            name = os.path.basename(source)
            cxx = source.endswith(".cpp")
            suspects = os.path.join(tmp, name + ".json")
            subprocess.run(shlex.split(a.suspects_script) + ["-o", suspects, source]
                           + names_of(a.clang, a.flags, source), check=True)
            common = shlex.split(a.flags) + ["-fplugin-arg-retsan-suspects=" + suspects]
            truth = output = None
            for level in ["O0"] + a.levels.split(","):
                exe = os.path.join(tmp, name + "-" + level)
                subprocess.run([a.clang + ("/clang++" if cxx else "/clang")]
                               + shlex.split(LEVELS[level]) + common
                               + [source, count, "-o", exe], check=True)
                env = dict(os.environ)
                if level == "O0":
                    env["COUNT_MEMORY"] = "1"
                run = subprocess.run([exe] + args.split(), env=env, text=True,
                                     stdout=subprocess.PIPE)
                lines = run.stdout.splitlines()
                lost = [line for line in lines if line.startswith("LOST")]
                sums = re.fullmatch(r"(\d+) slots, (\d+) lost", lines[-1]) if lines else None
                counts = counts_of(run.stdout)
                if truth is None:
                    truth, output = counts, lines[0]
                    if a.v:
                        print(run.stdout)
                differ = sorted(k for k in truth.keys() | counts.keys()
                                if truth.get(k, 0) != counts.get(k, 0))
                good = (run.returncode == 0 and sums and sums.group(2) == "0"
                        and not differ and lines[0] == output)
                failed |= not good
                total = lambda kinds: sum(n for k, n in counts.items() if k.split()[0] in kinds)
                print("%s %s: %d stores, %d clears, %d loads, %s, %d differ%s" % (
                    name, level,
                    sum(n for k, n in counts.items() if re.match(r"store .* set$", k)),
                    sum(n for k, n in counts.items() if re.match(r"store .* null$", k))
                    + total(["wipe"]), total(["use", "test", "release", "escape"]),
                    sums.group(0) if sums else "ended with %d" % run.returncode,
                    len(differ), "" if good else ": BAD"))
                for line in lost:
                    print("  " + line)
                for k in differ:
                    print("  %s: %d at -O0, %d here" % (k, truth.get(k, 0), counts.get(k, 0)))
    sys.exit(failed)


main()
