# What a user sees of the `retsan` command: one behaviour a file.
import os
import sys

import lit.formats

build = lit_config.params["retsan_build"]
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
    ("%retsan", os.path.join(build, "bin", "retsan")),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%python", sys.executable),
]
if all(os.path.exists(os.path.join(build, f)) for f in
       ("bin/retsan-clang", "lib/libretsan_rt.a", "lib/retsan-passes.so")):
    config.available_features.add("runtime")
