//===- Classify.h - what becomes of a loaded value ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A load of a suspect keeps the field alive only if the value is used. "Test"
// and "release" are loads whose value is only compared, or flows only to a
// deallocator. The function must be in SSA form as far as its locals allow.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_CLASSIFY_H
#define RETSAN_PASSES_CLASSIFY_H

#include "Callees.h"

namespace retsan::passes {

struct LoadFate {
  Fate F = Fate::Nothing;
  /// When the value is used on some paths only, and the slot cannot change
  /// before: the instructions that use it. The load itself is then no more than
  /// a test (or a release).
  llvm::SmallVector<llvm::Instruction *, 4> UsedAt;
};

LoadFate classifyLoad(llvm::Instruction &Load, const Unit &U);

} // namespace retsan::passes

#endif
