//===- Projection.cpp - paths of functions as transitions of objects ------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A path says what a function did to memory. The closure asks what that means
// for one object at a time: what the subject and the guards must be before,
// what they are after, whether the subject is used, freed or handed over, and
// whether the object itself is made or destroyed. One path that touches two
// objects makes two transitions.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Projection.h"
#include "analyzer/solve/Closure.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

bool isCopyOperation(const Program &P, uint32_t Fn, uint32_t Record) {
  const Function &F = P.Functions[Fn];
  if (F.Record == None || F.NumParams != 2 || F.Locals.size() < 2)
    return false;
  if (!F.Ctor && !P.nameOf(Fn).ends_with("operator="))
    return false;
  const Type &T = P.Types[F.Locals[1].Type];
  return T.Kind == TypeKind::Pointer &&
         P.Types[T.Elem].Kind == TypeKind::Record &&
         P.Types[T.Elem].Record == F.Record && (Record == None || F.Implicit);
}

bool isCopy(const Program &P, const Function &F, const Symbols &Y,
            const Location &Root) {
  if (Root.Kind != Location::Pointee)
    return false;
  const Symbol &S = Y.Syms[Root.A];
  return S.Kind == Symbol::Param && S.A < F.Locals.size() &&
         P.Types[F.Locals[S.A].Type].Kind == TypeKind::Record;
}

/// A path that touches no object of the record, but moves a global variable
/// that tells the phase of all of them.
void Closure::projectGlobals(uint32_t Fn, const Path &Q, bool Segment) {
  if (Q.S.WildUse || (Segment && Fn == E.program().Main && !Q.Cut) ||
      E.program().ExitHook[Fn])
    return;
  Symbols &Y = E.symbols();
  Transition Tr;
  Tr.Fn = Fn;
  Tr.Segment = Segment;
  Tr.Throws = Q.Throws;
  Tr.Once = E.context().isStartup(Fn) ||
            (Segment && Fn == E.program().Main && Q.Entered);
  Tr.Keeps = true;
  bool Moves = false;
  for (const Guard &G : Guards) {
    Tr.PreG.push_back({});
    Tr.PostG.push_back(std::nullopt);
    Tr.GuardAt.push_back({});
    if (E.focus().Items[G.Item].Global == None || G.Mask)
      continue;
    LocId GL = E.locationOf(G.Item, None);
    SymId Entry = Y.init(GL);
    if (const Con *C = Q.S.con(Entry))
      Tr.PreG.back() = *C;
    Val Now = E.peek(Q.S, GL);
    if (Now.isSym() && SymId(Now.N) == Entry)
      continue;
    Tr.PostG.back() = Now.Kind == Val::Unknown ? Con() : E.conOf(Q.S, Now);
    if (const Cell *C = Q.S.cell(GL))
      Tr.GuardAt.back() = C->At;
    Moves = true;
  }
  if (Moves)
    T.push_back(std::move(Tr));
}

/// One transition for each object that the path touches.
void Closure::project(uint32_t Fn, const Path &Q, bool Segment) {
  Symbols &Y = E.symbols();
  const Program &P = E.program();
  const Function &F = P.Functions[Fn];
  const State &St = Q.S;
  bool GlobalFocus = E.focus().Items[0].Global != None;

  if (St.FreesTabled)
    FreesTabled.insert(Fn);
  SmallVector<LocId, 4> Objects;
  auto Note = [&](LocId L) {
    if (auto M = E.match(L)) {
      LocId Obj = GlobalFocus ? LocId(None) : M->Object;
      if (!GlobalFocus && Obj == None)
        return;
      if (!is_contained(Objects, Obj))
        Objects.push_back(Obj);
    }
  };
  for (const Cell &C : St.Heap)
    Note(C.L);
  for (const Effect &Ef : St.Effects)
    if (Y.Syms[Ef.S].Kind == Symbol::Init)
      Note(Y.Syms[Ef.S].A);
  for (const Known &K : St.Cons) {
    SymId Sy = K.S;
    if (Y.Syms[Sy].Kind == Symbol::Mask)
      Sy = Y.Syms[Sy].A;
    if (Y.Syms[Sy].Kind == Symbol::Init)
      Note(Y.Syms[Sy].A);
  }
  // An object that was made and returned, or put into a variable of its type.
  auto Made = [&](const Val &V, TypeId T) {
    const Type &X = P.Types[T];
    if (GlobalFocus || !V.isSym() || V.Interior ||
        Y.Syms[V.N].Kind != Symbol::Fresh || X.Kind != TypeKind::Pointer ||
        P.Types[X.Elem].Kind != TypeKind::Record ||
        P.Types[X.Elem].Record != E.focus().Items[0].Record)
      return;
    LocId Obj = Y.pointee(V.N);
    if (!is_contained(Objects, Obj))
      Objects.push_back(Obj);
  };
  Made(Q.Ret, F.ReturnType);
  for (const Cell &C : St.Heap) {
    const Location &L = Y.Locs[C.L];
    if (L.Kind == Location::Global)
      Made(C.V, P.Globals[L.A].Type);
    else if (L.Kind == Location::Field)
      Made(C.V, P.Records[L.A].Fields[L.B].Type);
    else if (L.Kind == Location::Pointee && Y.Syms[L.A].Kind == Symbol::Param &&
             Y.Syms[L.A].A < F.Locals.size())
      Made(C.V, P.Types[F.Locals[Y.Syms[L.A].A].Type].Elem);
  }
  // Objects given whole to zeroing or copying, and fresh ones nothing was
  // written to.
  if (!GlobalFocus)
    for (const Cell &C : St.Heap)
      if (C.Aggregate && Y.Locs[C.L].Kind == Location::Pointee &&
          !is_contained(Objects, C.L)) {
        // Only if the focus is known to live there: a callee or this function's
        // record.
        const Symbol &Sy = Y.Syms[Y.Locs[C.L].A];
        if (Sy.Kind == Symbol::Param && F.Record != None && Sy.A == 0)
          Objects.push_back(C.L);
      }

  // An object whose only holders are freed on the path is lost, or freed with
  // them.
  auto isLost = [&](SymId Made) {
    bool Held = false;
    for (const Cell &C : St.Heap) {
      if (!C.V.isSym() || SymId(C.V.N) != Made)
        continue;
      const Location &R = Y.Locs[Y.rootOf(C.L)];
      if (R.Kind != Location::Pointee || !St.has(R.A, Effect::Freed))
        return false;
      Held = true;
    }
    return Held;
  };
  if (Objects.empty())
    projectGlobals(Fn, Q, Segment);
  for (LocId Obj : Objects) {
    if (!GlobalFocus) {
      const Location &Root = Y.Locs[Y.rootOf(Obj)];
      if (Root.Kind == Location::LocalVar || isCopy(P, F, Y, Root))
        continue;
    }
    Transition Tr;
    Tr.Fn = Fn;
    Tr.Segment = Segment;
    Tr.Throws = Q.Throws;
    Tr.AllocThrows = Q.S.AllocThrows;
    Tr.GlobalObject =
        GlobalFocus || Y.Locs[Y.rootOf(Obj)].Kind == Location::Global;

    // Fate of the object.
    bool Fresh = false, Escapes = false;
    if (!GlobalFocus) {
      const Location Root = Y.Locs[Y.rootOf(Obj)];
      if (Root.Kind == Location::Pointee) {
        SymId RS = Root.A;
        const Effect *Ef = St.effect(RS);
        if (Ef && (Ef->Flags & Effect::Freed))
          Tr.Fate = Transition::Destroyed;
        // What is returned only is the caller's: `return *this`.
        Tr.HandsOver = Ef && (Ef->Flags & Effect::Stored) &&
                       (Ef->Flags & Effect::Shown) &&
                       Y.Syms[RS].Kind == Symbol::Param;
        Fresh = Y.Syms[RS].Kind == Symbol::Fresh;
        Tr.LookedUp = Y.Syms[RS].Kind == Symbol::Opaque || Y.hasAnyIndex(Obj);
        Escapes = Ef && (Ef->Flags & Effect::Stored);
        if (Fresh && Tr.Fate != Transition::Destroyed) {
          // A part of an arena goes when the arena goes.
          const Location &Lo = Y.Locs[Obj];
          if (Lo.Kind != Location::Pointee &&
              (Lo.Kind != Location::Field ||
               P.Types[P.Records[Lo.A].Fields[Lo.B].Type].Kind !=
                   TypeKind::Record))
            continue;
          bool Returned = Q.Ret.isSym() && SymId(Q.Ret.N) == RS;
          if (!Returned && (!Escapes || isLost(RS)))
            continue;
          // malloc may have failed on this path.
          if (E.conOf(St, Val::sym(RS)).isConst())
            continue;
          Tr.Fate = Transition::Created;
        }
        if (Y.Syms[RS].Kind == Symbol::Param && P.EndHook[Fn])
          Tr.Fate = Transition::Destroyed;
        if (Y.Syms[RS].Kind == Symbol::Param && Y.Syms[RS].A == 0 &&
            F.Record != None) {
          if (F.Dtor)
            Tr.Fate = Transition::Destroyed;
          if (F.Ctor)
            Tr.Fate = Transition::Created;
        }
      }
    }
    if (St.FreesLike && Tr.Fate == Transition::Lives && !GlobalFocus &&
        Y.Locs[Y.rootOf(Obj)].Kind == Location::Pointee)
      Tr.Fate = Transition::Destroyed;
    // Where main returns the program ends, and its objects with it.
    if (Segment && Fn == P.Main && !Q.Cut) {
      if (Tr.Fate == Transition::Created)
        continue;
      Tr.Fate = Transition::Destroyed;
    }
    if (P.ExitHook[Fn] && Tr.Fate == Transition::Lives)
      Tr.Fate = Transition::Destroyed;
    Tr.Once =
        E.context().isStartup(Fn) || (Segment && Fn == P.Main && Q.Entered);
    Tr.ThreadEnds = Segment && Fn != P.Main && !Q.Cut;
    // Freed once more by who does not see that it is gone: it was not cleared.
    if (Val Now = E.peek(St, E.locationOf(0, Obj));
        St.Twice && Now.isSym() && SymId(Now.N) == St.Twice.S)
      // Without an effect the name means another value by now.
      if (const Effect *Ef = St.effect(Now.N);
          Ef && (Ef->Flags & Effect::Freed) &&
          !(Ef->Flags & (Effect::Released | Effect::Partly))) {
        Tr.Twice = true;
        Tr.FreeAt = Ef->FreeAt;
      }
    if (Fresh && Tr.Fate == Transition::Destroyed) {
      // Of an object that never was no state is left; the path is known.
      if (Tr.Twice && Tr.FreeAt && Tr.FreeAt.Fn != Fn) {
        Tr.PreG.resize(Guards.size());
        Tr.PostG.resize(Guards.size());
        Tr.GuardAt.resize(Guards.size());
        T.push_back(std::move(Tr));
      }
      continue;
    }
    Tr.Twice &= Tr.FreeAt && Tr.FreeAt.Fn != Fn;
    bool Raw = Tr.Fate == Transition::Created; // Entry values mean nothing.

    LocId FL = E.locationOf(0, Obj);
    SymId Entry = Y.init(FL);
    if (const Con *C = St.con(Entry))
      Tr.PreF = *C;
    if (const Effect *Ef = St.effect(Entry); Ef && !Raw) {
      bool Used = Ef->Flags & (Effect::Used | Effect::Stored);
      Tr.FreesHere = Ef->Flags & (Effect::Freed | Effect::Released);
      Tr.UsesAndFrees = Used && (Ef->Flags & Effect::Freed);
      Tr.Uses = Used && !Tr.UsesAndFrees;
      Tr.UsesLate = Ef->Flags & Effect::Late;
      Tr.Takes = Ef->Flags & Effect::Taken;
      Tr.Tests = Ef->Flags & Effect::Tested;
      Tr.Releases = Ef->Flags & Effect::Freed;
      Tr.Drops = Ef->Flags & Effect::Released;
      Tr.Retains = Ef->Flags & Effect::Retained;
      Tr.UsesFreed = Used;
      Tr.FreesAgain = Ef->Flags & Effect::Freed;
      Tr.UseAt = Ef->UseAt;
      if (Ef->FreeAt)
        Tr.FreeAt = Ef->FreeAt;
      Tr.TestAt = Ef->TestAt;
    }
    Tr.Guessed = St.WildUse && !Tr.Uses;
    if (St.WildUse)
      Tr.Uses = true;
    // The source of a copy is not used by being copied.
    if (isCopyOperation(P, Fn, None) && !GlobalFocus) {
      const Location &R = Y.Locs[Y.rootOf(Obj)];
      if (R.Kind == Location::Pointee && Y.Syms[R.A].Kind == Symbol::Param &&
          Y.Syms[R.A].A == 1)
        Tr.Uses = false;
    }

    // The subject afterwards.
    bool Copied = false;
    Val V = E.peek(St, FL);
    const Cell *Ce = St.cell(FL);
    if (Ce)
      Tr.StoreAt = Ce->At;
    else
      for (LocId At = FL; At != None && !Tr.StoreAt; At = Y.Locs[At].Parent)
        if (const Cell *A = St.cell(At))
          Tr.StoreAt = A->At;
    switch (V.Kind) {
    case Val::Int:
      Tr.Post = V.N == 0 ? Held::Null : Held::Unknown;
      Tr.Clears = V.N == 0;
      break;
    case Val::Sym: {
      SymId Sy = V.N;
      Con C = E.conOf(St, V);
      if (C.isConst() && C.Lo == 0) {
        Tr.Post = Held::Null;
        Tr.Keeps = Sy == Entry;
        break;
      }
      const Effect *Ef = St.effect(Sy);
      bool Freed = Ef && (Ef->Flags & Effect::Freed);
      if (Freed) {
        Tr.Post = Held::Freed;
        Tr.Unrefs = Ef->Flags & Effect::Released;
        Tr.Partly = Ef->Flags & Effect::Partly;
        Tr.FreeAt = Ef->FreeAt;
        Tr.Keeps = Sy == Entry;
        Tr.Shared = any_of(St.Heap, [&](const Cell &C) {
          auto M = E.match(C.L);
          if (!M || M->Item != 0 || M->Object == Obj || M->Object == None ||
              !C.V.isSym() || SymId(C.V.N) != Sy)
            return false;
          const Location &R = Y.Locs[Y.rootOf(M->Object)];
          return R.Kind == Location::Pointee && St.has(R.A, Effect::Freed);
        });
        break;
      }
      if (Sy == Entry && !Raw) {
        Tr.Keeps = true;
        Tr.Post = Held::Unknown;
        break;
      }
      if (Sy == Entry || (Y.Syms[Sy].Kind == Symbol::Opaque && Raw && !Ce)) {
        Tr.Post = Held::Unknown; // Not initialised.
        break;
      }
      Tr.Post = Held::NotNull;
      Tr.MaybeNull = !C.excludesZero();
      Tr.Made = Y.Syms[Sy].Kind == Symbol::Fresh && !V.Interior &&
                !(Q.Ret.isSym() && SymId(Q.Ret.N) == Sy);
      if (Y.Syms[Sy].Kind == Symbol::Init) {
        LocId From = Y.Syms[Sy].A;
        if (auto M = E.match(From); M && M->Item == 0 && M->Object != Obj &&
                                    isCopyOperation(P, Fn, None))
          Copied = true;
        if (auto M = E.match(From); M && M->Item != 0)
          Tr.Handoff = true;
        Val Now = E.peek(St, From);
        // `end = start + size`: not an owner at all.
        if (V.Interior && Now.isSym() && Now.N == V.N && !Now.Interior)
          Tr.Borrowed = true;
        if (Now == V) {
          Tr.Alias = true;
          const Location &Lo = Y.Locs[From];
          if (Lo.Kind == Location::Global)
            Tr.AliasName = P.str(P.Globals[Lo.A].Name).str();
          else if (Lo.Kind == Location::Field)
            Tr.AliasName = P.str(P.Records[Lo.A].Fields[Lo.B].Name).str();
        }
      }
      for (const Cell &C2 : St.Heap)
        if (C2.L != FL && C2.V.isSym() && SymId(C2.V.N) == Sy &&
            Y.Locs[C2.L].Kind != Location::LocalVar) {
          Tr.Alias = true;
          Tr.Borrowed |= V.Interior && !C2.V.Interior;
          const Location &Lo = Y.Locs[C2.L];
          if (Lo.Kind == Location::Global)
            Tr.AliasName = P.str(P.Globals[Lo.A].Name).str();
          else if (Lo.Kind == Location::Field)
            Tr.AliasName = P.str(P.Records[Lo.A].Fields[Lo.B].Name).str();
        }
      break;
    }
    case Val::Addr:
    case Val::Str:
    case Val::Func:
      Tr.Post = Held::NotNull;
      Tr.Borrowed = true;
      break;
    default:
      Tr.Post = Held::Unknown;
      break;
    }
    if (Ce == nullptr && V.Kind == Val::Unknown)
      Tr.Post = Held::Unknown;
    for (const Cell &C2 : St.Heap)
      Tr.Copies |= Tr.Keeps && C2.L != FL && C2.V.isSym() &&
                   SymId(C2.V.N) == Entry && !GlobalFocus &&
                   Y.isWithin(C2.L, Obj);
    if (Copied)
      continue; // The copy is in whatever state its original was.

    // Guards.
    for (const Guard &G : Guards) {
      bool ItemGlobal = E.focus().Items[G.Item].Global != None;
      LocId GL = E.locationOf(G.Item, ItemGlobal ? LocId(None) : Obj);
      SymId GE = Y.init(GL);
      Con Pre;
      SymId Key = G.Mask ? Y.mask(GE, G.Mask) : GE;
      if (const Con *C = St.con(Key))
        Pre = *C;
      else if (!G.Mask)
        Pre = Y.Syms[GE].Default;
      Tr.PreG.push_back(Raw ? Con() : Pre);
      Val GV = E.peek(St, GL);
      std::optional<Con> Post;
      Where W;
      if (const Cell *C = St.cell(GL))
        W = C->At;
      if (GV.isSym() && SymId(GV.N) == GE && !Raw) {
        // Not written.
      } else if (G.Mask) {
        if (GV.Kind == Val::Int)
          Post = Con::exactly(GV.N & G.Mask);
        else if (GV.Kind == Val::Bits) {
          BitsOf X = Y.Bits[GV.N];
          if ((X.Keep & G.Mask) == 0)
            Post = Con::exactly(X.Set & G.Mask);
          else if ((X.Set & G.Mask) == 0 && (X.Keep & G.Mask) == G.Mask &&
                   X.S == GE)
            Post = std::nullopt;
          else
            Post = Con();
        } else
          Post = Con();
      } else if (GV.Kind == Val::Unknown || (GV.isSym() && SymId(GV.N) == GE)) {
        Post = Con();
      } else {
        Post = E.conOf(St, GV);
        if (G.Pointer && GV.isSym() && St.has(GV.N, Effect::Freed))
          Post = Con(); // A freed guard has no meaning left.
      }
      Tr.PostG.push_back(Post);
      Tr.GuardAt.push_back(W);
    }
    for (LocId A : St.Active)
      if (GlobalFocus || A == Obj || Y.isWithin(A, Obj) || Y.isWithin(Obj, A))
        Tr.Active = true;
    for (LocId A : St.Followed)
      if (!GlobalFocus &&
          (A == Obj || Y.isWithin(A, Obj) || Y.isWithin(Obj, A)))
        Tr.Follows = true;
    Tr.Observed = is_contained(St.Observed, Obj);
    // A use in a teardown that no guard protects is a part of releasing.
    if (Tr.UsesAndFrees) {
      bool Guarded = false;
      for (const Con &C : Tr.PreG)
        Guarded |= !C.top() && !(C.Lo == 0 && C.Hi == Con::Max && !C.NumNe);
      if (Guarded && Tr.Fate == Transition::Lives)
        Tr.Uses = true;
    }
    T.push_back(std::move(Tr));
  }
}

} // namespace retsan::solve
