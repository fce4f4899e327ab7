//===- Select.h - which findings count ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between what the engine found and what a user is shown: levels, checks, the
// baseline, and whether the outcome is a failure.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_SELECT_H
#define RETSAN_ANALYZER_REPORT_SELECT_H

#include "analyzer/model/Findings.h"

namespace retsan::report {

enum class FailOn : uint8_t { New, High, Confirmed, None };

/// Findings that were left out, for the last line of a report.
struct Hidden {
  unsigned Medium = 0;
  unsigned Low = 0;
};

/// Names of Checks.def that \p Globs selects, as clang-tidy does: comma
/// separated, `*` in names, a leading `-` takes away. A glob that matches no
/// check is an error.
llvm::Expected<std::vector<std::string>> selectChecks(llvm::StringRef Globs);

/// Marks the findings whose fingerprint is in \p Baseline.
void markBaseline(FindingsFile &F, const FindingsFile &Baseline);

/// Neither suppressed, nor in the baseline, nor outside the change looked at. A
/// finding over its budget counts again.
bool isNew(const Finding &F);

/// Does any finding count under \p On? A refuted one never does; one with a
/// budget does if that is exceeded.
bool fails(const FindingsFile &F, FailOn On);

/// What changed between two scans, by fingerprint; pointers into both files.
struct Difference {
  std::vector<const Finding *> Introduced, Fixed, PreExisting;
};
Difference diff(const FindingsFile &Old, const FindingsFile &New);

/// One file of the shards of a link; how many functions were capped is that of
/// the shard with the most. Fails if they are not of one project.
llvm::Expected<FindingsFile> mergeShards(std::vector<FindingsFile> Shards);

} // namespace retsan::report

#endif
