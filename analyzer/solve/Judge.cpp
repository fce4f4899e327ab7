//===- Judge.cpp - questions put to a closure -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Contract.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Judge::Judge(const Subject &Sub, Closure &C, const Screen &Screened,
             const Renderer &R, const JudgeOptions &Opts)
    : Sub(Sub), C(C), Screened(Screened), R(R), Opts(Opts), P(R.program()) {}

void Judge::run(std::vector<Finding> &Out) {
  size_t Before = Out.size();
  if (!Sub.LiveWhile.empty())
    liveWhile(Out);
  if (Opts.Dangling)
    dangling(Out);
  if (Opts.Stale)
    stale(Out);
  if (Opts.Stalled)
    stalled(Out);
  if (Opts.Unread && Out.size() == Before)
    unreadOwner(Out);
  for (size_t I = Before; I < Out.size(); ++I)
    if (!Sub.Retained.empty())
      Out[I].Suppressed = "RETSAN_RETAINED: " + Sub.Retained;
}

/// Whether the same guard values occur with the subject null: then a reader
/// cannot be meant to find anything there.
bool Judge::contrast(uint32_t SI) const {
  const AbstractState &A = C.states()[SI];
  bool Known = false;
  for (const Con &G : A.G)
    Known |= !G.top();
  if (!Known)
    return false;
  for (const AbstractState &B : C.states())
    if (B.F == Held::Null && !B.Tainted && B.G == A.G)
      return true;
  return false;
}

/// Whether the subject is live in some other phase: it had a life that ended.
bool Judge::liveBefore(uint32_t SI) const {
  const AbstractState &A = C.states()[SI];
  return any_of(C.states(), [&](const AbstractState &B) {
    return B.Live && B.F == Held::NotNull && !B.Tainted && B.G != A.G;
  });
}

/// Whether some path of the function that holds \p Set clears the subject while
/// the object lives: the sibling path does what this one forgot.
bool Judge::clearsElsewhere(const Where &Set) const {
  for (const Transition &Tr : C.transitions())
    if (Tr.Clears && Tr.Fate == Transition::Lives && Tr.StoreAt &&
        Tr.StoreAt.Fn == Set.Fn)
      return true;
  return false;
}

/// Whether some instruction at the place is inside a loop of its function.
bool Judge::inLoop(const Where &W) const {
  if (!W)
    return false;
  const Function &F = P.Functions[W.Fn];
  const FlowGraph &G = C.engine().context().graph(W.Fn);
  for (uint32_t B : G.Order)
    for (const Instr &I : F.Blocks[B].Instrs)
      if (G.LoopDepth[B] && I.Loc.File == W.Loc.File &&
          I.Loc.Line == W.Loc.Line)
        return true;
  return false;
}

/// Whether \p W frees what it just read from the field, in so many words:
/// `free(o->f)`, or by way of a local.
bool Judge::freedAsRead(const Where &W) const {
  if (!W)
    return false;
  const Function &F = P.Functions[W.Fn];
  auto IsSubject = [&](const Place &Pl) {
    if (Sub.T.Record == None)
      return Pl.Base == Place::Global && Pl.BaseIndex == Sub.T.Global;
    return !Pl.Path.empty() && Pl.Path.back().Kind == PathElem::Field &&
           Sub.T.Path.back().Kind == PathElem::Field &&
           Pl.Path.back().Record == Sub.T.Path.back().Record &&
           Pl.Path.back().Index == Sub.T.Path.back().Index;
  };
  DenseSet<uint32_t> Regs, Locals;
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        auto In = [&](const Operand &O) {
          return O.Kind == Operand::Reg && Regs.count(uint32_t(O.Value));
        };
        bool From = In(I.A);
        if (I.Opcode == Op::Load) {
          const Place &Pl = F.Places[I.P];
          From = IsSubject(Pl) || (Pl.Base == Place::Local && Pl.Path.empty() &&
                                   Locals.count(Pl.BaseIndex));
        } else if (I.Opcode == Op::Store) {
          const Place &Pl = F.Places[I.P];
          if (From && Pl.Base == Place::Local && Pl.Path.empty())
            Changed |= Locals.insert(Pl.BaseIndex).second;
          continue;
        }
        if (From && I.Dst != None)
          Changed |= Regs.insert(I.Dst).second;
        if (I.Loc.Line != W.Loc.Line || I.Loc.File != W.Loc.File)
          continue;
        if ((I.Opcode == Op::Free || I.Opcode == Op::Release) && In(I.A))
          return true;
        if (I.Opcode == Op::Call && any_of(I.Args, In))
          return true;
      }
  }
  return false;
}

/// The record that a pointer type points to, if objects of it are chained:
/// some field of it, or of a record in it, points to its like.
static bool isChained(const Program &P, uint32_t Record, uint32_t In,
                      unsigned Depth) {
  for (const Field &Fd : P.Records[In].Fields) {
    const Type &T = P.Types[Fd.Type];
    if (T.Kind == TypeKind::Pointer &&
        P.Types[T.Elem].Kind == TypeKind::Record &&
        P.Types[T.Elem].Record == Record)
      return true;
    if (T.Kind == TypeKind::Record && T.Record != None && Depth < 2 &&
        isChained(P, Record, T.Record, Depth + 1))
      return true;
  }
  return false;
}

/// Whether \p By takes elements out of a list, and the subject is a head of the
/// list or a part of an element: which of the elements is freed, and whether
/// the subject was moved on before, is more than the closure can tell.
bool Judge::takesApart(const Transition &By) const {
  const Type &Held = P.Types[P.Types[Sub.T.Type].Elem];
  uint32_t Target = Held.Kind == TypeKind::Record ? Held.Record : None;
  if (Target != None && !P.Records[Target].System &&
      isChained(P, Target, Target, 0)) {
    // A link of the list itself, or a head that the function moves.
    if (Sub.T.Record == Target)
      return true;
    return any_of(C.transitions(), [&](const Transition &Tr) {
      return Tr.Fn == By.Fn && !Tr.Keeps && Tr.Fate == Transition::Lives;
    });
  }
  // What an element carries, freed by another name after it was unlinked.
  uint32_t R = Sub.T.Record;
  if (R == None || !isChained(P, R, R, 0) || freedAsRead(By.FreeAt))
    return false;
  const Context &Cx = C.engine().context();
  for (uint32_t I = 0; I < P.Records[R].Fields.size(); ++I) {
    const Type &T = P.Types[P.Records[R].Fields[I].Type];
    if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != R)
      continue;
    Tracked Link;
    Link.Record = R;
    Link.Path.push_back({PathElem::Field, R, I});
    if (uint32_t Slot = Cx.slotOf(Link);
        Slot != None && Cx.writes(By.Fn, Slot, /*Direct=*/false))
      return true;
  }
  return false;
}

/// Whether the subject leads to an object that points back to such as hold it:
/// a child's parent. The child mostly goes with its parent.
bool Judge::isBackPointer() const {
  const Type &Held = P.Types[P.Types[Sub.T.Type].Elem];
  if (Sub.T.Record == None)
    return false;
  // Types that are only declared where they are named go by their name.
  auto LastWord = [&](const Type &T) {
    StringRef Name = P.str(T.Spelling);
    return Name.substr(Name.rfind(' ') + 1);
  };
  uint32_t To = Held.Kind == TypeKind::Record ? Held.Record : None;
  for (uint32_t R = 0; To == None && R < P.Records.size(); ++R)
    if (!P.str(P.Records[R].Name).empty() &&
        P.str(P.Records[R].Name) == LastWord(Held))
      To = R;
  if (To == None || To == Sub.T.Record)
    return false;
  return any_of(P.Records[To].Fields, [&](const Field &Fd) {
    const Type &T = P.Types[Fd.Type];
    if (T.Kind != TypeKind::Pointer)
      return false;
    const Type &Back = P.Types[T.Elem];
    if (Back.Kind == TypeKind::Record && Back.Record == Sub.T.Record)
      return true;
    return !LastWord(Back).empty() &&
           LastWord(Back) == P.str(P.Records[Sub.T.Record].Name);
  });
}

/// Whether the function that frees reads or writes the field itself. Else it
/// got the value from a getter, and whose business the field is then is open.
bool Judge::ownsFree(const Transition &By, const Where &Freed) const {
  const Context &Cx = C.engine().context();
  uint32_t Slot = Cx.slotOf(Sub.T);
  return Slot == None || !By.Keeps ||
         Cx.touches(By.Fn, Slot, /*Direct=*/true) ||
         (Freed && Cx.touches(Freed.Fn, Slot, /*Direct=*/true));
}

/// Whether the freeing function is there to end the object: it says so by its
/// name, or it frees the object itself on another of its paths.
bool Judge::tearsDown(const Transition &By, const Where &Freed) const {
  for (uint32_t Fn : {By.Fn, Freed.Fn}) {
    StringRef Name = P.nameOf(Fn);
    std::string Last = Name.substr(Name.rfind(':') + 1).lower();
    SmallVector<StringRef, 6> Words;
    StringRef(Last).split(Words, '_', -1, /*KeepEmpty=*/false);
    for (StringRef W : Words)
      if (StringSwitch<bool>(W)
              .Cases("free", "destroy", "delete", "fini", "term", "dtor", true)
              .Cases("dispose", "cleanup", "uninit", "deinit", "teardown", true)
              .Cases("terminate", "destruct", "dealloc", true)
              .Cases("uninitialize", "deinitialize", true)
              .Default(false))
        return true;
  }
  return any_of(C.transitions(), [&](const Transition &Tr) {
    return Tr.Fn == Freed.Fn && Tr.Fate == Transition::Destroyed &&
           Tr.Releases && Tr.FreeAt.Loc.Line == Freed.Loc.Line;
  });
}

/// Whether some of the guards changes while an object lives.
bool Judge::isPhase(const std::vector<bool> &Keep) const {
  for (const Transition &Tr : C.transitions())
    for (size_t G = 0; G < Keep.size(); ++G)
      if (Keep[G] && Tr.Fate == Transition::Lives && Tr.PostG[G])
        return true;
  return false;
}

/// Whether the state was reached from one in which the subject is live, by a
/// path that left the subject alone and gave a guard its value.
bool Judge::endsPhase(uint32_t SI, const std::vector<bool> &Keep) const {
  const AbstractState &A = C.states()[SI];
  if (A.By == None || A.From == None || A.Tainted)
    return false;
  const AbstractState &Before = C.states()[A.From];
  const Transition &Tr = C.transitions()[A.By];
  if (!Before.Live || Before.Tainted || Before.F != Held::NotNull || !Tr.Keeps)
    return false;
  for (size_t G = 0; G < Keep.size(); ++G)
    if (Keep[G] && Tr.PostG[G] && Tr.PostG[G]->isConst() &&
        !C.guards()[G].SizeLike && !C.guards()[G].Pointer)
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// dangling
//===----------------------------------------------------------------------===//

/// A unique_ptr with a function for a deleter may give its target back.
bool Judge::lends(uint32_t Fn) const {
  return any_of(P.Functions[Fn].Locals, [&](const Local &L) {
    const Type &T = P.Types[L.Type];
    return T.Owner == OwnerKind::Unique && P.str(T.Spelling).contains("(*)");
  });
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
    if (std::make_tuple(A.Tainted, A.Depth) <
        std::make_tuple(B.Tainted, B.Depth))
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
    Finding F = begin("retsan-dangling-field", SI);
    PlaceRef Freed = R.place(A.FreedAt);
    F.File = Freed.File;
    F.Line = Freed.Line;
    F.Function = Freed.Function;

    // Who meets the freed value?
    bool ConsumerTests = false, ConsumerUses = false, ConsumerFrees = false;
    bool ConsumerDtor = false; // A destructor frees it a second time.
    std::string Consumer;
    for (uint32_t I = 0; I < C.states().size(); ++I) {
      const AbstractState &X = C.states()[I];
      if (X.F != Held::Freed || X.FreedAt.Loc.Line != A.FreedAt.Loc.Line ||
          X.FreedAt.Loc.File != A.FreedAt.Loc.File)
        continue;
      for (uint32_t TI : X.Enabled) {
        const Transition &Tr = C.transitions()[TI];
        if (Tr.Fn == By->Fn)
          continue; // To call it twice in a row is the client's mistake.
        ConsumerDtor |= Tr.FreesAgain && P.Functions[Tr.Fn].Dtor;
        if (Tr.FreesAgain && !ConsumerFrees) {
          ConsumerFrees = true;
          Consumer = "freed again by " + R.function(Tr.Fn);
        }
        if (Tr.UsesFreed && !Tr.FreesAgain) {
          ConsumerUses = true;
          if (!ConsumerFrees)
            Consumer = "used by " + R.function(Tr.Fn);
        }
        if (Tr.Tests && !Tr.PreF.contains(0)) {
          ConsumerTests = true;
          if (Consumer.empty())
            Consumer = "taken for present by " + R.function(Tr.Fn);
        }
      }
    }
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
    bool Unsure = false;
    bool Manifest = C.manifest(By->Fn, A.FreedAt, 0, Unsure);
    bool Global = By->GlobalObject;
    bool LivesOn = WritesGuard || StoredHere || Clears || By->Active;
    bool Closed = C.closed(SI);

    Confidence L = Confidence::Medium;
    auto Because = [&](const std::string &S) { F.Reasons.push_back(S); };
    // A library's function whose callers here all end the object may have
    // others elsewhere, if it moves the object into a phase of its own.
    const facts::Callee &Freer = P.Callees[P.Functions[By->Fn].Callee];
    // What a header declares is called where the header's users call it.
    bool Exported = P.Main == None && Freer.Link == Linkage::External &&
                    !Freer.DeclaredInHeader && !P.Functions[By->Fn].Private &&
                    WritesGuard;
    if (!Manifest && Exported) {
      L = ConsumerFrees || ConsumerUses || ConsumerTests ? Confidence::High
                                                         : Confidence::Medium;
      Because("the freeing path moves the object into another phase");
      Because("the callers seen end the object, others may not");
    } else if (!Manifest && P.Main == None && Freer.Link == Linkage::External &&
               !P.Functions[By->Fn].Private && !By->Unrefs && By->Active &&
               (ConsumerUses || ConsumerTests)) {
      Because("the callers seen end the object, others may not");
    } else if (!Manifest) {
      L = Confidence::Low;
      Because("every caller destroys or re-initialises the object at once");
    } else if (A.Tainted && A.Assumed) {
      L = Confidence::Low;
      Because("no constructor of the object was seen");
    } else if (By->HandsOver && !StoredHere && !Global) {
      L = Confidence::Low;
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
      Because("the destructor frees it again");
    } else if (StoredHere || Clears) {
      L = Confidence::High;
      Because(StoredHere ? "the same path stored the value it then freed"
                         : "another path of the function clears it");
    } else if (ClearingSites && FreeSites <= ClearingSites) {
      L = ConsumerFrees || ConsumerUses || ConsumerTests ? Confidence::High
                                                         : Confidence::Medium;
      Because("other functions that free it clear it");
    } else if (By->Active && (ConsumerFrees || ConsumerUses || ConsumerTests)) {
      L = Confidence::High;
      Because("the object is still worked on and the value is met again");
    } else if (!LivesOn) {
      L = Confidence::Low;
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
      L = Confidence::Medium;
      Because(
          "it is freed in a loop: it may be the head of what is taken apart");
    }
    if (By->Unrefs && any_of(C.transitions(),
                             [](const Transition &Tr) { return Tr.Retains; })) {
      L = Confidence::Low;
      Because("further references are taken through it: this may be one of "
              "them");
    } else if (By->Unrefs && L == Confidence::High && !ConsumerFrees &&
               !ConsumerUses) {
      L = Confidence::Medium;
      Because("a reference is dropped, others may hold it");
    }
    if (L == Confidence::High && By->Fn == P.Main && !ConsumerFrees &&
        !ConsumerUses && !ConsumerTests) {
      L = Confidence::Medium;
      Because("main frees it and no other function looks at it afterwards");
    }
    if (L == Confidence::High && isBackPointer()) {
      L = Confidence::Medium;
      Because("what is freed points to such objects itself: they may go with "
              "it");
    }
    if (L == Confidence::High && !ownsFree(*By, A.FreedAt)) {
      L = Confidence::Medium;
      Because("it is freed by one who got it from a getter");
    }
    if (L == Confidence::High &&
        (!Global || !(ConsumerFrees || ConsumerUses || ConsumerTests)) &&
        tearsDown(*By, A.FreedAt)) {
      L = Confidence::Medium;
      Because("the function is there to end the object");
    }
    if (L == Confidence::High && !is_contained(C.entries(), By->Fn)) {
      L = Confidence::Medium;
      Because("its callers were too complex to follow");
    }
    if (L == Confidence::High && By->ThreadEnds) {
      L = Confidence::Medium;
      Because("the thread that works on the object ends here");
    }
    if (C.stackOnly()) {
      L = Confidence::Low;
      Because("objects of the record are seen on stacks only");
    }
    if (L == Confidence::High && A.Tainted) {
      L = Confidence::Medium;
      Because("the state is told by a test of a value that was not seen set");
    }
    if (L == Confidence::High && By->AllocThrows) {
      L = Confidence::Medium;
      Because("only if there is no memory left");
    }
    if (L == Confidence::High && Unsure) {
      L = Confidence::Medium;
      Because("a caller was too complex to follow");
    }
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
}

//===----------------------------------------------------------------------===//
// stale
//===----------------------------------------------------------------------===//

/// Whether a guard that is set to what was computed says by its name that it
/// is a length or a number of things.
bool Judge::countsItems(size_t G) const {
  if (!C.guards()[G].SizeLike)
    return false;
  std::string Name = StringRef(guardName(G)).lower();
  for (StringRef Word : {"len", "size", "count", "num", "cap", "used", "avail"})
    if (StringRef(Name).contains(Word))
      return true;
  return StringRef(Name).starts_with("n") && !StringRef(Name).contains("new");
}

/// Whether a guard that says so by its name tells that the object has failed.
bool Judge::inError(const AbstractState &A,
                    const std::vector<bool> &Keep) const {
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G] || A.G[G].contains(0))
      continue;
    std::string Name = StringRef(guardName(G)).lower();
    StringRef Last = StringRef(Name).rsplit('.').second.empty()
                         ? StringRef(Name)
                         : StringRef(Name).rsplit('.').second;
    for (StringRef Word : {"err", "fail", "eof", "abort", "corrupt", "dead"})
      if (Last.contains(Word))
        return true;
  }
  return false;
}

void Judge::stale(std::vector<Finding> &Out) {
  if (Sub.InUnion || !(Sub.Own.owned() || Sub.Own.Released) || C.stackOnly())
    return;
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
      L = X.Clears ? Confidence::Medium : Confidence::Low;
      Because("it is overwritten before it is used, not guarded by a phase");
    } else if (!isPhase(Keep)) {
      L = Confidence::Low;
      Because("what tells this state from others is set once, as a kind is");
    } else if (X.LiveBefore && (X.Contrast || X.Clears || A.Handoff)) {
      L = Confidence::High;
    } else if (endsPhase(X.State, Keep)) {
      L = Confidence::High;
      Because("the path that ends the phase keeps it");
    } else if (X.LiveBefore || X.Contrast) {
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
      L = Confidence::Medium;
      Because("its phase is told by a count only: it may be an empty buffer");
    }
    // Or did it ever live before it came to this?
    bool Outlived = any_of(C.states(), [&](const AbstractState &B) {
      return B.Live && any_of(B.Next, [&](const auto &N) {
               return N.second == X.State && C.transitions()[N.first].Keeps;
             });
    });
    if (L == Confidence::High && !Outlived && !A.Handoff && !X.Clears) {
      L = Confidence::Medium;
      Because("it is set so from the start: a mode rather than a phase");
    }
    if (Guarded && PointersOnly && L == Confidence::High) {
      L = Confidence::Medium;
      Because("its phase is told by another pointer only");
    }
    if (A.Alias) {
      L = std::min(L == Confidence::Low && Guarded && !A.Tainted
                       ? Confidence::Medium
                       : L,
                   Confidence::Medium);
      Because("its target is held elsewhere too: it retains no memory today");
    }
    const Type &Target = P.Types[P.Types[Sub.T.Type].Elem];
    if (L == Confidence::High && Target.Kind == TypeKind::Record &&
        Target.Record != None && P.Records[Target.Record].System &&
        !X.Contrast && !X.Clears) {
      L = Confidence::Medium;
      Because("it is a handle of a library, not memory of the program");
    }
    if (X.Closed) {
      L = std::min(L, Confidence::Medium);
      Because("only re-initialising or destroying operations follow");
    } else if (L == Confidence::High && C.terminal(X.State)) {
      L = Confidence::Medium;
      Because("the object is at its end: nothing but its destruction follows");
    } else if (L == Confidence::High && inError(A, Keep)) {
      L = Confidence::Medium;
      Because("the phase is one of failure: the object is expected to go");
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
                   solve::toString(A.G[G]) + ", at " + W.File + ":" +
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
    if (A.F != Held::NotNull || !A.Live || A.Tainted || !A.Handoff)
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
      if (Tr.Keeps && Tr.Active && Tr.Uses)
        SelfLoop = true;
    }
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
    if (Drivers.empty() || Readers.empty() || Idle || !SelfLoop)
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
    F.Why = "The migration that keeps it alive advances in " + Names(Drivers) +
            " alone; " + Names(Readers) + " use it and do not advance.";
    F.Fix = "advance the migration in the readers too, or from a timer or idle "
            "hook";
    Out.push_back(std::move(F));
    return;
  }
}

void Judge::unreadOwner(std::vector<Finding> &Out) {
  if (Sub.InUnion || !Sub.Own.owned())
    return;
  bool Stored = false;
  Where At;
  for (const Transition &Tr : C.transitions()) {
    if (Tr.Uses || Tr.UsesAndFrees)
      return;
    if (!Tr.Keeps && Tr.Post == Held::NotNull && !Tr.Borrowed && !Tr.Alias) {
      Stored = true;
      if (!At)
        At = Tr.StoreAt;
    }
  }
  if (!Stored || Screened.loadsUsed(Sub) || C.engine().exhausted())
    return;
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if (A.F != Held::NotNull || A.Borrowed || A.Alias)
      continue;
    Finding F = begin("retsan-unread-owner", I);
    F.File = R.file(Sub.Decl.File);
    F.Line = Sub.Decl.Line;
    PlaceRef Set = R.place(A.SetAt);
    F.Function = Set.Function;
    F.Level = Opts.ClosedProgram || Sub.T.Global == None ? Confidence::High
                                                         : Confidence::Medium;
    // The clients of a library read the records that its headers show.
    const facts::File *In =
        Sub.Decl.File < P.Files.size() ? &P.Files[Sub.Decl.File] : nullptr;
    if (P.Main == None && In && Sub.T.Record != None) {
      StringRef Path = P.str(In->Path);
      if (Path.contains("/include/") &&
          sys::path::extension(Path).starts_with(".h")) {
        F.Level = Confidence::Low;
        F.Reasons.push_back("a client of the library may read it");
      }
    }
    // Pointers into the block may have been handed out before it was stored.
    if (F.Level == Confidence::High &&
        (A.Tainted || Sub.Kind == OwnerKind::None))
      F.Level = Confidence::Medium;
    F.Message = "'" + Sub.Name +
                "' owns memory that no function uses: it is set" +
                (Set.Function.empty() ? "" : " in " + Set.Function) +
                " and only released";
    F.Why = "No function reads it other than to test or release it.";
    F.Fix = "drop the field, or release its target as soon as it is made";
    Out.push_back(std::move(F));
    return;
  }
}

void Judge::liveWhile(std::vector<Finding> &Out) {
  auto GuardOf = [&](StringRef Name, int64_t Mask) -> size_t {
    for (size_t G = 0; G < C.guards().size(); ++G) {
      const Guard &Gd = C.guards()[G];
      const Tracked &T = C.engine().focus().Items[Gd.Item];
      if (Gd.Mask == Mask &&
          Name == (T.Global != None && T.Path.empty() ? nameOf(P, T)
                                                      : pathOf(P, T)))
        return G;
    }
    return None;
  };
  std::vector<ContractName> Names = contractNames(Sub.LiveWhile);
  uint32_t Best = None;
  for (uint32_t I = 0; I < C.states().size(); ++I) {
    const AbstractState &A = C.states()[I];
    if ((A.F != Held::NotNull && A.F != Held::Freed) ||
        (A.Tainted && A.Assumed))
      continue;
    std::optional<bool> Holds = contractHolds(
        Sub.LiveWhile, [&](StringRef Name, int64_t Mask) -> const Con * {
          size_t G = GuardOf(Name, Mask);
          return G == None || A.G[G].top() ? nullptr : &A.G[G];
        });
    if (!Holds || *Holds)
      continue;
    if (Best == None || A.Depth < C.states()[Best].Depth)
      Best = I;
  }
  if (Best == None)
    return;
  const AbstractState &A = C.states()[Best];
  Finding F = begin("retsan-live-while", Best);
  PlaceRef Set = R.place(A.F == Held::Freed && A.FreedAt ? A.FreedAt : A.SetAt);
  if (A.By != None) {
    const Transition &Tr = C.transitions()[A.By];
    for (const ContractName &N : Names)
      if (size_t G = GuardOf(N.Name, N.Mask); G != None && Tr.GuardAt[G]) {
        Set = R.place(Tr.GuardAt[G]);
        break;
      }
  }
  F.File = Set.File;
  F.Line = Set.Line;
  F.Function = Set.Function;
  F.Level = Confidence::High;
  std::string Text = contractText(Sub.LiveWhile);
  std::string When = guardText(A);
  F.Message = "'" + Sub.Name + "' may be non-null only while " + Text +
              ", but is " + (A.F == Held::Freed ? "left dangling" : "kept") +
              (When.empty() ? std::string() : " while " + When);
  F.Why = "The field is annotated RETSAN_LIVE_WHILE(" + Text + ").";
  F.Fix = "clear " + Sub.FieldPath + " on every path that ends the phase";
  Out.push_back(std::move(F));
}

} // namespace retsan::solve
