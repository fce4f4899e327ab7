//===- Throwing.cpp - which calls an exception may leave ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Throwing.h"
#include "analyzer/solve/Program.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Whether code that is not seen lets no exception out of \p Call.
static bool isQuietLibrary(const Program &P, const Instr &Call) {
  const Callee &C = P.Callees[Call.Callee];
  if (C.NoThrow)
    return true;
  // The USR of a function of C has no parameters.
  return C.SystemDecl && !C.Method && !P.str(C.Usr).contains('#') &&
         none_of(Call.Args,
                 [](const Operand &A) { return A.Kind == Operand::Func; });
}

bool mayThrow(const Program &P, const Instr &Call) {
  if (Call.Callee == None)
    return true;
  bool Complete = false;
  auto Targets = P.targets(Call, /*From=*/nullptr, Complete);
  if (Targets.empty() || !Complete)
    return !isQuietLibrary(P, Call);
  return any_of(Targets, [&](uint32_t T) { return P.MayThrow[T]; });
}

/// Whether \p F throws without a callee's help.
static bool throwsItself(const Function &F) {
  return any_of(F.Blocks, [](const Block &B) {
    return (B.Term.Kind == Terminator::Throw && B.Term.Succs.empty()) ||
           any_of(B.Instrs, [](const Instr &I) { return I.Opcode == Op::New; });
  });
}

void findThrowers(Program &P) {
  P.MayThrow.assign(P.Functions.size(), false);
  SmallVector<uint32_t, 32> Work;
  auto Mark = [&](uint32_t Fn) {
    if (P.MayThrow[Fn] || P.Callees[P.Functions[Fn].Callee].NoThrow)
      return;
    P.MayThrow[Fn] = true;
    Work.push_back(Fn);
  };
  // What is seen throws nothing until it is marked.
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    if (const Function &F = P.Functions[Fn];
        throwsItself(F) || any_of(F.Blocks, [&](const Block &B) {
          return any_of(B.Instrs, [&](const Instr &I) {
            return I.Opcode == Op::Call && mayThrow(P, I);
          });
        }))
      Mark(Fn);
  while (!Work.empty())
    for (const CallSite &S : P.SitesOf[Work.pop_back_val()])
      Mark(S.Function);
}

} // namespace retsan::solve
