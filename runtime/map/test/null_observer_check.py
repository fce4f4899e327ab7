#!/usr/bin/env python3
"""null_observer_check.py CXX OBJDUMP MAP_INCLUDE RETSAN_INCLUDE PROGRAM [--callgrind]

Compiles PROGRAM twice: with the map's headers as they are, where null_observer sees
nothing, and with headers from which the calls of observers were cut out of the source.
Fails unless both are the same machine code, instruction by instruction. With
--callgrind, runs both and fails unless callgrind counts the same instructions; status
77 without valgrind."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# `if constexpr (requires { ...observer_.hook(...) ... })` and the one statement after it.
HOOK = re.compile(
    r"^ *if constexpr \(requires \{\s*(?:map->)?observer_\.[^}]*\}\)\s*"
    r"(?:map->)?observer_\.\w+\((?:[^;]*)\);\n", re.M)


def strip(source, target):
    stripped = 0
    for header in source.rglob("*.h"):
        text, count = HOOK.subn("", header.read_text())
        stripped += count
        if re.search(r"observer_\.\w+\(", text):
            sys.exit(f"null_observer_check: a hook of {header} was not recognised")
        out = target / header.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
    if stripped < 8:
        sys.exit(f"null_observer_check: only {stripped} hooks found in {source}")


def code(cxx, objdump, includes, program, out):
    subprocess.run([cxx, "-std=c++20", "-O2", *(f"-I{i}" for i in includes), program, "-o", out], check=True)
    listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", out], check=True, capture_output=True, text=True)
    return [line for line in listing.stdout.splitlines() if "file format" not in line]


def executed(program, folder):
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind", program],
                          capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"null_observer_check: callgrind: {done.stderr[-400:]}")
    return int(found.group(1))


def main():
    arguments = sys.argv[1:]
    callgrind = "--callgrind" in arguments
    if callgrind:
        arguments.remove("--callgrind")
        if not shutil.which("valgrind"):
            print("null_observer_check: skipped, valgrind is not installed")
            sys.exit(77)
    if len(arguments) != 5:
        sys.exit(__doc__)
    cxx, objdump, include, retsan, program = arguments
    with tempfile.TemporaryDirectory() as folder:
        bare = pathlib.Path(folder, "include")
        strip(pathlib.Path(include), bare)
        # Names of one length: the loader's work depends on them.
        observed = code(cxx, objdump, [include, retsan], program, folder + "/observed")
        without = code(cxx, objdump, [bare, retsan], program, folder + "/stripped")
        if callgrind:
            counts = executed(folder + "/observed", folder), executed(folder + "/stripped", folder)
            if counts[0] != counts[1]:
                sys.exit(f"null_observer_check: {counts[0]} instructions with, {counts[1]} without")
            print(f"same instructions with and without observers: {counts[0]}")
    if observed != without:
        sys.exit("null_observer_check: the null observer leaves a trace in the code")
    print(f"same code with and without observers: {len(observed)} lines of disassembly")


main()
