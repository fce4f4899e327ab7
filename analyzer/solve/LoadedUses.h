//===- LoadedUses.h - what a loaded value is for --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A worklist of values that came out of a field: registers, the locals they are
// put in, the parameters they are passed as. The first that is more than
// tested, written through or released makes the field a read one.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_LOADEDUSES_H
#define RETSAN_ANALYZER_SOLVE_LOADEDUSES_H

#include "analyzer/solve/Engine.h"
#include "analyzer/solve/Subjects.h"

#include <set>

namespace retsan::solve {

class LoadedUses {
public:
  LoadedUses(const Program &P, const std::vector<UserFree> &Frees)
      : P(P), Frees(Frees) {}

  /// A new field is asked about.
  void begin() {
    Seen.clear();
    Filled = false;
  }
  /// Whether the value loaded by \p I is more than tested, filled or released.
  bool isRead(const Subject &S, uint32_t Fn, const facts::Block &B,
              const facts::Instr &I);
  /// Whether a pointer to the target, or into it, is kept or handed to code of
  /// the program.
  bool getsOut(uint32_t Fn, uint32_t Reg, unsigned Depth = 0) const;
  /// Whether something is written into the target.
  bool filled() const { return Filled; }

private:
  bool isFree(const facts::Instr &I, unsigned Arg) const;
  bool regRead(uint32_t Fn, uint32_t Reg, unsigned Depth);
  bool argRead(uint32_t Fn, const facts::Instr &U, unsigned Arg,
               unsigned Depth);
  bool localRead(uint32_t Fn, uint32_t Local, unsigned Depth);

  const Program &P;
  const std::vector<UserFree> &Frees;
  std::set<std::tuple<uint32_t, uint32_t, int>> Seen;
  bool Filled = false;
};

} // namespace retsan::solve

#endif
