//===- LeftFreed.h - who may leave a subject freed and in place -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Data flow over one function and one subject, flow-sensitive and blind to
// paths: whether it may return while the subject still holds what was freed.
// It answers "may" generously; the closure decides.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_LEFTFREED_H
#define RETSAN_ANALYZER_SOLVE_LEFTFREED_H

#include "analyzer/solve/ArgFates.h"
#include "analyzer/solve/Subjects.h"

#include <memory>

namespace retsan::solve {

/// Of one subject that some function names.
class LeftFreed {
public:
  LeftFreed(const Context &C, const ArgFates &Args, const Subject &S);
  ~LeftFreed();
  LeftFreed(const LeftFreed &) = delete;

  /// Functions that store parameters in the subject, themselves or through a
  /// callee, and which.
  using KeptArgs = llvm::DenseMap<uint32_t, uint64_t>;
  const KeptArgs &keepers() const { return Kept; }
  /// Whether \p Fn may return with a freed subject. \p Leavers are functions
  /// whose calls leave it so.
  bool mayLeave(uint32_t Fn, const llvm::BitVector &Leavers);

private:
  class Flow;
  void findKeepers();

  const Context &C;
  const Program &P;
  const ArgFates &Args;
  const Subject &S;
  uint32_t Slot;
  KeptArgs Kept;
  /// What of a function's flow is the same in each round.
  llvm::DenseMap<uint32_t, std::unique_ptr<Flow>> Flows;
};

/// Whether \p Pl names the subject's field or variable, in whatever object.
bool isPlaceOf(const Tracked &T, const facts::Place &Pl);

} // namespace retsan::solve

#endif
