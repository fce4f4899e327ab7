#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs growth_bench for several maps in turns and prints the ratios.

compare.py BENCH [--full] [--n 2000000] [--rounds 3] [--maps absl,boost,std,prompt,low_latency,go]

--full is 16 million keys. Each round runs every map once, each in a
process of its own (A B C A B C): what else the machine does meets them all. Ratios
are formed within a round and their median is printed; times of different rounds are
never divided.
"""
import argparse
import statistics
import subprocess
import sys


def measure(bench, name, n):
    done = subprocess.run([bench, name, str(n)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare.py: {bench} {name} {n}: status {done.returncode} {done.stderr.strip()}")
    fields = dict(part.split("=") for part in done.stdout.split()[1:])
    return {key: float(value) for key, value in fields.items()}


def table(head, columns, rows):
    lines = ["| " + " | ".join([head, *columns]) + " |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ratio(column, values):
    middle = statistics.median(values)
    if column == "max_ms" and middle < 1:
        return f"1/{1 / middle:.0f} (1/{1 / max(values):.0f}-1/{1 / min(values):.0f})"
    return f"{middle:.2f} ({min(values):.2f}-{max(values):.2f})"


def report(bench, n, rounds, maps):
    measured = []
    for i in range(rounds):
        measured.append({name: measure(bench, name, n) for name in maps})
        print(f"compare.py: round {i + 1} of {rounds} done", file=sys.stderr, flush=True)
    columns = ["insert_ns", "hit_ns", "miss_ns", "p9999_us", "p99999_us", "max_ms", "peak_mb", "end_mb"]
    text = f"Medians of {rounds} rounds, {n:,} keys:\n\n" + table("map", columns, [
        [name] + [f"{statistics.median(r[name][c] for r in measured):.3g}" for c in columns] for name in maps])
    for base in ("absl", "boost"):
        if base not in maps:
            continue
        columns = ["insert_ns", "hit_ns", "miss_ns", "max_ms", "peak_mb", "end_mb"]
        text += f"\nRatios to {base} within rounds, median (lowest-highest):\n\n" + table("map", columns, [
            [name] + [ratio(c, [r[name][c] / r[base][c] for r in measured]) for c in columns]
            for name in maps if name != base])
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--n", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--maps", default="absl,boost,std,prompt,low_latency,go")
    args = parser.parse_args()
    n = args.n or (16_000_000 if args.full else 2_000_000)
    rounds = args.rounds or 3
    print(report(args.bench, n, rounds, args.maps.split(",")), end="")


if __name__ == "__main__":
    main()
