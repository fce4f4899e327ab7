//===- ArgFates.cpp - what becomes of a function's arguments --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===
#include "analyzer/solve/ArgFates.h"
#include "analyzer/solve/Library.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

std::vector<ArgFates::Fate> ArgFates::read(Engine &Base) {
  std::vector<Fate> Fates(Base.program().Functions.size());
  Symbols &Y = Base.symbols();
  for (uint32_t Fn = 0; Fn < Fates.size(); ++Fn) {
    const Summary *Sum = Base.summary(Fn);
    Fate &Out = Fates[Fn];
    if (!Sum)
      continue;
    uint64_t Used = Sum->Capped || Sum->Paths.empty() ? 0 : ~uint64_t(0);
    for (const Path &Q : Sum->Paths) {
      uint64_t Here = 0;
      for (const Effect &Ef : Q.S.Effects) {
        const Symbol &Sy = Y.Syms[Ef.S];
        if (Sy.Kind == Symbol::Param && Sy.A < 64 &&
            (Ef.Flags & (Effect::Used | Effect::Stored)) &&
            !(Ef.Flags & Effect::Freed))
          Here |= uint64_t(1) << Sy.A;
        if (!(Ef.Flags & Effect::Freed))
          continue;
        if (Sy.Kind == Symbol::Param && Sy.A < 64)
          Out.Direct |= uint64_t(1) << Sy.A;
        if (Sy.Kind != Symbol::Init || Y.Locs[Sy.A].Kind != Location::Pointee)
          continue;
        const Symbol &Base0 = Y.Syms[Y.Locs[Sy.A].A];
        Val Now = Base.peek(Q.S, Sy.A);
        if (Base0.Kind == Symbol::Param && Base0.A < 64 && !Now.isNull())
          Out.Deref |= uint64_t(1) << Base0.A;
      }
      // `*out = copy(); if (!valid) free(*out);`
      for (const Cell &Ce : Q.S.Heap)
        if (const Location &L = Y.Locs[Ce.L];
            L.Kind == Location::Pointee && Ce.V.isSym() &&
            Y.Syms[L.A].Kind == Symbol::Param && Y.Syms[L.A].A < 64 &&
            Q.S.has(Ce.V.N, Effect::Freed))
          Out.Deref |= uint64_t(1) << Y.Syms[L.A].A;
      if (Q.Ret.isSym() && Y.Syms[Q.Ret.N].Kind == Symbol::Param &&
          Y.Syms[Q.Ret.N].A < 64)
        Out.Returned |= uint64_t(1) << Y.Syms[Q.Ret.N].A;
      Out.Throws |= Q.Throws;
      if (!Q.Throws)
        Used &= Here;
    }
    Out.Used = Used;
  }
  return Fates;
}

ArgFates::Freed ArgFates::freedBy(const Instr &I, const Place *From) const {
  Freed R;
  bool Complete;
  for (uint32_t T : P.targets(I, From, Complete)) {
    R.Direct |= ByFunction[T].Direct;
    R.Deref |= ByFunction[T].Deref;
  }
  uint32_t Named = P.namedCallee(I, From);
  if (Named == None)
    return R;
  const Callee &Ce = P.Callees[Named];
  StringRef Name = P.str(Ce.Name);
  for (const UserFree &U : Frees)
    if (U.Name == Name && U.Arg < 64)
      R.Direct |= uint64_t(1) << U.Arg;
  if (P.BodyOf[Named] != None)
    return R;
  R.Direct |= Ce.TakesArgs;
  LibEffect L = libraryEffect(Name, I.Args.size());
  if ((L.Kind == LibKind::Free || L.Kind == LibKind::Realloc) && L.Arg < 64)
    R.Direct |= uint64_t(1) << L.Arg;
  return R;
}

bool ArgFates::usedForSure(const Instr &I, unsigned Arg) const {
  if (I.Callee == None || I.Virtual || Arg >= 64)
    return false;
  if (uint32_t Body = P.BodyOf[I.Callee]; Body != None)
    return ByFunction[Body].Used >> Arg & 1;
  return !(freedBy(I, nullptr).Direct >> Arg & 1) &&
         libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size()).Kind !=
             LibKind::Release;
}

} // namespace retsan::solve
