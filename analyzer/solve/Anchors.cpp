//===- Anchors.cpp - places that outlive an edit --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A line may be in several functions, one in the other: the one that the report
// names is taken, else the smallest.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Anchors.h"

#include "analyzer/solve/Keys.h"

#include "llvm/ADT/STLExtras.h"

#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

std::vector<uint32_t> linesOf(const Function &F) {
  std::vector<uint32_t> Lines;
  auto Note = [&](const SrcLoc &L) {
    if (L.File == F.Loc.File && (Lines.empty() || Lines.back() != L.Line))
      Lines.push_back(L.Line);
  };
  Note(F.Loc);
  Note(F.End);
  for (const Block &B : F.Blocks) {
    for (const Instr &I : B.Instrs)
      Note(I.Loc);
    Note(B.Term.Loc);
  }
  llvm::sort(Lines);
  Lines.erase(std::unique(Lines.begin(), Lines.end()), Lines.end());
  return Lines;
}

Anchors::Anchors(const Renderer &R) : R(R), P(R.program()) {
  std::vector<std::string> Names;
  for (uint32_t I = 0; I < P.Files.size(); ++I) {
    Names.push_back(R.file(I));
    Files.try_emplace(Names.back());
  }
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    Ids.push_back(0);
    Lines.emplace_back();
    if (F.Loc.File == None || !F.Loc.Line)
      continue;
    const Callee &C = P.Callees[F.Callee];
    uint64_t Id = Hasher()
                      .add(P.str(C.Usr))
                      .add(P.str(C.Name))
                      .add(P.str(P.Files[F.Loc.File].Path))
                      .value();
    if (Id <= Declared || !ById.try_emplace(Id, Fn).second)
      continue;
    Ids.back() = Id;
    Lines.back() = linesOf(F);
    Files[Names[F.Loc.File]].push_back(Fn);
  }
}

PlaceCoder::Fixed Anchors::Of::fix(StringRef File, uint32_t Line,
                                   StringRef Function) const {
  const bool IsDecl =
      Line == S.Decl.Line && File == StringRef(A.R.file(S.Decl.File));
  if (IsDecl && Function.empty())
    return {Declared, 0};
  Fixed Best;
  std::tuple<bool, bool, size_t> Rank;
  if (auto It = A.Files.find(File); It != A.Files.end())
    for (uint32_t Fn : It->second) {
      const std::vector<uint32_t> &Ls = A.Lines[Fn];
      if (Line < Ls.front() || Line > Ls.back())
        continue;
      auto At = lower_bound(Ls, Line);
      // What is in no function of the scope was met in a summary of one: the
      // key has the places of those.
      std::tuple New(StringRef(A.R.function(Fn)) != Function,
                     !Sc.Run[Fn] && !Sc.Ask[Fn], Ls.back() - Ls.front());
      if (*At != Line || (Best.Anchor && Rank <= New))
        continue;
      Best = {A.Ids[Fn], uint32_t(At - Ls.begin())};
      Rank = New;
    }
  if (Best.Anchor)
    return Best;
  return IsDecl ? Fixed{Declared, 0} : Fixed{0, Line};
}

bool Anchors::Of::find(const Fixed &F, uint32_t &Line) const {
  if (F.Anchor == Declared) {
    Line = S.Decl.Line;
    return true;
  }
  auto It = A.ById.find(F.Anchor);
  if (It == A.ById.end() || F.Offset >= A.Lines[It->second].size())
    return false;
  Line = A.Lines[It->second][F.Offset];
  return true;
}

uint64_t Anchors::Of::exact() const {
  uint64_t Sum = 0; // Functions have no order that lasts.
  for (uint32_t Fn = 0; Fn < A.P.Functions.size(); ++Fn)
    if (Sc.Run[Fn] || Sc.Ask[Fn])
      for (uint32_t Line : A.Lines[Fn])
        Sum += Hasher().add(A.Ids[Fn]).add(Line).value();
  return Hasher().add(Sum).add(S.Decl.Line).value();
}

} // namespace retsan::solve
