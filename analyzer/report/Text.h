//===- Text.h - findings as a story ---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The report for people. Looks like a compiler's warning and reads like a
// story: what is kept, the line underlined, the calls that lead there, who
// would use it and why nobody does, what to write where, and what a run has
// shown. One entry a cause; what is hidden or was not looked at is counted at
// the end.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_TEXT_H
#define RETSAN_ANALYZER_REPORT_TEXT_H

#include "analyzer/model/Profile.h"
#include "analyzer/report/Select.h"
#include "llvm/Support/raw_ostream.h"

namespace retsan::report {

struct TextOptions {
  bool Color = false;
  bool Verbose = false; ///< Skipped records and failed units by name.
  Hidden Below;         ///< Findings left out by the level.
};

void printText(const FindingsFile &F, const TextOptions &Opts,
               llvm::raw_ostream &OS);

/// Everything that is known of one finding.
void explainText(const FindingsFile &F, const Finding &X,
                 const TextOptions &Opts, llvm::raw_ostream &OS);

/// One line a finding, for differences.
void printLine(const Finding &X, const TextOptions &Opts,
               llvm::raw_ostream &OS);

/// The heap at the last checkpoint and what the runtime could not do.
void printRun(const profile::Profile &P, const TextOptions &Opts,
              llvm::raw_ostream &OS);

} // namespace retsan::report

#endif
