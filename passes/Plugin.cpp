//===- Plugin.cpp - registers the passes with the pipeline ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loaded by -fpass-plugin. Holds no clang code, so that lld and opt can load it
// as well. Both passes run in the compile step, also of an LTO build: what is
// linked afterwards holds plain calls of the runtime.
//
//===----------------------------------------------------------------------===//

#include "Instrument.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"

using namespace llvm;
using namespace retsan::passes;

static void registerPasses(PassBuilder &PB) {
  auto Shared = std::make_shared<std::optional<Unit>>();
  PB.registerPipelineStartEPCallback(
      [Shared](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(MarkPass(Shared));
      });
  PB.registerOptimizerLastEPCallback(
      [Shared](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(ExpandPass(Shared));
      });
  PB.registerPipelineParsingCallback(
      [Shared](StringRef Name, ModulePassManager &MPM,
               ArrayRef<PassBuilder::PipelineElement>) {
        if (Name == "retsan-mark")
          MPM.addPass(MarkPass(Shared));
        else if (Name == "retsan-expand")
          MPM.addPass(ExpandPass(Shared));
        else
          return false;
        return true;
      });
}

extern "C" LLVM_ATTRIBUTE_WEAK ::llvm::PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "retsan", RETSAN_VERSION_STRING,
          registerPasses};
}
