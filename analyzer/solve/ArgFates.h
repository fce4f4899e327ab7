//===- ArgFates.h - what becomes of a function's arguments ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which arguments a function may free, give back or certainly uses, as bits
// read off the summaries without a focus: enough for the data flow that decides
// which subjects are worth more (Screen.h).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ARGFATES_H
#define RETSAN_ANALYZER_SOLVE_ARGFATES_H

#include "analyzer/solve/Engine.h"

namespace retsan::solve {

class ArgFates {
public:
  /// What a function does with its arguments, by bit.
  struct Freed {
    uint64_t Direct = 0;   ///< The target may be freed.
    uint64_t Deref = 0;    ///< `*p` may be freed and not cleared.
    uint64_t Returned = 0; ///< It may be what is returned.
    bool Throws = false;
  };

  struct Fate : Freed {
    uint64_t Used = 0; ///< Used on all paths and freed on none.
  };
  /// Of every function; \p Base summarises them under the empty focus.
  static std::vector<Fate> read(Engine &Base);

  ArgFates(const Program &P, std::vector<Fate> Fates,
           const std::vector<UserFree> &Frees)
      : P(P), Frees(Frees), ByFunction(std::move(Fates)) {}

  const Freed &of(uint32_t Fn) const { return ByFunction[Fn]; }
  /// Of all that the call may lead to; \p From is where its callee was loaded.
  Freed freedBy(const facts::Instr &I, const facts::Place *From) const;
  /// Whether the call certainly uses argument \p Arg.
  bool usedForSure(const facts::Instr &I, unsigned Arg) const;

private:
  const Program &P;
  const std::vector<UserFree> &Frees;
  std::vector<Fate> ByFunction;
};

} // namespace retsan::solve

#endif
