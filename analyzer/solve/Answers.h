//===- Answers.h - a subject's answer as bytes ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What solving one subject gave, written so that a later run can take it over
// without a difference in any report. The JSON of findings would not do: it
// forgets the order of states.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ANSWERS_H
#define RETSAN_ANALYZER_SOLVE_ANSWERS_H

#include "analyzer/model/Findings.h"

namespace retsan::solve {

struct Answer {
  std::vector<Finding> Found;
  bool HitLimit = false;
  bool TooLate = false; ///< Not solved at all; such an answer is not kept.
  std::vector<retsan::Skipped> Capped; ///< Functions that were cut short.
};

std::string write(Answer &A);
/// False if the bytes are no answer.
bool read(llvm::StringRef Data, Answer &A);

} // namespace retsan::solve

#endif
