//===- Memory.cpp - what single instructions do ---------------------------===//
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

#include "analyzer/solve/Counts.h"
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

//===----------------------------------------------------------------------===//
// Effects on symbols
//===----------------------------------------------------------------------===//

void Runner::use(State &S, Val V, Where At) {
  if (V.Kind == Val::Bits)
    V = Val::sym(Y.Bits[V.N].S);
  // A part of an object is in use: so is the object.
  if (V.Kind == Val::Addr)
    if (const Location &Root = Y.Locs[Y.rootOf(V.N)];
        Root.Kind == Location::Pointee)
      V = Val::sym(Root.A);
  if (!V.isSym())
    return;
  Effect &Ef = S.effectRef(V.N);
  if (Ef.Flags & Effect::Freed)
    Ef.Flags |= Effect::UsedFreed;
  if (!(Ef.Flags & Effect::Used))
    Ef.UseAt = At;
  Ef.Flags |= S.PhaseSet ? Effect::Used | Effect::Late : Effect::Used;
}

/// A use that would have crashed on null. The focus is left alone: a state in
/// which nothing but a crash excludes null is no guarded state. What goes on
/// the same way is not used by it.
void Runner::deref(State &S, Val V, Where At, bool TornDown) {
  if (!TornDown || (V.isSym() && S.has(V.N, Effect::Freed)))
    use(S, V, At);
  else if (V.isSym())
    S.effectRef(V.N).Flags |= Effect::Taken;
  if (V.isSym() && !isFocusSym(V.N))
    S.conRef(V.N, E.conOf(S, V)).refine(CmpOp::NE, 0);
}

/// \p V goes where others can find it: stored in memory or returned.
void Runner::escape(State &S, Val V, Where At) {
  if (!V.isSym())
    return;
  Effect &Ef = S.effectRef(V.N);
  if (!(Ef.Flags & (Effect::Used | Effect::Stored)))
    Ef.UseAt = At;
  Ef.Flags |= Effect::Stored;
}

/// The address of an object's first member is the object's own.
Val Runner::wholeObject(Val V) const {
  if (V.Kind != Val::Addr)
    return V;
  LocId L = V.N;
  while (Y.Locs[L].Kind == Location::Field &&
         Y.Locs[L].B == P.Records[Y.Locs[L].A].NumBases)
    L = Y.Locs[L].Parent;
  return Y.Locs[L].Kind == Location::Pointee && L != LocId(V.N)
             ? Val::sym(Y.Locs[L].A)
             : V;
}

void Runner::freeVal(State &S, Val V, Where At, bool Release) {
  V = wholeObject(V);
  if (!V.isSym())
    return;
  Con C = E.conOf(S, V);
  if (C.isConst() && C.Lo == 0)
    return; // free(NULL)
  Effect &Ef = S.effectRef(V.N);
  // Somebody else holds it from here on.
  if (Ef.Flags & Effect::Retained) {
    Ef.Flags &= ~Effect::Retained;
    return;
  }
  if (Release) {
    if (!(Ef.Flags & (Effect::Freed | Effect::Released)))
      Ef.FreeAt = At;
    Ef.Flags |= Effect::Released;
    return;
  }
  if (Ef.Flags & Effect::Freed) {
    Ef.Flags |= Effect::FreedAgain;
    noteTwice(S, V.N, Ef.FreeAt, At);
  } else {
    Ef.FreeAt = At;
  }
  Ef.Flags |= Effect::Freed;
}

/// An object of the focus' record goes that may be any of those at work here:
/// its pointer was read after code that may have changed it, or from a table.
void Runner::noteFree(State &S, const Operand &O, Val V) {
  if (E.focus().empty() || O.Kind != Operand::Reg || !V.isSym())
    return;
  uint32_t Record = E.focus().Items[0].Record;
  const Place *From = LoadedFrom.lookup(uint32_t(O.Value));
  if (!From || From->Path.empty() || Record == None)
    return;
  const Type &T = P.Types[From->Type];
  if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Kind != TypeKind::Record ||
      P.Types[T.Elem].Record != Record)
    return;
  if (Y.Syms[V.N].Kind != Symbol::Opaque) {
    if (From->Path.back().Kind != PathElem::AnyIndex ||
        From->Base != Place::Deref || From->Ptr.Kind != Operand::Reg)
      return;
    // The children of an object are not the object.
    const Place *Table = LoadedFrom.lookup(uint32_t(From->Ptr.Value));
    if (!Table ||
        (!Table->Path.empty() && Table->Path.back().Kind == PathElem::Field &&
         Table->Path.back().Record == Record))
      return;
    S.FreesTabled = true;
  }
  S.FreesLike = true;
}

/// What the subject of some object holds is freed although it was freed before.
/// Elements that are freed one after the other share a name, and so do places.
void Runner::noteTwice(State &S, SymId Sy, Where First, Where Again) {
  auto IsSubject = [&](LocId L) {
    auto M = E.match(L);
    return M && M->Item == 0 && !M->Maybe && !Y.hasAnyIndex(L);
  };
  if (S.Twice.First || E.focus().empty() ||
      (First.Loc.File == Again.Loc.File && First.Loc.Line == Again.Loc.Line))
    return;
  if ((Y.Syms[Sy].Kind == Symbol::Init && IsSubject(Y.Syms[Sy].A)) ||
      any_of(S.Heap, [&](const Cell &C) {
        return C.V.isSym() && SymId(C.V.N) == Sy && IsSubject(C.L);
      }))
    S.Twice = {First, Again};
}

/// One reference is given back: to whoever took it on this path, or for good.
void Runner::dropRef(State &S, Val V, Where At) {
  V = wholeObject(V);
  if (!V.isSym())
    return;
  freeVal(S, V, At, /*Release=*/false);
  if (S.has(V.N, Effect::Freed))
    S.effectRef(V.N).Flags |= Effect::Released;
}

bool Runner::refine(State &S, Val V, CmpOp Op, int64_t N, Where At) {
  switch (V.Kind) {
  case Val::Int: {
    Con C = Con::exactly(V.N);
    return C.refine(Op, N);
  }
  case Val::Addr:
  case Val::Func:
  case Val::Str: {
    if (N != 0)
      return true;
    return Op != CmpOp::EQ && Op != CmpOp::LT && Op != CmpOp::LE;
  }
  case Val::Sym: {
    SymId Sy = V.N;
    Effect &Ef = S.effectRef(Sy);
    if (!(Ef.Flags & Effect::Tested))
      Ef.TestAt = At;
    Ef.Flags |= Effect::Tested;
    Con Default = E.conOf(S, V);
    // What is known of (s & m) when s is a constant.
    if (Y.Syms[Sy].Kind == Symbol::Mask) {
      Con Whole = E.conOf(S, Val::sym(Y.Syms[Sy].A));
      if (Whole.isConst()) {
        Con C = Con::exactly(Whole.Lo & Y.Syms[Sy].B);
        return C.refine(Op, N);
      }
    }
    Con &C = S.conRef(Sy, Default);
    return C.refine(Op, N);
  }
  case Val::Cond: {
    bool MayBe[2];
    for (int64_t B : {0, 1}) {
      Con C = Con::exactly(B);
      MayBe[B] = C.refine(Op, N);
    }
    if (MayBe[0] && MayBe[1])
      return true;
    if (!MayBe[0] && !MayBe[1])
      return false;
    return assume(S, V, MayBe[1], At);
  }
  default:
    return true;
  }
}

bool Runner::assumeCmp(State &S, CmpOp Op, Val A, Val B, Where At) {
  if (A.Kind == Val::Int && B.Kind != Val::Int) {
    std::swap(A, B);
    Op = swapSides(Op);
  }
  if (B.Kind == Val::Int)
    return refine(S, A, Op, B.N, At);
  if (A == B && A.Kind != Val::Unknown)
    return Op == CmpOp::EQ || Op == CmpOp::LE || Op == CmpOp::GE;
  // `q = realloc(p, n); if (q != p) ...`: a block that stayed where it was is a
  // new one by the same name.
  auto IsNew = [&](const Val &New, const Val &Old) {
    return New.isSym() && Old.isSym() && Y.Syms[New.N].Kind == Symbol::Fresh &&
           !S.has(New.N, Effect::Freed) && S.has(Old.N, Effect::Freed);
  };
  if ((Op == CmpOp::EQ || Op == CmpOp::NE) && (IsNew(A, B) || IsNew(B, A)))
    return Op == CmpOp::NE;
  // A constant on one side may be known of a symbol.
  Con CA = E.conOf(S, A), CB = E.conOf(S, B);
  for (const Val &V : {A, B})
    if (V.isSym()) {
      Effect &Ef = S.effectRef(V.N);
      if (!(Ef.Flags & Effect::Tested))
        Ef.TestAt = At;
      Ef.Flags |= Effect::Tested;
    }
  if (CB.isConst())
    return refine(S, A, Op, CB.Lo, At);
  if (CA.isConst())
    return refine(S, B, swapSides(Op), CA.Lo, At);
  if (Op == CmpOp::EQ) {
    if (!CA.intersect(CB))
      return false;
  }
  auto Named = [](const Val &V) { return V.isSym() || V.Kind == Val::Addr; };
  if ((Op == CmpOp::EQ || Op == CmpOp::NE) && Named(A) && Named(B)) {
    Relation R{A, B, Op == CmpOp::EQ};
    for (const Relation &X : S.Relations)
      if ((X.A == A && X.B == B) || (X.A == B && X.B == A))
        return X.Equal == R.Equal;
    if (S.Relations.size() < 4)
      S.Relations.push_back(R);
  }
  return true;
}

bool Runner::assume(State &S, Val V, bool Truth, Where At) {
  if (V.Kind == Val::Cond) {
    Comparison C = Y.Conds[V.N];
    return assumeCmp(S, Truth ? C.Op : negate(C.Op), C.A, C.B, At);
  }
  if (V.Kind == Val::Unknown)
    return true;
  if (V.Kind == Val::Bits)
    return true;
  return refine(S, V, Truth ? CmpOp::NE : CmpOp::EQ, 0, At);
}

/// Symbols named by their site are made again: what was said of those made
/// before is no longer true of them.
void Runner::retire(State &S, ArrayRef<SymId> Made) {
  if (Made.empty())
    return;
  erase_if(S.Cons, [&](const Known &K) {
    return is_contained(Made, K.S) || (Y.Syms[K.S].Kind == Symbol::Mask &&
                                       is_contained(Made, Y.Syms[K.S].A));
  });
  SmallVector<SymId, 8> Old;
  for (SymId Sy : Made)
    if (Y.Syms[Sy].Kind != Symbol::Init && S.effect(Sy))
      Old.push_back(Sy);
  auto RootedAt = [&](LocId L, ArrayRef<SymId> Syms) {
    const Location &R = Y.Locs[Y.rootOf(L)];
    return R.Kind == Location::Pointee && is_contained(Syms, SymId(R.A));
  };
  for (const Cell &C : S.Heap) {
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    if (R.Kind == Location::Pointee && is_contained(Made, SymId(R.A)) &&
        Y.Syms[R.A].Kind != Symbol::Init && !is_contained(Old, SymId(R.A)))
      Old.push_back(R.A);
  }
  if (Old.empty())
    return;
  auto Is = [&](const Val &V) {
    return V.isSym() && is_contained(Old, SymId(V.N));
  };
  erase_if(S.Relations, [&](const Relation &R) { return Is(R.A) || Is(R.B); });
  for (Cell &C : S.Heap)
    if (Is(C.V))
      C.V = {};
  for (auto &R : S.Regs)
    if (Is(R.second))
      R.second = {};
  erase_if(S.Heap, [&](const Cell &C) { return RootedAt(C.L, Old); });
  erase_if(S.Effects, [&](const Effect &X) {
    const Symbol &Sx = Y.Syms[X.S];
    return is_contained(Old, X.S) ||
           (Sx.Kind == Symbol::Init && RootedAt(Sx.A, Old));
  });
  erase_if(S.Cons, [&](const Known &K) {
    const Symbol &Sx = Y.Syms[K.S];
    return Sx.Kind == Symbol::Init && RootedAt(Sx.A, Old);
  });
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

Val Runner::binary(const Instr &I, Val A, Val B, uint32_t Block,
                   uint32_t Site) {
  bool InLoop = G.LoopDepth[Block] > 0;
  // Conversions leave no trace: what was computed as unsigned may be looked at
  // as a signed number later, and be negative.
  auto Fresh = [&] {
    Con C = P.Types[I.Type].Kind == TypeKind::Bool ? typeCon(I.Type) : Con();
    return Val::sym(Y.opaque(Y.site(4, Fn, Site, 0), C));
  };
  if (A.Kind == Val::Int && B.Kind == Val::Int &&
      (!InLoop || I.Bop == BinOp::And || I.Bop == BinOp::Or)) {
    uint64_t X = A.N, Z = B.N;
    switch (I.Bop) {
    case BinOp::Add:
      return Val::integer(int64_t(X + Z));
    case BinOp::Sub:
      return Val::integer(int64_t(X - Z));
    case BinOp::Mul:
      return Val::integer(int64_t(X * Z));
    case BinOp::And:
      return Val::integer(int64_t(X & Z));
    case BinOp::Or:
      return Val::integer(int64_t(X | Z));
    case BinOp::Xor:
      return Val::integer(int64_t(X ^ Z));
    case BinOp::Shl:
      return Z < 63 ? Val::integer(int64_t(X << Z)) : Fresh();
    default:
      return Fresh();
    }
  }
  if (I.Bop == BinOp::And || I.Bop == BinOp::Or) {
    if (A.Kind == Val::Int)
      std::swap(A, B);
    if (B.Kind == Val::Int) {
      if (A.Kind == Val::Bits) {
        BitsOf X = Y.Bits[A.N];
        if (I.Bop == BinOp::Or)
          return Y.bits(X.S, X.Keep & ~B.N, X.Set | B.N);
        if ((X.Keep & B.N) == 0)
          return Val::integer(X.Set & B.N);
        // A test of bits that were kept is a test of the original.
        if ((X.Set & B.N) == 0 && (X.Keep & B.N) == B.N && isPowerOf2_64(B.N))
          return Val::sym(Y.mask(X.S, B.N));
        return Y.bits(X.S, X.Keep & B.N, X.Set & B.N);
      }
      if (A.isSym() && Y.Syms[A.N].Kind != Symbol::Mask) {
        if (I.Bop == BinOp::Or)
          return Y.bits(A.N, ~B.N, B.N);
        // `x & ~m` keeps most bits: an update. `x & m` picks a few: a test.
        if (popcount(uint64_t(B.N)) > 16)
          return Y.bits(A.N, B.N, 0);
        return Val::sym(Y.mask(A.N, B.N));
      }
    }
    return Fresh();
  }
  // Pointer arithmetic stays within the object.
  if ((I.Bop == BinOp::Add || I.Bop == BinOp::Sub) &&
      P.Types[I.Type].Kind == TypeKind::Pointer) {
    Val Ptr = A.isSym() || A.Kind == Val::Addr ? A : B;
    if (Ptr.isSym()) {
      Ptr.Interior = true;
      return Ptr;
    }
    if (Ptr.Kind == Val::Addr) {
      LocId L = Ptr.N;
      if (Y.Locs[L].Kind == Location::Index ||
          Y.Locs[L].Kind == Location::AnyIndex)
        return Val::addr(Y.anyIndex(Y.Locs[L].Parent));
      return Val::addr(Y.anyIndex(L));
    }
  }
  return Fresh();
}

/// Runs an instruction that is no call. False if no path goes on from it.
bool Runner::step(uint32_t B, uint32_t N, State &S) {
  const Instr &I = F.Blocks[B].Instrs[N];
  uint32_t Site = (B << 12) ^ N;
  Where W = at(I.Loc);
  auto Set = [&](Val V) {
    if (I.Dst != None)
      S.setReg(I.Dst, V);
  };
  switch (I.Opcode) {
  case Op::Load: {
    const Place &Pl = F.Places[I.P];
    if (Pl.Base == Place::Deref)
      deref(S, operand(S, Pl.Ptr), W, P.tearsDown(Fn, B, N));
    LocId L = placeLoc(S, Pl, Site);
    Val V = load(S, L, I.Type ? I.Type : Pl.Type, Site);
    // `e = &a[i]`: what e->f is stays the same until e is another.
    if (V.isSym() && Y.hasAnyIndex(L) && !E.match(L) && heldByLocal(Pl) &&
        !S.cell(L))
      S.setCell(L, V, {});
    // To follow another pointer of the object is to work on it.
    if (Y.Locs[L].Kind == Location::Field &&
        P.Types[Pl.Type].Kind == TypeKind::Pointer &&
        (!E.match(L) || E.match(L)->Item != 0) && Y.exportable(L) &&
        S.Followed.size() < 12 && !is_contained(S.Followed, Y.Locs[L].Parent))
      S.Followed.push_back(Y.Locs[L].Parent);
    Set(V);
    break;
  }
  case Op::Store: {
    const Place &Pl = F.Places[I.P];
    if (Pl.Base == Place::Deref)
      deref(S, operand(S, Pl.Ptr), W, P.tearsDown(Fn, B, N));
    Val V = operand(S, I.A);
    LocId L = placeLoc(S, Pl, Site);
    // An unknown scalar gets a name, so that it is one value from here on.
    if (V.Kind == Val::Unknown)
      V = Val::sym(Y.opaque(Y.site(5, Fn, Site, 0), typeCon(Pl.Type)));
    // `ready = work != NULL`: the guard says what the subject is.
    if (auto M = E.match(L); V.Kind == Val::Cond && M && M->Item != 0) {
      State Other = S;
      if (assume(Other, V, false, W)) {
        store(Other, L, Val::integer(0), W, I.Init);
        Forks.push_back(std::move(Other));
      }
      if (!assume(S, V, true, W))
        return false;
      V = Val::integer(1);
    }
    if (unlinks(S, L, V))
      return false;
    if ((Pl.Base == Place::Local &&
         P.Types[Pl.Type].Kind == TypeKind::Pointer) ||
        Y.hasAnyIndex(L))
      forgetElements(S);
    if (const Place *From = Pl.Base == Place::Deref && Pl.Path.empty() &&
                                    Pl.Ptr.Kind == Operand::Reg
                                ? LoadedFrom.lookup(Pl.Ptr.Value)
                                : nullptr;
        From && !From->Path.empty())
      storeThrough(S, L, Pl.Type, W);
    if (takesReference(P, F, I, Defs)) {
      const Location &Root = Y.Locs[Y.rootOf(L)];
      if (Root.Kind == Location::Pointee)
        S.effectRef(Root.A).Flags |= Effect::Retained;
    }
    store(S, L, V, W, I.Init);
    break;
  }
  case Op::Addr: {
    const Place &Pl = F.Places[I.P];
    Val Base = Pl.Base == Place::Deref ? operand(S, Pl.Ptr) : Val{};
    // &*p and &p[0] are p.
    LocId L = placeLoc(S, Pl, Site);
    if (Pl.Base == Place::Deref && Y.Locs[L].Kind == Location::Pointee &&
        Base.isSym())
      Set(Base);
    else if (Pl.Base == Place::Deref && Base.isSym() &&
             Y.Locs[L].Kind == Location::AnyIndex &&
             Y.Locs[Y.Locs[L].Parent].Kind == Location::Pointee) {
      Base.Interior = true;
      Set(Base);
    } else
      Set(Val::addr(L));
    break;
  }
  case Op::Move:
    Set(operand(S, I.A));
    break;
  case Op::Bin: {
    Val A = operand(S, I.A), C = operand(S, I.B);
    // x + c and x - c move the bounds of x.
    Con Moved;
    if ((I.Bop == BinOp::Add || I.Bop == BinOp::Sub) && A.isSym() &&
        C.Kind == Val::Int && C.N > -4096 && C.N < 4096 &&
        P.Types[I.Type].Kind != TypeKind::Pointer) {
      Con Was = E.conOf(S, A);
      int64_t By = I.Bop == BinOp::Add ? C.N : -C.N;
      constexpr int64_t Far = int64_t(1) << 40;
      if (Was.Lo > -Far)
        Moved.Lo = Was.Lo + By;
      if (Was.Hi < Far)
        Moved.Hi = Was.Hi + By;
    }
    Val R = binary(I, A, C, B, Site);
    if (R.isSym() && Y.Syms[R.N].Kind == Symbol::Opaque && R != A && R != C) {
      retire(S, SymId(R.N));
      if (!Moved.top()) {
        Con New = Y.Syms[R.N].Default;
        if (New.intersect(Moved))
          S.conRef(R.N, New) = New;
      }
    }
    Set(R);
    break;
  }
  case Op::Cmp: {
    Val A = operand(S, I.A), C = operand(S, I.B);
    if (A.Kind == Val::Int && C.Kind == Val::Int) {
      Con K = Con::exactly(A.N);
      Set(Val::integer(K.refine(I.Cop, C.N)));
    } else if (A.Kind == Val::Unknown || C.Kind == Val::Unknown) {
      Set({});
    } else {
      Set(Y.compare(I.Cop, A, C));
    }
    break;
  }
  case Op::Not: {
    Val A = operand(S, I.A);
    if (A.Kind == Val::Int)
      Set(Val::integer(!A.N));
    else if (A.Kind == Val::Cond) {
      Comparison C = Y.Conds[A.N];
      Set(Y.compare(negate(C.Op), C.A, C.B));
    } else if (A.Kind == Val::Unknown)
      Set({});
    else
      Set(Y.compare(CmpOp::EQ, A, Val::integer(0)));
    break;
  }
  case Op::New: {
    // Where there is no memory left, what was just freed stays behind.
    if (I.Type && !freedSubjects(S).empty()) {
      State Failed = S;
      Failed.AllocThrows = true;
      raise(std::move(Failed));
    }
    uint32_t Made = Y.site(6, Fn, Site, 0);
    SymId Sy = Y.fresh(Made, /*NotNull=*/true);
    if (S.holds(Sy))
      if (SymId Other = Y.fresh(Made, true, 1); !S.holds(Other))
        Sy = Other;
    retire(S, Sy);
    if (I.Zeroed)
      zero(S, Y.pointee(Sy), W);
    Set(Val::sym(Sy));
    break;
  }
  case Op::Free:
    noteFree(S, I.A, operand(S, I.A));
    freeVal(S, operand(S, I.A), W, false);
    break;
  case Op::Release:
    freeVal(S, operand(S, I.A), W, true);
    break;
  case Op::Use:
    use(S, operand(S, I.A), W);
    break;
  case Op::CopyRec: {
    for (uint32_t Pl : {I.P, I.P2})
      if (F.Places[Pl].Base == Place::Deref)
        use(S, operand(S, F.Places[Pl].Ptr), W);
    copyRecord(S, placeLoc(S, F.Places[I.P], Site),
               placeLoc(S, F.Places[I.P2], Site), F.Places[I.P].Type, W);
    break;
  }
  case Op::Zero:
    if (F.Places[I.P].Base == Place::Deref)
      use(S, operand(S, F.Places[I.P].Ptr), W);
    zero(S, placeLoc(S, F.Places[I.P], Site), W);
    break;
  case Op::Havoc:
    havoc(S, placeLoc(S, F.Places[I.P], Site), Site, W);
    break;
  case Op::Invalidate:
  case Op::EndLocal:
    break;
  case Op::Call:
    break;
  }
  return true;
}

} // namespace retsan::solve
