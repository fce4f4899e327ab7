//===- Kept.h - ghosts by subject and by where they were allocated --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// After phase 2, where allocations have stacks (Depot.h): sums of the ghosts by
// the subject that alone retains them and by stack, and the largest of them for
// the profile.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_KEPT_H
#define RETSAN_RUNTIME_KEPT_H

#include "Mark.h"

namespace retsan {

class Kept {
public:
  void collect(const Marker &M);
  void write(ProfileWriter &W);
  void release();

private:
  struct Row {
    uint32_t Subject, Stack;
    uint64_t Bytes, Objects;
  };
  Row *rowOf(uint32_t Subject, uint32_t Stack);
  void sort();

  static constexpr uint32_t NumPlaces = 1u << 17;
  uint32_t *Places = nullptr; ///< Hash of subject and stack: row plus 1.
  MapVector<Row> Rows;
};

} // namespace retsan

#endif
