//===- Stamps.h - pointers mark what they point to ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Modes `stamp` and `all`: what is left of the program's pointer loads and
// stores after optimisation writes the present epoch into its target's byte of
// a shadow. Branch-free and without a call, so that all of them can be had; and
// late, so that the optimizer is not hindered.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_STAMPS_H
#define RETSAN_PASSES_STAMPS_H

#include "Unit.h"

namespace retsan::passes {

/// Inserts stamps into all functions of \p M. True if there are any.
bool insertStamps(llvm::Module &M, const Unit &U);

} // namespace retsan::passes

#endif
