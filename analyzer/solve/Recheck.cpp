//===- Recheck.cpp - a second look at what is sure ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The closure applies every function that others may call, in any order, and
// tells phases by two or three siblings. A claim of high confidence is tried
// once more against less freedom: functions of a program whose callers are all
// known are called by these only, and siblings that the freeing function
// resets tell the phase, too. Counterexample-guided refinement (Clarke et al.,
// CAV 2000) with one round.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Recheck.h"
#include "analyzer/solve/Kinds.h"
#include "analyzer/solve/Solve.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

struct Recheck::Claim {
  Finding *F;
  bool Dangling;
  // Of a freed value: where, by whom, and who meets it.
  Where Freed;
  uint32_t By = None, Who = None;
  bool Met = false, FreedAgain = false;
  bool Stored = false; ///< By had set it.
  bool Proved = false; ///< A caller was seen to go on and free it again.
};

Recheck::Recheck(const Subject &S, const Focus &F, Engine &E, Closure &C,
                 const Screen &Screened, const Renderer &R,
                 const JudgeOptions &Opts, const std::vector<UserFree> &Frees,
                 Engine &Base, const Engine::Scope *Scope)
    : S(S), F(F), E(E), C(C), Screened(Screened), R(R), Opts(Opts),
      Frees(Frees), Base(Base), Scope(Scope), P(E.program()) {}

/// Whether \p Fn is called from seen places only, and not by main itself: what
/// main does stands for what others may do.
bool Recheck::isInner(uint32_t Fn) const {
  const Function &Fun = P.Functions[Fn];
  const Callee &Ce = P.Callees[Fun.Callee];
  if (Ce.AddressTaken || Ce.VirtualMethod || Fun.Ctor || Fun.Dtor ||
      Fun.Lambda || P.ThreadEntry[Fn] || P.SitesOf[Fn].empty() ||
      (P.Main == None && (Ce.DeclaredInHeader || Ce.Method)))
    return false;
  bool Any = false;
  for (const CallSite &Site : P.SitesOf[Fn]) {
    if (Site.Function == Fn)
      continue;
    Any = true;
    const Function &Caller = P.Functions[Site.Function];
    if (!E.relevant(Site.Function) ||
        E.context().isLoopFunction(Site.Function) || Site.Function == P.Main ||
        isSample(R.place({Site.Function, Caller.Loc}).File))
      return false;
  }
  return Any;
}

/// Entries that are called from seen places only, so what they are called for,
/// and when, is known: in a program by others than main, in a library if
/// no header declares them. Who calls them is an entry instead, and may be such
/// a one itself.
BitVector Recheck::innerFunctions() const {
  constexpr unsigned Rounds = 8;
  BitVector Inner(P.Functions.size());
  // Where no header declares anything, all may be called.
  if (P.Main == None && none_of(C.entries(), [&](uint32_t Fn) {
        return P.Callees[P.Functions[Fn].Callee].DeclaredInHeader;
      }))
    return Inner;
  std::vector<uint32_t> Entries = C.entries();
  for (unsigned Round = 0; Round < Rounds; ++Round) {
    bool Grew = false;
    for (uint32_t Fn : Entries)
      if (!Inner[Fn] && isInner(Fn)) {
        Inner.set(Fn);
        Grew = true;
      }
    if (!Grew)
      break;
    Closure Next(E, C.guards(), Opts.ClosedProgram, {&Inner, nullptr, None});
    Next.prepare();
    Entries = Next.entries();
  }
  return Inner;
}

/// Whether those on whom the claim rests could be followed.
bool Recheck::isWhole(const Engine &Other, const Claim &Cl) const {
  return none_of(ArrayRef<uint32_t>{Cl.Freed.Fn, Cl.By, Cl.Who},
                 [&](uint32_t Fn) { return Other.capped().count(Fn); });
}

/// Whether the claim is found again in another closure of the subject.
bool Recheck::holdsIn(Closure &Again, const Claim &Cl) const {
  Judge J(S, Again, Screened, R, Opts);
  if (Cl.Dangling) {
    Judge::Meeting M = J.meet(Cl.Freed, Cl.By, Cl.Stored);
    return M.Reached && (M.any() || !Cl.Met) && (M.Frees || !Cl.FreedAgain);
  }
  auto Ends = [](const Transition &Tr) {
    return Tr.Fate == Transition::Destroyed;
  };
  // Without an end of the objects nobody is seen to own anything.
  if (any_of(C.transitions(), Ends) && none_of(Again.transitions(), Ends))
    return true;
  std::vector<Finding> Found;
  J.run(Found);
  return any_of(Found, [&](const Finding &X) {
    return X.Check == Cl.F->Check && X.Level == Confidence::High;
  });
}

static void lower(Finding &F, std::string Why,
                  Confidence To = Confidence::Medium) {
  F.Level = To;
  F.Reasons.push_back(std::move(Why));
}

void Recheck::throughCallers(MutableArrayRef<Claim> Claims) {
  BitVector Inner = innerFunctions();
  if (Inner.none())
    return;
  Closure Again(E, C.guards(), Opts.ClosedProgram, {&Inner, nullptr, None});
  Again.run({}, /*MayNarrow=*/false);
  // Callers that could not be followed prove nothing.
  if (E.exhausted() || Again.hitLimit() || Again.entries().empty() ||
      any_of(Again.entries(),
             [&](uint32_t Fn) { return E.capped().count(Fn); }) ||
      any_of(Inner.set_bits(),
             [&](uint32_t Fn) { return E.uncomposed().count(Fn); })) {
    for (Claim &Cl : Claims)
      if (!Cl.Proved && ((Cl.By != None && Inner[Cl.By]) ||
                         (Cl.Who != None && Inner[Cl.Who])))
        lower(*Cl.F, "their callers were too complex to follow",
              Confidence::Low);
    return;
  }
  for (Claim &Cl : Claims)
    if (!Cl.Proved && !holdsIn(Again, Cl))
      lower(*Cl.F, "those who call these functions here do not get there",
            Confidence::Low);
}

/// What is claimed of an object must be possible for the objects of one maker.
void Recheck::ofOneMaker(MutableArrayRef<Claim> Claims) {
  constexpr size_t Most = 16;
  if (S.T.Record == None)
    return;
  if (any_of(C.states(),
             [](const AbstractState &A) { return A.Start && A.By == None; }))
    return; // Of a global, or of no maker that was seen.
  SmallVector<uint32_t, 8> Makers;
  for (const Transition &Tr : C.transitions())
    if (Tr.Fate == Transition::Created && !Tr.Throws &&
        !is_contained(Makers, Tr.Fn))
      Makers.push_back(Tr.Fn);
  Kinds K(P, S.T.Record, Makers);
  if (!K.any() || Makers.size() > Most)
    return;
  std::vector<bool> Holds(Claims.size());
  for (uint32_t Maker : Makers) {
    if (K.isHalfDone(Maker))
      continue;
    BitVector Others = K.strangers(Maker);
    Engine Other(E.context(), F, Frees, &Base);
    Other.watch(Scope);
    Other.bar(&Others);
    Closure Again(Other, C.guards(), Opts.ClosedProgram,
                  {nullptr, &Others, Maker});
    Again.run({}, /*MayNarrow=*/false);
    Kept &= Other.keptScope();
    if (Other.exhausted() || Again.hitLimit())
      return;
    for (size_t I = 0; I < Claims.size(); ++I)
      Holds[I] = Holds[I] || holdsIn(Again, Claims[I]);
    if (!is_contained(Holds, false))
      return;
  }
  for (size_t I = 0; I < Claims.size(); ++I)
    if (!Holds[I])
      lower(*Claims[I].F, "no one object has all hooks that this takes");
}

void Recheck::withSiblings(Claim &Cl) {
  SmallVector<uint32_t, 2> Fns{Cl.Freed.Fn};
  if (Cl.By != Cl.Freed.Fn)
    Fns.push_back(Cl.By);
  for (SiblingFocus &Sib : siblingFoci(E.context(), S, Fns, F)) {
    Engine Other(E.context(), Sib.F, Frees, &Base);
    Other.watch(Scope);
    Closure Again(Other, Sib.Guards, Opts.ClosedProgram);
    Again.run({}, /*MayNarrow=*/false);
    Kept &= Other.keptScope();
    if (Other.exhausted() || Again.hitLimit() || holdsIn(Again, Cl))
      continue;
    const bool Whole = isWhole(Other, Cl);
    if (!Whole && Sib.Reset)
      continue;
    lower(*Cl.F,
          nameOf(P, Sib.F.Items[1]) +
              (Sib.Reset ? " is reset beside, and keeps others away"
                         : " is asked by those who would meet it"),
          Whole ? Confidence::Low : Confidence::Medium);
    return;
  }
}

void Recheck::run(std::vector<Finding> &Found) {
  std::vector<Claim> Claims;
  for (Finding &X : Found) {
    if (X.Level != Confidence::High)
      continue;
    if (X.Check == "retsan-stale-field") {
      Claims.push_back({&X, false, {}});
      continue;
    }
    if (X.Check != "retsan-dangling-field")
      continue;
    for (const AbstractState &A : C.states()) {
      if (A.F != Held::Freed || A.By == None)
        continue;
      PlaceRef At = R.place(A.FreedAt);
      if (At.Line != X.Line || At.File != X.File)
        continue;
      const uint32_t By = C.transitions()[A.By].Fn;
      const bool Stored = !C.transitions()[A.By].Keeps;
      Judge J(S, C, Screened, R, Opts);
      Judge::Meeting M = J.meet(A.FreedAt, By, Stored);
      Claims.push_back({&X, true, A.FreedAt, By, M.WhoFn, M.any(), M.Frees,
                        Stored, is_contained(X.Reasons, Judge::FreesTwice)});
      break;
    }
  }
  if (Claims.empty())
    return;
  throughCallers(Claims);
  ofOneMaker(Claims);
  for (Claim &Cl : Claims)
    if (Cl.Dangling && Cl.Met && Cl.F->Level == Confidence::High)
      withSiblings(Cl);
}

} // namespace retsan::solve
