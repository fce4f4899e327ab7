#!/usr/bin/env python3
# Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scores `retsan scan` on the labelled inputs.

Each case is a twin: the bug side must be reported for the case's subject and check,
the fixed side and the inputs under clean/ must not be reported at high. What a scan
measures is compared with expected.tsv, where known limits stand explicitly; a case
that is not listed there is held to its label.

Exit status: 0 as expected, 1 a regression, 2 wrong use, 77 retsan is not built.
"""
import argparse
import fnmatch
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = ["missed", "low", "medium", "high"]
CHECKS = ["stale-field", "dangling-field", "stalled-phase", "obsolete-slot",
          "unread-owner", "unlinked-node", "live-while"]
EXPECTED_HEADER = "case\tside\tsubject\tcheck\tlevel"


def rank(level):
    return LEVELS.index(level)


class Case:
    def __init__(self, folder, name):
        with open(os.path.join(folder, "case.json"), encoding="utf-8") as f:
            data = json.load(f)
        self.name = name
        self.folder = folder
        self.check = data["check"]
        subject = data["subject"]
        self.subjects = subject if isinstance(subject, list) else [subject] if subject else []
        self.level = data.get("level")
        self.flags = data["flags"]
        self.files = data["files"]
        self.line = data.get("line")
        self.file = data.get("file")
        self.group = name.split("/")[0]
        self.sides = ["clean"] if self.group == "clean" else ["bug", "fixed"]

    def side_folder(self, side):
        return self.folder if side == "clean" else os.path.join(self.folder, side)


class Result:
    """What one scan of one side said."""

    def __init__(self, findings=None, error=None):
        self.findings = findings or []
        self.error = error

    def level_of(self, case):
        """The best level at which the case's own subject and check are reported."""
        best, at = "missed", None
        for f in self.findings:
            if f["check"] == case.check and f["subject"] in case.subjects \
                    and rank(f["confidence"]) > rank(best):
                best, at = f["confidence"], f
        return best, at

    def at_level(self, level):
        return sorted({(f["subject"], f["check"]) for f in self.findings
                       if f["confidence"] == level})


def load_cases(only):
    cases = []
    for group in CHECKS + ["clean"]:
        top = os.path.join(HERE, group)
        if not os.path.isdir(top):
            continue
        for name in sorted(os.listdir(top)):
            folder = os.path.join(top, name)
            case = f"{group}/{name}"
            if os.path.exists(os.path.join(folder, "case.json")) \
                    and (not only or any(fnmatch.fnmatch(case, g) for g in only)):
                cases.append(Case(folder, case))
    return cases


def scan(retsan, case, side, timeout):
    cmd = [retsan, "scan", "--level=low", "--format=json", "--no-cache", *case.files, "--", *case.flags]
    try:
        run = subprocess.run(cmd, cwd=case.side_folder(side), capture_output=True, text=True,
                             timeout=timeout)
    except subprocess.TimeoutExpired:
        return Result(error=f"no answer in {timeout} s")
    if run.returncode not in (0, 1):
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        return Result(error=f"exit status {run.returncode}: {last[0]}")
    try:
        data = json.loads(run.stdout)
        failed = data["coverage"].get("failed") or []
        if failed:
            return Result(error=f"not compiled: {failed}")
        return Result([f for f in data["findings"] if not f.get("suppressed")])
    except (ValueError, KeyError) as e:
        return Result(error=f"unreadable output: {e!r}")


def read_expected(path):
    """{(case, side): {(subject, check): level}}; an empty map means silent."""
    expected = defaultdict(dict)
    if not os.path.exists(path):
        return expected
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    if not lines or lines[0] != EXPECTED_HEADER:
        sys.exit(f"{path}: the first line must be {EXPECTED_HEADER!r}")
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != 5 or cells[4] not in LEVELS + ["silent"]:
            print(f"{path}:{number}: not a row of case, side, subject, check, level", file=sys.stderr)
            sys.exit(2)
        case, side, subject, check, level = cells
        expected[case, side]
        if level != "silent":
            expected[case, side][subject, check] = level
    return expected


def rows_of(case, side, result):
    """The rows of expected.tsv that describe a measured side."""
    if side == "bug":
        level, _ = result.level_of(case)
        return [(case.name, side, case.subjects[0], case.check, level)]
    rows = [(case.name, side, s, c, level) for level in ("high", "medium")
            for s, c in result.at_level(level)]
    return rows or [(case.name, side, "-", "-", "silent")]


def regression(case, side, result, expected):
    """One line if the side is worse than expected, else None."""
    if result.error:
        return result.error
    listed = expected.get((case.name, side))
    if side == "bug":
        want = next(iter(listed.values())) if listed else case.level
        got, _ = result.level_of(case)
        if rank(got) < rank(want):
            return f"{case.subjects[0]} ({case.check}): {want} expected, {got} measured"
        return None
    new = [f"{s} ({c})" for s, c in result.at_level("high") if (listed or {}).get((s, c)) != "high"]
    return "reported at high: " + ", ".join(new) if new else None


def print_table(cases, results):
    print(f"{'check':<16}{'cases':>6} |{'high':>6}{'medium':>8}{'low':>5}{'missed':>8} |"
          f"{'fixed: high':>13}{'medium':>8} |{'place':>7}")
    total = Counter()
    for group in CHECKS:
        mine = [c for c in cases if c.group == group]
        if not mine:
            continue
        n = Counter(cases=len(mine))
        for c in mine:
            level, at = results[c.name, "bug"].level_of(c)
            n[level] += 1
            if at and c.line and at["line"] == c.line and os.path.basename(at["file"]) == c.file:
                n["place"] += 1
            fixed = results[c.name, "fixed"].findings
            n["fhigh"] += any(f["confidence"] == "high" for f in fixed)
            n["fmedium"] += any(f["confidence"] == "medium" and f["subject"] in c.subjects
                                and f["check"] == c.check for f in fixed)
        print_row(group, n)
        total += n
    print_row("all", total)
    clean = [c for c in cases if c.group == "clean"]
    if clean:
        loud = sum(bool(results[c.name, "clean"].at_level("high")) for c in clean)
        mild = sum(bool(results[c.name, "clean"].at_level("medium")) for c in clean)
        print(f"\nclean inputs: {len(clean)}, reported at high: {loud}, at medium: {mild}")


def print_row(name, n):
    print(f"{name:<16}{n['cases']:>6} |{n['high']:>6}{n['medium']:>8}{n['low']:>5}{n['missed']:>8} |"
          f"{n['fhigh']:>13}{n['fmedium']:>8} |{n['place']:>7}")


def print_failures(cases, results, verbose):
    """Everything that differs from its label, whether expected or not."""
    for c in cases:
        for side in c.sides:
            r = results[c.name, side]
            told = []
            if r.error:
                told.append(r.error)
            elif side == "bug":
                level, at = r.level_of(c)
                if rank(level) < rank(c.level):
                    other = [f"{f['check']} {f['confidence']}" for f in r.findings
                             if f["subject"] in c.subjects and f["check"] != c.check]
                    told.append(f"{level}, label {c.level}: {c.subjects[0]} ({c.check})"
                                + (f"; as {', '.join(other)}" if other else ""))
                elif verbose and at and c.line and at["line"] != c.line:
                    told.append(f"place {os.path.basename(at['file'])}:{at['line']}, label {c.file}:{c.line}")
            else:
                told += [f"high: {s} ({k})" for s, k in r.at_level("high")]
                told += [f"medium: {s} ({k})" for s, k in r.at_level("medium")
                         if verbose or s in c.subjects and k == c.check]
            for line in told:
                print(f"  {c.name} {side}: {line}")
            if verbose:
                for f in r.findings:
                    print(f"    {c.name} {side}: {f['confidence']} {f['check']} {f['subject']} "
                          f"{os.path.basename(f['file'])}:{f['line']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retsan", default=os.path.join(HERE, "..", "build", "bin", "retsan"),
                        help="the retsan to score")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one scan")
    parser.add_argument("--only", action="append", metavar="GLOB", help="cases, as stale-field/hash*")
    parser.add_argument("--update", action="store_true", help="rewrite expected.tsv from this run")
    parser.add_argument("--expected", default=os.path.join(HERE, "expected.tsv"))
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    retsan = os.path.abspath(args.retsan)
    if not os.access(retsan, os.X_OK):
        print(f"skipped: {args.retsan} is not built")
        return 77
    probe = subprocess.run([retsan, "--version"], capture_output=True, text=True)
    if probe.returncode != 0:
        print(f"{args.retsan} does not start: {probe.stderr.strip() or probe.returncode}", file=sys.stderr)
        return 2
    cases = load_cases(args.only)
    if not cases:
        parser.error("no case matches")
    expected = read_expected(args.expected)
    todo = [(c, s) for c in cases for s in c.sides]
    with ThreadPoolExecutor(max(1, args.jobs)) as pool:
        done = list(pool.map(lambda t: scan(retsan, *t, args.timeout), todo))
    results = {(c.name, s): r for (c, s), r in zip(todo, done)}

    print_table(cases, results)
    print("\nother than labelled:")
    print_failures(cases, results, args.verbose)
    if args.update:
        keep = {k: v for k, v in expected.items() if k not in results}
        rows = [(c, s, a, b, l) for (c, s), m in keep.items()
                for (a, b), l in (m or {("-", "-"): "silent"}).items()]
        for c, s in todo:
            if not results[c.name, s].error:
                rows += rows_of(c, s, results[c.name, s])
        with open(args.expected, "w", encoding="utf-8") as f:
            f.write("\n".join([EXPECTED_HEADER] + ["\t".join(r) for r in sorted(rows)]) + "\n")
        return 0
    worse = [(c.name, s, w) for c, s in todo
             if (w := regression(c, s, results[c.name, s], expected))]
    print(f"\n{len(worse)} regressions")
    for name, side, why in worse:
        print(f"  {name} {side}: {why}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
