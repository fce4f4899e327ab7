//===- Provenance.cpp - which fields a value was reached through ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Provenance.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {
constexpr size_t MaxRoots = 6;
constexpr unsigned MaxLevel = 3;

bool add(Provenance::Roots &To, const Root &R) {
  if (To.size() >= MaxRoots || is_contained(To, R))
    return false;
  To.push_back(R);
  return true;
}

/// "L3" or "L3->...": the number of the local.
std::optional<unsigned> localOf(StringRef Name, StringRef &Rest) {
  unsigned N;
  if (!Name.consume_front("L") || Name.consumeInteger(10, N))
    return std::nullopt;
  Rest = Name;
  return N;
}
} // namespace

Provenance::Provenance(const Context &C, const std::vector<UserFree> &Frees)
    : P(C.P), UserFrees(Frees) {
  Shapes.reserve(P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    Shapes.push_back(std::make_unique<Shape>(P, Fn));
  Memo.resize(P.Functions.size());
  findFrees(Frees);
}

uint32_t Provenance::target(const Instr &I) const {
  return I.Callee == None || I.Virtual ? None : P.BodyOf[I.Callee];
}

void Provenance::findFrees(const std::vector<UserFree> &Frees) {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      auto Mark = [&](const Operand &O, Where At) {
        StringRef Rest;
        std::string Name = shape(Fn).value(O);
        auto N = localOf(Name, Rest);
        if (N && Rest.empty() && *N < F.NumParams)
          Changed |= Freed.try_emplace({Fn, *N}, At).second;
      };
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          if (I.Opcode == Op::Free)
            Mark(I.A, {Fn, I.Loc});
          else if (I.Opcode == Op::Call)
            for (unsigned A = 0; A < I.Args.size(); ++A)
              if (auto At = freedArg(Fn, I, A))
                Mark(I.Args[A], *At);
        }
    }
  }
}

std::optional<Where> Provenance::freedArg(uint32_t Fn, const Instr &I,
                                          unsigned Arg) const {
  Where Here{Fn, I.Loc};
  if (I.Callee == None)
    return std::nullopt;
  if (uint32_t Body = target(I); Body != None) {
    auto It = Freed.find({Body, Arg});
    return It == Freed.end() ? std::nullopt : std::optional(It->second);
  }
  const Callee &Ce = P.Callees[I.Callee];
  StringRef Name = P.str(Ce.Name);
  for (const UserFree &U : UserFrees)
    if (U.Name == Name && U.Arg == Arg)
      return Here;
  if (I.Virtual)
    return std::nullopt;
  LibEffect L = libraryEffect(Name, I.Args.size());
  if ((L.Kind == LibKind::Free || L.Kind == LibKind::Realloc) && L.Arg == Arg)
    return Here;
  if (Arg < 64 && (Ce.TakesArgs >> Arg & 1))
    return Here;
  return std::nullopt;
}

std::optional<Key> Provenance::keyOf(uint32_t Fn, const Place &Pl) const {
  const Shape &S = shape(Fn);
  if (Pl.Path.empty())
    return Pl.Base == Place::Global
               ? std::optional(Key{"", FieldRef{None, Pl.BaseIndex}})
               : std::nullopt;
  // The last field, and the object around it without its base classes.
  size_t Last = Pl.Path.size();
  while (Last && Pl.Path[Last - 1].Kind != PathElem::Field)
    --Last;
  if (!Last)
    return std::nullopt;
  const PathElem &El = Pl.Path[Last - 1];
  if (El.Index < P.Records[El.Record].NumBases || Pl.Base == Place::Local)
    return std::nullopt;
  std::string Object;
  if (Pl.Base == Place::Global) {
    Object = "G" + std::to_string(Pl.BaseIndex);
  } else {
    Object = S.value(Pl.Ptr);
    if (Object[0] == '&')
      Object.erase(0, 1);
    else
      Object += "->";
  }
  for (size_t I = 0; I + 1 < Last; ++I) {
    const PathElem &E = Pl.Path[I];
    if (E.Kind != PathElem::Field)
      Object += "[]";
    else if (E.Index >= P.Records[E.Record].NumBases)
      Object += "." + std::to_string(E.Record) + "_" + std::to_string(E.Index);
  }
  return Key{Object, {El.Record, El.Index}};
}

Tracked Provenance::tracked(FieldRef F) const {
  Tracked T;
  if (F.first == None) {
    T.Global = F.second;
    T.Type = P.Globals[F.second].Type;
    return T;
  }
  T.Record = namedRecord(P, F.first, F.second, T.Path);
  T.Type = P.Records[F.first].Fields[F.second].Type;
  return T;
}

Provenance::Roots Provenance::placeRoots(uint32_t Fn, const Values &V,
                                         const Place &Pl, bool Address) const {
  Roots R;
  bool Indexed = false;
  const PathElem *Last = nullptr;
  for (const PathElem &E : Pl.Path) {
    Indexed |= E.Kind != PathElem::Field;
    if (E.Kind == PathElem::Field)
      Last = &E;
  }
  if (Pl.Base == Place::Local)
    return V.Locals[Pl.BaseIndex];
  if (Pl.Base == Place::Deref && Pl.Ptr.Kind == Operand::Reg &&
      uint64_t(Pl.Ptr.Value) < V.Regs.size()) {
    // A link to the next object of the same type leads no deeper.
    bool Link = false, Owns = false;
    if (Last) {
      const Type &T = P.Types[P.Records[Last->Record].Fields[Last->Index].Type];
      Link = T.Kind == TypeKind::Pointer &&
             P.Types[T.Elem].Kind == TypeKind::Record &&
             P.Types[T.Elem].Record == Last->Record;
    }
    OwnerKind Kind = P.Types[Pl.Type].Owner;
    Owns = Kind == OwnerKind::Unique || Kind == OwnerKind::Container;
    for (Root X : V.Regs[Pl.Ptr.Value]) {
      if (X.Slot && Pl.Path.empty()) {
        X.Slot = Address;
      } else if (!Address) {
        if (X.Slot) {
          X.Slot = false;
          if (!Indexed)
            X.Level += 1;
        } else if (!Link) {
          X.Level += 1;
          X.Owned = Owns && (X.Level == 1 || X.Owned);
        }
      }
      if (X.Level <= MaxLevel)
        add(R, X);
    }
  }
  if (auto K = keyOf(Fn, Pl))
    add(R, {K->Object, K->Field, 0, Address, true});
  return R;
}

void Provenance::compute(uint32_t Fn, Values &V) {
  const Function &F = P.Functions[Fn];
  V.Regs.resize(F.NumRegs);
  V.Locals.resize(F.Locals.size());
  auto RootsOf = [&](const Operand &O) -> Roots {
    return O.Kind == Operand::Reg && uint64_t(O.Value) < V.Regs.size()
               ? V.Regs[O.Value]
               : Roots();
  };
  bool Changed = true;
  auto Join = [&](Roots &To, const Roots &From) {
    for (const Root &R : From)
      Changed |= add(To, R);
  };
  for (unsigned Round = 0; Changed && Round < 6; ++Round) {
    Changed = false;
    for (const Block &B : F.Blocks) {
      Roots Recent; // What was looked at last: an iterator is made of it.
      for (const Instr &I : B.Instrs) {
        switch (I.Opcode) {
        case Op::Load:
          Join(V.Regs[I.Dst], placeRoots(Fn, V, F.Places[I.P], false));
          break;
        case Op::Addr:
          Join(V.Regs[I.Dst], placeRoots(Fn, V, F.Places[I.P], true));
          break;
        case Op::Store:
          if (F.Places[I.P].Base == Place::Local)
            Join(V.Locals[F.Places[I.P].BaseIndex], RootsOf(I.A));
          // What is inserted is reached through the container from here on.
          else if (P.Types[F.Places[I.P].Type].Owner == OwnerKind::Container &&
                   I.A.Kind == Operand::Reg)
            if (auto K = keyOf(Fn, F.Places[I.P]))
              Changed |=
                  add(V.Regs[I.A.Value], {K->Object, K->Field, 0, false, true});
          break;
        case Op::Move:
          Join(V.Regs[I.Dst], RootsOf(I.A));
          break;
        case Op::Bin:
          if (I.Dst != None && P.Types[I.Type].Kind == TypeKind::Pointer) {
            Join(V.Regs[I.Dst], RootsOf(I.A));
            Join(V.Regs[I.Dst], RootsOf(I.B));
          }
          break;
        case Op::Use:
          for (const Root &R : RootsOf(I.A))
            if (!R.Slot)
              add(Recent, R);
          break;
        case Op::Havoc:
          if (F.Places[I.P].Base == Place::Local)
            Join(V.Locals[F.Places[I.P].BaseIndex], Recent);
          Recent.clear();
          break;
        case Op::CopyRec:
          if (F.Places[I.P].Base == Place::Local &&
              F.Places[I.P2].Base == Place::Local)
            Join(V.Locals[F.Places[I.P].BaseIndex],
                 V.Locals[F.Places[I.P2].BaseIndex]);
          break;
        case Op::Call: {
          if (I.Dst == None || I.Callee == None)
            break;
          if (uint32_t Body = target(I); Body != None) {
            auto It = Returns.find(Body);
            if (It == Returns.end())
              break;
            for (Root R : It->second)
              if (auto Obj = inCaller(Fn, I, R.Object)) {
                R.Object = *Obj;
                Changed |= add(V.Regs[I.Dst], R);
              }
          } else if (P.str(P.Callees[I.Callee].Name).contains("terator")) {
            for (const Operand &O : I.Args)
              Join(V.Regs[I.Dst], RootsOf(O));
          }
          break;
        }
        default:
          break;
        }
      }
    }
  }
}

const Provenance::Values &Provenance::values(uint32_t Fn) {
  if (!Memo[Fn]) {
    Memo[Fn] = std::make_unique<Values>();
    const Function &F = P.Functions[Fn];
    // Callees first: small functions that return a part of what they are given.
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Dst != None)
          if (uint32_t Body = target(I); Body != None && !Memo[Body])
            values(Body);
    auto V = std::make_unique<Values>();
    compute(Fn, *V);
    for (const Block &B : F.Blocks)
      if (B.Term.Kind == Terminator::Return &&
          B.Term.Cond.Kind == Operand::Reg &&
          uint64_t(B.Term.Cond.Value) < V->Regs.size())
        for (const Root &R : V->Regs[B.Term.Cond.Value])
          add(Returns[Fn], R);
    Memo[Fn] = std::move(V);
  }
  return *Memo[Fn];
}

const Provenance::Roots &Provenance::roots(uint32_t Fn, const Operand &O) {
  static const Roots Empty;
  const Values &V = values(Fn);
  return O.Kind == Operand::Reg && uint64_t(O.Value) < V.Regs.size()
             ? V.Regs[O.Value]
             : Empty;
}

std::optional<std::string> Provenance::inCaller(uint32_t Fn, const Instr &I,
                                                StringRef Object) const {
  if (Object.empty() || Object[0] == 'G')
    return Object.str();
  StringRef Rest;
  auto N = localOf(Object, Rest);
  if (!N || *N >= I.Args.size() || !Rest.consume_front("->"))
    return std::nullopt;
  std::string V = shape(Fn).value(I.Args[*N]);
  if (V[0] == '?' || V == "null")
    return std::nullopt;
  return (V[0] == '&' ? V.substr(1) : V + "->") + Rest.str();
}

bool Provenance::readsMemory(uint32_t Fn, const Operand &Cond) const {
  const Shape &S = shape(Fn);
  SmallVector<Operand, 8> Todo{Cond};
  for (unsigned Steps = 0; !Todo.empty() && Steps < 24; ++Steps) {
    const Instr *D = S.origin(Todo.pop_back_val());
    if (!D)
      continue;
    if (D->Opcode == Op::Load) {
      const Place &Pl = S.F.Places[D->P];
      if (Pl.Base != Place::Local)
        return true;
      continue;
    }
    for (const Operand &O : {D->A, D->B})
      Todo.push_back(O);
    if (D->Opcode == Op::Call && target(*D) != None)
      for (const Operand &O : D->Args)
        Todo.push_back(O);
  }
  return false;
}

} // namespace retsan::solve
