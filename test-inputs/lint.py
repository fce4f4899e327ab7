#!/usr/bin/env python3
# Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the labelled inputs themselves: labels complete, twins that differ, guilty
lines that exist in the bug only; with --clang also that every side compiles without a
warning.

Exit status: 0 all well, 1 something is wrong with a case.
"""
import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from score import CHECKS, HERE, LEVELS

KEYS = {"check", "subject", "why", "modelled_on", "flags", "files"}
TWIN_KEYS = KEYS | {"level", "line", "file"}
LEAST = {"stale-field": 45, "dangling-field": 40, "stalled-phase": 12, "obsolete-slot": 10,
         "unread-owner": 8, "unlinked-node": 8, "live-while": 8, "clean": 25}


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sources(folder):
    return {n: read(os.path.join(folder, n)) for n in sorted(os.listdir(folder)) if n != "case.json"}


def problems_of(group, folder):
    """What is wrong with one case, as lines."""
    try:
        case = json.loads(read(os.path.join(folder, "case.json")))
    except ValueError as e:
        return [f"case.json: {e}"]
    wanted = KEYS if group == "clean" else TWIN_KEYS
    if set(case) != wanted:
        return [f"case.json: keys {sorted(set(case) ^ wanted)} missing or unknown"]
    found = []
    if not case["why"] or not case["modelled_on"]:
        found.append("no reason or no model given")
    if group == "clean":
        sides = {"clean": sources(folder)}
    else:
        sides = {s: sources(os.path.join(folder, s)) for s in ("bug", "fixed")}
        if case["check"] != "retsan-" + group:
            found.append(f"check {case['check']} in the folder {group}")
        if case["level"] not in LEVELS[2:]:
            found.append(f"level {case['level']}")
        if not case["subject"]:
            found.append("a bug without a subject")
        if sides["bug"] == sides["fixed"]:
            found.append("the twins are the same")
        if case["line"] is not None:
            lines = sides["bug"].get(case["file"], "").splitlines()
            if not 0 < case["line"] <= len(lines) or not lines[case["line"] - 1].strip():
                found.append(f"no line {case['file']}:{case['line']}")
        elif case["file"] is not None:
            found.append("a file without a line")
    for side, texts in sides.items():
        units = sorted(n for n in texts if n.endswith((".c", ".cpp")))
        if units != sorted(case["files"]):
            found.append(f"{side}: units {units}, listed {sorted(case['files'])}")
    return found


def warnings_of(clang, group, folder):
    case = json.loads(read(os.path.join(folder, "case.json")))
    told = []
    for side in (["."] if group == "clean" else ["bug", "fixed"]):
        for name in case["files"]:
            mode = "g++" if name.endswith(".cpp") else "gcc"
            run = subprocess.run([clang, f"--driver-mode={mode}", "-fsyntax-only", "-Wall", "-Wextra", *case["flags"], name],
                                 cwd=os.path.join(folder, side), capture_output=True, text=True)
            if run.returncode or run.stderr:
                told.append(f"{side}/{name}: {run.stderr.strip().splitlines()[0]}")
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clang", help="also compile every side with this clang")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    todo = [(g, os.path.join(HERE, g, n)) for g in CHECKS + ["clean"]
            for n in sorted(os.listdir(os.path.join(HERE, g)))]
    bad = [f"{os.path.relpath(f, HERE)}: {p}" for g, f in todo for p in problems_of(g, f)]
    if args.clang and not bad:
        with ThreadPoolExecutor(args.jobs) as pool:
            told = pool.map(lambda t: warnings_of(args.clang, *t), todo)
        bad += [f"{os.path.relpath(f, HERE)}/{w}" for (_, f), ws in zip(todo, told) for w in ws]
    count = Counter(g for g, _ in todo)
    bad += [f"{g}: {count[g]} cases, at least {n} wanted" for g, n in LEAST.items() if count[g] < n]
    print("\n".join(bad) if bad else f"{len(todo)} cases, all well")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
