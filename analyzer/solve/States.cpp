//===- States.cpp - which states are told apart ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The key of a state holds what the focus needs; states of a block with one key
// are joined, and what can no longer matter is forgotten. The levels of a key
// are those of property simulation (see Engine.h): the coarser, the less locals
// and values outside the focus tell states apart.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

bool Runner::isFocusSym(SymId S) {
  const Symbol &Sy = Y.Syms[S];
  if (Sy.Kind == Symbol::Mask)
    return isFocusSym(Sy.A);
  return Sy.Kind == Symbol::Init && E.match(Sy.A).has_value();
}

/// Symbols that point to objects of which the focus is known.
SmallVector<SymId, 8> Runner::focusRoots(const State &S) {
  SmallVector<SymId, 8> Roots;
  auto Note = [&](LocId L) {
    if (!E.match(L))
      return;
    const Location &R = Y.Locs[Y.rootOf(L)];
    if (R.Kind == Location::Pointee && !is_contained(Roots, R.A))
      Roots.push_back(R.A);
  };
  for (const Cell &C : S.Heap)
    Note(C.L);
  for (const Effect &Ef : S.Effects)
    if (Y.Syms[Ef.S].Kind == Symbol::Init)
      Note(Y.Syms[Ef.S].A);
  return Roots;
}

/// Whether \p S is a parameter, or bits of one: `if (flags & COPY)` tells two
/// paths apart that the same caller never both takes.
bool Runner::isParam(SymId S) const {
  const Symbol &Sy = Y.Syms[S];
  return Sy.Kind == Symbol::Param ||
         (Sy.Kind == Symbol::Mask && Y.Syms[Sy.A].Kind == Symbol::Param);
}

uint64_t Runner::pack(const Con &C) {
  uint64_t H = uint64_t(C.Lo) * 0x9E3779B97F4A7C15ull ^ (uint64_t(C.Hi) << 1);
  for (unsigned I = 0; I < C.NumNe; ++I)
    H = H * 31 + uint64_t(C.Ne[I]) + 7;
  return H;
}

Runner::Key Runner::keyOf(const State &S, unsigned Lv) {
  Key K;
  SmallVector<SymId, 8> Roots = focusRoots(S);
  // At the coarsest level only what a caller can see tells states apart.
  auto Seen = [&](LocId L) { return Lv < 2 || Y.exportable(L); };
  auto SeenSym = [&](SymId Sy) { return Lv < 2 || Y.exportableSym(Sy); };
  auto Value = [&](const Val &V) {
    K.push_back((uint64_t(V.Kind) << 1) | V.Interior);
    // Two generations of one site are the same to the focus.
    bool Made = V.isSym() && (Y.Syms[V.N].Kind == Symbol::Fresh);
    K.push_back(Made ? uint64_t(Y.Syms[V.N].A) << 32 : uint64_t(V.N));
    if (V.isSym()) {
      K.push_back(pack(E.conOf(S, V)));
      const Effect *Ef = S.effect(V.N);
      K.push_back(Ef ? Ef->Flags & (Effect::Freed | Effect::Released) : 0);
    }
  };
  for (const Cell &C : S.Heap) {
    const Location &L = Y.Locs[C.L];
    if (auto M = E.match(C.L)) {
      if (!Seen(C.L))
        continue;
      K.push_back(0x10000000000ull + C.L);
      Value(C.V);
      continue;
    }
    if (L.Kind == Location::LocalVar ||
        Y.Locs[Y.rootOf(C.L)].Kind == Location::LocalVar) {
      if (C.V.isSym() && SeenSym(C.V.N) &&
          (isFocusSym(C.V.N) || is_contained(Roots, SymId(C.V.N)))) {
        K.push_back(0x20000000000ull + C.L);
        Value(C.V);
      } else if (Lv == 0) {
        if (C.V.Kind == Val::Int || C.V.Kind == Val::Addr ||
            C.V.Kind == Val::Cond) {
          K.push_back(0x20000000000ull + C.L);
          Value(C.V);
        } else if (C.V.isSym()) {
          Con Cn = E.conOf(S, C.V);
          if (!Cn.top()) {
            K.push_back(0x30000000000ull + C.L);
            K.push_back(pack(Cn));
          }
        }
      }
      continue;
    }
    // What an out-parameter was set to.
    if (L.Kind == Location::Pointee && Y.Syms[L.A].Kind == Symbol::Param) {
      K.push_back(0x40000000000ull + C.L);
      if (C.V.isSym() && !isFocusSym(C.V.N))
        K.push_back(pack(E.conOf(S, C.V)));
      else
        Value(C.V);
    }
  }
  for (const Effect &Ef : S.Effects) {
    uint16_t Flags = 0;
    const Symbol &Sy = Y.Syms[Ef.S];
    if (!SeenSym(Ef.S))
      continue;
    if (isFocusSym(Ef.S))
      Flags = Ef.Flags &
              ~(Effect::Tested | Effect::Late | Effect::Partly | Effect::Taken);
    else if (Sy.Kind == Symbol::Param || Sy.Kind == Symbol::Fresh)
      Flags = Ef.Flags & (Effect::Freed | Effect::Released);
    else if (Sy.Kind == Symbol::Init &&
             Y.Locs[Sy.A].Kind == Location::Pointee &&
             Y.Syms[Y.Locs[Sy.A].A].Kind == Symbol::Param)
      Flags = Ef.Flags & (Effect::Freed | Effect::Released); // free(*out)
    else if (is_contained(Roots, Ef.S))
      Flags = Ef.Flags & Effect::Freed; // The object's own end.
    if (Flags) {
      K.push_back(0x50000000000ull + Ef.S);
      K.push_back(Flags);
    }
  }
  for (const Known &Kn : S.Cons)
    if ((isFocusSym(Kn.S) && SeenSym(Kn.S)) ||
        (Lv == 0 && (isParam(Kn.S) || isHook(Kn.S)))) {
      K.push_back(0x60000000000ull + Kn.S);
      K.push_back(pack(Kn.C));
    }
  for (const auto &[R, V] : S.Regs)
    if (V.Kind != Val::Unknown &&
        (Lv == 0 || (V.isSym() && isFocusSym(V.N) && SeenSym(V.N)))) {
      if (V.isSym() && !isFocusSym(V.N) && E.conOf(S, V).top())
        continue;
      K.push_back(0x70000000000ull + R);
      if (V.isSym() && !isFocusSym(V.N))
        K.push_back(pack(E.conOf(S, V)));
      else
        Value(V);
    }
  for (LocId L : S.Observed)
    K.push_back(0x80000000000ull + L);
  if (S.Twice && S.Twice.S != None)
    K.push_back(0x90000000000ull + S.Twice.S);
  K.push_back(S.WildUse * 2 + S.FreesLike);
  return K;
}

/// Joins the states of a block that a coarser key does not tell apart.
void Runner::coarsenBlock(uint32_t B, uint8_t To) {
  Level[B] = To;
  auto &L = Slots[B];
  std::vector<Slot> Old = std::move(L);
  L.clear();
  for (Slot &O : Old) {
    Key K = keyOf(O.S, To);
    auto It = llvm::find_if(L, [&](const Slot &X) { return X.K == K; });
    if (It == L.end()) {
      O.K = K;
      L.push_back(std::move(O));
    } else {
      Out->Coarse = true;
      It->Pending |= join(It->S, O.S, B, To);
    }
  }
}

/// Joins \p From into \p Into; true if Into changed.
bool Runner::join(State &Into, const State &From, uint32_t Block,
                  unsigned Level) {
  bool Changed = false;
  // What one path made and the other never saw keeps its fate.
  SmallVector<SymId, 4> Foreign;
  for (const Effect &O : From.Effects)
    if (Y.Syms[O.S].Kind == Symbol::Opaque && (O.Flags & Effect::Freed) &&
        !Into.effect(O.S) && !Into.holds(O.S) &&
        none_of(Into.Heap, [&](const Cell &C) {
          const Location &R = Y.Locs[Y.rootOf(C.L)];
          return R.Kind == Location::Pointee && R.A == O.S;
        }))
      Foreign.push_back(O.S);
  SmallVector<std::pair<SymId, Con>, 4> NewCons;
  // Names of joined values that mean something newer than they did in From.
  SmallVector<std::pair<SymId, Con>, 4> Renewed;
  SmallVector<SymId, 4>
      NewNames; // What Into knew of these was of older values.
  auto Blend = [&](const Val &A, const Val &B, uint32_t Kind,
                   uint32_t Id) -> Val {
    if (A == B || A.Kind == Val::Unknown)
      return A;
    const uint32_t Site = Y.site(100 + Kind, Fn, Block, Id);
    if (A.isSym() && Y.Syms[A.N].Kind == Symbol::Opaque &&
        Y.Syms[A.N].A == Site) {
      Renewed.push_back({SymId(A.N), E.conOf(From, B)});
      return A;
    }
    // An older value of this name may have been put away.
    const auto Names = Y.opaquesOf(Site);
    unsigned Gen = Into.unheld(Names);
    if (Names[Gen] != None && From.holds(Names[Gen]))
      Gen = 0;
    SymId J = Y.opaque(Site, {}, Gen);
    Renewed.push_back({J, Con::hull(E.conOf(Into, A), E.conOf(From, B))});
    if (!is_contained(NewNames, J))
      NewNames.push_back(J);
    NewCons.push_back({J, Con::hull(E.conOf(Into, A), E.conOf(From, B))});
    return Val::sym(J);
  };
  const Cell *Its = From.Heap.begin(); // Both are sorted.
  for (Cell &C : Into.Heap) {
    Val Other;
    while (Its != From.Heap.end() && Its->L < C.L)
      ++Its;
    if (Its != From.Heap.end() && Its->L == C.L)
      Other = Its->V;
    else if (Y.Locs[Y.rootOf(C.L)].Kind != Location::LocalVar)
      Other = E.peek(From, C.L);
    if (C.Aggregate && C.V != Other) {
      if (C.V.Kind != Val::Unknown) {
        C.V = {};
        Changed = true;
      }
      continue;
    }
    Val V = Blend(C.V, Other, 0, C.L);
    if (V != C.V) {
      C.V = V;
      Changed = true;
    }
  }
  SmallVector<Cell, 4> Missing;
  const Cell *Mine = Into.Heap.begin();
  for (const Cell &O : From.Heap) {
    while (Mine != Into.Heap.end() && Mine->L < O.L)
      ++Mine;
    if (Mine == Into.Heap.end() || Mine->L != O.L)
      Missing.push_back(O);
  }
  for (const Cell &O : Missing) {
    Changed = true;
    if (Y.Locs[Y.rootOf(O.L)].Kind == Location::LocalVar || O.Aggregate) {
      Into.setCell(O.L, Val{}, O.At, O.Aggregate);
      continue;
    }
    Val V = Blend(E.peek(Into, O.L), O.V, 0, O.L);
    Into.setCell(O.L, V, O.At, false);
  }
  for (auto &[R, V] : Into.Regs) {
    Val N = Blend(V, From.reg(R), 1, R);
    if (N != V) {
      V = N;
      Changed = true;
    }
  }
  erase_if(Into.Cons,
           [&](const Known &K) { return is_contained(NewNames, K.S); });
  // What was done to the object of such a name was done to another one.
  erase_if(Into.Effects, [&](const Effect &Ef) {
    if (is_contained(NewNames, Ef.S))
      return true;
    if (Y.Syms[Ef.S].Kind != Symbol::Init)
      return false;
    const Location &R = Y.Locs[Y.rootOf(Y.Syms[Ef.S].A)];
    return R.Kind == Location::Pointee && is_contained(NewNames, R.A);
  });
  auto IsRenewed = [&](SymId S) {
    return llvm::find_if(Renewed, [&](const auto &R) { return R.first == S; });
  };
  erase_if(Into.Cons, [&](Known &K) {
    const Con *O = From.con(K.S);
    if (auto R = IsRenewed(K.S); R != Renewed.end())
      O = &R->second;
    if (!O || O->top()) {
      Changed = true;
      return true;
    }
    Con H = Con::hull(K.C, *O);
    if (!(H == K.C)) {
      // Widen: an interval that moves once is given up.
      Changed = true;
      if (H.contains(0) && !K.C.contains(0))
        return true;
      Con W;
      if (!H.contains(0))
        W.refine(CmpOp::NE, 0);
      K.C = W;
      return W.top();
    }
    return false;
  });
  for (const auto &[S, C] : NewCons) {
    if (C.top())
      continue;
    Con W;
    if (!C.contains(0))
      W.refine(CmpOp::NE, 0);
    if (!W.top() && !Into.con(S))
      Into.conRef(S, W);
  }
  size_t Had = Into.Relations.size();
  erase_if(Into.Relations,
           [&](const Relation &R) { return !is_contained(From.Relations, R); });
  Changed |= Into.Relations.size() != Had;
  if (From.PhaseSet && !Into.PhaseSet)
    Into.PhaseSet = Changed = true;
  if (From.Twice && !Into.Twice) {
    Into.Twice = From.Twice;
    Changed = true;
  }
  // Where nothing is freed they are not asked for.
  auto Freed = [](const Effect &Ef) { return Ef.Flags & Effect::Freed; };
  SmallVector<SymId, 8> Roots;
  if (any_of(Into.Effects, Freed) || any_of(From.Effects, Freed))
    Roots = focusRoots(Into);
  for (const Effect &O : From.Effects) {
    if (IsRenewed(O.S) != Renewed.end())
      continue;
    if (is_contained(Foreign, O.S)) {
      Into.effectRef(O.S) = O;
      Changed = true;
      continue;
    }
    Effect &M = Into.effectRef(O.S);
    uint16_t Flags = O.Flags;
    // "Freed on one of two paths" is not freed, where the key does not split.
    bool Split = (isFocusSym(O.S) || Y.Syms[O.S].Kind == Symbol::Param ||
                  is_contained(Roots, O.S)) &&
                 (Level < 2 || Y.exportableSym(O.S));
    if (!Split && (M.Flags ^ Flags) & Effect::Freed) {
      Flags &= ~Effect::Freed;
      if (M.Flags & Effect::Freed)
        M.Flags &= ~Effect::Freed, Changed = true;
    }
    if ((M.Flags | Flags) != M.Flags) {
      M.Flags |= Flags;
      Changed = true;
    }
    if (!M.UseAt)
      M.UseAt = O.UseAt;
    if (!M.FreeAt)
      M.FreeAt = O.FreeAt;
    if (!M.TestAt)
      M.TestAt = O.TestAt;
  }
  for (LocId L : From.Active)
    if (!is_contained(Into.Active, L) && Into.Active.size() < 12)
      Into.Active.push_back(L);
  for (LocId L : From.Followed)
    if (!is_contained(Into.Followed, L) && Into.Followed.size() < 12)
      Into.Followed.push_back(L);
  if (From.ClobbersAll && !Into.ClobbersAll) {
    Into.ClobbersAll = true;
    Into.Clobbers.clear();
  }
  for (const Clobbered &X : From.Clobbers)
    Into.clobber(X);
  return Changed;
}

/// Two states are joined because there are too many: what the finer key tells
/// apart is lost.
void Runner::noteCoarse(const State &A, const State &B) {
  Out->Coarse = Out->Coarse || keyOf(A, 0) != keyOf(B, 0);
}

/// Forgets what can no longer matter at the entry of \p Block.
void Runner::prune(State &S, uint32_t Block) {
  const BitVector &Live = G.LiveLocals[Block];
  const BitVector &Regs = G.LiveRegs[Block];
  erase_if(S.Heap, [&](const Cell &C) {
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    return R.Kind == Location::LocalVar && R.B == Fn && R.A < Live.size() &&
           !Live[R.A];
  });
  erase_if(S.Regs,
           [&](const InReg &R) { return R.Reg < Regs.size() && !Regs[R.Reg]; });
  // Symbols that nothing refers to any more.
  SymSet &Held = E.Held;
  Held.clear();
  auto HoldVal = [&](const Val &V, auto &Self) -> void {
    if (V.isSym()) {
      Held.insert(V.N);
      if (Y.Syms[V.N].Kind == Symbol::Mask)
        Held.insert(Y.Syms[V.N].A);
    } else if (V.Kind == Val::Bits) {
      Held.insert(Y.Bits[V.N].S);
    } else if (V.Kind == Val::Cond) {
      Comparison C = Y.Conds[V.N];
      Self(C.A, Self);
      Self(C.B, Self);
    } else if (V.Kind == Val::Addr) {
      const Location &R = Y.Locs[Y.rootOf(V.N)];
      if (R.Kind == Location::Pointee)
        Held.insert(R.A);
    }
  };
  for (const Cell &C : S.Heap)
    HoldVal(C.V, HoldVal);
  for (const InReg &R : S.Regs)
    HoldVal(R.V, HoldVal);
  erase_if(S.Cons, [&](const Known &K) {
    if (isFocusSym(K.S) || isParam(K.S) || isHook(K.S))
      return false;
    return !Held.count(K.S);
  });
  std::optional<SmallVector<SymId, 8>> Roots; // Seldom asked for.
  erase_if(S.Effects, [&](const Effect &Ef) {
    if (isFocusSym(Ef.S) || keepsEffect(Ef.S) || Held.count(Ef.S) ||
        isLink(Ef.S))
      return false;
    if (!(Ef.Flags & Effect::Freed))
      return true;
    if (!Roots)
      Roots = focusRoots(S);
    return !is_contained(*Roots, Ef.S);
  });
}

/// Whether \p S is what the subject's target links to: `head->prev`.
bool Runner::isLink(SymId S) const {
  if (Y.Syms[S].Kind != Symbol::Init)
    return false;
  const Location &L = Y.Locs[Y.Syms[S].A];
  if (L.Kind != Location::Field || Y.Locs[L.Parent].Kind != Location::Pointee)
    return false;
  const Type &T = P.Types[P.Records[L.A].Fields[L.B].Type];
  if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != L.A)
    return false;
  const Symbol &Element = Y.Syms[Y.Locs[L.Parent].A];
  return Element.Kind == Symbol::Init && E.match(Element.A).has_value();
}

/// Whether \p S is an operation of a table that the caller gave: it may know
/// which ones the table has.
bool Runner::isHook(SymId S) const {
  if (Y.Syms[S].Kind != Symbol::Init)
    return false;
  const Location &L = Y.Locs[Y.Syms[S].A];
  return L.Kind == Location::Field &&
         P.Types[P.Records[L.A].Fields[L.B].Type].Kind == TypeKind::Function &&
         Y.Locs[L.Parent].Kind == Location::Pointee &&
         Y.Syms[Y.Locs[L.Parent].A].Kind == Symbol::Param;
}

/// Effects that a caller can make use of, besides those on the focus.
bool Runner::keepsEffect(SymId S) const {
  const Symbol &Sy = Y.Syms[S];
  if (Sy.Kind == Symbol::Param || Sy.Kind == Symbol::Fresh)
    return true;
  return Sy.Kind == Symbol::Init && Y.Locs[Sy.A].Kind == Location::Pointee &&
         Y.Syms[Y.Locs[Sy.A].A].Kind == Symbol::Param;
}

/// Joins paths of the summary that tell a caller the same about the focus, the
/// return value and the parameters' fate.
void Runner::coarsen(size_t Limit) {
  if (Out->Paths.size() <= Limit)
    return;
  std::vector<Path> Old = std::move(Out->Paths);
  Out->Paths.clear();
  std::vector<Key> Keys;
  for (Path &Q : Old) {
    Key K = keyOf(Q.S, 1);
    K.push_back(Q.Throws * 2 + Q.Cut);
    bool Null = Q.RetCon.isConst() && Q.RetCon.Lo == 0;
    K.push_back(Q.Ret.Kind == Val::Int    ? 2 + uint64_t(Q.Ret.N) * 8
                : Null                    ? 0
                : Q.RetCon.excludesZero() ? 3
                                          : 4);
    auto It = llvm::find(Keys, K);
    if (It == Keys.end()) {
      Keys.push_back(K);
      Out->Paths.push_back(std::move(Q));
      continue;
    }
    Path &Into = Out->Paths[It - Keys.begin()];
    noteCoarse(Into.S, Q.S);
    join(Into.S, Q.S, None - 2);
    Into.RetCon = Con::hull(Into.RetCon, Q.RetCon);
    if (Into.Ret != Q.Ret)
      Into.Ret = {};
  }
  PathKeys.clear();
}

} // namespace retsan::solve
