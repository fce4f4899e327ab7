//===- Symbols.cpp - values, symbols and locations ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Symbols.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace retsan::solve {

using facts::CmpOp;

bool Con::contains(int64_t V) const {
  if (V < Lo || V > Hi)
    return false;
  for (unsigned I = 0; I < NumNe; ++I)
    if (Ne[I] == V)
      return false;
  return true;
}

bool Con::refine(CmpOp Op, int64_t V) {
  switch (Op) {
  case CmpOp::EQ:
    if (!contains(V)) {
      Lo = 1, Hi = 0;
      return false;
    }
    Lo = Hi = V;
    NumNe = 0;
    return true;
  case CmpOp::NE:
    if (!contains(V))
      return !empty();
    if (NumNe < 3) {
      Ne[NumNe++] = V;
      llvm::sort(Ne, Ne + NumNe);
    }
    break;
  case CmpOp::LT:
    Hi = V == Min ? (Lo = 1, 0) : std::min(Hi, V - 1);
    break;
  case CmpOp::LE:
    Hi = std::min(Hi, V);
    break;
  case CmpOp::GT:
    Lo = V == Max ? (Hi = 0, 1) : std::max(Lo, V + 1);
    break;
  case CmpOp::GE:
    Lo = std::max(Lo, V);
    break;
  }
  // A hole at an end moves the end; a hole outside is no news.
  for (bool Again = true; Again && !empty();) {
    Again = false;
    for (unsigned I = 0; I < NumNe; ++I) {
      if (Ne[I] == Lo)
        ++Lo, Again = true;
      else if (Ne[I] == Hi)
        --Hi, Again = true;
      else if (Ne[I] > Lo && Ne[I] < Hi)
        continue;
      for (unsigned J = I + 1; J < NumNe; ++J)
        Ne[J - 1] = Ne[J];
      --NumNe;
      --I;
    }
  }
  return !empty();
}

bool Con::intersect(const Con &O) {
  if (!refine(CmpOp::GE, O.Lo) || !refine(CmpOp::LE, O.Hi))
    return false;
  for (unsigned I = 0; I < O.NumNe; ++I)
    if (!refine(CmpOp::NE, O.Ne[I]))
      return false;
  return !empty();
}

Con Con::hull(const Con &A, const Con &B) {
  Con R;
  R.Lo = std::min(A.Lo, B.Lo);
  R.Hi = std::max(A.Hi, B.Hi);
  for (unsigned I = 0; I < A.NumNe; ++I)
    if (!B.contains(A.Ne[I]) && R.NumNe < 3)
      R.Ne[R.NumNe++] = A.Ne[I];
  for (unsigned I = 0; I < B.NumNe; ++I)
    if (!A.contains(B.Ne[I]) && R.NumNe < 3 &&
        std::find(R.Ne, R.Ne + R.NumNe, B.Ne[I]) == R.Ne + R.NumNe)
      R.Ne[R.NumNe++] = B.Ne[I];
  if (R.NumNe > 1)
    llvm::sort(R.Ne, R.Ne + R.NumNe);
  return R;
}

CmpOp negate(CmpOp Op) {
  switch (Op) {
  case CmpOp::EQ:
    return CmpOp::NE;
  case CmpOp::NE:
    return CmpOp::EQ;
  case CmpOp::LT:
    return CmpOp::GE;
  case CmpOp::LE:
    return CmpOp::GT;
  case CmpOp::GT:
    return CmpOp::LE;
  case CmpOp::GE:
    return CmpOp::LT;
  }
  return Op;
}

CmpOp swapSides(CmpOp Op) {
  switch (Op) {
  case CmpOp::LT:
    return CmpOp::GT;
  case CmpOp::LE:
    return CmpOp::GE;
  case CmpOp::GT:
    return CmpOp::LT;
  case CmpOp::GE:
    return CmpOp::LE;
  default:
    return Op;
  }
}

SymId Symbols::sym(Symbol S) {
  auto [It, New] = SymIds.try_emplace(
      Triple{(uint64_t(S.Kind) << 32) | S.A, uint64_t(S.B), 0}, Syms.size());
  if (New)
    Syms.push_back(S);
  return It->second;
}

LocId Symbols::loc(Location L) {
  uint64_t Head = (uint64_t(L.Kind) << 32) | L.Parent;
  auto [It, New] = LocIds.try_emplace(Triple{Head, L.A, L.B}, Locs.size());
  if (New) {
    L.Root = L.Parent == None ? LocId(Locs.size()) : Locs[L.Parent].Root;
    L.Level = L.Parent == None ? 0 : Locs[L.Parent].Level + 1;
    if (L.Parent != None)
      Locs[L.Parent].Inner = true;
    Locs.push_back(L);
  }
  return It->second;
}

template <typename Make>
uint32_t Symbols::numbered(std::vector<uint32_t> &Table, size_t I, Make New) {
  if (I >= Table.size())
    Table.resize(std::max(I + 1, 2 * Table.size()), None);
  if (Table[I] == None) {
    uint32_t Id = New();
    Table[I] = Id;
  }
  return Table[I];
}

SymId Symbols::param(uint32_t I, Con Default) {
  return numbered(ParamOf, I, [&] {
    Syms.push_back({Symbol::Param, I, 0, 0, false, Default});
    return Syms.size() - 1;
  });
}

SymId Symbols::init(LocId L, Con Default) {
  return numbered(InitOf, L, [&] {
    Syms.push_back({Symbol::Init, L, 0, uint8_t(depth(L) + 1), false, Default});
    return Syms.size() - 1;
  });
}

SymId Symbols::fresh(uint32_t Site, bool NotNull, unsigned Gen) {
  unsigned Which = unsigned(NotNull) + 2 * Gen;
  return numbered(FreshOf, 2 * Generations * size_t(Site) + Which, [&] {
    Syms.push_back({Symbol::Fresh, Site, int64_t(Which), 0, NotNull, {}});
    return Syms.size() - 1;
  });
}

SymId Symbols::opaque(uint32_t Site, Con Default, unsigned Gen) {
  return numbered(OpaqueOf, Generations * size_t(Site) + Gen, [&] {
    Syms.push_back({Symbol::Opaque, Site, int64_t(Gen), 0, false, Default});
    return Syms.size() - 1;
  });
}

LocId Symbols::pointee(SymId S) {
  return numbered(PointeeOf, S, [&] {
    Locs.push_back({Location::Pointee, None, S, 0, LocId(Locs.size()), 0});
    return Locs.size() - 1;
  });
}

SymId Symbols::mask(SymId S, int64_t M) {
  return sym({Symbol::Mask, S, M, Syms[S].Depth, false, {}});
}

uint32_t Symbols::site(uint32_t Kind, uint32_t A, uint32_t B, uint32_t C) {
  uint64_t Head = (uint64_t(Kind) << 32) | A;
  return SiteIds.try_emplace(Triple{Head, B, C}, SiteIds.size()).first->second;
}

Val Symbols::compare(CmpOp Op, Val A, Val B) {
  auto Pack = [](const Val &V) {
    return (uint64_t(V.Kind) << 56) ^ (uint64_t(V.Interior) << 55) ^
           uint64_t(V.N);
  };
  auto [It, New] = CondIds.try_emplace(
      std::make_tuple(uint64_t(Op), Pack(A), Pack(B)), Conds.size());
  if (New)
    Conds.push_back({Op, A, B});
  return {Val::Cond, false, It->second};
}

Val Symbols::bits(SymId S, int64_t Keep, int64_t Set) {
  auto [It, New] =
      BitsIds.try_emplace(std::make_tuple(S, Keep, Set), Bits.size());
  if (New)
    Bits.push_back({S, Keep, Set});
  return {Val::Bits, false, It->second};
}

bool Symbols::isWithin(LocId L, LocId Ancestor) const {
  uint32_t Up = Locs[Ancestor].Level;
  if (Locs[L].Root != Locs[Ancestor].Root || Locs[L].Level < Up)
    return false;
  while (Locs[L].Level > Up)
    L = Locs[L].Parent;
  return L == Ancestor;
}

bool Symbols::hasAnyIndex(LocId L) const {
  for (; Locs[L].Parent != None; L = Locs[L].Parent)
    if (Locs[L].Kind == Location::AnyIndex)
      return true;
  return false;
}

uint8_t Symbols::depth(LocId L) const {
  const Location &R = Locs[rootOf(L)];
  return R.Kind == Location::Pointee ? Syms[R.A].Depth : 0;
}

bool Symbols::exportable(LocId L) const {
  const Location &R = Locs[rootOf(L)];
  if (R.Kind == Location::Global)
    return true;
  return R.Kind == Location::Pointee && exportableSym(R.A);
}

bool Symbols::exportableSym(SymId S) const {
  const Symbol &Y = Syms[S];
  switch (Y.Kind) {
  case Symbol::Param:
    return true;
  case Symbol::Init:
    return exportable(Y.A);
  case Symbol::Mask:
    return exportableSym(Y.A);
  default:
    return false;
  }
}

} // namespace retsan::solve
