//===- Recheck.h - a second look at what is sure ------------------*- C++
//-*-===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_RECHECK_H
#define RETSAN_ANALYZER_SOLVE_RECHECK_H

#include "analyzer/solve/Judge.h"

namespace retsan::solve {

/// Looks again at findings of high confidence, with what the first look left
/// out: the callers' tests, and siblings that are reset beside the free. What
/// does not stand is lowered to medium, with the reason.
class Recheck {
public:
  /// \p C is the closure that gave the findings, \p E its engine.
  Recheck(const Subject &S, const Focus &F, Engine &E, Closure &C,
          const Screen &Screened, const Renderer &R, const JudgeOptions &Opts,
          const std::vector<UserFree> &Frees, Engine &Base,
          const Engine::Scope *Scope);
  void run(std::vector<Finding> &Found);
  /// Whether all that was looked at is in the scope.
  bool keptScope() const { return Kept; }

private:
  struct Claim;
  bool isInner(uint32_t Fn) const;
  llvm::BitVector innerFunctions() const;
  bool isWhole(const Engine &Other, const Claim &Cl) const;
  bool holdsIn(Closure &Again, const Claim &Cl) const;
  void throughCallers(llvm::MutableArrayRef<Claim> Claims);
  void ofOneMaker(llvm::MutableArrayRef<Claim> Claims);
  void withSiblings(Claim &Cl);

  const Subject &S;
  const Focus &F;
  Engine &E;
  Closure &C;
  const Screen &Screened;
  const Renderer &R;
  const JudgeOptions &Opts;
  const std::vector<UserFree> &Frees;
  Engine &Base;
  const Engine::Scope *Scope;
  const Program &P;
  bool Kept = true;
};

} // namespace retsan::solve

#endif
