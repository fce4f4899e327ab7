#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fuzz.py [--clang CLANG++] [--runs N | --seconds N] [--corpus DIR]

Builds MapFuzzer.cpp with ASan and UBSan and runs it on histories that reach each
policy, large arrays and walks, and on what libFuzzer makes of them. The input that
fails is left in DIR (default: a folder that goes away, so give one). Status 77
without clang."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = 7
BULK, ADVANCE, WALK, STEP, SOME, ERASE = 0xE0, 0xB0, 0xC0, 0xD0, 0x60, 0x70
HISTORIES = [
    # Arrays of megabytes, walked in the middle of growth, copied, cleared.
    [(BULK, 4)] * 6 + [(ADVANCE, 200)] * 3 + [(WALK, 0)] + [(STEP, 0)] * 40 + [(BULK, 4)] * 3
    + [(BULK, 2), (STEP, 0), (BULK, 3), (ADVANCE, 255), (BULK, 0), (BULK, 4)] * 3,
    # Small ones, with erasure.
    [(SOME, i) for i in range(0, 250, 20)] * 4 + [(WALK, 1)] + [(STEP, 0)] * 5 + [(ERASE, 9), (ADVANCE, 3)] * 6,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clang", default="clang++-19")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--corpus")
    args = parser.parse_args()
    if not shutil.which(args.clang):
        print(f"fuzz: skipped, {args.clang} is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        corpus = os.path.abspath(args.corpus or os.path.join(folder, "corpus"))
        os.makedirs(corpus, exist_ok=True)
        for i, history in enumerate(HISTORIES):
            for policy in range(POLICIES):
                with open(os.path.join(corpus, f"seed-{i}-{policy}"), "wb") as f:
                    f.write(bytes([policy]) + b"".join(map(bytes, history)))
        fuzzer = os.path.join(folder, "fuzzer")
        subprocess.run([args.clang, "-std=c++20", "-O1", "-g", "-fsanitize=fuzzer,address,undefined",
                        "-fno-sanitize-recover=all", "-I" + os.path.join(HERE, "..", "include"),
                        "-I" + os.path.join(HERE, "..", "..", "include"), os.path.join(HERE, "MapFuzzer.cpp"),
                        "-o", fuzzer], check=True)
        limit = f"-max_total_time={args.seconds}" if args.seconds else f"-runs={args.runs or 1500}"
        return subprocess.run([fuzzer, limit, "-seed=1", "-timeout=60", "-max_len=1200",
                               f"-artifact_prefix={corpus}/", corpus], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
