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

#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/FlowGraph.h"
#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

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
  const Context &Cx = C.engine().context();
  const Shape S(P, Freed.Fn);
  auto OfObject = [](StringRef Place) { return Place.rsplit('.').first; };
  StringSet<> Fields, Objects, Marks;
  SmallVector<uint32_t, 2> Frees; // Blocks.
  for (uint32_t B = 0; B < S.F.Blocks.size(); ++B)
    for (const Instr &I : S.F.Blocks[B].Instrs) {
      if (I.P != None && isPlaceOf(Sub.T, S.F.Places[I.P])) {
        const std::string Field = S.place(S.F.Places[I.P]);
        Fields.insert(Field);
        Objects.insert(OfObject(Field));
      }
      if (I.Loc.Line == Freed.Loc.Line && I.Loc.File == Freed.Loc.File &&
          !is_contained(Frees, B))
        Frees.push_back(B);
    }
  for (const Block &B : S.F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Store && I.A.Kind == Operand::Null)
        if (std::string To = S.target(I);
            !Fields.count(To) && Objects.count(OfObject(To)))
          Marks.insert(To);
  auto IsAsked = [&](StringRef Mark, uint32_t Block) {
    bool Asked = false;
    forEachDecision(Cx, Freed.Fn, Block, [&](const Operand &Cond) {
      forEachTested(Cx, Freed.Fn, Cond, [&](const TestedPlace &T) {
        Asked |= S.place(*T.Where) == Mark;
        return false;
      });
    });
    return Asked;
  };
  return any_of(Marks.keys(), [&](StringRef Mark) {
    return all_of(Frees, [&](uint32_t B) { return IsAsked(Mark, B); }) &&
           passesOnEveryWay(S.F, Freed.Loc, [&](const Instr &I) {
             return I.Opcode == Op::Store && I.A.Kind == Operand::Null &&
                    S.target(I) == Mark;
           });
  });
}

} // namespace retsan::solve
