//===- Deallocation.h - what certainly frees ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The engine reports what may be freed on some path. A fix-it must know more:
// that a call frees its argument whenever it returns. A reference count that
// is dropped, say, frees on one path only, and clearing the field would lose
// the object on the other.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_DEALLOCATION_H
#define RETSAN_ANALYZER_TIDY_DEALLOCATION_H

#include "analyzer/solve/Solve.h"
#include "clang/AST/Expr.h"

namespace retsan::tidy {

/// Whether \p Through, a call or a delete, frees what \p Argument names (an
/// argument of it, or below casts of one) on every path on which it returns.
bool certainlyFrees(const clang::Expr *Through, const clang::Expr *Argument,
                    llvm::ArrayRef<solve::Deallocator> Users);

} // namespace retsan::tidy

#endif
