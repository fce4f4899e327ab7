//===- FixDiff.h - what to change, as a diff ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A suggestion for people, made from the words of a finding and the lines that
// it names: clear behind the statement that frees, or release and clear behind
// the one that ends the phase. It is made only where those lines are plain
// statements; nobody applies it unread (clang-tidy's fix-its, which see the
// syntax tree, are stricter).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_FIXDIFF_H
#define RETSAN_ANALYZER_REPORT_FIXDIFF_H

#include "analyzer/report/Sources.h"

namespace retsan::report {

/// A unified diff of one hunk, or nothing.
std::string fixDiff(const Finding &X, Sources &Src);

} // namespace retsan::report

#endif
