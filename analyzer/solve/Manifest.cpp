//===- Manifest.cpp - whether anyone sees a freed value left behind -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that returns with the subject freed and in place may be half of an
// operation: its callers clear the field, or free the object, before anyone
// else looks. The callers' own paths tell, up to functions that are called by
// code which is not seen.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Closure.h"
#include "analyzer/solve/Projection.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

static bool isAt(const Where &A, const Where &B) {
  return A.Loc.Line == B.Loc.Line && A.Loc.File == B.Loc.File;
}

Closure::LeftValue Closure::left(uint32_t Fn, const Where &At, unsigned Depth) {
  const Program &P = E.program();
  const Callee &C = P.Callees[P.Functions[Fn].Callee];
  if (P.ExitHook[Fn] || P.CalledElsewhere[Fn])
    return {false}; // The program ends; or nobody here runs it.
  bool Hook = (C.AddressTaken || C.VirtualMethod) && !E.context().callable(Fn);
  if (E.context().isLoopFunction(Fn) ||
      ((C.AddressTaken || C.VirtualMethod) && !Hook))
    return {true};
  if (P.SitesOf[Fn].empty())
    return {Fn != P.Main};
  if (!ClosedProgram && C.Link == Linkage::External && C.DeclaredInHeader)
    return {true};
  if (Depth > 4)
    return {true};
  // Callers may clear what one place of the function leaves and not what
  // another one does. One that is being asked counts as a yes.
  auto [It, New] =
      LeftMemo.try_emplace({Fn, At.Loc.File, At.Loc.Line}, LeftValue{true});
  LeftValue &Memo = It->second; // References into a map last.
  if (!New)
    return Memo;
  LeftValue Result;
  Symbols &Y = E.symbols();
  std::set<uint32_t> Callers;
  for (const CallSite &Site : P.SitesOf[Fn])
    Callers.insert(Site.Function);
  // A constructor that calls a public method does not stand for its users.
  const Function &F = P.Functions[Fn];
  if (P.Main == None && F.Record != None && !P.isPrivate(Fn) &&
      C.Link == Linkage::External && all_of(Callers, [&](uint32_t Caller) {
        return P.Functions[Caller].Ctor &&
               P.Functions[Caller].Record == F.Record;
      }))
    return Memo;
  // A library's users may call what a header offers, whoever else does.
  const bool Offered = P.Main == None && C.Link == Linkage::External &&
                       C.DeclaredInHeader && !P.isPrivate(Fn);
  bool Sure = false; // One caller that was followed is enough.
  bool Freed = false;
  for (uint32_t Caller : Callers) {
    if (Caller == Fn)
      continue;
    bool Loop = E.context().isLoopFunction(Caller);
    const Summary *Sum = Loop ? &E.segments(Caller) : E.summary(Caller);
    if (!Sum || Sum->Capped || E.uncomposed().count(Fn)) {
      Result.Unsure |= !Offered;
      Result.Seen = true;
      continue;
    }
    for (const Path &Q : Sum->Paths) {
      if (!Q.S.Observed.empty())
        Result.Seen = Sure = true;
      // Elements that are freed one after the other share a name, and a place.
      if (const FreedTwice &T = Q.S.Twice;
          T && isAt(T.First, At) && !isAt(T.Again, At))
        Result.Again = T.Again;
      // Does the caller leave it so as well?
      for (const Effect &Ef : Q.S.Effects) {
        if (!(Ef.Flags & Effect::Freed) || !isAt(Ef.FreeAt, At))
          continue;
        Freed = true;
        bool StillThere = false;
        auto Check = [&](LocId L) {
          auto M = E.match(L);
          if (!M || M->Item != 0)
            return;
          Val Now = E.peek(Q.S, L);
          if (!Now.isSym() || SymId(Now.N) != Ef.S)
            return;
          if (M->Object != None) {
            const Location &R = Y.Locs[Y.rootOf(M->Object)];
            if (R.Kind == Location::LocalVar ||
                isCopy(P, P.Functions[Caller], Y, R))
              return;
            if (R.Kind == Location::Pointee && Q.S.has(R.A, Effect::Freed))
              return;
            if (R.Kind == Location::Pointee &&
                Y.Syms[R.A].Kind == Symbol::Param && P.Functions[Caller].Dtor)
              return;
          }
          StillThere = true;
        };
        if (Y.Syms[Ef.S].Kind == Symbol::Init)
          Check(Y.Syms[Ef.S].A);
        for (const Cell &Ce : Q.S.Heap)
          Check(Ce.L);
        if (!StillThere)
          continue;
        if (Q.Cut || Loop) {
          Result.Seen |= Q.Cut || Caller != P.Main;
          Sure |= Result.Seen;
          continue;
        }
        LeftValue Above = left(Caller, At, Depth + 1);
        Result.Seen |= Above.Seen;
        Result.Unsure |= Above.Unsure;
        Sure |= Above.Seen && !Above.Unsure;
        if (Above.Again)
          Result.Again = Above.Again;
      }
    }
  }
  // Those that call it on what they have just made, where there is nothing to
  // be freed, do not stand for others.
  Result.Seen |= Offered && !Freed;
  Result.Unsure &= !Sure;
  Memo = Result;
  return Result;
}

} // namespace retsan::solve
