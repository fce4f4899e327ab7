//===- Memory.cpp - loads and stores --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory is a map from locations to values over the unknown entry state: a
// location without a cell still holds Init(location). An aggregate cell gives
// one value to everything below it (zero after memset, unknown after a call).
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Con Runner::typeCon(TypeId T) const {
  const Type &Ty = P.Types[T];
  Con C;
  if (Ty.Kind == TypeKind::Bool)
    C.Lo = 0, C.Hi = 1;
  else if ((Ty.Kind == TypeKind::Int || Ty.Kind == TypeKind::Enum) &&
           !Ty.Signed && Ty.SizeBytes && Ty.SizeBytes <= 8)
    C.Lo = 0;
  return C;
}

Val Runner::operand(const State &S, const Operand &O) const {
  switch (O.Kind) {
  case Operand::Int:
    return Val::integer(O.Value);
  case Operand::Null:
    return Val::integer(0);
  case Operand::Reg:
    return S.reg(O.Value);
  case Operand::Func:
    return {Val::Func, false, O.Value};
  case Operand::Str:
    return {Val::Str, false, 0};
  default:
    return {};
  }
}

LocId Runner::placeLoc(State &S, const Place &Pl, uint32_t Site) {
  LocId L = 0;
  switch (Pl.Base) {
  case Place::Local:
    L = Y.local(Fn, Pl.BaseIndex);
    // A record parameter is the copy that the caller passed the address of.
    if (Pl.BaseIndex < F.NumParams &&
        P.Types[F.Locals[Pl.BaseIndex].Type].Kind == TypeKind::Record)
      L = Y.pointee(Y.param(Pl.BaseIndex));
    break;
  case Place::Global:
    L = Y.global(Pl.BaseIndex);
    break;
  case Place::Deref: {
    Val V = operand(S, Pl.Ptr);
    if (V.Kind == Val::Addr) {
      L = V.N;
    } else if (V.isSym()) {
      L = Y.pointee(V.N);
      if (V.Interior)
        L = Y.anyIndex(L);
    } else {
      L = Y.pointee(Y.opaque(Y.site(1, Fn, Site, 0)));
    }
    break;
  }
  }
  for (const PathElem &El : Pl.Path) {
    switch (El.Kind) {
    case PathElem::Field:
      // A base class is the same object.
      if (El.Index < P.Records[El.Record].NumBases)
        continue;
      L = Y.field(L, El.Record, El.Index);
      break;
    case PathElem::ConstIndex:
      // Element 0 of what a pointer points to is the pointee itself.
      if (El.Index == 0 && Y.Locs[L].Kind == Location::Pointee)
        continue;
      L = Y.index(L, El.Index);
      break;
    case PathElem::AnyIndex:
      if (Y.Locs[L].Kind != Location::AnyIndex)
        L = Y.anyIndex(L);
      break;
    }
  }
  return L;
}

Val Runner::load(State &S, LocId L, TypeId Ty, uint32_t Site) {
  for (LocId At = L; At != None;
       At = S.MayAggregate ? Y.Locs[At].Parent : LocId(None))
    if (const Cell *C = S.cell(At))
      if (At == L || C->Aggregate) {
        if (C->V.Kind != Val::Unknown)
          return C->V;
        // Unknown gets a name, so that tests of it correlate.
        SymId O = Y.opaque(Y.site(2, Fn, Site, L), typeCon(Ty));
        retire(S, O);
        if (At == L)
          S.setCell(L, Val::sym(O), C->At);
        else if (!Y.hasAnyIndex(L))
          S.setCell(L, Val::sym(O), {});
        return Val::sym(O);
      }
  const Location &Root = Y.Locs[Y.rootOf(L)];
  bool Uninit =
      Root.Kind == Location::LocalVar ||
      (Root.Kind == Location::Pointee && Y.Syms[Root.A].Kind == Symbol::Fresh);
  bool Focus = E.match(L).has_value();
  if (Uninit || Y.depth(L) > 4 || (Y.hasAnyIndex(L) && !Focus)) {
    SymId O = Y.opaque(Y.site(3, Fn, Site, L), typeCon(Ty));
    retire(S, O);
    if (!Y.hasAnyIndex(L))
      S.setCell(L, Val::sym(O), {});
    return Val::sym(O);
  }
  if (std::optional<Val> V = E.constant(L))
    return *V;
  return Val::sym(Y.init(L, typeCon(Ty)));
}

/// Whether the place is reached through a pointer that a local holds.
bool Runner::heldByLocal(const Place &Pl) const {
  if (Pl.Base != Place::Deref || Pl.Ptr.Kind != Operand::Reg ||
      any_of(Pl.Path,
             [](const PathElem &El) { return El.Kind == PathElem::AnyIndex; }))
    return false;
  const Place *From = LoadedFrom.lookup(uint32_t(Pl.Ptr.Value));
  return From && From->Base == Place::Local && From->Path.empty();
}

/// A pointer to an element moves on: what was read of the last one is not true
/// of the next.
void Runner::forgetElements(State &S) {
  erase_if(S.Heap, [&](const Cell &C) {
    return !C.At && Y.hasAnyIndex(C.L) && !E.match(C.L);
  });
}

void Runner::eraseBelow(State &S, LocId L) {
  if (!Y.Locs[L].Inner)
    return;
  erase_if(S.Heap,
           [&](const Cell &C) { return C.L != L && Y.isWithin(C.L, L); });
}

void Runner::store(State &S, LocId L, Val V, Where At, bool IsInit) {
  eraseBelow(S, L);
  // An element whose index is not known: every element may have changed.
  if (Y.Locs[L].Kind == Location::AnyIndex) {
    LocId Parent = Y.Locs[L].Parent;
    for (Cell &C : S.Heap)
      if (C.L != L && Y.Locs[C.L].Parent == Parent &&
          Y.Locs[C.L].Kind == Location::Index)
        C.V = {};
    for (uint32_t I = 0; I < E.focus().Items.size(); ++I) {
      const Tracked &T = E.focus().Items[I];
      if (!T.Path.empty() && T.Path.back().Kind == PathElem::ConstIndex) {
        LocId El = Y.index(Parent, T.Path.back().Index);
        if (E.match(El))
          S.setCell(El, Val{}, At);
      }
    }
  }
  if (Y.Locs[Y.rootOf(L)].Kind != Location::LocalVar) {
    bool Back =
        V.isSym() && Y.Syms[V.N].Kind == Symbol::Init && Y.Syms[V.N].A == L;
    if (!Back)
      escape(S, V, At);
    LocId Obj = Y.Locs[L].Parent != None ? Y.Locs[L].Parent : L;
    if (auto M = E.match(L); M && M->Object != None)
      Obj = M->Object;
    if (!IsInit && !is_contained(S.Active, Obj) && S.Active.size() < 12)
      S.Active.push_back(Obj);
  }
  if (V.Kind == Val::Int && !IsInit)
    if (auto M = E.match(L); M && M->Item != 0)
      S.PhaseSet = true;
  S.setCell(L, V, At);
}

/// Another thread ran: what this path put into the subject of an object that
/// others can reach may have been taken out again.
void Runner::forgetShared(State &S, Where At) {
  SmallVector<std::pair<LocId, Con>, 4> Stored;
  for (const Cell &C : S.Heap) {
    auto M = E.match(C.L);
    // What came from another field is followed there.
    if (!M || M->Item != 0 || !C.V.isSym() || S.has(C.V.N, Effect::Freed) ||
        Y.Syms[C.V.N].Kind == Symbol::Init ||
        Y.Locs[Y.rootOf(C.L)].Kind == Location::LocalVar)
      continue;
    Stored.push_back({C.L, E.conOf(S, C.V)});
  }
  for (const auto &[L, C] : Stored) {
    SymId Now = Y.opaque(Y.site(13, Fn, At.Loc.Line, L));
    retire(S, Now);
    S.setCell(L, Val::sym(Now), At);
    S.conRef(Now, C);
  }
}

/// `*e->prev = next`: a store through a pointer that an object keeps may be to
/// any location of the type, so to the focus as well. List macros move the head
/// of a list so.
void Runner::storeThrough(State &S, LocId L, TypeId Ty, Where At) {
  if (Y.Locs[L].Kind != Location::Pointee || E.focus().empty())
    return;
  const Tracked &T = E.focus().Items[0];
  const Type &To = P.Types[Ty], &Held = P.Types[T.Type];
  auto Target = [&](const Type &X) {
    return X.Kind == TypeKind::Pointer &&
                   P.Types[X.Elem].Kind == TypeKind::Record
               ? P.Types[X.Elem].Record
               : None;
  };
  if (Target(To) == None || Target(To) != Target(Held))
    return;
  SmallVector<LocId, 8> Subjects;
  auto Note = [&](LocId X) {
    if (auto M = E.match(X); M && M->Item == 0 && !is_contained(Subjects, X))
      Subjects.push_back(X);
  };
  for (const Cell &C : S.Heap)
    Note(C.L);
  for (const Effect &Ef : S.Effects)
    if (Y.Syms[Ef.S].Kind == Symbol::Init)
      Note(Y.Syms[Ef.S].A);
  for (LocId X : Subjects)
    S.setCell(X, Val{}, At);
}

/// `e->prev->next = e->next` after a test of e->prev: e has a neighbour before
/// it, so it is not what a head points to.
bool Runner::unlinks(const State &S, LocId L, Val V) {
  const Location &Lo = Y.Locs[L];
  if (Lo.Kind != Location::Field || !V.isSym() ||
      Y.Locs[Lo.Parent].Kind != Location::Pointee)
    return false;
  SymId Before = Y.Locs[Lo.Parent].A;
  const Symbol &Prev = Y.Syms[Before], &Next = Y.Syms[V.N];
  if (Prev.Kind != Symbol::Init || Next.Kind != Symbol::Init ||
      !S.has(Before, Effect::Tested))
    return false;
  const Location &From = Y.Locs[Prev.A], &Follows = Y.Locs[Next.A];
  if (From.Kind != Location::Field || Follows.Kind != Location::Field ||
      From.Parent != Follows.Parent || From.B == Follows.B ||
      Follows.A != Lo.A || Follows.B != Lo.B ||
      Y.Locs[From.Parent].Kind != Location::Pointee)
    return false;
  SymId Element = Y.Locs[From.Parent].A;
  const Symbol &El = Y.Syms[Element];
  return El.Kind == Symbol::Init && E.match(El.A).has_value();
}

void Runner::zero(State &S, LocId L, Where At) {
  eraseBelow(S, L);
  S.setCell(L, Val::integer(0), At, /*Aggregate=*/true);
  if (Y.Locs[Y.rootOf(L)].Kind != Location::LocalVar &&
      !is_contained(S.Active, L) && S.Active.size() < 12)
    S.Active.push_back(L);
}

void Runner::havoc(State &S, LocId L, uint32_t Site, Where At) {
  eraseBelow(S, L);
  S.setCell(L, Val{}, At, /*Aggregate=*/true);
}

/// `*To = *From`: the focus and what is known of From's parts are copied, the
/// rest of To is unknown.
void Runner::copyRecord(State &S, LocId To, LocId From, TypeId Ty, Where At) {
  if (To == From)
    return;
  SmallVector<std::pair<LocId, Val>, 8> Values;
  auto Rebase = [&](LocId L, auto &Self) -> LocId {
    if (L == From)
      return To;
    Location Lo = Y.Locs[L];
    LocId Parent = Self(Lo.Parent, Self);
    switch (Lo.Kind) {
    case Location::Field:
      return Y.field(Parent, Lo.A, Lo.B);
    case Location::Index:
      return Y.index(Parent, Lo.A);
    default:
      return Y.anyIndex(Parent);
    }
  };
  for (const Cell &C : S.Heap)
    if (C.L != From && Y.isWithin(C.L, From) && !C.Aggregate)
      Values.push_back({C.L, C.V});
  // Focus items of the copied record that have no cell yet.
  uint32_t Record =
      P.Types[Ty].Kind == TypeKind::Record ? P.Types[Ty].Record : None;
  for (uint32_t I = 0; I < E.focus().Items.size(); ++I) {
    const Tracked &T = E.focus().Items[I];
    if (T.Record == None || T.Record != Record)
      continue;
    LocId L = E.locationOf(I, From);
    if (!S.cell(L))
      Values.push_back({L, E.peek(S, L)});
  }
  bool Zeroed = false;
  if (const Cell *C = S.cell(From))
    Zeroed = C->Aggregate && C->V.isNull();
  eraseBelow(S, To);
  S.setCell(To, Zeroed ? Val::integer(0) : Val{}, At, /*Aggregate=*/true);
  for (auto &[L, V] : Values) {
    LocId T = Rebase(L, Rebase);
    if (Y.Locs[Y.rootOf(T)].Kind != Location::LocalVar)
      escape(S, V, At);
    S.setCell(T, V, At);
  }
  if (Y.Locs[Y.rootOf(To)].Kind != Location::LocalVar &&
      !is_contained(S.Active, To) && S.Active.size() < 12)
    S.Active.push_back(To);
}

} // namespace retsan::solve
