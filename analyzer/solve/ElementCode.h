//===- ElementCode.h - what functions do with elements --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the checks of slots and of nodes: the shape of each function, which
// parameters a function drops, counts up or stores through, and how a finding
// on a field begins.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ELEMENTCODE_H
#define RETSAN_ANALYZER_SOLVE_ELEMENTCODE_H

#include "analyzer/solve/Elements.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <set>

namespace retsan::solve {

class ElementCode {
public:
  ElementCode(const Program &P, const Renderer &R);

  const Program &P;
  const Renderer &R;
  std::vector<std::unique_ptr<Shape>> Shapes; ///< By function.

  using ParamSet = std::set<std::pair<uint32_t, uint32_t>>;
  /// Which parameters a function may free or drop (themselves, or what they
  /// point to), count up, or replace through.
  ParamSet Drops, DropsPointee, CountsUp, Sets;

  /// Calls \p Do with each operand that \p I may free or drop.
  void forDropped(const facts::Instr &I,
                  llvm::function_ref<void(const facts::Operand &)> Do) const;
  WitnessStep step(uint32_t Fn, facts::SrcLoc Loc, std::string Note) const;
  Finding begin(llvm::StringRef Check, FieldRef FR, uint32_t Fn,
                facts::SrcLoc Loc) const;

private:
  void summarise();
};

/// retsan-obsolete-slot.
void findSlots(const ElementCode &C, std::vector<Finding> &Out);

/// retsan-unlinked-node.
void findNodes(const ElementCode &C, std::vector<Finding> &Out);

} // namespace retsan::solve

#endif
