#!/usr/bin/env python3
"""null_observer_check.py CXX OBJDUMP MAP_INCLUDE RETSAN_INCLUDE PROGRAM

Compiles PROGRAM twice: with the map's headers as they are, where null_observer sees
nothing, and with headers from which the calls of observers were cut out of the source.
Fails unless both are the same machine code, instruction by instruction."""
import pathlib
import re
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


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    cxx, objdump, include, retsan, program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        bare = pathlib.Path(folder, "include")
        strip(pathlib.Path(include), bare)
        observed = code(cxx, objdump, [include, retsan], program, folder + "/with")
        without = code(cxx, objdump, [bare, retsan], program, folder + "/without")
    if observed != without:
        sys.exit("null_observer_check: the null observer leaves a trace in the code")
    print(f"same code with and without observers: {len(observed)} lines of disassembly")


main()
