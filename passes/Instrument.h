//===- Instrument.h - accesses become marked events -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first of the two passes, run before any optimisation: finds every access
// of the unit's subjects, puts a marker at it, and drops the front end's tags,
// which would be in the optimizer's way.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_INSTRUMENT_H
#define RETSAN_PASSES_INSTRUMENT_H

#include "llvm/IR/PassManager.h"

namespace retsan::passes {

class MarkPass : public llvm::PassInfoMixin<MarkPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
  static bool isRequired() { return true; }
};

/// The second pass, run after all optimisation: markers become hooks.
class ExpandPass : public llvm::PassInfoMixin<ExpandPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
  static bool isRequired() { return true; }
};

} // namespace retsan::passes

#endif
