//===- Judge.h - questions put to a closure -------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check is a question put to the same closure: is there a reachable state
// in which the subject is not null and dead (stale), freed (dangling), live
// only because a migration has not ended (stalled), outside its contract
// (live-while), or never used at all (unread owner)? The answer is ranked by
// the evidence.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_JUDGE_H
#define RETSAN_ANALYZER_SOLVE_JUDGE_H

#include "analyzer/model/Findings.h"
#include "analyzer/solve/Closure.h"
#include "analyzer/solve/Screen.h"

namespace retsan::solve {

/// Turns places of a program into places of a report.
class Renderer {
public:
  Renderer(const Program &P, llvm::StringRef Root) : P(P), Root(Root) {}
  std::string file(uint32_t File) const;
  PlaceRef place(const Where &W) const;
  std::string function(uint32_t Fn) const;
  const Program &program() const { return P; }

private:
  const Program &P;
  std::string Root;
};

struct JudgeOptions {
  bool ClosedProgram = true;
  // Questions that the screen left open.
  bool Dangling = true, Stale = true, Stalled = true, Unread = true;
  bool any() const { return Dangling || Stale || Stalled || Unread; }
};

/// The words of a name without its qualifiers, in small letters: DeleteAll,
/// delete_all and HTTPDelete alike.
llvm::SmallVector<std::string, 6> wordsOf(llvm::StringRef Name);

/// What the name of a state says of the object.
enum class Ending : uint8_t { Not, None, Over };
Ending endingOf(llvm::StringRef Name);

/// Asks all closure-based questions of one subject and appends the findings.
class Judge {
public:
  Judge(const Subject &Sub, Closure &C, const Screen &Screened,
        const Renderer &R, const JudgeOptions &Opts);
  void run(std::vector<Finding> &Out);

  /// The reason that a caller who frees again is.
  static constexpr const char *FreesTwice =
      "a caller goes on to free it a second time";

  /// What is done with a freed value by others than who freed it.
  struct Meeting {
    bool Reached = false; ///< Some state holds it at all.
    bool Tests = false, Uses = false, Frees = false;
    bool Self = false;      ///< Who freed it meets it, too.
    bool Dtor = false;      ///< A destructor frees it a second time.
    bool Hooked = false;    ///< Hooks do, which are set where it is not freed.
    bool Inside = false;    ///< Steps do of the function that set it first.
    bool Offered = false;   ///< Users of the header may call both, in order.
    bool LivesWith = false; ///< An operation that does not end the object.
    std::string Who;        ///< "used by f"
    uint32_t WhoFn = facts::None;
    bool any() const { return Tests || Uses || Frees; }
  };
  bool isPart(uint32_t Fn) const;
  bool isLookedAt(uint32_t By) const;
  bool isHookedInstead(const Where &At, const Where &Freed, uint32_t By) const;
  bool isStepOf(uint32_t Fn, uint32_t Of) const;
  Meeting meet(const Where &Freed, uint32_t By, bool Stored) const;

private:
  const Transition &surestWay(const Transition &By, const Where &Freed,
                              bool Again) const;
  void dangling(std::vector<Finding> &Out);
  void freedTwice(std::vector<Finding> &Out);
  void stale(std::vector<Finding> &Out);
  void stalled(std::vector<Finding> &Out);
  void unreadOwner(std::vector<Finding> &Out);
  void liveWhile(std::vector<Finding> &Out);

  Finding begin(llvm::StringRef Check, uint32_t State) const;
  void witness(Finding &F, uint32_t State) const;
  void lists(Finding &F) const;
  void graph(Finding &F, uint32_t State) const;
  void readers(Finding &F, uint32_t State) const;
  std::vector<bool> essential(const AbstractState &A) const;
  std::string guardText(const AbstractState &A) const;
  std::string guardName(size_t G) const;
  std::string valueName(size_t G, int64_t Value) const;
  std::string valueText(size_t G, const Con &Cn) const;
  std::string guardIs(size_t G, const Con &Cn) const;
  bool contrast(uint32_t State) const;
  bool liveBefore(uint32_t State) const;
  bool givesAway(uint32_t Fn) const;
  bool givesBack(const Where &Freed) const;
  bool inLoop(const Where &W) const;
  bool isCalledInLoop(uint32_t Fn, uint32_t Top, unsigned Depth = 0) const;
  llvm::BitVector readInto(const facts::Function &F) const;
  bool freedAsRead(const Where &W) const;
  bool takesApart(const Transition &By) const;
  bool isBackPointer() const;
  unsigned beforeStart(const AbstractState &A) const;
  bool inArray() const;
  bool isOwned() const;
  bool isFreedByName() const;
  bool isPartOfOthers() const;
  bool isHookArgument() const;
  bool areReadersWhole() const;
  bool toldByTest(uint32_t SI, const std::vector<bool> &Keep) const;
  bool toldByNumber(const AbstractState &A,
                    const std::vector<bool> &Keep) const;
  bool changes() const;
  bool revives(uint32_t SI) const;
  bool ownsFree(const Transition &By, const Where &Freed) const;
  bool saysSetup(uint32_t Fn) const;
  bool saysTeardown(uint32_t Fn) const;
  bool saysEnd(uint32_t Fn) const;
  bool endsProcess(uint32_t Fn) const;
  bool closesByTable(const Transition &By, const Where &Freed) const;
  bool marksClosed(const Where &Freed) const;
  bool tearsDown(const Transition &By, const Where &Freed) const;
  bool endsParam(uint32_t Fn, uint32_t Param, uint32_t But) const;
  bool leftByCaller(uint32_t Fn, unsigned Depth) const;
  bool goesOn(uint32_t Fn) const;
  bool isAnyCaught() const;
  const char *notWorth(const AbstractState &A, const Transition &By,
                       bool Unsure, bool Manifest, const Meeting &Met,
                       bool Again, bool Beside) const;
  const char *notWorthKept(uint32_t State, const std::vector<bool> &Keep,
                           bool Contrast, bool Clears, bool Closed,
                           bool Mode) const;
  bool countsItems(size_t G) const;
  bool unreferenced(const AbstractState &A,
                    const std::vector<bool> &Keep) const;
  bool locked(const AbstractState &A, const std::vector<bool> &Keep) const;
  bool atEnd(const AbstractState &A, const std::vector<bool> &Keep) const;
  std::pair<Ending, bool> ending(uint32_t State,
                                 const std::vector<bool> &Keep) const;
  bool unused(const Where &Freed, uint32_t By) const;
  bool countsDown(uint32_t By) const;
  bool readsSettings(uint32_t Fn) const;
  bool inError(const AbstractState &A, const std::vector<bool> &Keep) const;
  bool isPhase(const std::vector<bool> &Keep) const;
  bool endsPhase(uint32_t State, const std::vector<bool> &Keep) const;
  bool clearsElsewhere(const Where &Set) const;
  bool isEntered(const AbstractState &A, const std::vector<bool> &Keep) const;
  bool isOfHooks() const;
  bool calleeClears(const Transition &By) const;
  bool clearsNeighbour(const Where &Freed) const;
  bool isSetOnce(const std::vector<bool> &Keep) const;
  bool hasNotBegun(const AbstractState &A) const;
  bool departs(const Where &Freed) const;
  bool freesItsLike(const Where &Freed) const;
  bool lends(uint32_t Fn) const;
  bool replacesSibling(const std::set<uint32_t> &Readers) const;

  const Subject &Sub;
  Closure &C;
  const Screen &Screened;
  const Renderer &R;
  const JudgeOptions &Opts;
  const Program &P;
};

/// Whether objects of \p Record are chained: some field of it, or of a record
/// in it, points to its like.
bool isChained(const Program &P, uint32_t Record);

/// Whether the field's record is declared by a library.
bool isForeign(const Program &P, const Tracked &T);

/// Whether a constant table holds the address of the field or global.
bool isInTable(const Program &P, const Context &C, const Tracked &T);

/// Whether code that this build leaves out names the field or global.
bool isLeftOut(const Program &P, const Tracked &T);

/// "== 0", "!= 0", ">= 1": a constraint as a reader would write it.
std::string toString(const Con &C);
/// The same with names for values.
std::string toString(const Con &C,
                     llvm::function_ref<std::string(int64_t)> NameOf);

} // namespace retsan::solve

#endif
