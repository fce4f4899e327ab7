//===- StoredValues.h - who else holds what a field is given --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a value that a store puts into a field comes from, and whether anything
// but the field holds it: another field, a caller, a list it was put into, the
// function that made it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_STOREDVALUES_H
#define RETSAN_ANALYZER_SOLVE_STOREDVALUES_H

#include "analyzer/solve/Engine.h"
#include "analyzer/solve/Shapes.h"
#include "analyzer/solve/Subjects.h"

namespace retsan::solve {

/// Where what a field holds comes from.
enum class MadeBy {
  Nobody,
  String, ///< A copy of a string.
  Memory,
  Other ///< A handle, or code that is not seen.
};

inline MadeBy join(MadeBy A, MadeBy B) { return std::max(A, B); }

class StoredValues {
public:
  explicit StoredValues(const Context &C) : C(C), P(C.P) {}

  /// What the value is that \p O has in \p Fn, by the calls that made it.
  MadeBy madeBy(uint32_t Fn, const facts::Operand &O, unsigned Depth = 0) const;
  /// The value that \p I stores has another holder, or none that can be told.
  bool isShared(uint32_t Fn, const facts::Instr &I, const Subject &S) const;
  /// Whether the function only hands on what \p I stores: it takes no pointer
  /// that the target would have to be kept alive for.
  bool isSole(const Subject &S, uint32_t Fn, const facts::Instr &I) const;

private:
  MadeBy madeBy(const Shape &Sh, uint32_t Fn, const facts::Instr &Made,
                unsigned Depth) const;
  bool isListed(uint32_t Fn, const facts::Operand &O) const;
  bool keepsCopy(const facts::Instr &Made) const;

  const Context &C;
  const Program &P;
};

} // namespace retsan::solve

#endif
