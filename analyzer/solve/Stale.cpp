//===- Stale.cpp - not null and dead --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reachable states in which the subject holds a value that nothing will use
// before it is overwritten, one finding for each phase; and stalled phases, in
// which only operations that a client may stop calling release it.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// What a doubtful stale field is told by.
struct Phase {
  bool Pointer = false; ///< Another pointer is a part of it.
  bool Value = false;   ///< One guard has one value.
  bool Flag = false;    ///< And that guard is only ever 0 or 1.
};

Phase phaseOf(const Closure &C, const AbstractState &A,
              const std::vector<bool> &Keep) {
  Phase Ph;
  size_t The = None;
  unsigned Number = 0;
  for (size_t G = 0; G < A.G.size(); ++G)
    if (Keep[G]) {
      ++Number;
      The = G;
      Ph.Pointer |= C.guards()[G].Pointer;
    }
  Ph.Value = Number == 1 && A.G[The].isConst();
  Ph.Flag = Ph.Value && all_of(C.transitions(), [&](const Transition &Tr) {
              const auto &Set = Tr.PostG[The];
              return !Set ||
                     (Set->isConst() && (Set->contains(0) || Set->contains(1)));
            });
  return Ph;
}

} // namespace

/// Whether some operation moves the object into the phase \p A, of a constant:
/// what it was made with is no phase that anything came to.
bool Judge::isEntered(const AbstractState &A,
                      const std::vector<bool> &Keep) const {
  return any_of(C.transitions(), [&](const Transition &Tr) {
    if (Tr.Fate != Transition::Lives)
      return false;
    for (size_t G = 0; G < A.G.size(); ++G)
      if (Keep[G] && Tr.PostG[G] && Tr.PostG[G]->isConst() &&
          *Tr.PostG[G] == A.G[G])
        return true;
    return false;
  });
}

/// Whether all operations on the object are static functions whose addresses
/// are taken: those of a table, or handlers of events.
bool Judge::isOfHooks() const {
  bool Any = false;
  for (const Transition &Tr : C.transitions()) {
    if (Tr.Fate != Transition::Lives)
      continue;
    const facts::Callee &Ce = P.Callees[P.Functions[Tr.Fn].Callee];
    if (!Ce.AddressTaken || Ce.Link != Linkage::Internal)
      return false;
    Any = true;
  }
  return Any;
}

void Judge::stale(std::vector<Finding> &Out) {
  if (Sub.InUnion || !(Sub.Own.owned() || Sub.Own.Released) || C.stackOnly())
    return;
  if (isInTable(P, C.engine().context(), Sub.T))
    return; // Who walks the table may read it at any time.
  struct Choice {
    uint32_t State;
    int Score;
    bool Contrast, LiveBefore, Clears, Closed;
  };
  bool AnyUse = false;
  for (const Transition &Tr : C.transitions())
    AnyUse |= Tr.Uses || Tr.UsesAndFrees;
  std::map<std::tuple<uint32_t, uint32_t>, Choice> Best;
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if (A.F != Held::NotNull || A.Live || A.Borrowed || !A.SetAt)
      continue;
    if (A.Enabled.empty())
      continue; // Nothing is known to touch it again.
    Choice X{
        I,          0, contrast(I), liveBefore(I), clearsElsewhere(A.SetAt),
        C.closed(I)};
    // The state itself must be one that its own path could leave cleared.
    if (A.By != None && C.transitions()[A.By].Fn != A.SetAt.Fn) {
      Where W{C.transitions()[A.By].Fn, {}};
      X.Clears |= clearsElsewhere(W);
    }
    X.Score = (A.Tainted ? -8 : 0) + (A.Alias ? -3 : 0) + (X.Contrast ? 2 : 0) +
              (X.LiveBefore ? 2 : 0) + (X.Clears ? 2 : 0) - (X.Closed ? 2 : 0);
    auto Key = std::make_tuple(A.SetAt.Loc.File, A.SetAt.Loc.Line);
    auto [It, New] = Best.try_emplace(Key, X);
    if (!New && (X.Score > It->second.Score ||
                 (X.Score == It->second.Score &&
                  A.Depth < C.states()[It->second.State].Depth)))
      It->second = X;
  }
  // The same phase kept is one finding, wherever the value came from.
  std::map<std::pair<std::string, uint32_t>, Choice> OfPhase;
  for (auto &[Key, X] : Best) {
    const AbstractState &A = C.states()[X.State];
    std::string When = guardText(A);
    uint32_t Fn = When.empty() ? A.SetAt.Loc.Line : 0;
    auto [It, New] = OfPhase.try_emplace({When, Fn}, X);
    if (!New && std::make_pair(X.Score, C.states()[It->second.State].Depth) >
                    std::make_pair(It->second.Score, A.Depth))
      It->second = X;
  }
  for (auto &[Key, X] : OfPhase) {
    const AbstractState &A = C.states()[X.State];
    if (!AnyUse && !A.Alias && !Screened.loadsUsed(Sub))
      continue; // That is an unread owner.
    Finding F = begin("retsan-stale-field", X.State);
    PlaceRef Set = R.place(A.SetAt);
    F.File = Set.File;
    F.Line = Set.Line;
    F.Function = Set.Function;
    std::vector<bool> Keep = essential(A);
    bool Guarded = is_contained(Keep, true);
    Confidence L = Confidence::Low;
    auto Because = [&](const char *S) { F.Reasons.push_back(S); };
    bool Owned = Sub.Own.owned();
    if (X.Contrast)
      Because("it is null in another state with the same phase");
    if (X.LiveBefore)
      Because("it is live in another phase");
    if (X.Clears)
      Because("another path of the same function clears it");
    if (A.Handoff)
      Because("it took over the value of a sibling field");
    if (A.Tainted) {
      L = Confidence::Low;
      Because("no constructor of the object was seen");
    } else if (!Guarded) {
      L = Confidence::Low;
      Because("it is overwritten before it is used, not guarded by a phase");
    } else if (!isPhase(Keep)) {
      L = Confidence::Low;
      Because("what tells this state from others is set once, as a kind is");
    } else if (X.LiveBefore && (X.Contrast || X.Clears || A.Handoff)) {
      L = Confidence::High;
    } else if (endsPhase(X.State, Keep)) {
      L = Confidence::High;
      Because("the path that ends the phase keeps it");
    } else if (X.LiveBefore) {
      L = Confidence::Medium;
    }
    bool PointersOnly = true, EmptyOnly = true, Empty = false;
    for (size_t G = 0; G < A.G.size(); ++G) {
      PointersOnly &= A.G[G].top() || C.guards()[G].Pointer;
      Empty |=
          Keep[G] && countsItems(G) && A.G[G].isConst() && A.G[G].contains(0);
      EmptyOnly &= !Keep[G] || (C.guards()[G].Bound && A.G[G].contains(0));
    }
    if (Guarded && (EmptyOnly || Empty) && L == Confidence::High) {
      L = Confidence::Low;
      Because("its phase is told by a count only: it may be an empty buffer");
    }
    // Or did it ever live before it came to this?
    bool Outlived = any_of(C.states(), [&](const AbstractState &B) {
      return B.Live && any_of(B.Next, [&](const auto &N) {
               return N.second == X.State && C.transitions()[N.first].Keeps;
             });
    });
    const bool Mode =
        L == Confidence::High && !Outlived && !A.Handoff && !X.Clears;
    if (Mode) {
      L = isEntered(A, Keep) ? Confidence::Medium : Confidence::Low;
      Because("it is set so from the start: a mode rather than a phase");
    }
    if (L == Confidence::High && Sub.Kind == OwnerKind::None && A.By != None &&
        C.transitions()[A.By].UsesLate) {
      L = Confidence::Medium;
      Because("the path that ends the phase uses it once more: what it started "
              "there may go on");
    }
    // `== 2` and `!= 0` are phases; the rest of an enumeration is not one.
    bool RangesOnly = true;
    for (size_t G = 0; G < A.G.size(); ++G) {
      const Con &Cn = A.G[G];
      bool NotZero = Cn.NumNe == 1 && Cn.Ne[0] == 0;
      RangesOnly &=
          !Keep[G] || C.guards()[G].Pointer || (!Cn.isConst() && !NotZero);
    }
    if (Guarded && RangesOnly && !PointersOnly && L == Confidence::High) {
      L = Confidence::Medium;
      Because("its phase is told by a range of values, as a setting is");
    }
    if (Guarded && PointersOnly && L == Confidence::High) {
      L = Confidence::Medium;
      Because("its phase is told by another pointer only");
    }
    if (A.Alias) {
      L = Guarded && !A.Tainted && A.Handoff ? Confidence::Medium
                                             : Confidence::Low;
      Because("its target is held elsewhere too: it retains no memory today");
    }
    const Type &Target = P.Types[P.Types[Sub.T.Type].Elem];
    if (L == Confidence::High && Target.Kind == TypeKind::Record &&
        Target.Record != None && P.Records[Target.Record].System &&
        !X.Contrast && !X.Clears) {
      L = Confidence::Medium;
      Because("it is a handle of a library, not memory of the program");
    }
    const bool Sure = L == Confidence::High;
    if (X.Closed) {
      L = std::min(L, Confidence::Medium);
      Because("only re-initialising or destroying operations follow");
    } else if (L == Confidence::High && C.terminal(X.State)) {
      L = Confidence::Medium;
      Because("the object is at its end: nothing but its destruction follows");
    } else if (L != Confidence::Low && inError(A, Keep)) {
      L = Confidence::Low;
      Because("the phase is one of failure: the object is expected to go");
    } else if (L == Confidence::High && atEnd(A, Keep)) {
      L = Confidence::Medium;
      Because("the phase is the end of the input or of the program");
    }
    if (L == Confidence::High && Sub.T.Global != None &&
        P.Globals[Sub.T.Global].FunctionStatic) {
      L = X.Contrast ? Confidence::Medium : Confidence::Low;
      Because("it is what one call of the function keeps for the next one");
    }
    if (Sure && inArray()) {
      L = Confidence::Low;
      Because("its object is a slot of an array, set anew when it is used "
              "again");
    }
    if (L == Confidence::High)
      if (const auto [End, Left] = ending(X.State, Keep);
          End == Ending::Over && !Left) {
        L = Confidence::Medium;
        Because("its state says that it is over, and nothing leaves it: the "
                "object is expected to go");
      }
    if (L == Confidence::High && toldByTest(X.State, Keep)) {
      L = Confidence::Medium;
      Because("the state is told by a test of a value that is not known");
    }
    if (L == Confidence::High && toldByNumber(A, Keep)) {
      L = Confidence::Low;
      Because("its phase is told by one of many numbers, as a size is");
    }
    if (L == Confidence::High && !A.Handoff &&
        (C.engine().coarse().count(A.SetAt.Fn) ||
         (A.By != None &&
          C.engine().coarse().count(C.transitions()[A.By].Fn)))) {
      L = Confidence::Low;
      Because("the function that leaves it so has too many paths to be told "
              "apart");
    }
    if (L == Confidence::High && !A.Handoff && !areReadersWhole()) {
      L = Confidence::Low;
      Because("a function that looks at it was too complex to follow");
    }
    if (L == Confidence::High && isHookArgument()) {
      L = Confidence::Low;
      Because("it is what a hook is called with: who set it, owns it");
    }
    if (L == Confidence::High && !changes() && !revives(X.State)) {
      L = Confidence::Medium;
      Because("no operation ever changes it, and its phase never returns: it "
              "goes with the object");
    }
    if (Sure && L == Confidence::Medium && (!changes() || X.Closed) &&
        isOfHooks()) {
      L = Confidence::Low;
      Because("only hooks work on the object: who calls them may be about to "
              "end it");
    }
    if (any_of(C.transitions(),
               [](const Transition &Tr) { return Tr.Copies; })) {
      L = Confidence::Low;
      Because("a sibling field is given the same pointer, and may be used");
    }
    if (!Owned) {
      L = std::min(L, Confidence::Medium);
      Because("it holds a reference, not the only one");
    }
    if (L == Confidence::High && isLeftOut(P, Sub.T)) {
      L = Confidence::Medium;
      Because("code that this build leaves out names it");
    }
    if (L == Confidence::Medium && Guarded && !A.Alias) {
      // Of these, hardly one in thirty was right in real code: what is left is
      // told by a phase of its own.
      const Phase Ph = phaseOf(C, A, Keep);
      bool UsedLate = A.By != None && C.transitions()[A.By].UsesLate;
      bool Ended =
          X.Contrast || X.Clears || A.Handoff || endsPhase(X.State, Keep);
      bool Zero = Ph.Value &&
                  (A.G[size_t(find(Keep, true) - Keep.begin())].contains(0));
      const char *Why = nullptr;
      if (isLeftOut(P, Sub.T))
        Why = "code that this build leaves out names it";
      else if (Ph.Pointer)
        Why = "another pointer is a part of its phase";
      else if (!Ended && !(Ph.Flag || Zero))
        Why = "nothing says that its phase ends";
      else if (UsedLate && !Ph.Flag)
        Why = "what was started with it may go on";
      else if (RangesOnly || (!Outlived && !Ph.Value))
        Why = "a setting or a mode is no phase";
      if (Why) {
        L = Confidence::Low;
        Because(Why);
      }
    }
    if (L == Confidence::Medium && Guarded && !A.Alias && !A.Handoff)
      if (const char *Why = notWorthKept(X.State, Keep, X.Contrast, X.Clears,
                                         X.Closed, Mode)) {
        L = Confidence::Low;
        Because(Why);
      }
    if (L != Confidence::Low && !A.Alias && A.SetAt && A.By != None &&
        A.SetAt.Fn == C.transitions()[A.By].Fn && readsSettings(A.SetAt.Fn)) {
      L = Confidence::Low;
      Because("both are settings, which come in any order");
    }
    if (L != Confidence::Low && !A.Alias && P.Main != None && isSetOnce(Keep)) {
      L = Confidence::Low;
      Because("what tells its state is only set while the program begins");
    }
    if (unreferenced(A, Keep)) {
      L = Confidence::Low;
      Because("nobody refers to the object any more: it is about to go");
    } else if (locked(A, Keep)) {
      L = Confidence::Low;
      Because("the phase is the time in which a lock is held");
    }
    F.Level = L;
    std::string When = guardText(A);
    F.Message = "'" + Sub.Name + "' is kept after its life ended: non-null" +
                (When.empty() ? std::string() : " while " + When) +
                ", and nothing uses it before it is overwritten";
    if (A.Alias && !A.AliasName.empty())
      F.Message = "'" + Sub.Name + "' is left as an alias of " + A.AliasName +
                  (When.empty() ? std::string() : " while " + When) +
                  ": nothing uses it in this state";
    std::set<std::string> Readers;
    for (const Transition &Tr : C.transitions())
      if (Tr.Uses && !C.feasible(A, Tr))
        Readers.insert(R.function(Tr.Fn));
    if (!Readers.empty()) {
      std::vector<std::string> V(Readers.begin(), Readers.end());
      if (V.size() > 4)
        V.resize(4);
      F.Why = "Its readers (" + join(V, ", ") + ") do not read it while " +
              When + ".";
    } else {
      F.Why = "Every function that could use it overwrites it first.";
    }
    std::string Where_;
    if (A.By != None) {
      const Transition &Tr = C.transitions()[A.By];
      for (size_t G = 0; G < A.G.size(); ++G)
        if (Tr.PostG[G] && Tr.GuardAt[G]) {
          PlaceRef W = R.place(Tr.GuardAt[G]);
          Where_ = " where " + guardName(G) + " becomes " +
                   valueText(G, A.G[G]) + ", at " + W.File + ":" +
                   std::to_string(W.Line);
          break;
        }
      if (Where_.empty())
        Where_ = " before " + R.function(Tr.Fn) + " returns";
    }
    F.Fix = "release and clear " + Sub.FieldPath + Where_;
    Out.push_back(std::move(F));
  }
}

void Judge::stalled(std::vector<Finding> &Out) {
  if (Sub.InUnion || !Sub.Own.owned())
    return;
  // A hand-over from a sibling field, a state in which it is live, functions
  // that use it there without ever getting further, and others that end it.
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if (A.F != Held::NotNull || !A.Live || A.Tainted || !A.Handoff || A.Alias)
      continue;
    std::set<uint32_t> Drivers, Readers;
    bool SelfLoop = false;
    for (auto [TI, To] : A.Next) {
      const Transition &Tr = C.transitions()[TI];
      const AbstractState &B = C.states()[To];
      if (!C.engine().context().callable(Tr.Fn))
        continue;
      if (!Tr.Keeps && B.F == Held::Null)
        Drivers.insert(Tr.Fn);
      // The former one goes when the next takes its place.
      if (!Tr.Keeps && Tr.Handoff && Tr.Releases && B.F == Held::NotNull) {
        Drivers.insert(Tr.Fn);
        SelfLoop = true;
      }
      if (Tr.Keeps && Tr.Active && (Tr.Uses || Tr.Takes))
        SelfLoop = true;
    }
    // A driver that gets some way and leaves the rest.
    for (auto [TI, To] : A.Next)
      SelfLoop |= C.transitions()[TI].Keeps && C.transitions()[TI].Uses &&
                  Drivers.count(C.transitions()[TI].Fn);
    for (uint32_t TI : A.Users) {
      const Transition &Tr = C.transitions()[TI];
      if (Tr.Keeps && !Tr.Active && C.engine().context().callable(Tr.Fn))
        Readers.insert(Tr.Fn);
    }
    bool Idle = false;
    for (uint32_t D : Drivers) {
      const facts::Callee &Ce = P.Callees[P.Functions[D].Callee];
      Idle |= Ce.AddressTaken || P.ThreadEntry[D];
      Readers.erase(D);
    }
    if (Drivers.empty() || Readers.empty() || Idle || !SelfLoop ||
        !replacesSibling(Readers))
      continue;
    Finding F = begin("retsan-stalled-phase", I);
    PlaceRef Set = R.place(A.SetAt);
    F.File = Set.File;
    F.Line = Set.Line;
    F.Function = Set.Function;
    F.Level = Confidence::Medium;
    auto Names = [&](const std::set<uint32_t> &Fns) {
      std::vector<std::string> V;
      for (uint32_t Fn : Fns)
        V.push_back(R.function(Fn));
      llvm::sort(V);
      if (V.size() > 4)
        V.resize(4);
      return join(V, ", ");
    };
    F.Message = "'" + Sub.Name + "' is released only by " + Names(Drivers) +
                ": a client that only calls " + Names(Readers) +
                " keeps it for ever";
    // Who ends things does not drive a migration on.
    if (any_of(Drivers, [&](uint32_t Fn) {
          StringRef Name = P.nameOf(Fn);
          return saysTeardown(Fn) || Name.contains("disconnect") ||
                 Name.contains("drop") || Name.contains("close");
        })) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("it is released where things end, too");
    }
    F.Why = "The migration that keeps it alive advances in " + Names(Drivers) +
            " alone; " + Names(Readers) + " use it and do not advance.";
    F.Fix = "advance the migration in the readers too, or from a timer or idle "
            "hook";
    Out.push_back(std::move(F));
    return;
  }
}

} // namespace retsan::solve
