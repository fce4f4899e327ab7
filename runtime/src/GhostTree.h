//===- GhostTree.h - which ghosts hold which ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   stale field ─▶ array ─▶ entry ─▶ entry ─▶ text      bytes: own, retained
//                     └───▶ entry ─▶ text
//
// After phase 2: the dominator tree of the ghosts by object. What an object
// retains is what is below it in the tree, and would go with it. Objects of one
// kind under objects of one kind are a row: one kind is what one stack
// allocated, or without stacks (Depot.h) what is of one size. A list is one
// row, however long. The largest rows go to the profile.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_GHOSTTREE_H
#define RETSAN_RUNTIME_GHOSTTREE_H

#include "Dominators.h"
#include "Mark.h"

namespace retsan {

class GhostTree {
public:
  /// Without memory it stays empty.
  void collect(const Marker &M);
  void write(ProfileWriter &W);
  void release();

private:
  struct Row {
    uint32_t Above;   ///< Row plus 1; 0: stale fields.
    uint32_t Subject; ///< That alone retains them, or Marker::NoSubject.
    uint32_t Stack;
    uint32_t Rank; ///< Place in the profile plus 1.
    uint64_t Size; ///< Of each object; 0: they differ.
    uint64_t Objects, Bytes, Retained;
  };
  /// Whether an object is of the row's kind.
  static bool isLike(const Row &X, uint32_t Subject, uint32_t Stack,
                     uint64_t Size);
  uint32_t rowOf(uint32_t Above, uint32_t Subject, uint32_t Stack,
                 uint64_t Size);
  void build(const Marker &M, const Dominators &D, uint64_t *Below,
             uint32_t *RowOf);
  void sort(MapVector<uint32_t> &Order);

  static constexpr uint32_t NumPlaces = 1u << 17;
  uint32_t *Places = nullptr; ///< Hash of a row's first members: row plus 1.
  MapVector<Row> Rows;
};

} // namespace retsan

#endif
