#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs growth_bench for several maps in turns and prints the ratios.

compare.py BENCH [--n 16000000] [--rounds 3] [--maps absl,boost,std,prompt,low_latency,go]

Each round runs every map once, each in a process of its own (A B C A B C): what else
the machine does meets them all. Ratios are formed within a round and their median is
printed; times of different rounds are never divided.
"""
import argparse
import os
import statistics
import subprocess
import sys


def measure(bench, name, n):
    done = subprocess.run([bench, name, str(n)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare.py: {bench} {name} {n}: status {done.returncode} {done.stderr.strip()}")
    fields = dict(part.split("=") for part in done.stdout.split()[1:])
    return {key: float(value) for key, value in fields.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--n", type=int, default=16_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--maps", default="absl,boost,std,prompt,low_latency,go")
    args = parser.parse_args()
    maps = args.maps.split(",")
    rounds = []
    for _ in range(args.rounds):
        rounds.append({name: measure(args.bench, name, args.n) for name in maps})
    load = os.getloadavg()[0]
    print(f"n={args.n}, {args.rounds} rounds, load average {load:.1f} on {os.cpu_count()} cores\n")
    columns = ["insert_ns", "hit_ns", "miss_ns", "p9999_us", "p99999_us", "max_ms", "peak_mb", "end_mb"]
    print("| map | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in maps:
        cells = [f"{statistics.median(r[name][c] for r in rounds):.3g}" for c in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")
    for base in ("absl", "boost"):
        if base not in maps:
            continue
        print(f"\nmedian (lowest-highest) ratio to {base}, formed within rounds\n")
        columns = ["insert_ns", "hit_ns", "miss_ns", "max_ms", "peak_mb"]
        print("| map | " + " | ".join(columns) + " |")
        print("|---" * (len(columns) + 1) + "|")
        for name in maps:
            if name == base:
                continue
            cells = []
            for c in columns:
                ratios = [r[name][c] / r[base][c] for r in rounds]
                middle = statistics.median(ratios)
                if c == "max_ms" and middle < 1:
                    cells.append(f"1/{1 / middle:.0f} (1/{1 / max(ratios):.0f}-1/{1 / min(ratios):.0f})")
                else:
                    cells.append(f"{middle:.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
