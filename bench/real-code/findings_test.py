#!/usr/bin/env python3
# docs/findings: the page's rows are the reports beside it, each confirmed by its run.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: findings_test.py"""

import glob
import json
import os
import re
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "findings"))
CHECKS = {"dangling": "retsan-dangling-field", "stale": "retsan-stale-field", "unread owner": "retsan-unread-owner"}


def rows():
    """(report, check, subject, place) of each row of the page."""
    report = None
    with open(os.path.join(TOP, "index.md"), encoding="utf-8") as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            field = re.fullmatch(r"`([^`]+)` \((.+):(\d+)\)", cells[1]) if len(cells) == 5 else None
            if not field:
                continue
            link = re.search(r"\(([a-z0-9]+)\.json\)", cells[4])
            report = link.group(1) if link else report
            yield report, CHECKS[cells[2]], field.group(1), os.path.basename(field.group(2)), int(field.group(3))


def main():
    told = set(rows())
    kept = set()
    problems = []
    for path in sorted(glob.glob(os.path.join(TOP, "*.json"))):
        name = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as f:
            findings = json.load(f)["findings"]
        with open(path[:-5] + ".txt", encoding="utf-8") as f:
            text = f.read()
        for x in findings:
            kept.add((name, x["check"], x["subject"], os.path.basename(x["file"]), x["line"]))
            run = x["runtime"]
            if run["verdict"] != "confirmed" or run["instances"] < 1:
                problems.append("%s: %s is not confirmed" % (name, x["subject"]))
            if x["confidence"] not in ("high", "medium"):
                problems.append("%s: %s is at level %s" % (name, x["subject"], x["confidence"]))
            if x["fingerprint"] not in text:
                problems.append("%s: %s is not in the text" % (name, x["subject"]))
    problems += ["only on the page: %s" % (r,) for r in sorted(told - kept)]
    problems += ["only in a report: %s" % (r,) for r in sorted(kept - told)]
    if len({r[0] for r in kept}) < 5:
        problems.append("fewer than five packages")
    for p in problems:
        print("findings_test:", p)
    print("%d findings of %d reports" % (len(kept), len({r[0] for r in kept})))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
