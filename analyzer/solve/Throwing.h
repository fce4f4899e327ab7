//===- Throwing.h - which calls an exception may leave --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_THROWING_H
#define RETSAN_ANALYZER_SOLVE_THROWING_H

namespace retsan::facts {
struct Instr;
} // namespace retsan::facts

namespace retsan::solve {

struct Program;

/// Marks the functions that an exception may leave (Program::MayThrow): by a
/// `throw` of theirs that no handler around it takes, by operator new, or out
/// of what they call. Code that is not seen may throw, unless it is declared
/// not to or is a C library's function that calls nothing back. A handler is
/// taken to let an exception of a callee pass.
void findThrowers(Program &P);

/// Whether an exception may leave \p Call, by what findThrowers() has marked.
bool mayThrow(const Program &P, const facts::Instr &Call);

} // namespace retsan::solve

#endif
