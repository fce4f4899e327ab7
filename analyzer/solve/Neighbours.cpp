//===- Neighbours.cpp - what a function does with the fields beside -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `free(o->a); o->a = NULL; free(o->b);`: who clears one of two fields that it
// gives away, and not the other one, means the object to live on. Told from the
// names that one function has for places, without regard to its paths.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Whether \p Pl names a pointer beside the subject: another field of its
/// record, or another variable if it is one.
bool isBeside(const Program &P, const Tracked &T, const Place &Pl) {
  if (P.Types[Pl.Type].Kind != TypeKind::Pointer || isPlaceOf(T, Pl))
    return false;
  if (T.Path.empty())
    return Pl.Base == Place::Global && Pl.Path.empty();
  return !Pl.Path.empty() && Pl.Path.back().Kind == PathElem::Field &&
         T.Path.back().Kind == PathElem::Field &&
         Pl.Path.back().Record == T.Path.back().Record;
}

/// The name of the object that a place is in: "L0->" of "L0->.3_4".
StringRef objectOf(StringRef Place) { return Place.rsplit('.').first; }

} // namespace

/// Whether what frees the subject for \p By clears it there on another way: it
/// may ask what it is given, as by a flag of the target.
bool Judge::calleeClears(const Transition &By) const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  if (Slot == None || By.FreeAt.Fn != By.Fn ||
      Cx.writes(By.Fn, Slot, /*Direct=*/true))
    return false;
  return any_of(C.transitions(), [&](const Transition &Tr) {
    return Tr.Fn == By.Fn && Tr.Clears && Tr.FreesHere && Tr.StoreAt &&
           Tr.Fate == Transition::Lives && Tr.StoreAt.Fn != By.Fn;
  });
}

/// Whether the function that frees the subject at \p Freed gives away another
/// pointer of the same object as well and clears that one.
bool Judge::clearsNeighbour(const Where &Freed) const {
  const Shape S(P, Freed.Fn);
  std::set<std::string> Objects, GivenAway;
  for (const Block &B : S.F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.P != None && isPlaceOf(Sub.T, S.F.Places[I.P]))
        Objects.insert(objectOf(S.place(S.F.Places[I.P])).str());
      if (I.Opcode == Op::Free || I.Opcode == Op::Release)
        GivenAway.insert(S.value(I.A));
      if (I.Opcode == Op::Call)
        for (const Operand &O : I.Args)
          if (O.Kind == Operand::Reg)
            GivenAway.insert(S.value(O));
    }
  return any_of(S.F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      if (I.Opcode != Op::Store || I.A.Kind != Operand::Null)
        return false;
      const Place &Pl = S.F.Places[I.P];
      if (!isBeside(P, Sub.T, Pl))
        return false;
      std::string Name = S.place(Pl);
      return GivenAway.count(Name) &&
             (Sub.T.Path.empty() || Objects.count(objectOf(Name).str()));
    });
  });
}

} // namespace retsan::solve
