//===- Fixes.h - changes that are safe on every path ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fix-it is offered where the change is local and no path of the function can
// tell the difference: null after the statement that frees the field, and
// std::exchange around the only call of a callback whose phase ends beside it.
// Everything else is left to words.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_FIXES_H
#define RETSAN_ANALYZER_TIDY_FIXES_H

#include "analyzer/model/Findings.h"
#include "clang/AST/Decl.h"
#include "clang/Basic/Diagnostic.h"

#include <optional>
#include <string>

namespace retsan::tidy {

struct UnitResult;

struct Repair {
  llvm::SmallVector<clang::FixItHint, 2> Hints;
  std::string Key; ///< The same for the same change.
  clang::FileID File;
  llvm::StringRef Header; ///< To be included, or empty.
};

/// \p HasNull: the macro NULL is defined in this unit.
std::optional<Repair> findRepair(const Finding &F,
                                 const clang::ValueDecl *Subject,
                                 UnitResult &Unit, bool HasNull);

} // namespace retsan::tidy

#endif
