#!/usr/bin/env python3
"""Makes a suspects file for a test from names.

usage: make_suspects.py --clang C --plugin P -o OUT SOURCE SPEC... [-- FLAGS...]

A SPEC is `suspect[!] [: atom, atom...]`, as in `hmap.oldbuckets: hmap.growing==0`;
`!` makes it a dangling finding, `=name` gives a deallocator. The ids of the names
come from the plugin itself, which lists those of SOURCE.
"""
import argparse
import json
import re
import subprocess
import sys


def main():
    argv, flags = sys.argv[1:], []
    if "--" in argv:
        at = argv.index("--")
        argv, flags = argv[:at], argv[at + 1:]
    ap = argparse.ArgumentParser()
    ap.add_argument("--clang", required=True)
    ap.add_argument("--plugin", required=True)
    ap.add_argument("-o", required=True)
    ap.add_argument("source")
    ap.add_argument("spec", nargs="+")
    a = ap.parse_args(argv)
    out = subprocess.run(
        [a.clang, "-fplugin=" + a.plugin, "-fplugin-arg-retsan-list",
         "-fsyntax-only", a.source] + flags,
        check=True, stdout=subprocess.PIPE, text=True).stdout
    ids = {}
    for line in out.splitlines():
        ident, name = line.split(" ", 1)
        ids[name] = ident

    def ref(name):
        if name not in ids:
            sys.exit("no such subject: %s; there are: %s" % (name, sorted(ids)))
        record, _, path = name.rpartition(".")
        return {"subject_id": ids[name], "subject": name,
                "record_key": record, "path": path}

    findings, deallocators = [], []
    for number, spec in enumerate(a.spec):
        if spec.startswith("="):
            deallocators.append(spec[1:])
            continue
        suspect, _, atoms = spec.partition(": ")
        dangling = suspect.endswith("!")
        predicate, phases = [], []
        for atom in filter(None, (x.strip() for x in atoms.split(","))):
            m = re.fullmatch(r"([\w:.]+)\s*(==|!=|<=|>=|<|>)\s*(-?\d+)", atom)
            phase = ref(m.group(1))
            phases.append(phase)
            predicate.append({"subject_id": phase["subject_id"],
                              "name": phase["path"], "op": m.group(2),
                              "value": int(m.group(3))})
        suspect = suspect.rstrip("!")
        findings.append({
            "fingerprint": "fp%d" % number, "subject_id": ids.get(suspect, ""),
            "check": "retsan-dangling-field" if dangling else "retsan-stale-field",
            "subject": suspect, "suspect": ref(suspect),
            "predicate": predicate, "phases": phases})
    with open(a.o, "w") as f:
        json.dump({"schema": "retsan.findings/1", "findings_id": "test-findings",
                   "findings": findings, "deallocators": deallocators}, f, indent=1)


main()
