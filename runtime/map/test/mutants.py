#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mutants.py [--cxx CXX] [--only NAME,...] [--list]

Are the rules of docs/design/concurrent-map.md tested? Breaks them, one at a time, in
a copy of the headers, builds MigrationStepsTest.cpp with ASan over each copy, and asks
that a test fails. The headers as they are must pass. Exit status 1: a mutant lives."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.normpath(os.path.join(HERE, "..", "include"))
GROWTH = "retsan/map/detail/concurrent_growth.h"
TABLE = "retsan/map/detail/concurrent_table.h"
RECLAIM = "retsan/map/detail/reclaim.h"
MAP = "retsan/map/concurrent_incremental_map.h"

PUBLISH = """    for (unsigned up : {0u, 1u})
      to->bin(index + up * from->bins())
          .store(reinterpret_cast<std::uintptr_t>(heads[up]),
                 std::memory_order_release);
    RETSAN_MAP_STEP(bin_published, index);
"""
FORWARD = """    lock.forward();
    RETSAN_MAP_STEP(bin_forwarded, index);
"""
RETIRE = """  from->destroy = destroy_table;
  domain_.retire(from);
"""
ANNOUNCE = """  state_.store(state_of(version, migration_phase::migrating),
               std::memory_order_release);
  RETSAN_MAP_STEP(growth_announced, 0);
"""
SHOW = """  t->next.store(next, std::memory_order_release);
}
"""
ROOT = """  root_.store(from->next.load(std::memory_order_relaxed),
              std::memory_order_release);
"""

# Name, the rule it breaks, and what replaces what in which header.
MUTANTS = [
    ("claim-without-cas", "1, one growth at a time", [(GROWTH, """  if (!state_.compare_exchange_strong(
          state, state_of(version, migration_phase::prepare),
          std::memory_order_acq_rel))
    return;
""", """  state_.store(state_of(version, migration_phase::prepare));
""")]),
    ("show-before-phase", "phases: the next array is shown after the phase",
     [(GROWTH, ANNOUNCE + SHOW, SHOW[:-2] + "  RETSAN_MAP_STEP(growth_announced, 0);\n" + ANNOUNCE.split("  RETSAN")[0]
       + "}\n")]),
    ("no-claims", "2, work is claimed in strides", [(
        GROWTH, "t->claimed.fetch_add(many, std::memory_order_relaxed)", "t->swept.load(std::memory_order_relaxed)")]),
    ("forward-before-publish", "3, copy first, then the mark", [(GROWTH, PUBLISH + FORWARD, FORWARD + PUBLISH)]),
    ("last-number-commits", "4, the last one commits",
     [(GROWTH, "if (moved + 1 == from->bins())", "if (moved != SIZE_MAX && index + 1 == from->bins())")]),
    ("empty-bins-stay", "5, old bins hold nothing and take nothing",
     [(GROWTH, "    lock.forward();\n", "    if (lock.head)\n      lock.forward();\n")]),
    ("no-sweep", "6, idle time ends any growth", [(GROWTH, "    help(n, true);\n", "    help(n, false);\n")]),
    ("no-lock", "7, a bin is locked before it is copied",
     [(TABLE, """          word.compare_exchange_weak(seen, seen | table::locked,
                                     std::memory_order_acquire,
                                     std::memory_order_relaxed))""", "          true)")]),
    ("reader-outside", "8, a reader pins", [(MAP, """        : map(m), inside(m->domain_) {}
""", """        : map(m), inside(m->domain_) {
      map_detail::grace_domain::guard leaves(std::move(inside));
    }
""")]),
    ("lock-without-looking", "9, look again when locking",
     [(TABLE, """          word.compare_exchange_weak(seen, seen | table::locked,
                                     std::memory_order_acquire,
                                     std::memory_order_relaxed))""",
       "          (word.store(seen | table::locked), true))")]),
    ("newest-array", "11, entries go home", [(GROWTH, """    bin_lock lock = bin_lock::take(t, hash & t->mask);
    if (lock)
      return lock;
""", """    if (table *newest = t->next.load(std::memory_order_acquire))
      t = newest;
    bin_lock lock = bin_lock::take(t, hash & t->mask);
    if (lock)
      return lock;
""")]),
    ("unlock-after-forward", "13, forwarded is for ever",
     [(TABLE, "    std::exchange(in, nullptr)\n        ->bin(index)\n", "    in\n        ->bin(index)\n")]),
    ("two-committers", "13, one committer",
     [(GROWTH, "if (moved + 1 == from->bins())", "if (moved + 2 >= from->bins())")]),
    ("retire-before-unlink", "14, unlink, then retire",
     [(GROWTH, ROOT, RETIRE + "  RETSAN_MAP_STEP(half_committed, 0);\n" + ROOT),
      (GROWTH, "               std::memory_order_release);\n  RETSAN_MAP_STEP(half_committed, 0);\n" + RETIRE,
       "               std::memory_order_release);\n")]),
    ("no-late-comers", "15, epochs: readers of the epoch before",
     [(RECLAIM, "      if (!empty(1 - current))\n        return false;\n", "")]),
    ("free-at-once", "15, epochs: what is retired waits",
     [(RECLAIM, "    return empty(1 - current);\n", "    return true;\n")]),
]


def build(cxx, include, out):
    done = subprocess.run([cxx, "-std=c++20", "-O0", "-fsanitize=address", "-I" + include,
                           os.path.join(HERE, "MigrationStepsTest.cpp"), "-o", out, "-lgtest", "-lgtest_main",
                           "-lpthread"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"mutants: {out} does not compile:\n{done.stderr[-2000:]}")


def outcome(program):
    """Why the test fails; None if it passes."""
    try:
        done = subprocess.run([program, "--gtest_fail_fast"], capture_output=True, text=True, timeout=40,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    except subprocess.TimeoutExpired:
        return "it does not end"
    if done.returncode == 0:
        return None
    names = [line.split("] ")[1].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("[  FAILED  ]")]
    if names:
        return names[0]
    running = [line.split("] ")[1] for line in done.stdout.splitlines() if line.startswith("[ RUN ")]
    what = next((line.split(": ")[-1] for line in done.stderr.splitlines() if "ERROR: " in line), "dies")
    return f"{running[-1] if running else 'before any test'}: {what}"


def mutate(include, changes):
    for file, old, new in changes:
        path = os.path.join(include, file)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if text.count(old) != 1:
            sys.exit(f"mutants: {file} has {text.count(old)} places like\n{old}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cxx", default="g++")
    parser.add_argument("--only")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    only = args.only.split(",") if args.only else [m[0] for m in MUTANTS]
    chosen = [m for m in MUTANTS if m[0] in only]
    unknown = set(only) - {m[0] for m in MUTANTS}
    if unknown:
        sys.exit(f"mutants: no mutant is called {', '.join(sorted(unknown))} (see --list)")
    if args.list:
        for name, rule, _ in chosen:
            print(f"{name}: {rule}")
        return 0
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        for name, rule, changes in [("none", "the headers as they are", [])] + chosen:
            include = os.path.join(folder, name)
            shutil.copytree(INCLUDE, include)
            mutate(include, changes)
            program = os.path.join(folder, name + ".test")
            build(args.cxx, include, program)
            why = outcome(program)
            if not changes and why:
                sys.exit(f"mutants: unchanged headers fail: {why}")
            print(f"{name} (rule {rule}): {why or 'passes'}" if changes else "unchanged: passes", flush=True)
            if changes and not why:
                alive.append(name)
    if alive:
        print("mutants: no test fails for: " + ", ".join(alive), file=sys.stderr)
        return 1
    print(f"{len(chosen)} mutants, all caught")
    return 0


if __name__ == "__main__":
    sys.exit(main())
