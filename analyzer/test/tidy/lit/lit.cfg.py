# What a user sees of the clang-tidy module: one behaviour a file.
import os
import sys

import lit.formats

build = lit_config.params["retsan_build"]
source = lit_config.params["retsan_source"]
tools = lit_config.params["llvm_tools"]
module = os.path.join(build, "lib", "RetSanTidyModule.so")

config.name = "retsan-tidy"
config.suffixes = [".test", ".c", ".cpp"]
config.excludes = ["Inputs"]
config.test_format = lit.formats.ShTest(True)
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(build, "analyzer", "test", "tidy", "out")
os.makedirs(config.test_exec_root, exist_ok=True)

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), tools, os.environ["PATH"]])
for name in ("RETSAN_TIDY_MODULE", "RETSAN_CLANG_TIDY"):
    config.environment.pop(name, None)

config.substitutions += [
    # A wrapper's --quiet keeps "N warnings generated." out of what is matched.
    ("%check", os.path.join(build, "bin", "retsan-tidy") + " --quiet"),
    ("%module", module),
    ("%source", source),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%nothing", "FileCheck-19 --allow-empty --implicit-check-not=warning: "
                 "--implicit-check-not=error: --check-prefix=NOTHING "
                 + os.path.join(config.test_source_root, "Inputs", "nothing.txt")),
    ("%python", sys.executable),
]
