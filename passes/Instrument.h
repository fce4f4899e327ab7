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

#include "Unit.h"
#include "llvm/IR/PassManager.h"

#include <memory>

namespace retsan::passes {

/// What the first pass has read, for the second.
using SharedUnit = std::shared_ptr<std::optional<Unit>>;

class MarkPass : public llvm::PassInfoMixin<MarkPass> {
public:
  explicit MarkPass(SharedUnit Shared) : Shared(std::move(Shared)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
  static bool isRequired() { return true; }

private:
  SharedUnit Shared;
};

/// The second pass, run after all optimisation: markers become hooks, and in
/// the modes that want it pointers stamp their targets.
class ExpandPass : public llvm::PassInfoMixin<ExpandPass> {
public:
  explicit ExpandPass(SharedUnit Shared) : Shared(std::move(Shared)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
  static bool isRequired() { return true; }

private:
  SharedUnit Shared;
};

} // namespace retsan::passes

#endif
