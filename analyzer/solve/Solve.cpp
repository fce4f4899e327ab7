//===- Solve.cpp - facts in, findings out ---------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each program: link, summarise all functions under the empty focus, then
// solve the subjects in parallel, each with an engine of its own.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Solve.h"
#include "analyzer/model/Settle.h"
#include "analyzer/solve/Aliases.h"
#include "analyzer/solve/Anchors.h"
#include "analyzer/solve/Answers.h"
#include "analyzer/solve/Cells.h"
#include "analyzer/solve/Elements.h"
#include "analyzer/solve/Handed.h"
#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Keys.h"
#include "analyzer/solve/Overview.h"
#include "analyzer/solve/Parts.h"
#include "analyzer/solve/Recheck.h"
#include "analyzer/solve/Unread.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// What was freed so far goes back to the system: the threads that solve have
/// heaps of their own and would have no use of it.
void giveBackMemory(const Program &P) {
#ifdef __GLIBC__
  constexpr size_t Many = 1000; // Small programs leave nothing worth it.
  if (P.Functions.size() >= Many)
    malloc_trim(0);
#else
  (void)P;
#endif
}

class ProgramSolver {
public:
  using Time = std::chrono::steady_clock::time_point;

  ProgramSolver(Program Prog, const Options &Opts, Share What,
                std::optional<Time> Deadline, FindingsFile &Out)
      : P(std::move(Prog)), Opts(Opts), What(What), Deadline(Deadline),
        Out(Out), Ctx(P), Own(P, Opts.Deallocators), Rend(P, Opts.Root) {
    for (const Deallocator &D : Opts.Deallocators)
      Frees.push_back({D.Name, D.Arg});
    // Without a main, callers that are seen still stand for those that are not,
    // unless the user says that it is a library.
    Closed = Opts.W == World::Program || Opts.W == World::Auto;
  }

  /// Subjects that some function uses are added to \p Used: those that another
  /// one of \p Several programs may own, too.
  void run(ThreadPoolInterface &Pool, std::set<uint64_t> &Used, bool Several) {
    Base = std::make_unique<Engine>(Ctx, Focus{}, Frees, nullptr,
                                    Limits::withoutFocus());
    Base->share(&Operations);
    if (Opts.Answers) {
      Hashes = std::make_unique<Keys>(Ctx, salt());
      Anchored = std::make_unique<Anchors>(Rend);
    }
    Overview All = overview();
    for (uint32_t Fn : All.Wrappers.set_bits())
      Wrappers.insert(P.nameOf(Fn).str());
    if (Hashes)
      Hashes->know(std::move(All.Known));
    Screened = std::make_unique<Screen>(
        Ctx, Own, ArgFates(P, std::move(All.Fates), Frees), Closed);

    std::vector<Subject> Subjects = findSubjects(P, Own);
    if (!Opts.Subjects.empty())
      erase_if(Subjects, [&](const Subject &S) {
        return none_of(Opts.Subjects, [&](const std::string &Glob) {
          Expected<GlobPattern> P = GlobPattern::create(Glob);
          if (P)
            return P->match(S.Name);
          consumeError(P.takeError());
          return Glob == S.Name;
        });
      });
    if (Opts.Wanted)
      erase_if(Subjects, [&](const Subject &S) { return !Opts.Wanted(S.Id); });
    erase_if(Subjects,
             [&](const Subject &S) { return !isInShard(S.RecordKey, S.Name); });
    std::vector<Answer> Answers(Subjects.size());
    std::mutex M;
    size_t Done = 0;
    for (size_t I = 0; I < Subjects.size(); ++I)
      Pool.async([&, I] {
        solveOne(Subjects[I], Answers[I]);
        std::lock_guard<std::mutex> Lock(M);
        if (Opts.Progress)
          Opts.Progress(++Done, Subjects.size());
      });
    Pool.wait();
    std::set<std::string> Records;
    std::map<std::string, std::string> Capped;
    const size_t First = Out.Findings.size();
    for (size_t I = 0; I < Subjects.size(); ++I) {
      Records.insert(Subjects[I].Record);
      if (Answers[I].HitLimit)
        Out.Cov.RecordsSkipped.push_back(
            {Subjects[I].Name, "state or step limit"});
      if (Answers[I].TooLate)
        Out.Cov.RecordsSkipped.push_back(
            {Subjects[I].Name, "time limit (--solve-limit)"});
      for (Finding &F : Answers[I].Found)
        Out.Findings.push_back(std::move(F));
      for (const Skipped &S : Answers[I].Capped)
        Capped.try_emplace(S.What, S.Why + ", solving " + Subjects[I].Name);
    }
    if (Opts.Subjects.empty()) {
      std::vector<Finding> Elements;
      findElements(P, Rend, Elements);
      findCells(Ctx, Rend, Elements);
      std::set<uint64_t> Dangling;
      for (const Finding &F : Out.Findings)
        if (F.Check == "retsan-dangling-field" && F.Level != Confidence::Low)
          Dangling.insert(F.SubjectId);
      findAliases(Ctx, Own, Frees, Rend, Dangling, Elements);
      findUnread(Ctx, Frees, Subjects, Rend, Elements);
      std::vector<Finding> Lines;
      findHanded(P, Subjects, Rend, Lines);
      for (Finding &F : Lines) {
        auto Same = [&](const Finding &X) {
          return X.SubjectId == F.SubjectId && X.Check == F.Check &&
                 X.File == F.File && X.Line == F.Line;
        };
        // What the closure says of it has the longer story.
        if (auto It = find_if(Out.Findings, Same); It != Out.Findings.end())
          It->Level = std::max(It->Level, F.Level);
        else if (none_of(Elements, Same))
          Elements.push_back(std::move(F));
      }
      for (Finding &F : Elements)
        if (isInShard(F.Suspect.RecordKey, F.Subject))
          Out.Findings.push_back(std::move(F));
    }
    weighUnread(Ctx, Subjects, MutableArrayRef(Out.Findings).drop_front(First));
    std::set<uint64_t> Unread;
    for (const Finding &F : ArrayRef(Out.Findings).drop_front(First))
      if (F.Check == "retsan-unread-owner")
        Unread.insert(F.SubjectId);
    for (const Subject &S : Subjects)
      if (!Unread.count(S.Id) && Screened->loadsUsed(S))
        Used.insert(S.Id);
    if (Several)
      addForeignUses(Subjects, Used);
    Out.Cov.RecordsSolved += Records.size();
    Out.Cov.SubjectsSolved += Subjects.size();
    if (What != Share::Part)
      Out.Cov.Functions += P.Functions.size();
    Out.Cov.FunctionsCapped += Capped.size();
    if (Opts.Capped)
      for (const auto &[Fn, Why] : Capped)
        Opts.Capped({Fn, Why});
    Out.Deallocators.insert(Out.Deallocators.end(), Wrappers.begin(),
                            Wrappers.end());
  }

private:
  /// Adds what this program reads and another one owns.
  void addForeignUses(ArrayRef<Subject> Subjects, std::set<uint64_t> &Used) {
    std::set<uint64_t> Known;
    for (const Subject &S : Subjects)
      Known.insert(S.Id);
    for (uint32_t R = 0; R < P.Records.size(); ++R) {
      const facts::Record &Rec = P.Records[R];
      if (Rec.System)
        continue;
      for (uint32_t I = Rec.NumBases; I < Rec.Fields.size(); ++I) {
        const facts::Type &T = P.Types[Rec.Fields[I].Type];
        if (T.Kind != facts::TypeKind::Pointer)
          continue;
        Subject S;
        S.T.Type = Rec.Fields[I].Type;
        S.T.Record = namedRecord(P, R, I, S.T.Path);
        const uint64_t Id = idOf(P, S.T, S.RecordKey, S.IdPath);
        if (!Known.count(Id) && !Used.count(Id) && Screened->loadsUsed(S))
          Used.insert(Id);
      }
    }
  }

  /// A record is not divided: all its fields fall into one share.
  bool isInShard(StringRef RecordKey, StringRef Name) const {
    return What == Share::Whole ||
           xxh3_64bits(RecordKey.empty() ? Name : RecordKey) % Opts.Shards ==
               Opts.Shard;
  }

  /// What all answers depend on.
  uint64_t salt() const {
    Hasher H;
    constexpr unsigned Format = 2;
    H.add(RETSAN_VERSION_STRING).add(Format).add(Opts.Root).add(Closed);
    for (const UserFree &U : Frees)
      H.add(U.Name).add(U.Arg);
    return H.value();
  }

  /// The engine without focus, with all functions summarised. Where all answers
  /// are known nobody asks for it.
  Engine &base() {
    std::call_once(Summarised, [&] {
      for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
        Base->summary(Fn);
      giveBackMemory(P);
    });
    return *Base;
  }

  Overview overview() {
    Overview All;
    const uint64_t Key = Hashes ? Hashes->ofProgram() : 0;
    std::string Data;
    if (Hashes && Opts.Answers->find(Key, Data) &&
        read(Data, P.Functions.size(), All))
      return All;
    All = overviewOf(base(), Hashes.get());
    if (Hashes)
      Opts.Answers->keep(Key, write(All));
    return All;
  }

  void solveOne(const Subject &S, Answer &Out) {
    if (Deadline && std::chrono::steady_clock::now() >= *Deadline) {
      Out.TooLate = true;
      return;
    }
    std::vector<Guard> Guards;
    Focus F = makeFocus(Ctx, Own, S, Guards);
    JudgeOptions JOpts;
    JOpts.ClosedProgram = Closed;
    JOpts.Stale = Screened->mayBeStale(S, F, Guards);
    LeftFreed Left = Screened->leftFreed(S);
    JOpts.Dangling = Screened->mayDangle(S, Left);
    JOpts.Stalled = Screened->mayStall(S);
    JOpts.Unread = !Screened->loadsUsed(S);
    if (!JOpts.any() && S.LiveWhile.empty())
      return;
    BitVector Leavers;
    if (JOpts.Dangling)
      Leavers = Screened->leavers(S, Left);
    uint64_t Key = 0;
    Engine::Scope Scope;
    if (Hashes) {
      Engine E(Ctx, F, Frees, Base.get());
      Closure C(E, Guards, Closed);
      C.prepare();
      unsigned Asked = JOpts.Stale + 2 * JOpts.Dangling + 4 * JOpts.Stalled +
                       8 * JOpts.Unread;
      Key = Hashes->of(S, E, C, Asked, Leavers, Scope);
      std::string Data;
      Anchors::Of Places(*Anchored, S, Scope);
      if (Opts.Answers->find(Key, Data) && read(Data, Out, &Places))
        return;
      Out = {};
    }
    bool Whole = explore(S, std::move(F), std::move(Guards), JOpts, Leavers,
                         Hashes ? &Scope : nullptr, Out);
    if (!Hashes || !Whole)
      return;
    Anchors::Of Places(*Anchored, S, Scope);
    if (std::string Data = write(Out, &Places); !Data.empty())
      Opts.Answers->keep(Key, std::move(Data));
  }

  /// Answers by closures, the widest focus first. False if something was looked
  /// at that is not in \p Scope.
  bool explore(const Subject &S, Focus F, std::vector<Guard> Guards,
               const JudgeOptions &JOpts, const BitVector &Leavers,
               const Engine::Scope *Scope, Answer &Out) {
    Questions Q;
    Q.Dangling = JOpts.Dangling;
    Q.Stale = JOpts.Stale;
    Q.Stalled = JOpts.Stalled;
    Q.Unread = JOpts.Unread;
    Q.Contract = !S.LiveWhile.empty();
    Q.Leavers = JOpts.Dangling ? &Leavers : nullptr;
    bool Whole = true, RanOut = false;
    Engine &Base = base();
    // Where a focus is too wide for some function that matters, a narrower one
    // sees more.
    for (;;) {
      Engine E(Ctx, F, Frees, &Base);
      E.watch(Scope);
      if (RanOut)
        E.doubt();
      Closure C(E, Guards, Closed);
      Closure::Outcome How = C.run(Q, /*MayNarrow=*/Guards.size() > 1);
      Whole &= E.keptScope();
      if (How == Closure::Outcome::TooWide) {
        RanOut = E.exhausted();
        narrow(F, Guards);
        continue;
      }
      // A subject that is not solved is listed itself.
      if (!E.exhausted())
        for (uint32_t Fn : E.capped())
          Out.Capped.push_back({P.nameOf(Fn).str(), E.whyCapped(Fn)});
      if (How == Closure::Outcome::Nothing)
        return Whole;
      Judge J(S, C, *Screened, Rend, JOpts);
      if (!E.exhausted()) {
        J.run(Out.Found);
        Recheck Second(S, F, E, C, *Screened, Rend, JOpts, Frees, Base, Scope);
        Second.run(Out.Found);
        Whole &= Second.keptScope();
      }
      Out.HitLimit = E.exhausted() || C.hitLimit();
      return Whole && E.keptScope();
    }
  }

  /// Drops the last guard, and its item unless another guard has it too.
  static void narrow(Focus &F, std::vector<Guard> &Guards) {
    uint32_t Item = Guards.back().Item;
    Guards.pop_back();
    for (const Guard &G : Guards)
      if (G.Item == Item)
        return;
    F.Items.erase(F.Items.begin() + Item);
    for (Guard &G : Guards)
      if (G.Item > Item)
        --G.Item;
  }

  Program P;
  const Options &Opts;
  Share What;
  std::optional<Time> Deadline;
  FindingsFile &Out;
  Context Ctx;
  Ownership Own;
  Renderer Rend;
  std::vector<UserFree> Frees;
  Parts Operations;
  std::unique_ptr<Engine> Base; ///< Asked through base().
  std::once_flag Summarised;
  std::unique_ptr<Screen> Screened;
  std::unique_ptr<Keys> Hashes;      ///< If answers are kept.
  std::unique_ptr<Anchors> Anchored; ///< The same.
  std::set<std::string> Wrappers;
  bool Closed = true;
};

/// Answers of the programs of one scan: units that several of them link mostly
/// give the same ones. What a store has from earlier runs is below it.
class SharedAnswers : public AnswerStore {
public:
  explicit SharedAnswers(AnswerStore *Below) : Below(Below) {}

  bool find(uint64_t Key, std::string &Data) override {
    {
      std::lock_guard<std::mutex> G(Lock);
      if (auto It = Answers.find(Key); It != Answers.end()) {
        Data = It->second;
        return true;
      }
    }
    return Below && Below->find(Key, Data);
  }

  void keep(uint64_t Key, std::string Data) override {
    if (Below)
      Below->keep(Key, Data);
    std::lock_guard<std::mutex> G(Lock);
    // Thousands of programs that share nothing must not fill the memory.
    constexpr size_t MaxBytes = 128 << 20;
    if (Bytes + Data.size() > MaxBytes)
      return;
    Bytes += Data.size();
    Answers[Key] = std::move(Data);
  }

private:
  AnswerStore *Below;
  std::mutex Lock;
  std::map<uint64_t, std::string> Answers;
  size_t Bytes = 0;
};

/// The units of the programs that are solved, each read once and kept for as
/// long as a later program needs it.
class Loaded {
public:
  Loaded(const Load &Read, unsigned Jobs) : Read(Read), Jobs(Jobs) {}

  /// The units of \p Part, read unless they are here.
  Expected<std::vector<const Unit *>> units(const std::vector<size_t> &Part) {
    std::vector<size_t> Missing;
    for (size_t U : Part)
      if (!Units.count(U))
        Missing.push_back(U);
    std::vector<std::optional<Expected<Unit>>> Slots(Missing.size());
    DefaultThreadPool Pool(hardware_concurrency(Jobs));
    constexpr size_t Batch = 64; // Most units are small.
    for (size_t Begin = 0; Begin < Missing.size(); Begin += Batch)
      Pool.async([&, Begin] {
        size_t End = std::min(Begin + Batch, Missing.size());
        for (size_t I = Begin; I < End; ++I)
          Slots[I].emplace(Read(Missing[I]));
      });
    Pool.wait();
    Error Failed = Error::success();
    for (size_t I = 0; I < Missing.size(); ++I) {
      if (*Slots[I])
        Units.emplace(Missing[I], std::move(**Slots[I]));
      else
        Failed = joinErrors(std::move(Failed), Slots[I]->takeError());
    }
    if (Failed)
      return Failed;
    std::vector<const Unit *> Result;
    for (size_t U : Part)
      Result.push_back(&Units.at(U));
    return Result;
  }

  void drop(size_t U) { Units.erase(U); }

private:
  const Load &Read;
  unsigned Jobs;
  std::map<size_t, Unit> Units;
};

/// Marks functions that only other programs call: a program that links a file
/// whole has such.
void markCalledElsewhere(Program &P, const DenseSet<uint64_t> &Called) {
  for (uint32_t Fn = 0; P.Main != None && Fn < P.Functions.size(); ++Fn) {
    const Callee &C = P.Callees[P.Functions[Fn].Callee];
    if (Fn != P.Main && P.SitesOf[Fn].empty() && !C.AddressTaken &&
        !C.VirtualMethod && Called.contains(nameHash(P.str(C.Usr))))
      P.CalledElsewhere[Fn] = true;
  }
}

} // namespace

Expected<FindingsFile> solve(std::vector<Outline> Outlines, const Load &Read,
                             const Options &Given) {
  Options Opts = Given;
  SharedAnswers Shared(Given.Answers);
  std::optional<ProgramSolver::Time> Deadline;
  if (Opts.Limit)
    Deadline = std::chrono::steady_clock::now() + *Opts.Limit;
  FindingsFile Out;
  Out.Tool = std::string("retsan ") + RETSAN_VERSION_STRING;
  Out.Root = Opts.Root;
  Out.Cov.TranslationUnits = Outlines.size();
  // The order in which files were given must not matter.
  std::vector<size_t> InOrder(Outlines.size());
  std::iota(InOrder.begin(), InOrder.end(), 0);
  llvm::sort(InOrder, [&](size_t A, size_t B) {
    return std::tie(Outlines[A].MainFile, Outlines[A].Command) <
           std::tie(Outlines[B].MainFile, Outlines[B].Command);
  });
  std::vector<Outline> Sorted;
  for (size_t I : InOrder)
    Sorted.push_back(std::move(Outlines[I]));
  auto Parts = partition(Sorted);
  DenseSet<uint64_t> Called;
  if (Parts.size() > 1)
    for (const Outline &O : Sorted)
      Called.insert(O.Calls.begin(), O.Calls.end());
  if (!Opts.Program.empty()) {
    erase_if(Parts, [&](const std::vector<size_t> &Part) {
      return none_of(Part, [&](size_t U) {
        return Sorted[U].HasMain && isProgram(Sorted[U].MainFile, Opts.Program);
      });
    });
    std::set<size_t> Used;
    for (const auto &Part : Parts)
      Used.insert(Part.begin(), Part.end());
    Out.Cov.TranslationUnits = Used.size();
  }
  Out.Cov.Programs = Parts.size();
  if (Parts.size() > 1)
    Opts.Answers = &Shared;
  std::vector<Share> Shares = deal(Sorted, Parts, Opts.Shard, Opts.Shards);
  std::vector<size_t> LastUse(Sorted.size());
  for (size_t I = 0; I < Parts.size(); ++I)
    if (Shares[I] != Share::None)
      for (size_t U : Parts[I])
        LastUse[U] = I;

  DefaultThreadPool Pool(hardware_concurrency(Opts.Jobs));
  Loaded Units(Read, Opts.Jobs);
  std::set<uint64_t> Used;
  for (size_t I = 0; I < Parts.size(); ++I) {
    if (Shares[I] == Share::None)
      continue;
    std::vector<size_t> Part;
    for (size_t U : Parts[I])
      Part.push_back(InOrder[U]);
    auto InPart = Units.units(Part);
    if (!InPart)
      return InPart.takeError();
    Program Prog = link(*InPart);
    for (size_t U : Parts[I])
      if (LastUse[U] == I)
        Units.drop(InOrder[U]);
    giveBackMemory(Prog);
    markCalledElsewhere(Prog, Called);
    ProgramSolver S(std::move(Prog), Opts, Shares[I], Deadline, Out);
    S.run(Pool, Used, Parts.size() > 1);
  }
  // What one program of a record's users does not read another one may.
  erase_if(Out.Findings, [&](const Finding &F) {
    return F.Check == "retsan-unread-owner" && Used.count(F.SubjectId);
  });
  if (!Opts.Checks.empty())
    erase_if(Out.Findings, [&](const Finding &F) {
      return !is_contained(Opts.Checks, F.Check);
    });
  settle(Out);
  return Out;
}

bool isSample(StringRef File) {
  for (StringRef Part :
       make_range(sys::path::begin(File), sys::path::end(File))) {
    std::string Word = sys::path::stem(Part).lower();
    StringRef W(Word);
    if (W.starts_with("test_") || W.ends_with("_test") ||
        W.starts_with("test-"))
      return sys::path::filename(File) == Part;
    W.consume_back("s");
    if (StringSwitch<bool>(W)
            .Cases("test", "testing", "unittest", "example", "sample", true)
            .Cases("bench", "benchmark", "fuzz", "demo", true)
            .Default(false))
      return true;
  }
  return false;
}

FindingsFile solve(std::vector<Unit> Units, const Options &Opts) {
  std::vector<Outline> Outlines;
  for (const Unit &U : Units)
    Outlines.push_back(outlineOf(U));
  // Each is asked for once.
  return cantFail(solve(
      std::move(Outlines),
      [&](size_t I) -> Expected<Unit> { return std::move(Units[I]); }, Opts));
}

} // namespace retsan::solve
