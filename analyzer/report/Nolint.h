//===- Nolint.h - findings silenced in the source -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// clang-tidy's comments, with its meaning: NOLINT, NOLINTNEXTLINE, and
// NOLINTBEGIN to NOLINTEND, each with a list of globs of checks or for all.
// They count at the guilty place and at the declaration of the field. What they
// silence stays in the findings, marked.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_NOLINT_H
#define RETSAN_ANALYZER_REPORT_NOLINT_H

#include "analyzer/report/Sources.h"

namespace retsan::report {

/// Where a comment silences \p Check at \p Line of \p File: "src/a.c:12", or
/// nothing.
std::optional<std::string> nolintFor(Sources &Src, llvm::StringRef File,
                                     uint32_t Line, llvm::StringRef Check);

void applyNolint(FindingsFile &F);

} // namespace retsan::report

#endif
