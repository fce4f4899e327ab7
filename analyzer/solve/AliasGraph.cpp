//===- AliasGraph.cpp - which fields point into what others own -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A look at each store of each function: the value's roots on the one side, the
// field that it goes to on the other. Flow-insensitive; what a function moves
// on after it took something out of an owner is left out.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/AliasGraph.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

AliasGraph::AliasGraph(const Context &C, Provenance &Prov)
    : P(C.P), Prov(Prov) {
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    findStores(Fn);
}

const AliasGraph::Owned *AliasGraph::aliasesOf(FieldRef Owner) const {
  auto It = ByOwner.find(Owner);
  return It == ByOwner.end() ? nullptr : &It->second;
}

const std::set<uint32_t> &AliasGraph::settersOf(FieldRef Alias) const {
  static const std::set<uint32_t> Nobody;
  auto It = SetBy.find(Alias);
  return It == SetBy.end() ? Nobody : It->second;
}

TypeId AliasGraph::typeOf(FieldRef F) const {
  return F.first == None ? P.Globals[F.second].Type
                         : P.Records[F.first].Fields[F.second].Type;
}

uint32_t AliasGraph::pointee(const Type &T) const {
  const Type &E = P.Types[T.Elem];
  return T.Kind == TypeKind::Pointer && E.Kind == TypeKind::Record ? E.Record
                                                                   : None;
}

/// A plain pointer field or variable of the program.
bool AliasGraph::mayAlias(FieldRef F) const {
  const Type &T = P.Types[typeOf(F)];
  if (T.Kind != TypeKind::Pointer || T.Owner != OwnerKind::None)
    return false;
  if (F.first == None)
    return !P.Globals[F.second].System && !P.Globals[F.second].Const;
  const facts::Record &Rec = P.Records[F.first];
  // Links between objects of one type are the list itself.
  return !Rec.System && !Rec.Union && pointee(T) != F.first;
}

bool AliasGraph::mayOwn(FieldRef F) const {
  const Type *T = &P.Types[typeOf(F)];
  if (T->Kind == TypeKind::Array)
    T = &P.Types[T->Elem];
  return T->Kind == TypeKind::Pointer && T->Owner != OwnerKind::Weak;
}

/// Whether \p Made makes an object, or is a local that owns one.
bool AliasGraph::isOwner(const Shape &S, const Instr *Made) const {
  if (!Made || Made->Opcode == Op::New)
    return Made;
  if (Made->Opcode != Op::Load)
    return false;
  const Place &Pl = S.F.Places[Made->P];
  return Pl.Base == Place::Local && Pl.Path.empty() &&
         P.Types[Pl.Type].Owner == OwnerKind::Unique;
}

/// Whether the value \p V of both stores is one: a local that is set more than
/// once has another one behind each.
static bool isSameTime(const Function &F, StringRef V, const Instr &A,
                       const Instr &O) {
  unsigned N;
  if (&A == &O || !V.consume_front("L") || V.getAsInteger(10, N) ||
      N >= F.Locals.size())
    return true;
  auto Sets = [&](const Instr &I) {
    return I.Opcode == Op::Store && F.Places[I.P].Base == Place::Local &&
           F.Places[I.P].BaseIndex == N && F.Places[I.P].Path.empty() &&
           I.A.Kind != Operand::Null;
  };
  unsigned All = 0;
  bool Between = false, Together = false;
  for (const Block &B : F.Blocks) {
    bool Seen = false, Set = false;
    for (const Instr &I : B.Instrs) {
      All += Sets(I);
      Set |= Seen && Sets(I);
      if (&I != &A && &I != &O)
        continue;
      Together |= Seen;
      Between |= Seen && Set;
      Seen = true;
    }
  }
  return All < 2 || (Together && !Between);
}

/// Whether the function moves the owner on after \p Taken: what was taken is
/// no longer there.
template <typename Sets>
bool AliasGraph::takesOut(uint32_t Fn, const Sets &All, const Key &Owner,
                          const Instr &Taken) {
  bool After = false;
  bool Container = P.Types[typeOf(Owner.Field)].Owner == OwnerKind::Container;
  return any_of(All, [&](const auto &X) {
    After |= X.I == &Taken;
    if (!(X.K == Owner) || Container)
      return false;
    return After || any_of(Prov.roots(Fn, X.I->A), [&](const Root &R) {
             return !R.Slot && R.key() == Owner;
           });
  });
}
void AliasGraph::findStores(uint32_t Fn) {
  const Function &F = P.Functions[Fn];
  if (F.Implicit || F.System)
    return;
  const Shape &S = Prov.shape(Fn);
  struct Set {
    const Instr *I;
    Key K;
  };
  SmallVector<Set, 8> Sets;
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Store)
        if (auto K = Prov.keyOf(Fn, F.Places[I.P]))
          Sets.push_back({&I, *K});
  for (const Set &A : Sets) {
    noteLink(Fn, *A.I);
    if (A.I->A.Kind != Operand::Reg || !mayAlias(A.K.Field))
      continue;
    auto Note = [&](FieldRef Owner, unsigned Level, bool Owned) {
      if (Owner == A.K.Field || !mayOwn(Owner))
        return;
      ByOwner[Owner].insert({A.K.Field, {Owner, Level, Owned}});
      SetBy[A.K.Field].insert(Fn);
    };
    for (const Root &Rt : Prov.roots(Fn, A.I->A)) {
      if (Rt.Slot)
        continue;
      if (Rt.Object == A.K.Object && !takesOut(Fn, Sets, Rt.key(), *A.I))
        Note(Rt.Field, Rt.Level, Rt.Owned);
      // A part of what this function hands to an owner of the object.
      for (const Set &O : Sets)
        if (O.K.Object == A.K.Object &&
            pointee(P.Types[typeOf(A.K.Field)]) != Rt.Field.first &&
            S.value(O.I->A) + "->" == Rt.Object)
          Note(O.K.Field, Rt.Level + 1, Rt.Owned);
    }
    // The same value goes into both.
    std::string V = S.value(A.I->A);
    const Instr *Made = S.origin(A.I->A);
    for (const Set &O : Sets) {
      if (O.K.Object != A.K.Object || O.I->A.Kind != Operand::Reg)
        continue;
      if (S.value(O.I->A) == V && V != "?" && isSameTime(F, V, *A.I, *O.I)) {
        Note(O.K.Field, 0, true);
        Together.insert({A.K.Field, O.K.Field});
        continue;
      }
      // make_unique<T>() goes into a container of unique_ptr<T>.
      const Type &T = P.Types[typeOf(O.K.Field)];
      if (isOwner(S, Made) && T.Owner == OwnerKind::Container &&
          P.Types[T.Elem].Owner == OwnerKind::Unique &&
          pointee(P.Types[T.Elem]) != None &&
          pointee(P.Types[T.Elem]) == pointee(P.Types[typeOf(A.K.Field)]))
        Note(O.K.Field, 1, true);
    }
  }
}

/// `e->next = o->alias`: the alias is the head of a list of its own.
void AliasGraph::noteLink(uint32_t Fn, const Instr &Set) {
  const Instr *D = Prov.shape(Fn).origin(Set.A);
  if (!D || D->Opcode != Op::Load)
    return;
  const Function &F = P.Functions[Fn];
  auto From = Prov.keyOf(Fn, F.Places[D->P]),
       To = Prov.keyOf(Fn, F.Places[Set.P]);
  if (From && To && From->Field != To->Field && To->Field.first != None &&
      pointee(P.Types[typeOf(From->Field)]) == To->Field.first)
    Heads.insert(From->Field);
}

const char *AliasGraph::doubt(FieldRef A, FieldRef O) const {
  if ((A.first == None) != (O.first == None))
    return "a variable and a field are no parts of one object";
  if (A.first == None) {
    const Global &GA = P.Globals[A.second], &GO = P.Globals[O.second];
    if (GA.FunctionStatic || GO.FunctionStatic || GA.Decl.File != GO.Decl.File)
      return "two variables of different functions or files";
    if (GA.Link != Linkage::Internal)
      return "others may set the variable";
  } else if (A.first != O.first) {
    return "the fields are of different records";
  }
  if (Heads.count(A) && !Together.count({A, O}))
    return "it heads a list of its own, and elements move between lists";
  // What the owner leads to, through arrays of pointers and owners.
  const Type *To = &P.Types[P.Types[typeOf(A)].Elem];
  const Type *Held = &P.Types[typeOf(O)];
  for (unsigned I = 0; I < 4; ++I) {
    if (Held->Kind == TypeKind::Record && Held->Record != None &&
        Held->Record == To->Record)
      return nullptr;
    if (To->Kind != TypeKind::Record && I && Held->Kind == To->Kind &&
        Held->SizeBytes == To->SizeBytes)
      return nullptr;
    if (!Held->Elem)
      break;
    Held = &P.Types[Held->Elem];
  }
  return "it does not point to what the owner leads to, by its type";
}

bool AliasGraph::setWith(FieldRef Alias, FieldRef Scalar) const {
  TypeKind K = P.Types[typeOf(Scalar)].Kind;
  if (K != TypeKind::Bool && K != TypeKind::Int && K != TypeKind::Enum)
    return false;
  for (uint32_t Fn : settersOf(Alias))
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Store && I.A.Kind == Operand::Int)
          if (auto Key = Prov.keyOf(Fn, P.Functions[Fn].Places[I.P]))
            if (Key->Field == Scalar)
              return true;
  return false;
}

} // namespace retsan::solve
