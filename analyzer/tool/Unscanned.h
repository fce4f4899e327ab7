//===- Unscanned.h - sources of the tree that a scan does not see ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// "No function reads it" holds for the functions that were seen. A tree often
// holds more: a second program, a module that this configuration leaves out.
// Where such a source names the field and its record, the claim is weaker. And
// a unit that does not compile is missing in all claims.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_UNSCANNED_H
#define RETSAN_ANALYZER_TOOL_UNSCANNED_H

#include "analyzer/model/Findings.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringSet.h"

namespace retsan::tool {

/// Lowers unread owners of \p F by one level that some C or C++ source below
/// its root names, beside their record, and that is not in \p Scanned (absolute
/// paths). Tests and samples of use do not count. Reads nothing if there is no
/// unread owner above low; gives up in silence on trees of more than 20,000
/// sources or 256 MB.
void lowerByUnscanned(FindingsFile &F, const llvm::StringSet<> &Scanned);

/// Lowers sure findings to medium whose function or field is named by a unit
/// that should have been scanned and was not, as it does not compile: its
/// callers, or its readers, are not all known. \p Failed are absolute paths.
void lowerByFailed(FindingsFile &F, llvm::ArrayRef<std::string> Failed);

} // namespace retsan::tool

#endif
