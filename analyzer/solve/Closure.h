//===- Closure.h - the most-general client of one subject -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The abstract states that an object can be in between two calls of its public
// functions: start after its constructors, apply any callable function in any
// order until nothing new comes (a class invariant over all method orders:
// Logozzo, VMCAI 2004). A state knows the subject (null, not null, freed) and
// the guards' values. Of each state the closure answers whether the subject is
// live: whether some sequence of calls uses it before it is overwritten.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_CLOSURE_H
#define RETSAN_ANALYZER_SOLVE_CLOSURE_H

#include "analyzer/solve/Subjects.h"

#include <map>
#include <memory>
#include <tuple>

namespace retsan::solve {

/// What the subject holds.
enum class Held : uint8_t { Null, NotNull, Freed, Unknown };

/// One effect of one path of one function on one object.
struct Transition {
  uint32_t Fn = None;
  bool Segment = false; ///< Part of a function that does not return.
  bool Throws = false;
  bool AllocThrows = false; ///< By an allocation that fails.
  enum FateTy : uint8_t { Lives, Created, Destroyed } Fate = Lives;
  Con PreF;
  std::vector<Con> PreG;
  bool Uses = false;         ///< The subject's value at entry.
  bool Guessed = false;      ///< Uses it, for all that is known: code that was
                             ///< not followed has its chance.
  bool UsesAndFrees = false; ///< Uses it on the way to freeing it.
  bool UsesLate = false;     ///< Uses it after a guard was given its value.
  bool Takes = false;        ///< Takes it apart.
  bool Twice = false;        ///< Frees it twice and leaves it there.
  bool Tests = false, Releases = false, Drops = false;
  bool Partly = false;  ///< A callee frees it, which may as well have kept it.
  bool Unrefs = false;  ///< What it frees it frees by dropping a reference.
  bool Retains = false; ///< Takes a reference that outlives it.
  bool Copies = false;  ///< Leaves a copy of it in a sibling field.
  bool UsesFreed = false, FreesAgain = false;
  Held Post = Held::Unknown;
  bool Clears = false;    ///< Null is stored, as a constant.
  bool Keeps = false;     ///< The subject is not written.
  bool MaybeNull = false; ///< Post is NotNull or Null.
  bool Alias = false;     ///< The value stored is held elsewhere too.
  bool Handoff = false;   ///< The value stored was taken from a sibling field.
  bool Borrowed =
      false; ///< The value stored is the address of something static.
  bool FreesHere = false; ///< Frees the subject's target on this path.
  std::string AliasName;
  std::vector<std::optional<Con>> PostG; ///< Nothing: not written.
  bool Active = false;                   ///< Writes other fields of the object.
  bool Follows = false;  ///< Reads other pointers of the object.
  bool Observed = false; ///< Freed, then looked at, before the object's end.
  bool GlobalObject = false;
  bool HandsOver =
      false; ///< The object itself is stored elsewhere: into a pool, a list.
  bool Made = false;     ///< The value stored was allocated on this path.
  bool Shared = false;   ///< It was freed with another object that held it.
  bool LookedUp = false; ///< The object was found by a call or in a table.
  bool Once = false;     ///< Runs while the program is set up, and never again.
  bool ThreadEnds = false; ///< The thread's function returns here.
  Where StoreAt, FreeAt, UseAt, TestAt;
  std::vector<Where> GuardAt;
};

struct AbstractState {
  Held F = Held::Null;
  bool Alias = false, Handoff = false, Borrowed = false;
  bool Tainted = false; ///< Rests on a start state that was assumed, not seen.
  bool Assumed = false; ///< Of the subject, too, not of the guards only.
  std::vector<Con> G;
  // How it was first reached.
  uint32_t From = None; ///< State.
  uint32_t By = None;   ///< Transition.
  Where SetAt, FreedAt;
  std::string AliasName;
  unsigned Depth = 0;
  bool Live = false;
  bool Start = false;
  bool Fresh = false; ///< Nothing has run but what sets the program up.
  llvm::SmallVector<std::pair<uint32_t, uint32_t>, 8>
      Next; ///< Transition, state.
  llvm::SmallVector<uint32_t, 4>
      Users; ///< Transitions that use the subject here.
  llvm::SmallVector<uint32_t, 4> Enabled; ///< All feasible transitions.
};

/// What will be asked of a closure.
struct Questions {
  bool Dangling = true, Stale = true, Stalled = true, Unread = true;
  bool Contract = false; ///< The subject has a RETSAN_LIVE_WHILE.
  /// Functions that may return with the subject freed and in place; null if
  /// that is not known.
  const llvm::BitVector *Leavers = nullptr;
};

struct Part;

class Closure {
public:
  /// What a second look leaves out of the client's freedom.
  struct Bounds {
    const llvm::BitVector *Inner = nullptr;  ///< Seen through callers only.
    const llvm::BitVector *Barred = nullptr; ///< Not run at all.
    uint32_t Maker = None; ///< Only objects that this function makes.
  };
  Closure(Engine &E, std::vector<Guard> Guards, bool ClosedProgram);
  Closure(Engine &E, std::vector<Guard> Guards, bool ClosedProgram, Bounds B);
  enum class Outcome {
    Done,
    Nothing, ///< The answer to all questions is no, and that was seen early.
    TooWide, ///< A limit was hit; a narrower focus may see more.
  };
  /// Explores, as far as the questions need it. With \p MayNarrow it gives up
  /// at the first limit.
  Outcome run(const Questions &Q, bool MayNarrow);
  /// Finds the entries; run does it if nobody has.
  void prepare();

  const std::vector<Transition> &transitions() const { return T; }
  const std::vector<AbstractState> &states() const { return S; }
  const std::vector<Guard> &guards() const { return Guards; }
  Engine &engine() { return E; }
  bool hitLimit() const { return Limit; }
  bool othersWork() const { return OthersWork; }
  /// No object of the record is seen to be made other than on a stack.
  bool stackOnly() const { return StackOnly; }
  bool feasible(const AbstractState &A, const Transition &Tr) const;
  /// Functions whose paths the closure applies.
  const std::vector<uint32_t> &entries() const { return Entries; }
  /// Whether some path of \p Fn frees objects of the record that it finds in a
  /// table.
  bool freesTabled(uint32_t Fn) const { return FreesTabled.count(Fn); }
  /// No operation works on the object from here but those that destroy or
  /// re-initialise it.
  bool closed(uint32_t State) const;
  /// Whether the object is at its end: from here it can only be destroyed, or
  /// go on with the subject as it is, dead.
  bool terminal(uint32_t State) const;
  /// What becomes of a freed value that a function leaves behind.
  struct LeftValue {
    bool Seen = false;   ///< By callers that we do not know, or by one that
                         ///< lets the object live.
    bool Unsure = false; ///< Some caller was too complex to follow.
    Where Again = {};    ///< Where a caller frees it once more.
  };
  /// The same of the one that \p Fn leaves behind, freed at \p At.
  LeftValue left(uint32_t Fn, const Where &At, unsigned Depth = 0);

private:
  void projectGlobals(uint32_t Fn, const Path &Q, bool Segment);
  bool tooWide() const;
  llvm::ArrayRef<Transition> ofEntry(size_t I);
  std::vector<Transition> ofUncomposed(uint32_t Fn);
  void runEntry(uint32_t Fn);
  bool leavesAlone(uint32_t Fn) const;
  void findShared();
  std::shared_ptr<const Part> partOf(uint32_t Fn) const;
  void findEdges();
  std::optional<int64_t> edgeBelow(size_t G, const Con &C) const;
  bool sameGuards(const AbstractState &A, const AbstractState &B) const;
  void expectWork(llvm::ArrayRef<size_t> Of);
  void widestFirst(llvm::MutableArrayRef<size_t> Of) const;
  bool mayDangleOrStall(const Questions &Q, bool MayNarrow);
  bool hasSteadyUser(const Questions &Q, bool MayNarrow);
  void project(uint32_t Fn, const Path &Q, bool Segment);
  void addStart();
  uint32_t find(const AbstractState &A, uint64_t &Hash) const;
  uint32_t addState(const AbstractState &A);
  void apply(uint32_t State, uint32_t Tr);

  Engine &E;
  std::vector<Guard> Guards;
  bool ClosedProgram;
  Bounds Bound;
  std::vector<uint32_t> Entries;
  std::vector<std::vector<Transition>> Parts; ///< Of T, by entry.
  std::vector<bool> Explored;                 ///< Entries.
  llvm::BitVector Shared; ///< Entries whose parts other subjects have, too.
  /// Of a guard with many values: where a test begins to differ.
  std::vector<std::vector<int64_t>> Edges;
  bool Prepared = false;
  std::vector<Transition> T;
  std::vector<AbstractState> S;
  llvm::DenseMap<uint64_t, llvm::SmallVector<uint32_t, 2>> ByHash;
  /// By function and freeing place.
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, LeftValue> LeftMemo;
  llvm::DenseSet<uint32_t> FreesTabled; ///< Entries.
  AbstractState Scratch; ///< Of apply: most states are known already.
  bool Limit = false, StackOnly = false;
  /// Some operation that knows nothing of the focus works on objects of the
  /// record.
  bool OthersWork = false;
};

} // namespace retsan::solve

#endif
