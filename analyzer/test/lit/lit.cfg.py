# What a user sees of the `retsan` command: one behaviour a file.
import os
import shutil
import subprocess
import sys

import lit.formats

build = lit_config.params["retsan_build"]
source = lit_config.params["retsan_source"]
tools = lit_config.params["llvm_tools"]

config.name = "retsan"
config.suffixes = [".test", ".c", ".cpp"]
config.excludes = ["Inputs"]
config.test_format = lit.formats.ShTest(True)
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(build, "analyzer", "test", "lit", "out")
os.makedirs(config.test_exec_root, exist_ok=True)

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), tools, os.environ["PATH"]])
# A cache of this run's own: a hit must come from the test itself.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
for name in ("RETSAN_SUSPECTS", "RETSAN_OPTIONS", "RETSAN_MODE", "NO_COLOR"):
    config.environment.pop(name, None)

config.substitutions += [
    ("%retsan_clang", os.path.join(build, "bin", "retsan-clang")),
    ("%retsan_gdb", os.path.join(source, "analyzer", "gdb", "retsan-gdb.py")),
    ("%gdb", "gdb -nx -batch"),
    ("%hmap", os.path.join(source, "test-inputs", "hmap")),
    ("%retsan", os.path.join(build, "bin", "retsan")),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%python", sys.executable),
]
if all(os.path.exists(os.path.join(build, f)) for f in
       ("bin/retsan-clang", "lib/libretsan_rt.a", "lib/retsan-passes.so", "lib/retsan-clang-plugin.so")):
    config.available_features.add("runtime")


def gdb_works():
    """A gdb with Python that may trace a child: not everywhere in containers."""
    if not shutil.which("gdb"):
        return False
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "python print('py' + 'thon')",
                           "-ex", "break main", "-ex", "run", "-ex", "info registers rip",
                           os.path.join(build, "bin", "retsan")],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return "python" in done.stdout and "0x" in done.stdout.split("rip")[-1] and "rip" in done.stdout


if shutil.which("go"):
    config.available_features.add("go")
else:
    lit_config.note("no go: `go tool pprof` is not tried")

if gdb_works():
    config.available_features.add("gdb")
else:
    lit_config.note("no gdb with Python that can run a program: its tests are skipped")
