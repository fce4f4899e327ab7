//===- Effects.cpp - what a path does with values -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Uses, frees, references given back, and what a test of a value teaches. They
// are kept with the symbol and not with the place that held it, so that copies
// and moves between fields come out right.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

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
  Ef.Flags |= Effect::Stored | Effect::Shown;
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
  if (Ef.Flags & Effect::Freed)
    noteTwice(S, V.N, Ef.FreeAt, At);
  else
    Ef.FreeAt = At;
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
void Runner::noteTwice(State &S, SymId Sy, Where First, Where Again) {
  auto IsSubject = [&](LocId L) {
    auto M = E.match(L);
    return M && M->Item == 0 && !M->Maybe && !Y.hasAnyIndex(L);
  };
  if (S.Twice || E.focus().empty())
    return;
  if ((Y.Syms[Sy].Kind == Symbol::Init && IsSubject(Y.Syms[Sy].A)) ||
      any_of(S.Heap, [&](const Cell &C) {
        return C.V.isSym() && SymId(C.V.N) == Sy && IsSubject(C.L);
      }))
    S.Twice = {Sy, First, Again};
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
  if (is_contained(Made, S.Twice.S))
    S.Twice.S = None;
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
  for (InReg &R : S.Regs)
    if (Is(R.V))
      R.V = {};
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

} // namespace retsan::solve
