//===- SourcesId.h - which solver gave these answers ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Answers are kept from one scan to the next. Two builds of one version need
// not have the same solver: what one of them keeps is the other's only if their
// sources are equal.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SOURCESID_H
#define RETSAN_ANALYZER_SOLVE_SOURCESID_H

#include "llvm/ADT/StringRef.h"

namespace retsan::solve {

/// A hash of the solver's sources.
llvm::StringRef sourcesId();

} // namespace retsan::solve

#endif
