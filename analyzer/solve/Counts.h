//===- Counts.h - reference counts that the program keeps itself ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `if (--o->refs == 0) free(o)` gives back one holder's share of an object; the
// object itself goes with the last one. Such functions are found by their
// shape: an integer field of a parameter's target goes down by one, a branch
// asks for it, and behind some branch the target is freed.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_COUNTS_H
#define RETSAN_ANALYZER_SOLVE_COUNTS_H

#include "analyzer/solve/Program.h"

namespace retsan::solve {

/// Fills Program::DropsRef and Program::RefCounts. Wants SitesOf.
void findCounts(Program &P);

/// By how much call \p I of a function of that kind moves the integer whose
/// address is its first argument; 0 if it is not known.
int countBy(Program::CountKind Kind, const facts::Instr &I);

/// Whether \p I stores one more than what was there to a field that some
/// function of the program counts references with. \p Defs are the instructions
/// that define the function's registers.
bool takesReference(const Program &P, const facts::Function &F,
                    const facts::Instr &I,
                    const llvm::DenseMap<uint32_t, const facts::Instr *> &Defs);

} // namespace retsan::solve

#endif
