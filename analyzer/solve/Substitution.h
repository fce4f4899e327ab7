//===- Substitution.h - a callee's symbols in the caller ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A summary speaks of the callee's parameters, globals and entry values. At a
// call each of its symbols is what the caller holds there; what the callee made
// gets a name of the call's own. One translation serves all paths of a summary.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SUBSTITUTION_H
#define RETSAN_ANALYZER_SOLVE_SUBSTITUTION_H

#include "analyzer/solve/Engine.h"

#include "llvm/ADT/STLExtras.h"

namespace retsan::solve {

/// Replaces the symbols of a callee's summary by values of the caller. One
/// serves all paths of the summary.
class Substitution {
public:
  Substitution(Engine &E, Symbols &From, const State &Before,
               llvm::ArrayRef<Val> Args, uint32_t Fn, uint32_t Site)
      : E(E), To(E.symbols()), From(From), Before(Before), Args(Args), Fn(Fn),
        Site(Site) {}

  Val value(const Val &V) {
    switch (V.Kind) {
    case Val::Sym: {
      Val R = symbol(V.N);
      if (V.Interior && R.isSym())
        R.Interior = true;
      return R;
    }
    case Val::Addr: {
      LocId L = location(V.N);
      return L == None ? Val{} : Val::addr(L);
    }
    case Val::Cond: {
      Comparison C = From.Conds[V.N];
      Val A = value(C.A), B = value(C.B);
      if (A.Kind == Val::Unknown || B.Kind == Val::Unknown)
        return {};
      if (A.Kind == Val::Int && B.Kind == Val::Int) {
        Con K = Con::exactly(A.N);
        return Val::integer(K.refine(C.Op, B.N));
      }
      return To.compare(C.Op, A, B);
    }
    case Val::Bits: {
      BitsOf X = From.Bits[V.N];
      Val R = symbol(X.S);
      if (R.Kind == Val::Int)
        return Val::integer((R.N & X.Keep) | X.Set);
      if (R.isSym())
        return To.bits(R.N, X.Keep, X.Set);
      if (R.Kind == Val::Bits) {
        BitsOf Z = To.Bits[R.N];
        return To.bits(Z.S, Z.Keep & X.Keep, (Z.Set & X.Keep) | X.Set);
      }
      return {};
    }
    default:
      return V;
    }
  }

  Val symbol(SymId S) {
    if (auto It = Memo.find(S); It != Memo.end()) {
      for (SymId M : It->second.Made)
        note(M);
      return It->second.V;
    }
    // Collect what this symbol alone makes: other paths make it, too.
    llvm::SmallVector<SymId, 4> Outer = std::move(Made);
    Made.clear();
    Known K;
    K.V = compute(S);
    K.Made.assign(Made.begin(), Made.end());
    Made = std::move(Outer);
    for (SymId M : K.Made)
      note(M);
    Val V = K.V;
    Memo[S] = std::move(K);
    return V;
  }

  LocId location(LocId L) {
    const Location Lo = From.Locs[L];
    switch (Lo.Kind) {
    case Location::Global:
      return To.global(Lo.A);
    case Location::LocalVar:
      return None;
    case Location::Pointee: {
      Val V = symbol(Lo.A);
      if (V.Kind == Val::Addr)
        return V.N;
      if (!V.isSym())
        return None;
      LocId R = To.pointee(V.N);
      return V.Interior ? To.anyIndex(R) : R;
    }
    default:
      break;
    }
    LocId Parent = location(Lo.Parent);
    if (Parent == None)
      return None;
    if (Lo.Kind == Location::Field)
      return To.field(Parent, Lo.A, Lo.B);
    if (Lo.Kind == Location::Index)
      return To.index(Parent, Lo.A);
    return To.Locs[Parent].Kind == Location::AnyIndex ? Parent
                                                      : To.anyIndex(Parent);
  }

  /// Symbols that the path in hand makes anew.
  llvm::SmallVector<SymId, 4> Made;
  /// Those of them that name what the callee found: nothing was known of it.
  llvm::SmallDenseSet<SymId, 4> Unknown;

private:
  Val compute(SymId S) {
    const Symbol Sy = From.Syms[S];
    switch (Sy.Kind) {
    case Symbol::Param:
      if (Sy.A < Args.size() && Args[Sy.A].Kind != Val::Unknown)
        return Args[Sy.A];
      return unknown(To.opaque(To.site(20, Fn, Site, S), Sy.Default));
    case Symbol::Init: {
      LocId L = location(Sy.A);
      if (L == None || To.depth(L) > 4)
        return unknown(To.opaque(To.site(21, Fn, Site, S), Sy.Default));
      Val V = E.peek(Before, L);
      if (V.isSym() && To.Syms[V.N].Kind == Symbol::Init && To.Syms[V.N].A == L)
        return Val::sym(To.init(L, Sy.Default));
      if (V.Kind == Val::Unknown)
        return unknown(To.opaque(To.site(21, Fn, Site, S), Sy.Default));
      return V;
    }
    case Symbol::Fresh: {
      uint32_t At = To.site(22, Fn, Site, S);
      unsigned Gen = Before.unheld(To.freshOf(At, Sy.NotNull));
      return made(To.fresh(At, Sy.NotNull, Gen));
    }
    case Symbol::Opaque: {
      uint32_t At = To.site(23, Fn, Site, S);
      unsigned Gen = Before.unheld(To.opaquesOf(At));
      return made(To.opaque(At, Sy.Default, Gen));
    }
    case Symbol::Mask: {
      Val V = symbol(Sy.A);
      if (V.Kind == Val::Int)
        return Val::integer(V.N & Sy.B);
      if (V.isSym() && To.Syms[V.N].Kind != Symbol::Mask)
        return Val::sym(To.mask(V.N, Sy.B));
      if (V.Kind == Val::Bits) {
        BitsOf X = To.Bits[V.N];
        if ((X.Keep & Sy.B) == 0)
          return Val::integer(X.Set & Sy.B);
        if ((X.Keep & Sy.B) == Sy.B && (X.Set & Sy.B) == 0)
          return Val::sym(To.mask(X.S, Sy.B));
      }
      return made(To.opaque(To.site(24, Fn, Site, S), {}));
    }
    }
    return {};
  }
  void note(SymId S) {
    if (!llvm::is_contained(Made, S))
      Made.push_back(S);
  }
  Val made(SymId S) {
    note(S);
    return Val::sym(S);
  }
  Val unknown(SymId S) {
    Unknown.insert(S);
    return made(S);
  }

  Engine &E;
  Symbols &To, &From;
  const State &Before;
  llvm::ArrayRef<Val> Args;
  uint32_t Fn, Site;
  struct Known {
    Val V;
    llvm::SmallVector<SymId, 2> Made;
  };
  llvm::SmallDenseMap<SymId, Known, 16> Memo;
};

} // namespace retsan::solve

#endif
