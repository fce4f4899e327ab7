//===- Closing.cpp - functions that close an object
//------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What closes an object may leave its memory to others, who know that it is
// closed: a hook that a table calls in an order of its own (`ops->close(f);
// f->ops = NULL;`), or a function that does nothing for an object that is
// closed already, and marks it so:
//
//   if (c->owner) { ... free(c->buffer); ... c->owner = NULL; }
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// The blocks of \p F that can be reached from \p From.
BitVector reach(const Function &F, uint32_t From) {
  BitVector Seen(F.Blocks.size());
  SmallVector<uint32_t, 8> Work{From};
  Seen.set(From);
  while (!Work.empty())
    for (uint32_t Next : F.Blocks[Work.pop_back_val()].Term.Succs)
      if (!Seen.test(Next)) {
        Seen.set(Next);
        Work.push_back(Next);
      }
  return Seen;
}

} // namespace

/// Whether a table calls what frees it, to end something: who calls it knows
/// what that leaves.
bool Judge::closesByTable(const Transition &By, const Where &Freed) const {
  auto IsHook = [&](uint32_t Fn) {
    const facts::Callee &Ce = P.Callees[P.Functions[Fn].Callee];
    return Ce.AddressTaken && !Ce.VirtualMethod &&
           none_of(P.SitesOf[Fn], [&](const CallSite &Site) {
             return P.Functions[Site.Function]
                        .Blocks[Site.Block]
                        .Instrs[Site.Instr]
                        .Callee != None;
           });
  };
  if (!saysEnd(By.Fn))
    return false;
  if (IsHook(By.Fn) || (Freed.Fn != By.Fn && IsHook(Freed.Fn)))
    return true;
  return any_of(P.Functions[Freed.Fn].Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Opcode == Op::Call && I.Callee == None &&
             I.Loc.Line == Freed.Loc.Line && I.Loc.File == Freed.Loc.File;
    });
  });
}

/// Whether a pointer beside the subject that is set wherever that is freed is
/// reset behind it on every way: the function's own mark for what it closed.
bool Judge::marksClosed(const Where &Freed) const {
  if (!Freed || Sub.T.Record == None)
    return false;
  const Shape S(P, Freed.Fn);
  const Function &F = S.F;
  std::set<std::string> Fields, Objects;
  std::vector<std::pair<uint32_t, uint32_t>> Frees;
  for (uint32_t B = 0; B < F.Blocks.size(); ++B)
    for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
      const Instr &I = F.Blocks[B].Instrs[N];
      if (I.P != None && isPlaceOf(Sub.T, F.Places[I.P])) {
        Fields.insert(S.place(F.Places[I.P]));
        Objects.insert(StringRef(*Fields.rbegin()).rsplit('.').first.str());
      }
      if (I.Loc.Line == Freed.Loc.Line && I.Loc.File == Freed.Loc.File &&
          (Frees.empty() || Frees.back().first != B))
        Frees.push_back({B, N});
    }
  // Siblings that are set to null, by name.
  std::set<std::string> Marks;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Store && I.A.Kind == Operand::Null) {
        std::string To = S.target(I);
        if (!Fields.count(To) &&
            Objects.count(StringRef(To).rsplit('.').first.str()))
          Marks.insert(To);
      }
  auto KeptOut = [&](const std::string &Mark, uint32_t Free) {
    return any_of(F.Blocks, [&](const Block &B) {
      return B.Term.Kind == Terminator::Branch &&
             S.value(B.Term.Cond) == Mark &&
             !reach(F, B.Term.Succs[1]).test(Free);
    });
  };
  auto Resets = [&](const std::string &Mark, uint32_t B, uint32_t From) {
    BitVector Seen(F.Blocks.size());
    SmallVector<std::pair<uint32_t, uint32_t>, 8> Work{{B, From}};
    while (!Work.empty()) {
      auto [At, N] = Work.pop_back_val();
      const Block &Bl = F.Blocks[At];
      if (any_of(drop_begin(Bl.Instrs, N), [&](const Instr &I) {
            return I.Opcode == Op::Store && I.A.Kind == Operand::Null &&
                   S.target(I) == Mark;
          }))
        continue;
      if (Bl.Term.Kind == Terminator::Return)
        return false;
      for (uint32_t Next : Bl.Term.Succs)
        if (!Seen.test(Next)) {
          Seen.set(Next);
          Work.push_back({Next, 0});
        }
    }
    return true;
  };
  return !Frees.empty() && any_of(Marks, [&](const std::string &Mark) {
    return all_of(Frees, [&](const auto &Free) {
      return KeptOut(Mark, Free.first) && Resets(Mark, Free.first, Free.second);
    });
  });
}

} // namespace retsan::solve
