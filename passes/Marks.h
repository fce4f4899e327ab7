//===- Marks.h - events on their way through the optimizer ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between the start and the end of the pipeline an event is a call of a marker
// function. A marker of a suspect's load or store touches only memory that the
// program cannot see, and holds slot and value itself: so the optimizer keeps
// it and its order among markers, but is free with the access (a dead clear may
// go, the event stays). The others let the runtime read memory, so they also
// read through their argument, which pins the write before them.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_MARKS_H
#define RETSAN_PASSES_MARKS_H

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace retsan::passes {

enum class Mark {
  Store,
  Load,
  Phase,
  Escape,
  Refresh,
  Copy,
  Wipe,
  Through,
  Hold,
  Local,
  LocalEnd
};

/// Emits a call of the marker \p K: the site, then the arguments of the hook.
llvm::CallInst *emitMark(llvm::IRBuilder<> &B, Mark K,
                         llvm::ArrayRef<llvm::Value *> Args);

/// Marks \p F as one operation on records: enter at its start, leave at each
/// return.
void emitScope(llvm::Function &F);

/// Replaces all markers in \p M by calls of the runtime's hooks.
bool expandMarks(llvm::Module &M);

} // namespace retsan::passes

#endif
