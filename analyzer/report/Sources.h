//===- Sources.h - lines of the scanned sources ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reports quote source lines. Files are read once, on demand; a file that is
// gone or has fewer lines than a finding says is no error, only no quote.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_SOURCES_H
#define RETSAN_ANALYZER_REPORT_SOURCES_H

#include "analyzer/model/Findings.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>

namespace retsan::report {

class Sources {
public:
  explicit Sources(llvm::StringRef Root) : Root(Root) {}

  /// Line \p Line (from 1) of \p File, without its end.
  std::optional<llvm::StringRef> line(llvm::StringRef File, uint32_t Line);

private:
  struct Text {
    std::unique_ptr<llvm::MemoryBuffer> Buffer;
    std::vector<llvm::StringRef> Lines;
  };
  std::string Root;
  llvm::StringMap<Text> Files;
};

/// The part of a line that a report underlines.
struct Span {
  size_t Begin = 0, End = 0;
  size_t Caret = 0;
};

/// Where \p F's field stands in \p Line, with the expression it is a member of
/// (`h->oldbuckets`, caret at the member); the whole statement if the line does
/// not name the field.
Span guiltySpan(llvm::StringRef Line, const Finding &F);

} // namespace retsan::report

#endif
