//===- Closure.cpp - the most-general client of one subject ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which functions are applied, the states that this leads to, and what is live
// in them. The cheap half of each question is asked first: most subjects end
// before all functions have been run. Transitions come from Projection.cpp,
// start states from ClosureStart.cpp.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Closure.h"
#include "analyzer/solve/Parts.h"
#include "analyzer/solve/Projection.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <iterator>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Closure::Closure(Engine &E, std::vector<Guard> Guards, bool ClosedProgram)
    : Closure(E, std::move(Guards), ClosedProgram, Bounds()) {}

Closure::Closure(Engine &E, std::vector<Guard> Guards, bool ClosedProgram,
                 Bounds B)
    : E(E), Guards(std::move(Guards)), ClosedProgram(ClosedProgram), Bound(B) {}

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
  for (size_t I = 0; I < E.focus().Items.size(); ++I)
    if (uint32_t Sl = C.slotOf(E.focus().Items[I]); Sl != None)
      for (uint32_t Fn : C.touchersOf(Sl))
        if (I == 0 || C.writes(Fn, Sl, /*Direct=*/true)) {
          Direct.push_back(Fn);
          Add(Fn);
        }
  // A function that nobody outside can call is seen through its callers.
  std::set<uint32_t> Result;
  while (!Work.empty()) {
    uint32_t Fn = Work.pop_back_val();
    if (isCopyOperation(P, Fn, E.focus().Items[0].Record) &&
        P.Functions[Fn].Implicit)
      continue;
    if (E.context().callable(Fn) && !(Bound.Inner && (*Bound.Inner)[Fn])) {
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
      if (C.allocates(Site.Function) && C.callable(Site.Function) &&
          !(Bound.Inner && (*Bound.Inner)[Site.Function]))
        Result.insert(Site.Function);
  SmallVector<uint32_t, 6> Slots;
  for (const Tracked &T : E.focus().Items)
    Slots.push_back(C.slotOf(T));
  for (uint32_t Fn = 0;
       Record != None && !OthersWork && Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    OthersWork = !F.Ctor && !F.Dtor && !F.Implicit && !Result.count(Fn) &&
                 C.touchesRecord(Fn, Record, Slots) && C.callable(Fn);
  }
  // Copies that the compiler wrote carry a state from one object to another.
  for (uint32_t Fn : Result)
    if ((!isCopyOperation(P, Fn, Record) || !P.Functions[Fn].Implicit) &&
        !(Bound.Barred && (*Bound.Barred)[Fn]))
      Entries.push_back(Fn);
  Parts.resize(Entries.size());
  Explored.resize(Entries.size());
  findShared();
}

/// The state that \p A is, or None.
uint32_t Closure::find(const AbstractState &A, uint64_t &H) const {
  H = uint64_t(A.F) + 8 * A.Alias + 16 * A.Borrowed + 32 * A.Tainted +
      64 * A.Fresh + 128 * A.Assumed;
  auto Mix = [&](uint64_t V) { H = (H ^ V) * 0x9E3779B97F4A7C15ull; };
  for (size_t G = 0; G < A.G.size(); ++G) {
    const Con &C = A.G[G];
    if (std::optional<int64_t> Edge = edgeBelow(G, C))
      Mix(uint64_t(*Edge) * 38);
    else
      Mix(uint64_t(C.Lo) * 31 + uint64_t(C.Hi) * 7 + C.NumNe);
  }
  Mix((uint64_t(A.FreedAt.Fn) << 32) | A.FreedAt.Loc.Line);
  Mix((uint64_t(A.SetAt.Fn) << 32) | A.SetAt.Loc.Line);
  auto Same = ByHash.find(H);
  if (Same == ByHash.end())
    return None;
  for (uint32_t I : Same->second)
    if (S[I].F == A.F && S[I].Alias == A.Alias && S[I].Borrowed == A.Borrowed &&
        S[I].Tainted == A.Tainted && S[I].Fresh == A.Fresh &&
        S[I].Assumed == A.Assumed && sameGuards(S[I], A) &&
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

/// Adds the transitions of \p Fn.
void Closure::runEntry(uint32_t Fn) {
  bool Segments = E.context().isLoopFunction(Fn);
  if (const Summary *Sum = Segments ? &E.segments(Fn) : E.ownSummary(Fn))
    for (const Path &Q : Sum->Paths)
      project(Fn, Q, Segments);
}

/// The transitions that one entry makes.
ArrayRef<Transition> Closure::ofEntry(size_t I) {
  if (Explored[I])
    return Parts[I];
  Explored[I] = true;
  uint32_t Fn = Entries[I];
  if (Shared[I]) {
    std::shared_ptr<const Part> Known = partOf(Fn);
    E.takeOver(Known->Capped, Known->Uncomposed, Known->Coarse, Known->Looked);
    if (Known->FreesTabled)
      FreesTabled.insert(Fn);
    return Parts[I] = Known->T;
  }
  std::vector<Transition> Others = std::move(T);
  T.clear();
  runEntry(Fn);
  Parts[I] = std::move(T);
  T = std::move(Others);
  return Parts[I];
}

/// The transitions of a function that could not be composed.
std::vector<Transition> Closure::ofUncomposed(uint32_t Fn) {
  std::vector<Transition> Own, Others = std::move(T);
  T.clear();
  if (const Summary *Sum = E.summary(Fn))
    for (const Path &Q : Sum->Paths)
      project(Fn, Q, /*Segment=*/false);
  Own = std::exchange(T, std::move(Others));
  return Own;
}

bool Closure::tooWide() const {
  if (E.exhausted())
    return true;
  uint32_t Slot = E.context().slotOf(E.focus().Items[0]);
  return any_of(E.capped(), [&](uint32_t Fn) {
    return E.context().touches(Fn, Slot, /*Direct=*/true);
  });
}

/// Tells the engine how much there is to run for these entries.
void Closure::expectWork(ArrayRef<size_t> Of) {
  BitVector Seen(E.program().Functions.size());
  SmallVector<uint32_t, 32> Work;
  for (size_t I : Of)
    if (!Explored[I] && !Shared[I])
      Work.push_back(Entries[I]);
  uint64_t Sum = 0;
  while (!Work.empty()) {
    uint32_t Fn = Work.pop_back_val();
    if (Seen[Fn] || E.isBegun(Fn))
      continue;
    Seen.set(Fn);
    Sum += E.context().size(Fn);
    for (uint32_t Callee : E.context().followed(Fn))
      if (E.relevant(Callee))
        Work.push_back(Callee);
  }
  E.expect(Sum);
}

/// Large functions that name the subject hit limits sooner than others: where
/// that ends the run they come first.
void Closure::widestFirst(MutableArrayRef<size_t> Of) const {
  const Context &C = E.context();
  uint32_t Slot = C.slotOf(E.focus().Items[0]);
  auto Rank = [&](size_t I) {
    return std::pair(C.touches(Entries[I], Slot, /*Direct=*/true),
                     C.size(Entries[I]));
  };
  llvm::stable_sort(Of, [&](size_t A, size_t B) { return Rank(A) > Rank(B); });
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
    return (Q.Dangling &&
            ((Tr.Post == Held::Freed && Tr.Fate != Transition::Destroyed) ||
             Tr.Twice)) ||
           (Q.Stalled && Tr.Handoff);
  };
  SmallVector<size_t, 16> Of;
  for (size_t I = 0; I < Entries.size(); ++I)
    if (Wanted(Entries[I]))
      Of.push_back(I);
  if (MayNarrow)
    widestFirst(Of);
  expectWork(Of);
  for (size_t I : Of)
    if (any_of(ofEntry(I), Tells) || (MayNarrow && tooWide()))
      return true;
  // What cannot be composed stands for itself, whatever its callers make of it.
  if (any_of(E.uncomposed(), [&](uint32_t Fn) {
        return Wanted(Fn) && !is_contained(Entries, Fn) &&
               any_of(ofUncomposed(Fn), Tells);
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
  // Those that name the subject are the likelier ones, and one is enough: the
  // short ones first.
  SmallVector<size_t, 16> Of = to_vector<16>(seq<size_t>(0, Entries.size()));
  auto Rank = [&](size_t I) {
    return std::pair(!C.touches(Entries[I], Slot, /*Direct=*/true),
                     C.size(Entries[I]));
  };
  llvm::stable_sort(Of, [&](size_t A, size_t B) { return Rank(A) < Rank(B); });
  expectWork(Of);
  for (size_t I : Of) {
    if (any_of(ofEntry(I), Uses))
      return true;
    // A function that is cut short counts as a user, if nothing narrower is to
    // come.
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
  SmallVector<size_t, 16> All = to_vector<16>(seq<size_t>(0, Entries.size()));
  if (MayNarrow)
    widestFirst(All);
  expectWork(All);
  for (size_t I : All) {
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
      append_range(T, ofUncomposed(Fn));
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
  if (!Q.Contract) // It may ask for any value.
    findEdges();
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

} // namespace retsan::solve
