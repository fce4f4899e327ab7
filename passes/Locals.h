//===- Locals.h - records that live on the stack --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A map that main() has as a local variable is as good an owner as one from
// malloc, if the runtime is told when its life ends. The front end marks the
// variables that hold instrumented fields; those whose address goes to other
// functions are announced and taken back here.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_LOCALS_H
#define RETSAN_PASSES_LOCALS_H

#include "Unit.h"

namespace retsan::passes {

/// Announces the marked local variables of \p M, and notes them in \p U.
void markLocals(llvm::Module &M, Unit &U);

} // namespace retsan::passes

#endif
