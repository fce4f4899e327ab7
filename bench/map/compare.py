#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs growth_bench for several maps and prints times, pauses, memory and their ratios.

compare.py BENCH [--full] [--n 2000000] [--rounds 3] [--passes 3] [--maps absl,boost,std,prompt,low_latency,go]
           [--memory-only std]

--full is 16 million keys. Means come from runs in which the maps take turns by
blocks of operations within one process, so that what else the machine does meets
them all; ratios are formed within such a run and their median over the rounds is
printed. Pauses and memory come from a process a map. Of the maps of --memory-only,
only memory is measured.
"""
import argparse
import statistics
import subprocess
import sys


def fields(line):
    return {key: float(value) for key, value in (part.split("=") for part in line.split()[1:])}


def run(bench, *args):
    command = [bench, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare.py: {' '.join(command)}: status {done.returncode} {done.stderr.strip()}")
    print(f"compare.py: {' '.join(command[1:])}: done", file=sys.stderr, flush=True)
    return done.stdout


def turns(bench, n, maps):
    return {line.split()[0]: fields(line) for line in run(bench, "turns", n, *maps).splitlines()}


def table(head, columns, rows):
    lines = ["| " + " | ".join([head, *columns]) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ratios(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def fraction(value):
    return f"1/{1 / value:.0f}" if value < 0.5 else f"{value:.2f}"


def report(bench, n, rounds, maps, passes=3, memory_only=()):
    rounds = [turns(bench, n, maps) for _ in range(rounds)]
    alone = {name: fields(run(bench, "alone", n, name, passes)) for name in maps}
    memory = {name: fields(run(bench, "alone", n, name, 0)) for name in memory_only}
    means = ["insert_ns", "hit_ns", "miss_ns"]
    pauses = ["p9999_us", "p99999_us", "max_ms", "raw_ms"]
    sizes = ["peak_mb", "end_mb"]
    text = f"{n:,} keys; medians of {len(rounds)} rounds, pauses of {passes} passes:\n\n"
    text += table("map", means + pauses + sizes, [
        [name] + [f"{statistics.median(r[name][c] for r in rounds):.3g}" for c in means]
        + [f"{alone[name][c]:.3g}" for c in pauses + sizes] for name in maps]
        + [[name] + ["-"] * len(means + pauses) + [f"{memory[name][c]:.3g}" for c in sizes] for name in memory])
    for base in ("absl", "boost"):
        if base in maps:
            text += f"\nRatios to {base}, of means the median (lowest-highest) over the rounds:\n\n"
            text += table("map", means + ["max_ms"] + sizes, [
                [name] + [ratios([r[name][c] / r[base][c] for r in rounds]) for c in means]
                + [fraction(alone[name]["max_ms"] / alone[base]["max_ms"])]
                + [f"{alone[name][c] / alone[base][c]:.2f}" for c in sizes] for name in maps if name != base])
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--n", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--maps", default="absl,boost,std,prompt,low_latency,go")
    parser.add_argument("--memory-only", default="")
    args = parser.parse_args()
    n = args.n or (16_000_000 if args.full else 2_000_000)
    print(report(args.bench, n, args.rounds, args.maps.split(","), args.passes,
                 [m for m in args.memory_only.split(",") if m]), end="")


if __name__ == "__main__":
    main()
