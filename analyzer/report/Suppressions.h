//===- Suppressions.h - findings that are known and accepted --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A suppressions file has LeakSanitizer's syntax: one `kind:template` a line,
// `#` comments. A template matches anywhere in the text; `*` stands for
// anything, `^` and `$` anchor it. Kinds: `subject`, `file`, `function`,
// `check`, and `retsan`, which matches a finding whose subject, file or
// function matches. What a line suppresses stays in the findings, marked.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_SUPPRESSIONS_H
#define RETSAN_ANALYZER_REPORT_SUPPRESSIONS_H

#include "analyzer/model/Findings.h"

namespace retsan::report {

class Suppressions {
public:
  static llvm::Expected<Suppressions> parse(llvm::StringRef Text,
                                            llvm::StringRef Name);

  /// Marks the findings that a line matches.
  void apply(FindingsFile &F);

  /// The lines that never matched, as they were written.
  std::vector<std::string> unused() const;

private:
  struct Rule {
    std::string Kind, Template, Origin;
    unsigned Hits = 0;
  };
  std::vector<Rule> Rules;
};

/// LeakSanitizer's template match.
bool matchesTemplate(llvm::StringRef Template, llvm::StringRef Text);

} // namespace retsan::report

#endif
