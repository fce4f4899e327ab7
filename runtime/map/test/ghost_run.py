#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ghost_run.py --build DIR

The bug and its cure through the whole of RetSan. A program over a `ghost` map is
scanned: `oldbuckets_` must be found, at high. Built with the finding as suspect and
run, it must be confirmed, with bytes retained. The same program over a `prompt` map:
the scan is silent at the level shown by default, and run against the finding of the
ghost, no instance of the field is stale. Both in mode `suspects` and in mode `all`,
which watches every field. Then both maps with `runtime_observer`, which tells the
runtime of each migration: by the ghost's own word its last old array is still there, by
prompt's none is; in a program linked with the runtime, in one that it is loaded into,
and in one without. Exit status 77: RetSan is not built in DIR."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDES = [os.path.join(HERE, "..", "include"), os.path.join(HERE, "..", "..", "include")]
FLAGS = ["-std=c++20", "-O2", "-g"] + ["-I" + os.path.normpath(i) for i in INCLUDES]
SUBJECT = "retsan::incremental_map.oldbuckets_"


def run(*command, ok=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    if done.returncode not in ok:
        sys.exit(f"ghost_run: {' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def scan(tools, policy, folder):
    out = os.path.join(folder, policy + ".json")
    run(tools + "retsan", "scan", "--quiet", "--no-cache", "--fail-on=none", "--format=json", "--root", HERE,
        "-o", out, os.path.join(HERE, "Inputs", "routes.cpp"), "--", *FLAGS, "-DPOLICY=" + policy)
    with open(out, encoding="utf-8") as f:
        return out, [x for x in json.load(f)["findings"] if x["subject"] == SUBJECT and x["confidence"] == "high"]


def verdict(tools, policy, mode, findings, folder):
    program = os.path.join(folder, policy + "-" + mode)
    run(tools + "retsan-clang++", "--retsan-suspects=" + findings, "--retsan-mode=" + mode, *FLAGS,
        "-DPOLICY=" + policy, os.path.join(HERE, "Inputs", "routes.cpp"), "-o", program)
    out = os.path.join(folder, policy + ".run.json")
    run(tools + "retsan", "run", "--findings", findings, "--format=json", "--fail-on=none", "-o", out, "--", program)
    with open(out, encoding="utf-8") as f:
        return next(x for x in json.load(f)["findings"] if x["subject"] == SUBJECT).get("runtime", {})


def told(tools, policy, how, findings, folder):
    """The row of the map in the report of a run."""
    program = os.path.join(folder, f"{policy}-told-{how}")
    source = [os.path.join(HERE, "Inputs", "routes.cpp"), "-DOBSERVED", "-DPOLICY=" + policy]
    if how == "linked":
        run(tools + "retsan-clang++", "--retsan-suspects=" + findings, *FLAGS, *source, "-o", program)
    else:
        run("c++", *FLAGS, *source, "-o", program)
    if how == "alone":
        return run(program)
    options = ["--findings", findings] if how == "linked" else ["--mode=heap"]
    text = run(tools + "retsan", "run", *options, "--fail-on=none", "--", program)
    rows = [line for line in text.splitlines() if line.startswith("migrations of retsan::incremental_map: ")]
    if len(rows) != 1:
        sys.exit(f"ghost_run: no word of the {policy} map ({how}):\n{text}")
    return rows[0]


def check_told(tools, findings, folder):
    # 20,000 entries: growths from 1 bucket to 4,096, the last old array of 2,048.
    for how in ("linked", "loaded"):
        ghost, prompt = (told(tools, policy, how, findings, folder) for policy in ("ghost", "prompt"))
        print(f"{how}\n{ghost}\n{prompt}")
        if "12 begun, 12 ended; 1 old array of 3" not in ghost or "kB still allocated after the end" not in ghost:
            sys.exit("ghost_run: the ghost does not say what it keeps: " + ghost)
        if "12 begun, 12 ended; no old array outlived its migration" not in prompt:
            sys.exit("ghost_run: the cure keeps something: " + prompt)
    told(tools, "ghost", "alone", findings, folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    tools = os.path.join(build, "bin") + os.sep
    parts = [tools + "retsan", tools + "retsan-clang++"] + [
        os.path.join(build, "lib", n) for n in ("retsan-clang-plugin.so", "retsan-passes.so", "libretsan_rt.a")]
    missing = [p for p in parts if not os.path.exists(p)]
    if missing:
        print("ghost_run: skipped, not built: " + ", ".join(missing))
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        file, found = scan(tools, "ghost", folder)
        if not found:
            sys.exit("ghost_run: the scan does not report oldbuckets_ of a ghost map at high")
        _, silent = scan(tools, "prompt", folder)
        if silent:
            sys.exit(f"ghost_run: the scan reports the cure: {silent[0]['message']}")
        for mode in ("suspects", "all"):
            ghost = verdict(tools, "ghost", mode, file, folder)
            prompt = verdict(tools, "prompt", mode, file, folder)
            print(f"mode {mode}\nghost: {json.dumps(ghost)}\nprompt: {json.dumps(prompt)}")
            # Of the last growth, 20,000 entries: 2^11 old buckets of 144 bytes.
            if ghost.get("verdict") != "confirmed" or ghost.get("retained_bytes", 0) < 2048 * 144:
                sys.exit(f"ghost_run: a run in mode {mode} does not confirm the ghost")
            if prompt.get("verdict") == "confirmed" or prompt.get("instances") != 0:
                sys.exit(f"ghost_run: a prompt map has stale instances in mode {mode}")
        check_told(tools, file, folder)


main()
