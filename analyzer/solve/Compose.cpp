//===- Compose.cpp - one path of a callee at a call -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A path of the callee's summary is applied to the caller's state: its
// requirements are checked, then its effects, its final memory and its result
// are taken over. Everything that the callee read is read before anything is
// written.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"
#include "analyzer/solve/Substitution.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Whether path \p Q lets live what it could free.
static bool keeps(const Path &Q, SymId S) {
  const Con *C = Q.S.con(S);
  return !Q.Throws && !Q.S.has(S, Effect::Freed) && (!C || !C->isConst());
}

/// Whether some path of the summary lets live what others free.
static bool mayKeep(const Summary &Sum, SymId S) {
  return any_of(Sum.Paths, [&](const Path &Q) { return keeps(Q, S); });
}

/// Whether the callee lets live what it frees on \p Q, on another path that its
/// caller cannot tell from it. A path that does nothing at all with the value,
/// such as one without an allocator, keeps it for nobody.
static bool keepsAlike(const Summary &Sum, const Path &Q, SymId S) {
  return any_of(Sum.Paths, [&](const Path &O) {
    return keeps(O, S) && O.RetCon.meets(Q.RetCon) &&
           O.S.has(S, Effect::Used | Effect::Stored | Effect::Shown |
                          Effect::Released | Effect::Retained);
  });
}

/// Whether \p K is the size of `realloc(p, 0)`: on this path the callee frees a
/// parameter because an integer is 0, on others it gives a new block for it.
static bool isEmptyRealloc(const Program &P, const Function &Callee,
                           const Summary &Sum, const Path &Q, const Known &K,
                           const Symbols &From) {
  const Symbol &Size = From.Syms[K.S];
  if (Size.Kind != Symbol::Param || !K.C.isConst() || K.C.Lo != 0 ||
      !Q.Ret.isNull() || Size.A >= Callee.Locals.size() ||
      P.Types[Callee.Locals[Size.A].Type].Kind != TypeKind::Int)
    return false;
  return any_of(Q.S.Effects, [&](const Effect &Ef) {
    return (Ef.Flags & Effect::Freed) &&
           From.Syms[Ef.S].Kind == Symbol::Param &&
           any_of(Sum.Paths, [&](const Path &Other) {
             return !Other.Ret.isNull() && Other.S.has(Ef.S, Effect::Freed);
           });
  });
}

/// What the callee returns on \p Q. One that returns negative constants on some
/// paths and positive ones on none has errors below 0: what it hands on after a
/// look that it is not 0 is one of them.
static Con resultOf(const Summary &Sum, const Path &Q) {
  Con R = Q.RetCon;
  if (!R.excludesZero() || !R.contains(1) || !R.contains(-1))
    return R;
  bool Negative = false;
  for (const Path &O : Sum.Paths) {
    Negative |= O.RetCon.Hi < 0;
    if (O.RetCon.isConst() && O.RetCon.Lo > 0)
      return R;
  }
  if (Negative)
    R.refine(CmpOp::LT, 0);
  return R;
}

void Runner::compose(const Path &Q, uint32_t T, const Summary &Sum,
                     Substitution &Sub, Symbols &From, const State &Before,
                     const Instr &I, uint32_t Site, Where W, bool Relevant,
                     States &Next) {
  ++E.Steps;
  ++Steps;
  Sub.Made.clear();
  // Everything the callee read is read before anything is written.
  struct PostCell {
    LocId L;
    Val V;
    bool Aggregate;
    Where At;
  };
  SmallVector<std::pair<Val, Con>, 8> Pre;
  for (const Known &K : Q.S.Cons) {
    Val V = Sub.symbol(K.S);
    if (isEmptyRealloc(P, P.Functions[T], Sum, Q, K, From) &&
        V.Kind != Val::Int && !E.conOf(Before, V).isConst())
      return; // A size that was computed is not 0.
    if (From.exportableSym(K.S)) {
      Con C = E.conOf(Before, V);
      if (V.Kind == Val::Unknown || V.Kind == Val::Bits ||
          V.Kind == Val::Cond) {
        if (V.Kind != Val::Cond)
          continue;
      }
      Con Need = K.C;
      if (!Need.intersect(C))
        return; // This path cannot be taken from here.
    }
    Pre.push_back({V, K.C});
  }
  SmallVector<Relation, 2> Learned;
  for (const Relation &R : Q.S.Relations) {
    Val A = Sub.value(R.A), B = Sub.value(R.B);
    bool Known = A.Kind != Val::Unknown && B.Kind != Val::Unknown;
    if (Known && A == B && !A.Interior && !R.Equal)
      return; // Equal here, different on this path.
    if (Known && R.Equal && A != B && (A.isNull() || B.isNull()) &&
        E.conOf(Before, A.isNull() ? B : A).excludesZero())
      return;
    auto Named = [](const Val &V) { return V.isSym() || V.Kind == Val::Addr; };
    if (Named(A) && Named(B) && A != B)
      Learned.push_back({A, B, R.Equal});
  }
  SmallVector<std::pair<Val, Effect>, 8> Effects;
  for (const Effect &Ef : Q.S.Effects)
    Effects.push_back({Sub.symbol(Ef.S), Ef});
  Val FreedTwice;
  if (Q.S.Twice && Q.S.Twice.S != None)
    FreedTwice = Sub.symbol(Q.S.Twice.S);
  SmallVector<PostCell, 8> Post;
  for (const Cell &C : Q.S.Heap) {
    LocId L = Sub.location(C.L);
    if (L == None)
      continue;
    Post.push_back({L, Sub.value(C.V), C.Aggregate, C.At});
  }
  Val Ret = Sub.value(Q.Ret);
  if (Ret.Kind == Val::Unknown && I.Dst != None)
    Ret = Val::sym(Y.opaque(Y.site(12, Fn, Site, 0), typeCon(I.Type)));
  SmallVector<LocId, 4> Active, Followed, Observed;
  for (LocId L : Q.S.Followed)
    if (LocId M = Sub.location(L); M != None)
      Followed.push_back(M);
  for (LocId L : Q.S.Active)
    if (LocId M = Sub.location(L); M != None)
      Active.push_back(M);
  for (LocId L : Q.S.Observed)
    if (LocId M = Sub.location(L); M != None)
      Observed.push_back(M);

  State S = Before;
  retire(S, Sub.Made);
  for (auto &[V, C] : Pre) {
    if (V.Kind == Val::Cond) {
      bool Zero = C.contains(0), One = C.contains(1);
      if (Zero != One && !assume(S, V, One, W))
        return;
      continue;
    }
    if (!V.isSym())
      continue;
    if (!S.conRef(V.N, E.conOf(S, V)).intersect(C))
      return;
  }
  for (auto &[V, Ef] : Effects) {
    if (Ef.Flags & Effect::Freed) {
      // A part of an object that the callee frees only if it is told to is not
      // allocated by itself, nor is it the whole.
      if (V.Kind != Val::Addr || !mayKeep(Sum, Ef.S))
        V = wholeObject(V);
      const Symbol &Sy = From.Syms[Ef.S];
      if (Sy.Kind == Symbol::Param && Sy.A < I.Args.size())
        noteFree(S, I.Args[Sy.A], V);
    }
    if (!V.isSym())
      continue;
    // Both names of the site are taken: what was done to the old value is not
    // done to the new one.
    bool MadeThere = From.Syms[Ef.S].Kind == Symbol::Fresh ||
                     From.Syms[Ef.S].Kind == Symbol::Opaque;
    if (!MadeThere && is_contained(Sub.Made, SymId(V.N)) &&
        !Sub.Unknown.contains(SymId(V.N)))
      continue;
    Con C = E.conOf(S, V);
    Effect &M = S.effectRef(V.N);
    uint16_t Flags = Ef.Flags;
    // What a destructor reads of its object keeps nothing alive.
    if (I.Destroys && From.Syms[Ef.S].Kind == Symbol::Param &&
        From.Syms[Ef.S].A == 0 && !(M.Flags & Effect::Freed))
      Flags &= ~Effect::Used;
    if (C.isConst() && C.Lo == 0)
      Flags &= ~(Effect::Freed | Effect::Released);
    if ((Flags & (Effect::Freed | Effect::Released)) &&
        (M.Flags & Effect::Retained)) {
      Flags &= ~(Effect::Freed | Effect::Released);
      M.Flags &= ~Effect::Retained;
    }
    if (M.Flags & Effect::Freed) {
      if (Flags & Effect::Freed)
        noteTwice(S, V.N, M.FreeAt, Ef.FreeAt ? Ef.FreeAt : W);
      if (Flags & (Effect::Used | Effect::Stored))
        M.Flags |= Effect::UsedFreed;
    }
    if (!(M.Flags & (Effect::Used | Effect::Stored)) &&
        (Flags & (Effect::Used | Effect::Stored)))
      M.UseAt = Ef.UseAt ? Ef.UseAt : W;
    if (!(M.Flags & (Effect::Freed | Effect::Released)) &&
        (Flags & (Effect::Freed | Effect::Released))) {
      // Inside a wrapper without the focus, the caller's line is the telling
      // one.
      M.FreeAt = Relevant && Ef.FreeAt && From.Syms[Ef.S].Kind != Symbol::Param
                     ? Ef.FreeAt
                     : W;
    }
    if (!(M.Flags & Effect::Tested) && (Flags & Effect::Tested))
      M.TestAt = Ef.TestAt ? Ef.TestAt : W;
    if (S.PhaseSet && (Flags & Effect::Used))
      Flags |= Effect::Late;
    if ((Flags & Effect::Freed) && From.Syms[Ef.S].Kind == Symbol::Param &&
        !P.FreesArg[T] && keepsAlike(Sum, Q, Ef.S))
      Flags |= Effect::Partly;
    M.Flags |= Flags;
  }
  if (Q.S.Twice && !S.Twice) {
    S.Twice = Q.S.Twice;
    S.Twice.S = FreedTwice.isSym() && S.has(FreedTwice.N, Effect::Freed)
                    ? SymId(FreedTwice.N)
                    : SymId(None);
  }
  if (Q.S.ClobbersAll || !Q.S.Clobbers.empty()) {
    if (Q.S.ClobbersAll) {
      S.ClobbersAll = true;
      S.Clobbers.clear();
    }
    for (const Clobbered &X : Q.S.Clobbers)
      S.clobber(X);
    // A member of a union is written with its neighbours.
    auto Written = [&](const Location &Lo) {
      return Q.S.clobbers(Lo.A, Lo.B) ||
             (P.Records[Lo.A].Union &&
              any_of(Q.S.Clobbers, [&](auto &X) { return X.Record == Lo.A; }));
    };
    // What was made here and neither put away nor handed over is out of reach.
    auto InReach = [&](const Location &Root) {
      if (Root.Kind == Location::LocalVar)
        return false;
      return Root.Kind != Location::Pointee ||
             Y.Syms[Root.A].Kind != Symbol::Fresh ||
             S.has(Root.A, Effect::Shown) || any_of(I.Args, [&](auto &O) {
               const Val V = operand(Before, O);
               return V.isSym() && SymId(V.N) == Root.A;
             });
    };
    for (Cell &C : S.Heap)
      if (Y.Locs[C.L].Kind == Location::Field && !C.Aggregate &&
          !E.match(C.L) && Written(Y.Locs[C.L]) &&
          InReach(Y.Locs[Y.rootOf(C.L)]))
        C.V = {};
  }
  for (const PostCell &C : Post) {
    const Location &Lo = Y.Locs[C.L];
    if (C.Aggregate || Lo.Kind != Location::Pointee ||
        Y.Syms[Lo.A].Kind != Symbol::Init)
      continue;
    const Location &Kept = Y.Locs[Y.Syms[Lo.A].A];
    if (Kept.Kind == Location::Field)
      storeThrough(S, C.L, P.Types[P.Records[Kept.A].Fields[Kept.B].Type].Elem,
                   W);
  }
  for (const PostCell &C : Post) {
    if (C.Aggregate) {
      eraseBelow(S, C.L);
      S.setCell(C.L, C.V, C.At, true);
      continue;
    }
    eraseBelow(S, C.L);
    bool OutParam = !Relevant && E.match(C.L).has_value();
    S.setCell(C.L, C.V, OutParam ? W : C.At);
  }
  if (I.Dst != None) {
    S.setReg(I.Dst, Ret);
    const Con Result = resultOf(Sum, Q);
    if (Ret.isSym() && !Result.top())
      if (!S.conRef(Ret.N, E.conOf(S, Ret)).intersect(Result))
        return;
  }
  for (LocId L : Active)
    if (!is_contained(S.Active, L) && S.Active.size() < 12)
      S.Active.push_back(L);
  for (LocId L : Followed)
    if (!is_contained(S.Followed, L) && S.Followed.size() < 12)
      S.Followed.push_back(L);
  for (LocId L : Observed)
    if (!is_contained(S.Observed, L))
      S.Observed.push_back(L);
  S.WildUse |= Q.S.WildUse;
  S.AllocThrows |= Q.S.AllocThrows;
  S.PhaseSet |= Q.S.PhaseSet;
  S.FreesLike |= Q.S.FreesLike;
  S.FreesTabled |= Q.S.FreesTabled;
  for (const Relation &R : Learned)
    if (S.Relations.size() < 4 && !is_contained(S.Relations, R))
      S.Relations.push_back(R);
  if (Q.Throws) {
    raise(std::move(S), Site >> 12, I);
    return;
  }
  Next.push_back(std::move(S));
}

} // namespace retsan::solve
