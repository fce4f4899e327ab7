//===- Dangling.cpp - freed and not cleared -------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reachable state in which the subject holds a freed value: where it was
// freed, who meets the value there, and whether the object lives on.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <map>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// A unique_ptr with a function for a deleter may give its target back.
bool Judge::lends(uint32_t Fn) const {
  return any_of(P.Functions[Fn].Locals, [&](const Local &L) {
    const Type &T = P.Types[L.Type];
    return T.Owner == OwnerKind::Unique && P.str(T.Spelling).contains("(*)");
  });
}

/// Whether a function is none that a client may call: it is looked at by itself
/// only because its callers could not be followed into it.
bool Judge::isPart(uint32_t Fn) const {
  const Context &Cx = C.engine().context();
  return C.engine().uncomposed().count(Fn) && !Cx.callable(Fn) &&
         !Cx.isLoopFunction(Fn);
}

/// Whether some operation does more with the field than free it, and \p By as
/// far as it was followed.
bool Judge::isLookedAt(uint32_t By) const {
  return any_of(C.transitions(), [&](const Transition &Tr) {
    return (Tr.Uses || Tr.Tests) && !(Tr.Guessed && Tr.Fn == By) &&
           !isPart(Tr.Fn);
  });
}

/// Whether \p At is reached only by hooks that objects get where \p Freed did
/// not happen: the function that frees, or one that calls it, hooks them in on
/// another path.
bool Judge::isHookedInstead(const Where &At, const Where &Freed,
                            uint32_t By) const {
  constexpr size_t Most = 32;
  if (!At)
    return false;
  // Those that lead there by direct calls.
  SmallVector<uint32_t, 8> Work{At.Fn}, Roots;
  for (size_t I = 0; I < Work.size(); ++I) {
    bool Direct = false;
    for (const CallSite &Site : P.SitesOf[Work[I]]) {
      const Function &F = P.Functions[Site.Function];
      if (F.Blocks[Site.Block].Instrs[Site.Instr].Callee == None)
        continue;
      Direct = true;
      if (!is_contained(Work, Site.Function))
        Work.push_back(Site.Function);
    }
    if (Work.size() > Most)
      return false;
    if (!Direct)
      Roots.push_back(Work[I]);
  }
  auto Hooks = [&](uint32_t Fn, uint32_t Hook) {
    return any_of(P.Functions[Fn].Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        return I.Opcode == Op::Store && I.A.Kind == Operand::Func &&
               P.BodyOf[I.A.Value] == Hook;
      });
    });
  };
  return !Roots.empty() && all_of(Roots, [&](uint32_t Hook) {
    return Hooks(Freed.Fn, Hook) || Hooks(By, Hook) ||
           any_of(P.SitesOf[Freed.Fn], [&](const CallSite &Site) {
             return Hooks(Site.Function, Hook);
           });
  });
}

/// Whether \p Fn is called only by what \p Of calls.
bool Judge::isStepOf(uint32_t Fn, uint32_t Of) const {
  constexpr size_t Most = 256;
  SetVector<uint32_t> Work;
  Work.insert(Fn);
  for (size_t I = 0; I < Work.size(); ++I) {
    const uint32_t At = Work[I];
    if (At == Of)
      continue;
    const facts::Callee &Ce = P.Callees[P.Functions[At].Callee];
    const auto Steps = P.StepCallers.find(At);
    const bool Known = Steps != P.StepCallers.end();
    if (Work.size() > Most || At == P.Main || Ce.VirtualMethod ||
        (Ce.AddressTaken && !Known) || (!Known && P.SitesOf[At].empty()) ||
        (P.Main == None && Ce.Link == Linkage::External))
      return false;
    for (const CallSite &Site : P.SitesOf[At])
      Work.insert(Site.Function);
    if (Known)
      Work.insert(Steps->second.begin(), Steps->second.end());
  }
  return true;
}

/// Who meets the value that was freed at \p Freed; calls of \p By again are
/// the client's mistake. \p Stored: who freed it had set it.
Judge::Meeting Judge::meet(const Where &Freed, uint32_t By, bool Stored) const {
  Meeting M;
  const facts::Callee &Freeing = P.Callees[P.Functions[By].Callee];
  for (const AbstractState &X : C.states()) {
    if (X.F != Held::Freed || X.FreedAt.Loc.Line != Freed.Loc.Line ||
        X.FreedAt.Loc.File != Freed.Loc.File)
      continue;
    M.Reached = true;
    for (uint32_t TI : X.Enabled) {
      const Transition &Tr = C.transitions()[TI];
      if (isPart(Tr.Fn) || (C.engine().uncomposed().count(Tr.Fn) &&
                            C.engine().capped().count(Tr.Fn)))
        continue; // What leads to it, and what it does, is not all known.
      if (Tr.Fn == By) {
        M.Self |=
            Tr.FreesAgain || Tr.UsesFreed || (Tr.Tests && !Tr.PreF.contains(0));
        continue;
      }
      if (isHookedInstead(Tr.FreesAgain ? Tr.FreeAt : Tr.UseAt, Freed, By)) {
        M.Hooked = true;
        continue;
      }
      if (Stored && isStepOf(Tr.Fn, By)) {
        M.Inside = true;
        continue;
      }
      M.Dtor |= Tr.FreesAgain && P.Functions[Tr.Fn].Dtor;
      if (Tr.FreesAgain || Tr.UsesFreed) {
        const facts::Callee &Ce = P.Callees[P.Functions[Tr.Fn].Callee];
        M.Offered |= P.SitesOf[Tr.Fn].empty() && Ce.DeclaredInHeader &&
                     Ce.Decl.File == Freeing.Decl.File;
        M.LivesWith |= Tr.Fate == Transition::Lives;
      }
      if (Tr.FreesAgain && !M.Frees) {
        M.Frees = true;
        M.Who = "freed again by " + R.function(Tr.Fn);
        M.WhoFn = Tr.Fn;
      }
      if (Tr.UsesFreed && !Tr.FreesAgain) {
        M.Uses = true;
        if (!M.Frees) {
          M.Who = "used by " + R.function(Tr.Fn);
          M.WhoFn = Tr.Fn;
        }
      }
      if (Tr.Tests && !Tr.PreF.contains(0)) {
        M.Tests = true;
        if (M.Who.empty()) {
          M.Who = "taken for present by " + R.function(Tr.Fn);
          M.WhoFn = Tr.Fn;
        }
      }
    }
  }
  return M;
}

/// How many variables of the program that are only ever set to one value, such
/// as `initialized = 1`, do not have it yet: the program has hardly begun.
unsigned Judge::beforeStart(const AbstractState &A) const {
  unsigned Number = 0;
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (C.engine().focus().Items[C.guards()[G].Item].Global == None)
      continue;
    std::optional<Con> Only;
    bool One = true;
    for (const Transition &Tr : C.transitions())
      if (const auto &Set = Tr.PostG[G]) {
        One &= Set->isConst() && (!Only || *Only == *Set);
        Only = Set;
      }
    Number += Only && One && !Only->contains(0) && !A.G[G].meets(*Only);
  }
  return Number;
}

/// Of the ways of a function that leave the subject freed at one place, a surer
/// one than \p By: it needs no failing allocation, or, if a caller frees the
/// value \p Again, it stored the value itself.
const Transition &Judge::surestWay(const Transition &By, const Where &Freed,
                                   bool Again) const {
  const bool Stores = Again || !By.Keeps;
  if (!By.AllocThrows && Stores == !By.Keeps)
    return By;
  auto It = find_if(C.transitions(), [&](const Transition &Tr) {
    return Tr.Fn == By.Fn && !Tr.Throws && Tr.Fate == By.Fate &&
           Tr.Post == Held::Freed && Stores == !Tr.Keeps &&
           Tr.FreeAt.Loc.Line == Freed.Loc.Line &&
           Tr.FreeAt.Loc.File == Freed.Loc.File &&
           any_of(C.states(), [&](const AbstractState &X) {
             return X.F != Held::Freed && !X.Tainted && C.feasible(X, Tr);
           });
  });
  return It == C.transitions().end() ? By : *It;
}

void Judge::dangling(std::vector<Finding> &Out) {
  if (Sub.InUnion)
    return;
  std::map<std::tuple<uint32_t, uint32_t>, uint32_t>
      Best; // Freeing place -> state.
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if (A.F != Held::Freed || A.Alias)
      continue;
    auto Key = std::make_tuple(A.FreedAt.Loc.File, A.FreedAt.Loc.Line);
    auto [It, New] = Best.try_emplace(Key, I);
    if (New)
      continue;
    const AbstractState &B = C.states()[It->second];
    if (std::make_tuple(A.Tainted, beforeStart(A), A.Depth) <
        std::make_tuple(B.Tainted, beforeStart(B), B.Depth))
      It->second = I;
  }
  for (auto &[Key, SI] : Best) {
    const AbstractState &A = C.states()[SI];
    const Transition *By = nullptr;
    for (uint32_t I = SI; I != None && !By; I = C.states()[I].From) {
      const AbstractState &X = C.states()[I];
      if (X.By != None &&
          (X.From == None || C.states()[X.From].F != Held::Freed))
        By = &C.transitions()[X.By];
      if (X.From != None && C.states()[X.From].F == Held::Freed)
        continue;
    }
    if (!By)
      continue;
    const auto [Manifest, Unsure, Again] = C.left(By->Fn, A.FreedAt);
    By = &surestWay(*By, A.FreedAt, bool(Again));
    Finding F = begin("retsan-dangling-field", SI);
    PlaceRef Freed = R.place(A.FreedAt);
    F.File = Freed.File;
    F.Line = Freed.Line;
    F.Function = Freed.Function;

    const facts::Callee &Freeing = P.Callees[P.Functions[By->Fn].Callee];
    const Meeting Met = meet(A.FreedAt, By->Fn, !By->Keeps);
    const bool ConsumerTests = Met.Tests, ConsumerUses = Met.Uses,
               ConsumerFrees = Met.Frees || Again, ConsumerDtor = Met.Dtor,
               Offered = Met.Offered, LivesWith = Met.LivesWith;
    std::string Consumer = Met.Who;
    // Is the container merely on its way out?
    bool WritesGuard = false, SizeGuardReset = false, PointerReset = false;
    for (size_t G = 0; G < By->PostG.size(); ++G)
      if (By->PostG[G]) {
        if (C.guards()[G].SizeLike)
          SizeGuardReset |= By->PostG[G]->isConst();
        else if (C.guards()[G].Pointer)
          PointerReset |= By->PostG[G]->isConst();
        else
          WritesGuard |= By->PostG[G]->isConst();
      }
    bool StoredHere = !By->Keeps;
    bool Clears = clearsElsewhere(A.FreedAt);
    unsigned FreeSites = 0, ClearingSites = 0;
    std::set<uint32_t> FreeFns, ClearFns;
    for (const Transition &Tr : C.transitions())
      if (Tr.Fate == Transition::Lives && Tr.FreesHere) {
        if (Tr.Post == Held::Freed)
          FreeFns.insert(Tr.Fn);
        else if (!Tr.Keeps)
          ClearFns.insert(Tr.Fn);
      }
    FreeSites = FreeFns.size();
    ClearingSites = ClearFns.size();
    bool Global = By->GlobalObject;
    bool LivesOn = WritesGuard || StoredHere || Clears || By->Active;
    bool Closed = C.closed(SI);

    // Who clears one of two parts that it gives away means the object to live.
    const bool Beside = clearsNeighbour(A.FreedAt),
               GoesOn = Beside && !tearsDown(*By, A.FreedAt);
    // What a doubt about the object's going on costs: the function's own clear
    // of another part of it answers that.
    const bool Named = saysTeardown(By->Fn) || saysTeardown(A.FreedAt.Fn);
    const Confidence IfEnding =
        Beside && !Named ? Confidence::Medium : Confidence::Low;
    Confidence L = Confidence::Medium;
    bool Weak = false; // Too little for a function that ends things.
    auto Because = [&](const std::string &S) { F.Reasons.push_back(S); };
    // A library's function whose callers here all end the object may have
    // others elsewhere, if it moves the object into a phase of its own.
    // What a header declares is called where the header's users call it.
    bool Exported = P.Main == None && Freeing.Link == Linkage::External &&
                    !Freeing.DeclaredInHeader && !P.isPrivate(By->Fn) &&
                    WritesGuard;
    // A value of an earlier call is there only if callers let that be.
    const bool Proved = Again && StoredHere;
    if (Again && Consumer.empty())
      Consumer = "freed again by " + R.function(Again.Fn);
    if (Proved) {
      L = Confidence::High;
      Consumer = "freed again by " + R.function(Again.Fn);
      Because(FreesTwice);
    } else if (!Manifest && Exported) {
      L = ConsumerFrees || ConsumerUses || ConsumerTests ? Confidence::High
                                                         : Confidence::Medium;
      Because("the freeing path moves the object into another phase");
      Because("the callers seen end the object, others may not");
    } else if (!Manifest && P.Main == None &&
               Freeing.Link == Linkage::External && !P.isPrivate(By->Fn) &&
               !By->Unrefs && By->Active && Offered && LivesWith &&
               !saysSetup(By->Fn) && !tearsDown(*By, A.FreedAt) && !A.Tainted) {
      L = Confidence::High;
      Because("its header offers those that meet the value, too: a caller may "
              "go on");
    } else if (!Manifest && P.Main == None &&
               Freeing.Link == Linkage::External && !P.isPrivate(By->Fn) &&
               !By->Unrefs && By->Active && (ConsumerUses || ConsumerTests)) {
      L = IfEnding;
      Because("the callers seen end the object, others may not");
    } else if (!Manifest) {
      L = IfEnding;
      Because("every caller destroys or re-initialises the object at once");
    } else if (A.Tainted && A.Assumed) {
      L = Beside && !By->Unrefs ? Confidence::Medium : Confidence::Low;
      Because("no constructor of the object was seen");
    } else if (By->HandsOver && !StoredHere && !Global) {
      L = IfEnding;
      Because("the object itself is put away on the same path, as into a pool");
    } else if ((SizeGuardReset || (PointerReset && !ConsumerUses)) &&
               !WritesGuard && !ConsumerFrees) {
      L = Confidence::Low;
      Because("a length or capacity that guards it is reset on the same path");
    } else if (Global && (WritesGuard || LivesOn || ConsumerTests ||
                          ConsumerFrees || ConsumerUses)) {
      L = Confidence::High;
      Because("the object is a global and lives on");
    } else if (WritesGuard) {
      L = Confidence::High;
      Because("the freeing path moves the object into another phase");
    } else if (ConsumerDtor && !By->Unrefs && !lends(By->Fn)) {
      L = Confidence::High;
      Weak = true;
      Because("the destructor frees it again");
    } else if (StoredHere || Clears) {
      L = Confidence::High;
      Weak = StoredHere;
      Because(StoredHere ? "the same path stored the value it then freed"
                         : "another path of the function clears it");
    } else if (ClearingSites && FreeSites <= ClearingSites) {
      L = Met.any() || Met.Self ? Confidence::High : Confidence::Medium;
      Because("other functions that free it clear it");
    } else if (By->Active && (ConsumerFrees || ConsumerUses || ConsumerTests)) {
      L = Confidence::High;
      Weak = true;
      Because("the object is still worked on and the value is met again");
    } else if (!LivesOn) {
      L = Beside || (Met.any() && goesOn(By->Fn)) ? Confidence::Medium
                                                  : Confidence::Low;
      Because("the freeing function changes nothing else of the object: it may "
              "be its end");
    }
    if (L == Confidence::High && Closed && !ConsumerFrees && !ConsumerUses) {
      L = Confidence::Medium;
      Because("only re-initialising or destroying operations follow");
    }
    const Type &Held = P.Types[Sub.T.Type];
    if (L != Confidence::Low && takesApart(*By)) {
      L = Confidence::Low;
      Because("the function takes elements out of a list: which of them the "
              "field holds is not certain");
    }
    if (L == Confidence::High && Global &&
        P.Types[Held.Elem].Kind == TypeKind::Record && inLoop(A.FreedAt)) {
      L = Confidence::Low;
      Because(
          "it is freed in a loop: it may be the head of what is taken apart");
    }
    if (By->Unrefs && any_of(C.transitions(),
                             [](const Transition &Tr) { return Tr.Retains; })) {
      L = std::min(L, IfEnding);
      Because("further references are taken through it: this may be one of "
              "them");
    } else if (By->Unrefs && L == Confidence::High && !ConsumerFrees &&
               !ConsumerUses) {
      L = Confidence::Medium;
      Because("a reference is dropped, others may hold it");
    }
    if (L == Confidence::High && By->Fn == P.Main) {
      L = Confidence::Medium;
      Because("main frees it, and may not come to those that would meet it");
    }
    if (L == Confidence::High && isBackPointer()) {
      L = Confidence::Medium;
      Because("what is freed points to such objects itself: they may go with "
              "it");
    }
    if (L == Confidence::High && Global && Freeing.AddressTaken &&
        Met.WhoFn != None &&
        P.Callees[P.Functions[Met.WhoFn].Callee].AddressTaken &&
        saysTeardown(Met.WhoFn) && StoredHere) {
      L = Confidence::Low;
      Because("a hook that fails to start something leaves it so: who ends it "
              "may not be called");
    }
    if (L == Confidence::High && Sub.T.Global != None &&
        P.Globals[Sub.T.Global].FunctionStatic && !Met.any() && !Met.Self) {
      L = Confidence::Low;
      Because("the function itself sets it before it looks at it again");
    }
    if (L != Confidence::Low && !Again && !Met.any() && !Met.Self &&
        !isLookedAt(By->Fn)) {
      L = Confidence::Low;
      Because("who looks at it sets it first");
    }
    if (L == Confidence::High && !Again && !Met.any() &&
        ending(SI, essential(A)).first == Ending::Over) {
      L = Confidence::Medium;
      Because("its state says that it is over, and nobody meets it there");
    }
    if (L == Confidence::High && Met.Hooked && !Again && !Met.any() &&
        !Met.Self) {
      L = Confidence::Low;
      Because("those that meet it are hooked in where it is not freed");
    }
    if (L == Confidence::High && Met.Inside && !Again && !Met.any() &&
        !Met.Self) {
      L = Confidence::Low;
      Because("those that meet it are steps of the function that sets it "
              "first");
    }
    if (L == Confidence::High && Global && Freeing.AddressTaken &&
        !Freeing.VirtualMethod && P.TableOnly[P.Functions[By->Fn].Callee] &&
        P.SitesOf[By->Fn].empty()) {
      L = Confidence::Low;
      Because("it is a hook of a table that nobody here reads: when it is "
              "called is not known");
    }
    if (L == Confidence::High && StoredHere && !Global && !Again &&
        saysSetup(By->Fn) && Met.WhoFn != None && saysEnd(Met.WhoFn)) {
      // Who calls the end of the object itself, not the frees one by one, has
      // callers that do so once more.
      L = A.FreedAt.Fn == By->Fn ? Confidence::Low : Confidence::Medium;
      Because("it fails to begin the object's life: who ends it may not be "
              "called");
    }
    if (L == Confidence::High && !Global && !Proved &&
        (givesAway(By->Fn) || givesBack(A.FreedAt))) {
      L = Confidence::Low;
      Because("its content is given to a caller that is not seen");
    }
    if (L == Confidence::High && !Global && inArray()) {
      L = Confidence::Medium;
      Because("its object is a slot of an array, set anew when it is used "
              "again");
    }
    if (L == Confidence::High && isForeign(P, Sub.T)) {
      L = Confidence::Low;
      Because("the record is a library's, which works on its objects, too");
    }
    if (L == Confidence::High && !isOwned() && !freedAsRead(A.FreedAt)) {
      L = Confidence::Low;
      Because("nobody frees it through the field: it is lent, and holders may "
              "go before what they hold");
    }
    if (L == Confidence::High && !Proved && Sub.T.Record != None &&
        P.Types[Held.Elem].Kind == TypeKind::Void && !isFreedByName()) {
      L = Confidence::Medium;
      Because("it leads to somebody's data: who is called with it frees it on "
              "some way");
    }
    if (L == Confidence::High && !ownsFree(*By, A.FreedAt)) {
      L = Confidence::Medium;
      Because("it is freed by one who got it from a getter");
    }
    if (L == Confidence::High && !Proved &&
        (Global && (ConsumerFrees || ConsumerUses || ConsumerTests)
             ? (!WritesGuard && saysTeardown(By->Fn)) || endsProcess(By->Fn) ||
                   (isPartOfOthers() && saysTeardown(A.FreedAt.Fn))
             : tearsDown(*By, A.FreedAt))) {
      L = Weak ? Confidence::Low : Confidence::Medium;
      Because("the function is there to end the object");
    }
    if (L == Confidence::High && By->Shared && !Proved) {
      L = Confidence::Medium;
      Because("a copy of the object is ended there, which may share it");
    }
    if (L == Confidence::High && !is_contained(C.entries(), By->Fn)) {
      L = GoesOn || Clears ? Confidence::Medium : Confidence::Low;
      Because("its callers were too complex to follow");
    }
    if (L == Confidence::High && By->Partly && !Proved) {
      L = Confidence::Medium;
      Because("a callee frees it on some of its paths, and its caller cannot "
              "tell");
    }
    if (L == Confidence::High && By->ThreadEnds) {
      L = Confidence::Medium;
      Because("the thread that works on the object ends here");
    }
    if (L == Confidence::High && !Proved && freesItsLike(A.FreedAt)) {
      L = Confidence::Low;
      Because(
          "what frees it frees such an object, too, which it leads back to");
    }
    if (L == Confidence::High && C.freesTabled(By->Fn)) {
      L = Confidence::Medium;
      Because("such an object is freed by the same function: it may be this "
              "one");
    }
    if (L == Confidence::High && By->LookedUp && PointerReset) {
      L = IfEnding;
      Because("the object was looked up, and a pointer that may mark it as "
              "unused is cleared beside");
    }
    if (L == Confidence::High && !Proved && !WritesGuard && calleeClears(*By)) {
      L = Confidence::Medium;
      Because("what frees it clears it on another way: it may tell which");
    }
    if (L != Confidence::Low && !Proved && unused(A.FreedAt, By->Fn)) {
      L = Beside ? Confidence::Medium : Confidence::Low;
      Because("its users are counted, and none is left");
    }
    if (L == Confidence::High && !Proved && departs(A.FreedAt)) {
      L = Confidence::Low;
      Because("its object is taken out of what leads to it, or ends with that");
    }
    if (L == Confidence::High && !Global && !Proved && !StoredHere &&
        ((!(ConsumerTests && Offered) && closesByTable(*By, A.FreedAt)) ||
         marksClosed(A.FreedAt))) {
      L = Confidence::Medium;
      Because("it closes the object, which others may know");
    }
    if (L == Confidence::High && By->Fate == Transition::Created &&
        StoredHere && !Beside && !ConsumerFrees && !Global && !Proved) {
      L = Confidence::Medium;
      Because("the call that begins the object's life gives it up");
    }
    if (C.stackOnly()) {
      L = std::min(L, IfEnding);
      Because("objects of the record are seen on stacks only");
    }
    if (L == Confidence::High && A.Tainted && !Proved) {
      L = StoredHere || Clears || GoesOn ? Confidence::Medium : Confidence::Low;
      Because("the state is told by a test of a value that was not seen set");
    }
    if (L == Confidence::High && WritesGuard && !Global && !Proved &&
        toldByTest(SI, essential(A))) {
      L = Confidence::Medium;
      Because("its phase is told by a test of a value that was not seen set");
    }
    if (L == Confidence::High && By->Throws && ConsumerDtor && !Proved &&
        A.FreedAt.Fn != By->Fn) {
      L = Confidence::Medium;
      Because("an exception leaves it so: the object may go with what it "
              "unwinds");
    }
    if (L == Confidence::High && Global && !Proved && hasNotBegun(A)) {
      L = Confidence::Medium;
      Because("a variable says that it has not begun");
    }
    if (L == Confidence::High && By->AllocThrows) {
      L = P.Main != None && !isAnyCaught() ? Confidence::Low
                                           : Confidence::Medium;
      Because("only if there is no memory left");
    }
    if (L == Confidence::High && Unsure && !Proved) {
      L = Global || Clears || GoesOn ? Confidence::Medium : Confidence::Low;
      Because("a caller was too complex to follow");
    }
    if (L == Confidence::Medium && !Proved) {
      // What changes nothing else, and objects that nobody is seen to make,
      // need a caller that goes on.
      bool Alone = (A.Tainted && A.Assumed) || !(LivesOn || ClearingSites);
      const char *Why = notWorth(A, *By, Unsure, Manifest || (Beside && !Named),
                                 Met, bool(Again), Beside);
      if (!Why && Alone && !Beside && !tearsDown(*By, A.FreedAt) &&
          !goesOn(By->Fn))
        Why = "no caller goes on with the object";
      if (Why) {
        L = Confidence::Low;
        Because(Why);
      }
    }
    if (Beside)
      Because("another part of the object is freed and cleared beside it");
    F.Level = L;
    std::string When = guardText(A);
    F.Message = "'" + Sub.Name + "' is freed" +
                (Freed.Function.empty() ? "" : " in " + Freed.Function) +
                " and not cleared: it dangles" +
                (When.empty() ? "" : " while " + When) +
                (Consumer.empty() ? "" : ", and is " + Consumer);
    F.Why =
        Consumer.empty()
            ? "The container lives on with a pointer to freed memory."
            : "The container lives on with a pointer to freed memory that is " +
                  Consumer + ".";
    F.Fix = "set " + Sub.FieldPath + " to NULL right after it is freed at " +
            Freed.File + ":" + std::to_string(Freed.Line);
    Out.push_back(std::move(F));
  }
  if (Best.empty())
    freedTwice(Out);
}

/// Freed by a callee and once more by its caller, on one path: the object may
/// end there as well, no state between two calls shows it.
void Judge::freedTwice(std::vector<Finding> &Out) {
  for (const Transition &Tr : C.transitions()) {
    if (!Tr.Twice || C.states().empty())
      continue;
    uint32_t At = 0;
    for (uint32_t I = 0; I < C.states().size(); ++I)
      if (const AbstractState &A = C.states()[I];
          A.F == Held::NotNull && !A.Tainted && C.feasible(A, Tr)) {
        At = I;
        break;
      }
    Finding F = begin("retsan-dangling-field", At);
    PlaceRef Freed = R.place(Tr.FreeAt);
    F.File = Freed.File;
    F.Line = Freed.Line;
    F.Function = Freed.Function;
    F.Level = Confidence::Medium;
    std::string By = R.function(Tr.Fn);
    F.Message = "'" + Sub.Name + "' is freed in " + Freed.Function +
                " and not cleared, and is freed again by " + By +
                " on the same way";
    F.Why = "What calls " + Freed.Function +
            " takes the field for present and frees it once more.";
    F.Fix = "set " + Sub.FieldPath + " to NULL right after it is freed at " +
            Freed.File + ":" + std::to_string(Freed.Line);
    F.Reasons.push_back("one path frees it twice");
    // Rounds of a loop free parts of one object after another; and of ends,
    // each may be of another object.
    const bool Beside = clearsNeighbour(Tr.FreeAt);
    const bool Ends =
        (saysTeardown(Tr.FreeAt.Fn) || P.Functions[Tr.FreeAt.Fn].Dtor) &&
        !leftByCaller(Tr.FreeAt.Fn, 0);
    if (Tr.LookedUp || inLoop(Tr.FreeAt) ||
        isCalledInLoop(Tr.FreeAt.Fn, Tr.Fn)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("it may be two objects of a table or a list");
    } else if (endsParam(Tr.FreeAt.Fn, 0, Tr.FreeAt.Fn)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("the object goes with it: the second is another one");
    } else if (Beside) {
      F.Reasons.push_back(
          "another part of the object is freed and cleared beside it");
    } else if (Ends) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("it is freed where objects end: the second may be "
                          "another one");
    }
    Out.push_back(std::move(F));
    return;
  }
}

} // namespace retsan::solve
