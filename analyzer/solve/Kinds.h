//===- Kinds.h - which hooks an object has --------------------------*- C++
//-*-===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_KINDS_H
#define RETSAN_ANALYZER_SOLVE_KINDS_H

#include "analyzer/solve/Program.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

namespace retsan::solve {

/// Objects of one record may be of several kinds, told by the hooks that their
/// makers gave them: operations of one kind never see objects of another.
class Kinds {
public:
  /// \p Makers are the functions that make objects of \p Record.
  Kinds(const Program &P, uint32_t Record, llvm::ArrayRef<uint32_t> Makers);

  /// Whether any function is the hook of some makers' objects only.
  bool any() const { return Bound.any(); }
  /// Functions that are hooks, but not of the objects of \p Maker.
  llvm::BitVector strangers(uint32_t Maker) const;
  /// Whether \p Maker leaves the hooks to its callers.
  bool isHalfDone(uint32_t Maker) const;

private:
  void collect(uint32_t Fn, uint32_t Record, llvm::BitVector &Hooks,
               bool &Given) const;

  const Program &P;
  llvm::DenseMap<uint32_t, llvm::BitVector> HooksOf; ///< By maker.
  llvm::BitVector Bound; ///< Hooks that makers alone set.
};

} // namespace retsan::solve

#endif
