//===- Closure.cpp - the most-general client of one subject ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Closure.h"

#include "llvm/ADT/STLExtras.h"

#include <iterator>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Closure::Closure(Engine &E, std::vector<Guard> Guards, bool ClosedProgram)
    : E(E), Guards(std::move(Guards)), ClosedProgram(ClosedProgram) {}

/// Copying or moving a whole object: it says nothing of how the object is used.
static bool isCopyOperation(const Program &P, uint32_t Fn, uint32_t Record) {
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

void Closure::prepare() {
  if (Prepared)
    return;
  Prepared = true;
  const Program &P = E.program();
  const Context &C = E.context();
  std::set<uint32_t> Set;
  SmallVector<uint32_t, 32> Work;
  auto Add = [&](uint32_t Fn) {
    if (Set.insert(Fn).second)
      Work.push_back(Fn);
  };
  std::vector<uint32_t> Direct;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    for (size_t I = 0; I < E.focus().Items.size(); ++I) {
      uint32_t Sl = C.slotOf(E.focus().Items[I]);
      if (Sl == None || !(I == 0 ? C.touches(Fn, Sl, /*Direct=*/true)
                                 : C.writes(Fn, Sl, /*Direct=*/true)))
        continue;
      Direct.push_back(Fn);
      Add(Fn);
      break;
    }
  // A function that nobody outside can call is seen through its callers.
  std::set<uint32_t> Result;
  while (!Work.empty()) {
    uint32_t Fn = Work.pop_back_val();
    if (isCopyOperation(P, Fn, E.focus().Items[0].Record) &&
        P.Functions[Fn].Implicit)
      continue;
    if (E.context().callable(Fn)) {
      Result.insert(Fn);
    } else {
      for (const CallSite &Site : P.SitesOf[Fn])
        Add(Site.Function);
    }
  }
  // Who makes objects of the record makes start states, whatever else it does.
  uint32_t Record = E.focus().Items[0].Record;
  if (Record != None)
    for (uint32_t Fn : C.makersOf(Record))
      Result.insert(Fn);
  // Who allocates an object and has it initialised by a callee makes start
  // states.
  for (uint32_t Fn : Direct)
    for (const CallSite &Site : P.SitesOf[Fn])
      if (C.allocates(Site.Function) && C.callable(Site.Function))
        Result.insert(Site.Function);
  SmallVector<uint32_t, 6> Slots;
  for (const Tracked &T : E.focus().Items)
    Slots.push_back(C.slotOf(T));
  for (uint32_t Fn = 0; Record != None && Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    OthersWork |= !F.Ctor && !F.Dtor && !F.Implicit && !Result.count(Fn) &&
                  C.touchesRecord(Fn, Record, Slots) && C.callable(Fn);
  }
  // Copies that the compiler wrote carry a state from one object to another.
  for (uint32_t Fn : Result)
    if (!isCopyOperation(P, Fn, Record) || !P.Functions[Fn].Implicit)
      Entries.push_back(Fn);
  Parts.resize(Entries.size());
  Explored.resize(Entries.size());
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

/// Whether the location is in a record that the function was given by value.
static bool isCopy(const Program &P, const Function &F, const Symbols &Y,
                   const Location &Root) {
  if (Root.Kind != Location::Pointee)
    return false;
  const Symbol &S = Y.Syms[Root.A];
  return S.Kind == Symbol::Param && S.A < F.Locals.size() &&
         P.Types[F.Locals[S.A].Type].Kind == TypeKind::Record;
}

/// One transition for each object that the path touches.
void Closure::project(uint32_t Fn, const Path &Q, bool Segment) {
  Symbols &Y = E.symbols();
  const Program &P = E.program();
  const Function &F = P.Functions[Fn];
  const State &St = Q.S;
  bool GlobalFocus = E.focus().Items[0].Global != None;

  if (St.FreesLike)
    FreesLike.insert(Fn);
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
        Tr.HandsOver = Ef && (Ef->Flags & Effect::Stored) &&
                       Y.Syms[RS].Kind == Symbol::Param;
        Fresh = Y.Syms[RS].Kind == Symbol::Fresh;
        Escapes = Ef && (Ef->Flags & Effect::Stored);
        if (Fresh && Tr.Fate != Transition::Destroyed) {
          // A part of an arena goes when the arena goes.
          const Location &Lo = Y.Locs[Obj];
          if (Lo.Kind != Location::Pointee &&
              (Lo.Kind != Location::Field ||
               P.Types[P.Records[Lo.A].Fields[Lo.B].Type].Kind !=
                   TypeKind::Record))
            continue;
          if (!Escapes && !(Q.Ret.isSym() && SymId(Q.Ret.N) == RS))
            continue;
          // malloc may have failed on this path.
          if (E.conOf(St, Val::sym(RS)).isConst())
            continue;
          Tr.Fate = Transition::Created;
        }
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
    if (Fresh && Tr.Fate == Transition::Destroyed)
      continue;
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
      Tr.Tests = Ef->Flags & Effect::Tested;
      Tr.Releases = Ef->Flags & Effect::Freed;
      Tr.Drops = Ef->Flags & Effect::Released;
      Tr.Retains = Ef->Flags & Effect::Retained;
      Tr.UsesFreed = Used;
      Tr.FreesAgain = Ef->Flags & Effect::Freed;
      Tr.UseAt = Ef->UseAt;
      Tr.FreeAt = Ef->FreeAt;
      Tr.TestAt = Ef->TestAt;
    }
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
        Tr.FreeAt = Ef->FreeAt;
        Tr.Keeps = Sy == Entry;
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

/// The state that \p A is, or None.
uint32_t Closure::find(const AbstractState &A, uint64_t &H) const {
  H = uint64_t(A.F) + 8 * A.Alias + 16 * A.Borrowed + 32 * A.Tainted +
      64 * A.Fresh + 128 * A.Assumed;
  auto Mix = [&](uint64_t V) { H = (H ^ V) * 0x9E3779B97F4A7C15ull; };
  for (const Con &C : A.G)
    Mix(uint64_t(C.Lo) * 31 + uint64_t(C.Hi) * 7 + C.NumNe);
  Mix((uint64_t(A.FreedAt.Fn) << 32) | A.FreedAt.Loc.Line);
  Mix((uint64_t(A.SetAt.Fn) << 32) | A.SetAt.Loc.Line);
  auto Same = ByHash.find(H);
  if (Same == ByHash.end())
    return None;
  for (uint32_t I : Same->second)
    if (S[I].F == A.F && S[I].Alias == A.Alias && S[I].Borrowed == A.Borrowed &&
        S[I].Tainted == A.Tainted && S[I].Fresh == A.Fresh &&
        S[I].Assumed == A.Assumed && S[I].G == A.G &&
        S[I].FreedAt.Fn == A.FreedAt.Fn &&
        S[I].FreedAt.Loc.Line == A.FreedAt.Loc.Line &&
        S[I].SetAt.Loc.Line == A.SetAt.Loc.Line && S[I].SetAt.Fn == A.SetAt.Fn)
      return I;
  return None;
}

uint32_t Closure::addState(const AbstractState &A) {
  uint64_t H;
  if (uint32_t Known = find(A, H); Known != None)
    return Known;
  if (S.size() >= 600) {
    Limit = true;
    return None;
  }
  S.push_back(A);
  ByHash[H].push_back(S.size() - 1);
  return S.size() - 1;
}

bool Closure::feasible(const AbstractState &A, const Transition &Tr) const {
  if (Tr.Fate == Transition::Created || (Tr.Once && !A.Fresh))
    return false;
  bool Null = Tr.PreF.contains(0),
       NotNull = !(Tr.PreF.isConst() && Tr.PreF.Lo == 0);
  if (A.F == Held::Null && !Null)
    return false;
  if ((A.F == Held::NotNull || A.F == Held::Freed) && !NotNull)
    return false;
  for (size_t I = 0; I < Guards.size(); ++I)
    if (!A.G[I].meets(Tr.PreG[I]))
      return false;
  return true;
}

void Closure::apply(uint32_t SI, uint32_t TI) {
  const Transition &Tr = T[TI];
  if (!feasible(S[SI], Tr))
    return;
  S[SI].Enabled.push_back(TI);
  if (S[SI].F != Held::Null && Tr.Uses)
    S[SI].Users.push_back(TI);
  if (Tr.Fate == Transition::Destroyed)
    return;
  AbstractState &N = Scratch;
  N.G.clear();
  N.Tainted = S[SI].Tainted;
  N.Assumed = S[SI].Assumed;
  N.Depth = S[SI].Depth + 1;
  N.Fresh = S[SI].Fresh && Tr.Once;
  N.From = SI;
  N.By = TI;
  bool AllDefinite = true;
  for (size_t I = 0; I < Guards.size(); ++I) {
    Con C = S[SI].G[I];
    if (Tr.PostG[I]) {
      C = *Tr.PostG[I];
    } else {
      bool WasTop = C.top();
      C.intersect(Tr.PreG[I]);
      // A guard that was anything and is now known by a test only.
      if (WasTop && !C.top())
        N.Tainted = true;
      AllDefinite = false;
    }
    N.G.push_back(C);
  }
  Held Before = S[SI].F;
  if (Before == Held::Unknown) {
    if (Tr.PreF.isConst() && Tr.PreF.Lo == 0)
      Before = Held::Null;
    else if (Tr.PreF.excludesZero())
      Before = Held::NotNull;
  }
  N.SetAt = S[SI].SetAt;
  N.FreedAt = S[SI].FreedAt;
  N.Alias = S[SI].Alias;
  N.AliasName = S[SI].AliasName;
  N.Handoff = S[SI].Handoff;
  N.Borrowed = S[SI].Borrowed;
  SmallVector<Held, 2> Posts;
  if (Tr.Keeps) {
    if (Tr.Post == Held::Freed && Before != Held::Null)
      Posts.push_back(Before == Held::Freed     ? Held::Freed
                      : Before == Held::Unknown ? Held::Unknown
                                                : Held::Freed);
    else
      Posts.push_back(Before);
  } else {
    N.Alias = Tr.Alias;
    N.AliasName = Tr.AliasName;
    N.Handoff = Tr.Handoff;
    N.Borrowed = Tr.Borrowed;
    N.SetAt = Tr.StoreAt;
    N.FreedAt = {};
    Posts.push_back(Tr.Post);
    if (Tr.MaybeNull)
      Posts.push_back(Held::Null);
    if (Tr.Post != Held::Unknown)
      N.Assumed = false;
    if (AllDefinite && Tr.Post != Held::Unknown)
      N.Tainted = false;
  }
  // Null comes last: it forgets what the others have.
  for (Held H : Posts) {
    N.F = H;
    if (H == Held::Null) {
      N.Alias = N.Handoff = N.Borrowed = false;
      N.SetAt = N.FreedAt = {};
      N.AliasName.clear();
    }
    if (H == Held::Freed && (Before != Held::Freed || !Tr.Keeps))
      N.FreedAt = Tr.FreeAt;
    if (H != Held::Freed)
      N.FreedAt = {};
    uint32_t To = addState(N);
    if (To != None)
      S[SI].Next.push_back({TI, To});
  }
}

void Closure::addStart() {
  const Program &P = E.program();
  auto Initial = [&](const Tracked &K, uint32_t Global) -> std::optional<Val> {
    // Constant initialiser of a global, or of a member of a global record.
    const facts::Global &G = P.Globals[Global];
    if (G.DynamicInit)
      return std::nullopt;
    for (const GlobalInit &I : G.Inits) {
      if (I.Path.size() != K.Path.size())
        continue;
      bool Same = true;
      for (size_t N = 0; N < I.Path.size(); ++N)
        Same &= I.Path[N].Kind == K.Path[N].Kind &&
                I.Path[N].Record == K.Path[N].Record &&
                I.Path[N].Index == K.Path[N].Index;
      if (!Same)
        continue;
      if (I.Value.Kind == Operand::Int || I.Value.Kind == Operand::Null)
        return Val::integer(I.Value.Value);
      return Val{Val::Str, false, 0};
    }
    return G.Defined ? std::optional<Val>(Val::integer(0)) : std::nullopt;
  };
  auto FromGlobal = [&](uint32_t Object) {
    AbstractState A;
    A.Start = A.Fresh = true;
    auto Value = [&](const Tracked &K) {
      return K.Global != None ? Initial(K, K.Global) : Initial(K, Object);
    };
    std::optional<Val> V = Value(E.focus().Items[0]);
    if (!V)
      A.F = Held::Unknown;
    else
      A.F = V->isNull() ? Held::Null : Held::NotNull, A.Borrowed = !V->isNull();
    for (const Guard &G : Guards) {
      std::optional<Val> X = Value(E.focus().Items[G.Item]);
      Con C;
      if (X && X->Kind == Val::Int)
        C = Con::exactly(G.Mask ? X->N & G.Mask : X->N);
      else if (X)
        C.refine(CmpOp::NE, 0);
      A.G.push_back(C);
    }
    addState(A);
  };
  const Tracked &F = E.focus().Items[0];
  if (F.Global != None) {
    FromGlobal(F.Global);
  } else {
    // Global objects of the record, also inside other records and arrays.
    if (uint32_t G = E.context().firstGlobal(F.Record); G != None)
      FromGlobal(G);
    // What is made on stacks only ends with its function.
    StackOnly = S.empty() && E.context().onStack(F.Record) &&
                none_of(T, [](const Transition &Tr) {
                  return Tr.Fate == Transition::Created;
                });
  }
  // Objects that some function creates.
  for (uint32_t I = 0; I < T.size(); ++I) {
    const Transition &Tr = T[I];
    if (Tr.Fate != Transition::Created || Tr.Throws)
      continue;
    AbstractState A;
    A.Start = A.Fresh = true;
    A.By = I;
    A.Alias = Tr.Alias;
    A.AliasName = Tr.AliasName;
    A.Handoff = Tr.Handoff;
    A.Borrowed = Tr.Borrowed;
    A.SetAt = Tr.StoreAt;
    for (size_t G = 0; G < Guards.size(); ++G)
      A.G.push_back(Tr.PostG[G] ? *Tr.PostG[G] : Con());
    SmallVector<Held, 2> Posts{Tr.Post};
    if (Tr.MaybeNull)
      Posts.push_back(Held::Null);
    for (Held H : Posts) {
      AbstractState M = A;
      M.F = H;
      if (H == Held::Freed)
        M.FreedAt = Tr.FreeAt;
      if (H == Held::Null)
        M.SetAt = {}, M.Alias = M.Handoff = M.Borrowed = false;
      addState(M);
    }
  }
  if (S.empty()) {
    AbstractState A;
    A.Start = A.Tainted = A.Fresh = A.Assumed = true;
    A.F = Held::Unknown;
    A.G.resize(Guards.size());
    addState(A);
  }
}

/// The transitions that one entry makes.
ArrayRef<Transition> Closure::ofEntry(size_t I) {
  if (Explored[I])
    return Parts[I];
  Explored[I] = true;
  uint32_t Fn = Entries[I];
  std::vector<Transition> Others = std::move(T);
  T.clear();
  bool Segments = E.context().isLoopFunction(Fn);
  if (const Summary *Sum = Segments ? &E.segments(Fn) : E.ownSummary(Fn))
    for (const Path &Q : Sum->Paths)
      project(Fn, Q, Segments);
  Parts[I] = std::move(T);
  T = std::move(Others);
  return Parts[I];
}

bool Closure::tooWide() const {
  if (E.exhausted())
    return true;
  uint32_t Slot = E.context().slotOf(E.focus().Items[0]);
  return any_of(E.capped(), [&](uint32_t Fn) {
    return E.context().touches(Fn, Slot, /*Direct=*/true);
  });
}

/// Whether some path frees the subject and leaves it, or takes it over from a
/// sibling. Only functions that may do so are run.
bool Closure::mayDangleOrStall(const Questions &Q, bool MayNarrow) {
  const Context &C = E.context();
  uint32_t Slot = C.slotOf(E.focus().Items[0]);
  auto Wanted = [&](uint32_t Fn) {
    return (Q.Dangling && (!Q.Leavers || Q.Leavers->test(Fn))) ||
           (Q.Stalled && C.writes(Fn, Slot, /*Direct=*/false));
  };
  auto Tells = [&](const Transition &Tr) {
    return (Q.Dangling && Tr.Post == Held::Freed &&
            Tr.Fate != Transition::Destroyed) ||
           (Q.Stalled && Tr.Handoff);
  };
  for (size_t I = 0; I < Entries.size(); ++I)
    if (Wanted(Entries[I]) &&
        (any_of(ofEntry(I), Tells) || (MayNarrow && tooWide())))
      return true;
  // What cannot be composed stands for itself, whatever its callers make of it.
  if (any_of(E.uncomposed(), [&](uint32_t Fn) {
        return Wanted(Fn) && !is_contained(Entries, Fn);
      }))
    return true;
  return E.exhausted() || (MayNarrow && tooWide());
}

/// Whether some function uses the subject in whatever state it is: then it is
/// never dead.
bool Closure::hasSteadyUser(const Questions &Q, bool MayNarrow) {
  const Context &C = E.context();
  uint32_t Slot = C.slotOf(E.focus().Items[0]);
  std::vector<Con> Any; // What the guards' types say.
  for (const Guard &G : Guards) {
    const Type &Ty = E.program().Types[E.focus().Items[G.Item].Type];
    Con K;
    if (Ty.Kind == TypeKind::Bool)
      K.Lo = 0, K.Hi = 1;
    else if ((Ty.Kind == TypeKind::Int || Ty.Kind == TypeKind::Enum) &&
             !Ty.Signed && Ty.SizeBytes)
      K.Lo = 0;
    Any.push_back(K);
  }
  auto Uses = [&](const Transition &Tr) {
    if (!Q.Stale)
      return Tr.Uses || Tr.UsesAndFrees;
    if (!Tr.Uses || Tr.Once || Tr.Fate == Transition::Created ||
        (Tr.PreF.isConst() && Tr.PreF.Lo == 0))
      return false;
    for (size_t G = 0; G < Guards.size(); ++G)
      if (Tr.PreG[G].NumNe || Tr.PreG[G].Lo > Any[G].Lo ||
          Tr.PreG[G].Hi < Any[G].Hi)
        return false;
    return true;
  };
  // Those that name the subject are the likelier ones.
  for (bool Direct : {true, false})
    for (size_t I = 0; I < Entries.size(); ++I) {
      if (C.touches(Entries[I], Slot, /*Direct=*/true) != Direct)
        continue;
      if (any_of(ofEntry(I), Uses))
        return true;
      // A function that is cut short counts as a user, if nothing narrower
      // is to come.
      if (tooWide())
        return !MayNarrow && !E.exhausted();
    }
  return false;
}

Closure::Outcome Closure::run(const Questions &Q, bool MayNarrow) {
  prepare();
  if (!Q.Contract) {
    bool Ends = (Q.Dangling || Q.Stalled) && mayDangleOrStall(Q, MayNarrow);
    if (!Ends && (!(Q.Stale || Q.Unread) || hasSteadyUser(Q, MayNarrow)))
      return Outcome::Nothing;
  }
  for (size_t I = 0; I < Entries.size(); ++I) {
    if (MayNarrow && tooWide())
      return Outcome::TooWide;
    (void)ofEntry(I);
  }
  if (E.exhausted())
    return MayNarrow ? Outcome::TooWide : Outcome::Done;
  for (std::vector<Transition> &Part : Parts) {
    T.insert(T.end(), std::make_move_iterator(Part.begin()),
             std::make_move_iterator(Part.end()));
    Part.clear();
  }
  // Static functions that could not be composed stand for themselves.
  for (uint32_t Fn : E.uncomposed())
    if (!is_contained(Entries, Fn))
      if (const Summary *Sum = E.summary(Fn))
        for (const Path &Q : Sum->Paths)
          project(Fn, Q, false);
  // What a capped function does beyond its kept paths is not known: it may use.
  for (uint32_t Fn : E.capped()) {
    if (!E.context().touches(Fn, E.context().slotOf(E.focus().Items[0]), true))
      continue;
    Transition Tr;
    Tr.Fn = Fn;
    Tr.Uses = true;
    Tr.Keeps = true;
    Tr.Post = Held::Unknown;
    Tr.PreG.resize(Guards.size());
    Tr.PostG.resize(Guards.size());
    Tr.GuardAt.resize(Guards.size());
    T.push_back(std::move(Tr));
  }
  addStart();
  for (uint32_t I = 0; I < S.size(); ++I)
    for (uint32_t J = 0; J < T.size(); ++J)
      apply(I, J);
  // Liveness, backwards.
  for (AbstractState &A : S)
    A.Live = !A.Users.empty();
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (AbstractState &A : S) {
      if (A.Live || A.F == Held::Null)
        continue;
      for (auto [TI, To] : A.Next)
        if (T[TI].Keeps && S[To].Live && S[To].F != Held::Null) {
          A.Live = Changed = true;
          break;
        }
    }
  }
  return MayNarrow && (tooWide() || Limit) ? Outcome::TooWide : Outcome::Done;
}

bool Closure::closed(uint32_t I) const {
  if (OthersWork)
    return false;
  bool Any = false;
  for (uint32_t TI : S[I].Enabled) {
    const Transition &Tr = T[TI];
    if (Tr.Fate == Transition::Destroyed)
      continue;
    bool Reinit = !Tr.Keeps;
    for (const auto &G : Tr.PostG)
      Reinit &= G.has_value();
    if (Reinit)
      continue;
    if (Tr.Active || Tr.Follows || Tr.Uses || !Tr.Keeps)
      return false;
    Any = true;
  }
  return Any || !S[I].Enabled.empty();
}

bool Closure::terminal(uint32_t I) const {
  DenseSet<uint32_t> Seen;
  SmallVector<uint32_t, 16> Work{I};
  while (!Work.empty()) {
    uint32_t At = Work.pop_back_val();
    if (!Seen.insert(At).second)
      continue;
    if (S[At].Live)
      return false;
    for (auto [TI, To] : S[At].Next) {
      const Transition &Tr = T[TI];
      if (!Tr.Keeps || Tr.Active || Tr.Follows)
        return false;
      Work.push_back(To);
    }
  }
  return !OthersWork;
}

bool Closure::manifest(uint32_t Fn, const Where &At, unsigned Depth,
                       bool &Unsure) {
  const Program &P = E.program();
  const Callee &C = P.Callees[P.Functions[Fn].Callee];
  if (P.ExitHook[Fn] || P.CalledElsewhere[Fn])
    return false; // The program ends; or nobody here runs it.
  bool Hook = (C.AddressTaken || C.VirtualMethod) && !E.context().callable(Fn);
  if (E.context().isLoopFunction(Fn) ||
      ((C.AddressTaken || C.VirtualMethod) && !Hook))
    return true;
  if (P.SitesOf[Fn].empty())
    return Fn != P.Main;
  if (!ClosedProgram && C.Link == Linkage::External && C.DeclaredInHeader)
    return true;
  if (Depth > 4)
    return true;
  auto [It, New] = ManifestMemo.try_emplace(Fn, -1);
  if (!New)
    return It->second != 0;
  bool Result = false;
  Symbols &Y = E.symbols();
  std::set<uint32_t> Callers;
  for (const CallSite &Site : P.SitesOf[Fn])
    Callers.insert(Site.Function);
  // A constructor that calls a public method does not stand for its users.
  const Function &F = P.Functions[Fn];
  if (P.Main == None && F.Record != None && !P.isPrivate(Fn) &&
      C.Link == Linkage::External && all_of(Callers, [&](uint32_t Caller) {
        return P.Functions[Caller].Ctor &&
               P.Functions[Caller].Record == F.Record;
      })) {
    ManifestMemo[Fn] = true;
    return true;
  }
  for (uint32_t Caller : Callers) {
    if (Caller == Fn)
      continue;
    bool Loop = E.context().isLoopFunction(Caller);
    const Summary *Sum = Loop ? &E.segments(Caller) : E.summary(Caller);
    if (!Sum || Sum->Capped || E.uncomposed().count(Fn)) {
      Unsure = true;
      Result = true;
      continue;
    }
    for (const Path &Q : Sum->Paths) {
      if (!Q.S.Observed.empty())
        Result = true;
      // Does the caller leave it so as well?
      for (const Effect &Ef : Q.S.Effects) {
        if (!(Ef.Flags & Effect::Freed) || Ef.FreeAt.Loc.Line != At.Loc.Line ||
            Ef.FreeAt.Loc.File != At.Loc.File)
          continue;
        bool StillThere = false;
        auto Check = [&](LocId L) {
          auto M = E.match(L);
          if (!M || M->Item != 0)
            return;
          Val Now = E.peek(Q.S, L);
          if (!Now.isSym() || SymId(Now.N) != Ef.S)
            return;
          if (M->Object != None) {
            const Location &R = Y.Locs[Y.rootOf(M->Object)];
            if (R.Kind == Location::LocalVar ||
                isCopy(P, P.Functions[Caller], Y, R))
              return;
            if (R.Kind == Location::Pointee && Q.S.has(R.A, Effect::Freed))
              return;
            if (R.Kind == Location::Pointee &&
                Y.Syms[R.A].Kind == Symbol::Param && P.Functions[Caller].Dtor)
              return;
          }
          StillThere = true;
        };
        if (Y.Syms[Ef.S].Kind == Symbol::Init)
          Check(Y.Syms[Ef.S].A);
        for (const Cell &Ce : Q.S.Heap)
          Check(Ce.L);
        if (!StillThere)
          continue;
        if (Q.Cut || Loop)
          Result |= Q.Cut || Caller != P.Main;
        else
          Result |= manifest(Caller, At, Depth + 1, Unsure);
      }
    }
  }
  ManifestMemo[Fn] = Result;
  return Result;
}

} // namespace retsan::solve
