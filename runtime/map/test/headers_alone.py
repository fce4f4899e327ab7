#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""headers_alone.py CXX

The map is for programs that know nothing of RetSan: each of its headers compiles by
itself, from a copy of its include folder alone, without a warning; and a program over
both maps, with each preset, observer and many key types, builds and runs. Exit status
77 without CXX."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
PROGRAM = """
#include <retsan/map/concurrent_incremental_map.h>
#include <retsan/map/incremental_map.h>
#include <cstdio>
#include <memory>
#include <string>
template <class Policy, class Observer> int use() {
  retsan::incremental_map<std::string, std::unique_ptr<int>, std::hash<std::string>, std::equal_to<std::string>,
                          std::allocator<std::pair<const std::string, std::unique_ptr<int>>>, Policy, Observer> M;
  for (int I = 0; I != 5000; ++I)
    M.try_emplace(std::to_string(I), std::make_unique<int>(I));
  int Sum = 0;
  for (auto &[K, V] : M)
    Sum += *V;
  M.erase("7");
  M.rebuild();
  return Sum != 5000 * 4999 / 2 || M.size() != 4999 || M.contains("7");
}
int main() {
  using namespace retsan;
  int Wrong = use<policy::prompt, null_observer>() + use<policy::low_latency, metrics_observer>() +
              use<policy::go_compatible, migration_hooks>() + use<policy::ghost, null_observer>();
  concurrent_incremental_map<std::string, int> C;
  for (int I = 0; I != 5000; ++I)
    C.try_emplace(std::to_string(I), I);
  while (C.advance(64) != 0) {
  }
  return Wrong != 0 || C.find("4711") != 4711;
}
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"headers_alone: {' '.join(map(str, command))}: status {done.returncode}\n{done.stderr[-3000:]}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cxx = sys.argv[1]
    if not shutil.which(cxx):
        print(f"headers_alone: skipped, {cxx} is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        include = pathlib.Path(folder, "include")
        shutil.copytree(HERE.parent / "include", include)
        # Those that others include at their end are no headers for users.
        parts = {"access.h", "arrays.h", "growth.h", "concurrent_growth.h"}
        headers = sorted(h for h in include.rglob("*.h") if h.name not in parts)
        if len(headers) < 8:
            sys.exit(f"headers_alone: only {len(headers)} headers in {include}")
        every = "".join(f'#include "{h.relative_to(include)}"\n' for h in headers)
        for number, text in enumerate([f'#include "{h.relative_to(include)}"\n' for h in headers] + [every + every]):
            source = pathlib.Path(folder, f"alone{number}.cpp")
            source.write_text(text)
            run(cxx, *FLAGS, "-fsyntax-only", "-I", include, source)
        source, program = pathlib.Path(folder, "program.cpp"), pathlib.Path(folder, "program")
        source.write_text(PROGRAM)
        run(cxx, *FLAGS, "-O1", "-I", include, source, "-o", program, "-lpthread")
        run(program)
    print(f"{len(headers)} headers and a program: {cxx} has nothing to say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
