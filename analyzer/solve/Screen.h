//===- Screen.h - which subjects are worth a closure ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A closure costs a symbolic execution of every function that reaches the
// subject. Most fields cannot have a finding at all, for reasons that a bit of
// data flow sees: whatever frees the field also clears it or frees its
// container, and somebody uses it without asking for a phase. The screen
// answers "may" generously; the closure decides.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SCREEN_H
#define RETSAN_ANALYZER_SOLVE_SCREEN_H

#include "analyzer/solve/LeftFreed.h"

namespace retsan::solve {

class Screen {
public:
  Screen(const Context &C, const Ownership &O, ArgFates Args,
         bool ClosedProgram)
      : C(C), P(C.P), O(O), ClosedProgram(ClosedProgram),
        Args(std::move(Args)) {}

  /// Whether some function may free what the subject holds and let its
  /// container live on with it.
  bool mayDangle(const Subject &S, LeftFreed &Left) const;
  /// All functions that may return so.
  llvm::BitVector leavers(const Subject &S, LeftFreed &Left) const;
  /// What both of these ask.
  LeftFreed leftFreed(const Subject &S) const { return {C, Args, S}; }
  /// Whether the subject is handed over from a sibling and ended elsewhere.
  bool mayStall(const Subject &S) const;
  /// Whether the subject may be set, but dead, in some phase that the guards
  /// tell, or be cleared on one path and forgotten on another.
  bool mayBeStale(const Subject &S, const Focus &F,
                  llvm::ArrayRef<Guard> Guards) const;
  /// Whether any load of the subject is more than a test or a release,
  /// including those of values that the same function stored.
  bool loadsUsed(const Subject &S) const;

private:
  /// Whether some function that anyone may call at any time uses what the
  /// subject holds without a test of a guard: then it is never dead.
  bool alwaysLive(const Subject &S, const Focus &F,
                  llvm::ArrayRef<Guard> Guards) const;
  bool isUsed(const facts::Function &F, uint32_t Reg) const;
  bool testsGuard(uint32_t Fn, uint32_t Use, const Focus &F,
                  llvm::ArrayRef<Guard> Guards) const;

  const Context &C;
  const Program &P;
  const Ownership &O;
  bool ClosedProgram;
  ArgFates Args;
};

} // namespace retsan::solve

#endif
