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

/// Says lines in a way that lasts when they move.
class PlaceCoder {
public:
  /// The line of that number of something; of the file itself if Anchor is 0.
  struct Fixed {
    uint64_t Anchor = 0;
    uint32_t Offset = 0;
  };
  virtual ~PlaceCoder() = default;
  /// \p Function is empty if the report names none.
  virtual Fixed fix(llvm::StringRef File, uint32_t Line,
                    llvm::StringRef Function) const = 0;
  /// False if what it was counted from is not there any more.
  virtual bool find(const Fixed &F, uint32_t &Line) const = 0;
  /// Whether reports name a file so.
  virtual bool isFile(llvm::StringRef Name) const = 0;
  /// Tells whether anything that the answer rests on has moved.
  virtual uint64_t exact() const = 0;
};

/// The answer as bytes; nothing if it cannot be kept. Lines are kept as they
/// are if there is no \p Places.
std::string write(Answer &A, const PlaceCoder *Places = nullptr);
/// False if the bytes are no answer, or none that holds here.
bool read(llvm::StringRef Data, Answer &A, const PlaceCoder *Places = nullptr);

} // namespace retsan::solve

#endif
