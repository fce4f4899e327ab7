//===- Hooks.h - functions called through pointers ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A hook is a part of whoever calls it. Two shapes are told by their callers
// and their siblings without a closure: a function that hands its argument
// either to free or to a hook that stands for free, and the hook that releases
// the parts of an object which its only kind of caller frees right after
// (`ops->release(o); free(o);`).
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_HOOKS_H
#define RETSAN_ANALYZER_SOLVE_HOOKS_H

#include "analyzer/solve/Program.h"

namespace retsan::solve {

/// Adds to Program::FieldTargets what is handed to functions that keep it in a
/// field: allocators of the program's own (`pool_new(my_alloc, my_free)`).
/// Wants BodyOf.
void findGivenAllocators(Program &P);

/// Fills Program::FreesArg and Program::ZeroesArg.
void findFreeHooks(Program &P);

/// The operand whose target \p I frees: by itself, by a function that is known
/// to, or by a wrapper of one. Null if there is none. Wants FreesArg.
const facts::Operand *freedOperand(const Program &P, const facts::Instr &I);

/// The local that each register of \p F was loaded from, or None.
std::vector<uint32_t> loadedLocals(const facts::Function &F);

/// Fills Program::StepCallers. Wants BodyOf.
void findStepCallers(Program &P);

/// Fills Program::EndHook. Wants SitesOf, FieldTargets, FreesArg and TableOnly.
void findEndHooks(Program &P);

} // namespace retsan::solve

#endif
