//===- Suppressions.h - findings that are known and accepted --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LeakSanitizer's syntax: one `kind:template` a line, `#` comments. Kinds are
// `subject`, `file`, `function`, and `retsan` for any of them; `check`, which
// `retsan` knows as well, says nothing here.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_SUPPRESSIONS_H
#define RETSAN_RUNTIME_SUPPRESSIONS_H

#include "FieldTable.h"

namespace retsan {

class Suppressions {
public:
  /// Says on stderr what is wrong; the other lines count.
  void load(const char *Path);
  /// The line that matches \p Subject or one of \p Places, or null.
  const char *match(const char *Subject, const SiteList *const *Places,
                    uint32_t NumPlaces) const;
  bool empty() const { return Rules.empty(); }

private:
  enum Kind : uint8_t { Any, Subject, File, Function, Check };
  struct Rule {
    Kind K;
    const char *Template;
    const char *Line;
  };
  void addLine(char *Line, const char *Path, uint32_t Number);

  MapVector<Rule> Rules;
};

} // namespace retsan

#endif
