//===- ChangedLines.h - findings that a change touches --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads a unified diff and says which findings it touches: those with an added
// or changed line among the places of their witness or of their field's
// stores, readers and clearers. A deleted line counts for its neighbours, since
// deleting a clear is how such bugs are made.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_CHANGEDLINES_H
#define RETSAN_ANALYZER_REPORT_CHANGEDLINES_H

#include "analyzer/model/Findings.h"
#include "llvm/ADT/StringMap.h"

namespace retsan::report {

class ChangedLines {
public:
  /// An empty diff is no change. \p Name is used in messages.
  static llvm::Expected<ChangedLines> parse(llvm::StringRef Diff,
                                            llvm::StringRef Name);

  /// The folders that the diff's names may be relative to, absolute.
  void setBases(std::vector<std::string> Dirs) { Bases = std::move(Dirs); }

  bool touches(const FindingsFile &F, const Finding &X) const;

  /// Marks the findings that the change does not touch.
  void apply(FindingsFile &F) const;

private:
  struct Range {
    uint32_t First, Last;
  };
  bool touches(llvm::StringRef Root, llvm::StringRef File, uint32_t Line) const;

  llvm::StringMap<std::vector<Range>> Files; ///< By name, as the diff has it.
  std::vector<std::string> Bases;
};

} // namespace retsan::report

#endif
