//===- Departure.cpp - what becomes of an object behind a free ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `free((*s)->name); *s = (*s)->next;`: the object that lost its name is taken
// out of its list on the next line, and nobody who walks the list meets it. The
// same holds where the rest of an array moves over the element, and where the
// function ends what it found the object in, such as a table of its own. Told
// from the names that one function has for places, on every way from the free
// to the function's end.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/FlowGraph.h"
#include "analyzer/solve/Hooks.h"
#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Names of one function for the object whose field was freed, and for what it
/// was found in.
class Departure {
public:
  Departure(const Program &P, const Tracked &T, uint32_t Fn) : S(P, Fn) {
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.P == None || !isPlaceOf(T, S.F.Places[I.P]))
          continue;
        const std::string Field = S.place(S.F.Places[I.P]);
        StringRef Object = StringRef(Field).rsplit('.').first;
        Elements.insert(Object.str());
        if (Object.consume_back("->"))
          addHolders(Object.str(), 0);
      }
  }

  /// Whether \p I takes the object out of what leads to it: `*at = o->next`.
  bool unlinks(const Instr &I) const {
    if (I.Opcode != Op::Store || I.A.Kind != Operand::Reg ||
        !Slots.count(S.target(I)))
      return false;
    std::string From = S.value(I.A);
    return any_of(Addresses, [&](const std::string &O) {
      return StringRef(From).starts_with(O + "->");
    });
  }

  /// Whether \p I writes over the whole object.
  bool overwrites(const Instr &I) const {
    return I.Opcode == Op::CopyRec && Elements.count(S.place(S.F.Places[I.P]));
  }

  /// Whether \p O leads to the object, or to what it was found in.
  bool leadsTo(const Operand &O) const {
    return O.Kind == Operand::Reg && Holders.count(S.value(O));
  }

  /// Whether \p O is the object's address.
  bool isObject(const Operand &O) const {
    if (O.Kind != Operand::Reg)
      return false;
    std::string V = S.value(O);
    return Addresses.count(V) || (V[0] == '&' && Elements.count(V.substr(1)));
  }

  const Shape S;

private:
  void addHolders(const std::string &Name, unsigned Depth) {
    constexpr unsigned Deepest = 4;
    if (Depth > Deepest)
      return;
    // A list that was made of a container only shows what is in that.
    uint32_t Reg;
    if (StringRef R = Name;
        Depth && R.consume_front("r") && !R.getAsInteger(10, Reg))
      if (const Instr *D = S.def({Operand::Reg, int64_t(Reg)});
          D && D->Opcode == Op::Call && !D->Args.empty()) {
        for (const Operand &O : D->Args)
          if (O.Kind == Operand::Reg)
            Holders.insert(S.value(O));
        return;
      }
    if (!Holders.insert(Name).second)
      return;
    if (Depth == 0)
      Addresses.insert(Name);
    // A value that was read through another one has the name of its place.
    StringRef Rest = Name;
    if (Rest.contains("->") || Rest.starts_with("G"))
      Slots.insert(Name);
    while (true) {
      size_t At = Rest.rfind("->");
      if (At == StringRef::npos)
        break;
      Rest = Rest.take_front(At);
      Holders.insert(Rest.str());
    }
    uint32_t Local;
    if (!Rest.consume_front("L") || Rest.getAsInteger(10, Local))
      return;
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Store && I.A.Kind == Operand::Reg &&
            S.F.Places[I.P].Base == Place::Local &&
            S.F.Places[I.P].BaseIndex == Local && S.F.Places[I.P].Path.empty())
          addHolders(S.value(I.A), Depth + 1);
  }

  std::set<std::string> Elements;  ///< Objects: "L0->", "L0->.3_1[]".
  std::set<std::string> Addresses; ///< Values that point to objects.
  std::set<std::string> Slots;     ///< Places that these were read from.
  std::set<std::string> Holders;   ///< Values on the way to the objects.
};

/// Moves bytes, its first argument being where to.
bool movesBytes(StringRef Name) {
  Name.consume_front("__builtin_");
  Name.consume_front("__");
  Name.consume_back("_chk");
  return Name == "memmove" || Name == "memcpy";
}

} // namespace

/// Whether every way from where the subject is freed takes its object out of
/// what it was found in, or else ends that.
bool Judge::departs(const Where &Freed) const {
  if (!Freed || Sub.T.Record == None)
    return false;
  const Departure D(P, Sub.T, Freed.Fn);
  auto Leaves = [&](const Instr &I) {
    if (D.unlinks(I) || D.overwrites(I))
      return true;
    if (I.Opcode == Op::Free)
      return D.leadsTo(I.A);
    if (I.Opcode != Op::Call || I.Callee == None || I.Args.empty())
      return false;
    if (movesBytes(P.str(P.Callees[I.Callee].Name)))
      return D.isObject(I.Args[0]);
    const Operand *O = freedOperand(P, I);
    if (O && D.leadsTo(*O))
      return true;
    const uint32_t Body = P.BodyOf[I.Callee];
    return Body != None && Body != Freed.Fn && saysTeardown(Body) &&
           any_of(I.Args, [&](const Operand &A) { return D.leadsTo(A); });
  };
  return passesOnEveryWay(D.S.F, Freed.Loc, Leaves);
}

/// Whether a function that nobody here calls fills a record of another type for
/// its caller: it turns the container into that, and what becomes of the
/// container is the caller's business.
bool Judge::givesAway(uint32_t Fn) const {
  if (!P.SitesOf[Fn].empty() || Sub.T.Record == None)
    return false;
  const Function &F = P.Functions[Fn];
  DenseMap<uint32_t, const Instr *> Defs;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Dst != None)
        Defs[I.Dst] = &I;
  // The record that a parameter leads to, if the place is behind one.
  auto IsOther = [&](const Place &Pl) {
    const Instr *D = Pl.Base == Place::Deref && Pl.Ptr.Kind == Operand::Reg
                         ? Defs.lookup(uint32_t(Pl.Ptr.Value))
                         : nullptr;
    if (!D || D->Opcode != Op::Load)
      return false;
    const Place &From = F.Places[D->P];
    if (From.Base != Place::Local || !From.Path.empty() ||
        !F.Locals[From.BaseIndex].Param || From.BaseIndex == 0)
      return false;
    const Type &T = P.Types[From.Type];
    return T.Kind == TypeKind::Pointer &&
           P.Types[T.Elem].Kind == TypeKind::Record &&
           P.Types[T.Elem].Record != Sub.T.Record;
  };
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.P != None && IsOther(F.Places[I.P]) &&
             (I.Opcode == Op::CopyRec || I.Opcode == Op::Store ||
              I.Opcode == Op::Zero);
    });
  });
}

/// Whether a function that gets the subject's value where it is freed frees an
/// object of the subject's record, too, that it finds through the value: a
/// child that ends its parent with it.
bool Judge::freesItsLike(const Where &Freed) const {
  if (!Freed || Sub.T.Record == None)
    return false;
  constexpr unsigned Deepest = 2;
  auto Frees = [&](uint32_t Fn, unsigned Depth, auto &Self) -> bool {
    const Function &F = P.Functions[Fn];
    const Shape S(P, Fn);
    return any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] != None && Depth < Deepest &&
            Self(P.BodyOf[I.Callee], Depth + 1, Self))
          return true;
        const Operand *O = freedOperand(P, I);
        const Instr *D = O ? S.def(*O) : nullptr;
        if (!D || D->Opcode != Op::Load)
          return false;
        const Type &T = P.Types[F.Places[D->P].Type];
        // From a field, of what may be called a parent.
        const Instr *From = S.origin(*O);
        return T.Kind == TypeKind::Pointer &&
               P.Types[T.Elem].Kind == TypeKind::Record &&
               P.Types[T.Elem].Record == Sub.T.Record && From &&
               From->Opcode == Op::Load && !F.Places[From->P].Path.empty();
      });
    });
  };
  const Function &F = P.Functions[Freed.Fn];
  const BitVector Regs = readInto(F);
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Opcode == Op::Call && I.Callee != None &&
             P.BodyOf[I.Callee] != None && I.Loc.Line == Freed.Loc.Line &&
             I.Loc.File == Freed.Loc.File &&
             any_of(I.Args,
                    [&](const Operand &O) {
                      return O.Kind == Operand::Reg && Regs[O.Value];
                    }) &&
             Frees(P.BodyOf[I.Callee], 0, Frees);
    });
  });
}

} // namespace retsan::solve
