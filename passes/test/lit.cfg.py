# Tests of the instrumentation: what a user's program tells the runtime.
import os
import shutil
import sys

import lit.formats

config.name = "retsan-passes"
config.suffixes = [".c", ".cpp", ".test", ".ll"]
config.excludes = ["Inputs"]
config.test_format = lit.formats.ShTest(True)
config.test_source_root = os.path.dirname(__file__)

build = lit_config.params["retsan_build"]
source = lit_config.params["retsan_source"]
tools = lit_config.params["llvm_tools"]
config.test_exec_root = os.path.join(build, "passes", "test", "out")
os.makedirs(config.test_exec_root, exist_ok=True)

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), tools, os.environ["PATH"]])
for name in ("RETSAN_SUSPECTS", "RETSAN_MODE", "RETSAN_FACTS", "RETSAN_CLANG"):
    config.environment.pop(name, None)

inputs = os.path.join(config.test_source_root, "Inputs")
plugin = os.path.join(build, "lib", "retsan-clang-plugin.so")
passes = os.path.join(build, "lib", "retsan-passes.so")
python = sys.executable
suspects = "%s %s --clang %s/clang --plugin %s" % (
    python, os.path.join(config.test_source_root, "make_suspects.py"), tools, plugin)
# Compiles with instrumentation but without the real runtime.
instrument = ("-Rpass=^retsan-keeps-locations$ -fplugin=%s -fpass-plugin=%s "
              "-I%s/runtime/include" % (plugin, passes, source))
config.substitutions += [
    ("%suspects", suspects),
    ("%levels", "%s %s --clang %s --flags '%s' --record %s/record.c" % (
        python, os.path.join(config.test_source_root, "levels.py"), tools,
        instrument, inputs)),
    ("%coverage", "%s %s --clang %s --flags '%s' --count %s/count.c --suspects-script '%s'" % (
        python, os.path.join(config.test_source_root, "coverage.py"), tools,
        instrument.replace("-Rpass=^retsan-keeps-locations$ ", ""), inputs, suspects)),
    ("%instrument", instrument),
    ("%plugin", plugin),
    ("%passes", passes),
    ("%inputs", inputs),
    ("%record", os.path.join(inputs, "record.c")),
    ("%build", build),
    ("%source", source),
    ("%abi", "-I%s/runtime/include" % source),
    ("%python", python),
]
if os.path.exists(os.path.join(build, "lib", "libretsan_rt.a")):
    config.available_features.add("runtime")
if shutil.which("ccache"):
    config.available_features.add("ccache")
if os.path.exists("/usr/bin/clang-14"):
    config.available_features.add("clang-14")
