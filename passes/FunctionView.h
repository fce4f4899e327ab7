//===- FunctionView.h - a function in SSA form ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What becomes of a loaded value is a question to SSA form, and at the start of
// the pipeline all locals are still in memory. Where optimisation is on, they
// are promoted in place, as the first pass of the pipeline would. At -O0 a
// promoted copy is analysed and thrown away, so that the debugger still sees
// the locals.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_FUNCTIONVIEW_H
#define RETSAN_PASSES_FUNCTIONVIEW_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Function.h"

namespace retsan::passes {

class FunctionView {
public:
  explicit FunctionView(llvm::Function &F);
  ~FunctionView();
  FunctionView(const FunctionView &) = delete;
  FunctionView &operator=(const FunctionView &) = delete;

  /// The function to analyse: the original or its copy.
  llvm::Function &ssa() { return *Ssa; }
  /// The value of the analysed function that stands for \p V of the original.
  llvm::Value *toSsa(llvm::Value *V) const;
  /// The instruction of the original that \p I stands for; null if it has none
  /// (a phi that promotion made).
  llvm::Instruction *toOriginal(const llvm::Instruction *I) const;
  llvm::BasicBlock *toOriginal(const llvm::BasicBlock *B) const;

private:
  llvm::Function *Ssa;
  bool IsCopy = false;
  llvm::DenseMap<const llvm::Value *, llvm::Value *> Forward, Back;
};

} // namespace retsan::passes

#endif
