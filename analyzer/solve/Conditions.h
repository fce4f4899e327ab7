//===- Conditions.h - what a branch asks for ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which branches decide whether a block runs, and which variables their
// conditions read: directly, through a local copy, through a small predicate.
// Both the choice of guards and the screen of subjects rest on it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_CONDITIONS_H
#define RETSAN_ANALYZER_SOLVE_CONDITIONS_H

#include "analyzer/solve/Engine.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace retsan::solve {

/// A variable that a condition reads.
struct TestedPlace {
  const facts::Place *Where; ///< Of the function that reads it.
  int64_t Mask;              ///< Not 0: only these bits.
  double Weight;             ///< Less than 1 for a copy.
};

/// Calls \p Decides with the condition of every branch that decides whether
/// block \p Block of \p Fn is reached: one way leads there, another does not.
void forEachDecision(const Context &C, uint32_t Fn, uint32_t Block,
                     llvm::function_ref<void(const facts::Operand &)> Decides);

/// Calls \p Place for the variables that \p Cond reads; it returns whether it
/// knows the variable, or its copies are looked at. \p Call is told of bodies
/// that the condition calls. Returns whether any variable was known.
bool forEachTested(
    const Context &C, uint32_t Fn, const facts::Operand &Cond,
    llvm::function_ref<bool(const TestedPlace &)> Place,
    llvm::function_ref<void(uint32_t)> Call = [](uint32_t) {});

} // namespace retsan::solve

#endif
