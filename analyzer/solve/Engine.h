//===- Engine.h - path summaries of functions under a focus ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The executor runs a function symbolically and gives its summary: a few paths,
// each with what it requires at entry, what it uses, tests, frees and releases,
// and what memory holds at its end.
//
// It runs under a focus: the subject and its guards, and nothing else. Two
// states that agree on the focus (and on what locals may correlate with it) are
// joined, as in property simulation (Das, Lerner, Seigle: "ESP", PLDI 2002), so
// that the number of states is bounded by the property and not by the program.
// Summaries of callees are composed at call sites; a callee that no path
// through reaches the focus is summarised once, under the empty focus.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ENGINE_H
#define RETSAN_ANALYZER_SOLVE_ENGINE_H

#include "analyzer/solve/FlowGraph.h"
#include "analyzer/solve/Pooled.h"
#include "analyzer/solve/Program.h"
#include "analyzer/solve/Symbols.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace retsan::solve {

/// One location in the focus: a field of a record (through unnamed members and
/// constant indices) or a global variable.
struct Tracked {
  uint32_t Record = None; ///< None for a global.
  std::vector<facts::PathElem> Path;
  uint32_t Global = None;
  int64_t Mask = 0; ///< Not 0: only these bits of the scalar.
  facts::TypeId Type = 0;
};

struct Focus {
  std::vector<Tracked> Items; ///< The subject first; then guards and siblings.
  bool empty() const { return Items.empty(); }
};

/// What a path did with the value of a symbol.
struct Effect {
  enum : uint16_t {
    Used = 1,
    Freed = 2,
    Released = 4,
    Tested = 8,
    Stored = 16,    ///< Stored where others can find it.
    UsedFreed = 64, ///< Used after this path freed it.
    Retained = 128, ///< A reference was taken that is not given back yet.
    Partly = 512,   ///< Freed by a callee that keeps it on like paths.
    Late = 256,     ///< Used after a guard was given its value.
    Taken = 1024,   ///< Read on the way to a free (Teardown.h).
    Shown = 2048,   ///< Others may reach its target: stored, not only returned,
                    ///< or given to code that was not seen.
  };
  SymId S = 0;
  uint16_t Flags = 0;
  Where UseAt, FreeAt, TestAt;
};

struct Cell {
  LocId L = 0;
  Val V;
  bool Aggregate = false; ///< V is the value of everything below L.
  Where At;               ///< The store.
};

struct Known {
  SymId S = 0;
  Con C;
};

/// Two values that a path found equal, or different.
struct Relation {
  Val A, B;
  bool Equal;
  friend bool operator==(const Relation &X, const Relation &Y) {
    return X.A == Y.A && X.B == Y.B && X.Equal == Y.Equal;
  }
};

/// A value of the subject that one path freed twice, and where. The one carrier
/// of that: a caller that does so is a proof, and a finding of its own.
struct FreedTwice {
  SymId S = None; ///< None if the value is out of reach by now.
  Where First, Again;
  explicit operator bool() const { return bool(First); }
};

/// What a register holds.
struct InReg {
  uint32_t Reg = 0;
  Val V;
};

/// The first element of a sorted array whose key is \p K or more.
template <typename Vec, typename Get>
auto lowerBound(Vec &V, uint32_t K, Get G) {
  return std::lower_bound(V.begin(), V.end(), K,
                          [&](const auto &E, uint32_t X) { return G(E) < X; });
}

/// A field outside the focus that a path wrote, of some object.
struct Clobbered {
  uint32_t Record, Field;
};

/// A program state on one path. Keys.cpp hashes every member.
struct State {
  Pooled<Cell> Heap;      ///< Sorted by location.
  Pooled<Known> Cons;     ///< Sorted by symbol.
  Pooled<Effect> Effects; ///< Sorted by symbol.
  Pooled<InReg> Regs;     ///< Sorted by register.
  Pooled<Relation> Relations;
  Pooled<LocId> Followed;     ///< Objects another pointer of which was read.
  Pooled<LocId> Active;       ///< Objects some field of which was written.
  Pooled<LocId> Observed;     ///< Objects that were given to a call while
                              ///< the subject was freed or left behind.
  FreedTwice Twice;           ///< On some path that was joined into this one.
  Pooled<Clobbered> Clobbers; ///< Fields outside the focus that were written.
  bool ClobbersAll = false;   ///< Too many of them to list.
  bool AllocThrows = false;   ///< Left because an allocation failed.
  bool FreesLike = false; ///< Some object of the focus' record was freed, which
                          ///< one is not known.
  bool FreesTabled = false; ///< The same, and its pointer came from a table.
  bool PhaseSet = false;    ///< A guard was given a constant.
  bool WildUse =
      false; ///< The focus may have been used by code that was not followed.
  bool MayAggregate = false; ///< Some cell may be an aggregate.

  void clobber(Clobbered Written) {
    constexpr size_t Most = 24;
    if (ClobbersAll || clobbers(Written.Record, Written.Field))
      return;
    if (Clobbers.size() < Most)
      return Clobbers.push_back(Written);
    ClobbersAll = true;
    Clobbers.clear();
  }
  bool clobbers(uint32_t Record, uint32_t Field) const {
    return ClobbersAll || llvm::any_of(Clobbers, [&](const Clobbered &X) {
             return X.Record == Record && X.Field == Field;
           });
  }

  const Cell *cell(LocId L) const {
    auto It = lowerBound(Heap, L, [](const Cell &C) { return C.L; });
    return It != Heap.end() && It->L == L ? It : nullptr;
  }
  Cell &setCell(LocId L, Val V, Where At, bool Aggregate = false);
  const Con *con(SymId S) const {
    auto It = lowerBound(Cons, S, [](const Known &K) { return K.S; });
    return It != Cons.end() && It->S == S ? &It->C : nullptr;
  }
  Con &conRef(SymId S, const Con &Default);
  const Effect *effect(SymId S) const {
    auto It = lowerBound(Effects, S, [](const Effect &E) { return E.S; });
    return It != Effects.end() && It->S == S ? It : nullptr;
  }
  Effect &effectRef(SymId S);
  bool has(SymId S, uint16_t Flags) const {
    const Effect *E = effect(S);
    return E && (E->Flags & Flags);
  }
  /// Whether some cell or register holds the symbol.
  bool holds(SymId Sy) const {
    auto Is = [&](const Val &V) { return V.isSym() && SymId(V.N) == Sy; };
    return llvm::any_of(Heap, [&](const Cell &C) { return Is(C.V); }) ||
           llvm::any_of(Regs, [&](const InReg &R) { return Is(R.V); });
  }
  /// The number of the first of a site's names that is not held, or else 0;
  /// None is one that was not given yet.
  unsigned unheld(llvm::ArrayRef<SymId> Names) const {
    for (unsigned Gen = 0; Gen < Names.size(); ++Gen)
      if (Names[Gen] == None || !holds(Names[Gen]))
        return Gen;
    return 0;
  }
  Val reg(uint32_t R) const {
    auto It = lowerBound(Regs, R, [](const InReg &X) { return X.Reg; });
    return It != Regs.end() && It->Reg == R ? It->V : Val{};
  }
  void setReg(uint32_t R, Val V);
};

/// One path through a function, in terms of its parameters, globals and entry
/// values.
struct Path {
  State S;
  Val Ret;
  Con RetCon;
  bool Throws = false;
  bool Cut = false;    ///< Ended at a quiescent point inside the function.
  bool Entered = true; ///< Began at the function's entry, or in the part of
                       ///< main that sets the program up.
};

struct Summary {
  std::vector<Path> Paths;
  bool Capped = false;
  const char *Why = nullptr; ///< Which limit, if it is capped.
  bool Coarse = false;       ///< States were joined that differ in what counts.
  bool Recursive =
      false; ///< Some call on the way was to a function in progress.
};

/// What all engines of a program share: flow graphs, and which functions may
/// touch which fields.
class Context {
public:
  explicit Context(const Program &P);
  const Program &P;
  const FlowGraph &graph(uint32_t Fn) const { return *Graphs[Fn]; }
  /// Number of a field or global in the touch sets; None if no function names
  /// it.
  uint32_t slotOf(const Tracked &T) const;
  /// Whether \p Fn itself (Direct) or something that it calls accesses the
  /// slot; nobody accesses None.
  bool touches(uint32_t Fn, uint32_t Slot, bool Direct) const {
    return Slot != None && (Direct ? DirectTouch : Touch)[Fn].test(Slot);
  }
  /// The same for writes (stores, whole-record operations, addresses taken).
  bool writes(uint32_t Fn, uint32_t Slot, bool Direct) const {
    return Slot != None && (Direct ? DirectWrite : Write)[Fn].test(Slot);
  }
  /// Functions that access the slot themselves.
  llvm::ArrayRef<uint32_t> touchersOf(uint32_t Slot) const {
    return Slot == None ? llvm::ArrayRef<uint32_t>() : Touchers[Slot];
  }
  /// Whether anyone but the functions that we see may call \p Fn, or its
  /// callers are not known to be all of a kind: an operation of the
  /// most-general client.
  bool callable(uint32_t Fn) const;
  /// Whether \p Fn itself accesses some field of \p Record besides \p Slots.
  bool touchesRecord(uint32_t Fn, uint32_t Record,
                     llvm::ArrayRef<uint32_t> Slots) const {
    auto It = RecordSlots.find(Record);
    if (It == RecordSlots.end())
      return false;
    for (uint32_t S : It->second)
      if (DirectTouch[Fn].test(S) &&
          std::find(Slots.begin(), Slots.end(), S) == Slots.end())
        return true;
    return false;
  }
  /// Functions that never return to a caller of ours: threads, main.
  bool isLoopFunction(uint32_t Fn) const;
  /// Runs only while the program is set up (Startup.h).
  bool isStartup(uint32_t Fn) const { return Startup[Fn]; }
  /// The block of main, by its position, where it begins to wait for work.
  uint32_t startupEnd() const { return StartupEnd; }
  /// Functions that anyone may call and that seem to make objects of \p Record.
  llvm::ArrayRef<uint32_t> makersOf(uint32_t Record) const {
    return Makers[Record];
  }
  /// Whether \p Fn itself gets memory: by `new`, or from code that is not seen.
  bool allocates(uint32_t Fn) const { return Allocates[Fn]; }
  /// The first global that holds an object of \p Record in itself, or None.
  uint32_t firstGlobal(uint32_t Record) const { return FirstGlobal[Record]; }
  /// Whether some function has an object of \p Record among its locals.
  bool onStack(uint32_t Record) const { return OnStack[Record]; }
  llvm::ArrayRef<uint32_t> calls(uint32_t Fn) const { return Calls[Fn]; }
  /// Those of them that a call may be followed into: not what only large tables
  /// lead to.
  llvm::ArrayRef<uint32_t> followed(uint32_t Fn) const { return Followed[Fn]; }
  /// Number of instructions of \p Fn.
  uint32_t size(uint32_t Fn) const { return Sizes[Fn]; }
  /// Slots that \p Fn and its callees access, or write.
  const llvm::BitVector &reach(uint32_t Fn, bool Written) const {
    return (Written ? Write : Touch)[Fn];
  }
  uint32_t numSlots() const { return Touchers.size(); }
  const llvm::DenseMap<FieldRef, uint32_t> &fieldSlots() const {
    return FieldSlots;
  }
  uint32_t globalSlot(uint32_t G) const { return GlobalSlots[G]; }

private:
  std::vector<std::unique_ptr<FlowGraph>> Graphs;
  llvm::DenseMap<FieldRef, uint32_t> FieldSlots;
  std::vector<uint32_t> GlobalSlots;
  llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 4>> RecordSlots;
  std::vector<llvm::BitVector> DirectTouch, Touch, DirectWrite, Write;
  std::vector<llvm::SmallVector<uint32_t, 4>> Calls;
  std::vector<llvm::SmallVector<uint32_t, 8>> Touchers;
  llvm::BitVector Startup;
  uint32_t StartupEnd = 0;
  void findMakers();
  void findHolders();
  std::vector<llvm::SmallVector<uint32_t, 4>> Makers;
  llvm::BitVector Allocates, OnStack;
  std::vector<uint32_t> FirstGlobal, Sizes;
  std::vector<llvm::SmallVector<uint32_t, 4>> Followed;
};

/// A deallocator named by the user.
struct UserFree {
  std::string Name;
  unsigned Arg;
};

/// Limits of one engine; all are hit in silence and counted.
struct Limits {
  unsigned StatesSoft =
      12; ///< States of a block before locals stop to tell them apart.
  unsigned StatesHard =
      40;              ///< States of a block before further ones are dropped.
  unsigned Paths = 24; ///< Paths of a summary that a caller composes.
  unsigned Visits = 2500; ///< Block visits of one function.
  /// Instructions and composed paths of one function, and of the whole engine.
  uint64_t FnBudget = 12000, Budget = 150000;
  unsigned Depth = 40;  ///< Nested calls.
  unsigned Hops = 4;    ///< Calls between a composed function and the focus.
  unsigned Targets = 8; ///< Composed targets of one indirect call.

  /// For summaries of all functions, which say what happens to arguments.
  static Limits withoutFocus() {
    Limits L;
    L.StatesSoft = 6;
    L.StatesHard = 16;
    L.Visits = 600;
    L.FnBudget = 2000;
    L.Budget = ~uint64_t(0);
    return L;
  }
};

class Parts;

class Engine {
public:
  Engine(const Context &C, Focus F, const std::vector<UserFree> &Frees,
         Engine *Base = nullptr, Limits L = {});

  Engine(const Engine &) = delete;
  /// One with the same focus that knows nothing yet.
  Engine anew() const { return Engine(C, F, Frees, Base, Lim); }

  /// Summary of \p Fn, or null if it is being computed (recursion) or the
  /// budget is used up.
  const Summary *summary(uint32_t Fn);
  /// The same, but in this engine's symbols even if \p Fn does not reach the
  /// focus.
  const Summary *ownSummary(uint32_t Fn);
  /// Segments of a function that does not return: entry to first quiescent
  /// point, and from each such point to the next.
  const Summary &segments(uint32_t Fn);

  const Context &context() const { return C; }
  const Program &program() const { return C.P; }
  Symbols &symbols() { return Y; }
  const Focus &focus() const { return F; }
  /// Which item of the focus location \p L is, and the object it belongs to
  /// (None for a global). Nothing if it is none.
  struct Match {
    uint32_t Item;
    LocId Object;
    bool Maybe; ///< The index is not constant.
  };
  const std::optional<Match> &match(LocId L) {
    if (L >= Matches.size() || !Matches[L].Known)
      findMatch(L);
    return Matches[L].M;
  }
  /// The location of an item in an object.
  LocId locationOf(uint32_t Item, LocId Object);
  /// Value of a location in a state, without creating a use.
  Val peek(const State &S, LocId L);
  /// What a constant of the program holds at \p L, by its initialiser.
  std::optional<Val> constant(LocId L) const;
  Con conOf(const State &S, const Val &V);
  bool exhausted() const { return Steps > Lim.Budget; }
  /// There are functions of \p More instructions still to be run. What would
  /// need far more steps than there are, at the pace so far, ends early, as if
  /// the budget were used up.
  void expect(uint64_t More) { Ahead = BegunSize + More; }
  /// A wider focus used up its steps: this one is worth its own only if it will
  /// do with them, as far as the finished functions tell.
  void doubt() { Doubted = true; }
  /// Whether \p Fn has been run with the focus, or is being run.
  bool isBegun(uint32_t Fn) const {
    return Memo[Fn] || SegmentMemo[Fn] || InProgress[Fn];
  }
  const Limits &limits() const { return Lim; }
  const char *whyCapped(uint32_t Fn) const {
    for (auto *From : {&Memo, &SegmentMemo})
      if (const Summary *S = (*From)[Fn].get(); S && S->Capped)
        return S->Why;
    return "a limit was hit";
  }
  /// The functions that an answer's key speaks for. Work on others is noticed.
  struct Scope {
    llvm::BitVector Run; ///< Their bodies may be run with the focus.
    llvm::BitVector Ask; ///< What is known of them without it may be asked.
  };
  void watch(const Scope *S) { Watched = S; }
  /// Functions that no hook leads to, from here on.
  void bar(const llvm::BitVector *Fns) { Barred = Fns; }
  bool isBarred(uint32_t Fn) const { return Barred && (*Barred)[Fn]; }
  /// Notes in \p S what is run and asked from here on.
  void record(Scope &S) {
    S.Run.resize(C.P.Functions.size());
    S.Ask.resize(C.P.Functions.size());
    Recorded = &S;
  }
  /// What another engine with this focus met on the way to what is taken over.
  void takeOver(const std::set<uint32_t> &ItsCapped,
                const std::set<uint32_t> &ItsUncomposed,
                const std::set<uint32_t> &ItsCoarse, const Scope &Looked) {
    Capped.insert(ItsCapped.begin(), ItsCapped.end());
    Uncomposed.insert(ItsUncomposed.begin(), ItsUncomposed.end());
    Coarse.insert(ItsCoarse.begin(), ItsCoarse.end());
    if (Watched)
      Strayed |= Looked.Run.test(Watched->Run) || Looked.Ask.test(Watched->Ask);
  }
  /// Where engines of the program share what they know of operations.
  void share(Parts *Where) { Shared = Where; }
  Parts *parts() const { return Base && !Barred ? Base->Shared : nullptr; }
  /// Whether the work stayed within the watched scope.
  bool keptScope() const { return !Strayed; }
  /// The body of \p Fn was read otherwise.
  void noteLook(uint32_t Fn) { Strayed |= Watched && !Watched->Run.test(Fn); }
  const std::set<uint32_t> &capped() const { return Capped; }
  /// Functions some states of which were joined: what one of their paths does
  /// is mixed with what others do.
  const std::set<uint32_t> &coarse() const { return Coarse; }
  /// Static functions that could not be composed: the closure takes them as
  /// entries of their own.
  const std::set<uint32_t> &uncomposed() const { return Uncomposed; }
  /// Whether calls of \p Fn are composed with the focus.
  bool relevant(uint32_t Fn) const { return Near[Fn]; }
  /// Whether it may access the focus, too many calls away to be followed.
  bool far(uint32_t Fn) const { return Far[Fn]; }
  bool isFreeWrapper(uint32_t Fn);

private:
  friend class Runner;
  const Context &C;
  Focus F;
  const std::vector<UserFree> &Frees;
  Engine *Base;
  Limits Lim;
  Symbols Y;
  void findNear();

  std::vector<uint32_t> Slots; ///< Of the focus's items.
  llvm::BitVector Near, Far;   ///< Functions.
  std::vector<std::unique_ptr<Summary>> Memo;
  std::vector<std::unique_ptr<Summary>> SegmentMemo;
  std::vector<uint8_t> InProgress;
  std::set<uint32_t> Capped, Uncomposed, Coarse;
  struct KnownMatch {
    bool Known = false;
    std::optional<Match> M;
  };
  void findMatch(LocId L);
  std::vector<KnownMatch> Matches;
  uint64_t Steps = 0;
  /// Instructions of the functions begun, and of those and the ones to come (0
  /// if that is not known); steps at which to compare them next.
  uint64_t BegunSize = 0, DoneSize = 0, Ahead = 0, NextLook = 20000;
  bool Doubted = false;
  unsigned NumBegun = 0;
  void begin(uint32_t Fn);
  unsigned Nesting = 0;
  SymSet Held; ///< Scratch of the runners.
  const llvm::BitVector *Barred = nullptr;
  const Scope *Watched = nullptr;
  Scope *Recorded = nullptr;
  Parts *Shared = nullptr;
  bool Strayed = false;
};

} // namespace retsan::solve

#endif
