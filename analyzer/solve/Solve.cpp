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
#include "analyzer/solve/Aliases.h"
#include "analyzer/solve/Answers.h"
#include "analyzer/solve/Cells.h"
#include "analyzer/solve/Elements.h"
#include "analyzer/solve/Handed.h"
#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Keys.h"
#include "analyzer/solve/Recheck.h"
#include "analyzer/solve/Unread.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

class ProgramSolver {
public:
  using Time = std::chrono::steady_clock::time_point;

  ProgramSolver(Program Prog, const Options &Opts, std::optional<Time> Deadline,
                FindingsFile &Out)
      : P(std::move(Prog)), Opts(Opts), Deadline(Deadline), Out(Out), Ctx(P),
        Own(P, Opts.Deallocators), Rend(P, Opts.Root) {
    for (const Deallocator &D : Opts.Deallocators)
      Frees.push_back({D.Name, D.Arg});
    // Without a main, callers that are seen still stand for those that are not,
    // unless the user says that it is a library.
    Closed = Opts.W == World::Program || Opts.W == World::Auto;
  }

  void run(ThreadPoolInterface &Pool) {
    Base = std::make_unique<Engine>(Ctx, Focus{}, Frees, nullptr,
                                    Limits::withoutFocus());
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      Base->summary(Fn);
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      if (Base->isFreeWrapper(Fn))
        Wrappers.insert(P.nameOf(Fn).str());

    Screened = std::make_unique<Screen>(Ctx, Own, *Base, Frees, Closed);

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
    if (Opts.Answers)
      Hashes = std::make_unique<Keys>(Ctx, *Base, salt());
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
    Out.Cov.RecordsSolved += Records.size();
    Out.Cov.SubjectsSolved += Subjects.size();
    Out.Cov.Functions += P.Functions.size();
    Out.Cov.FunctionsCapped += Capped.size();
    if (Opts.Capped)
      for (const auto &[Fn, Why] : Capped)
        Opts.Capped({Fn, Why});
    for (const std::string &W : Wrappers)
      if (!is_contained(Out.Deallocators, W))
        Out.Deallocators.push_back(W);
  }

private:
  /// A record is solved whole: all its fields fall into one share.
  bool isInShard(StringRef RecordKey, StringRef Name) const {
    return Opts.Shards <= 1 ||
           xxh3_64bits(RecordKey.empty() ? Name : RecordKey) % Opts.Shards ==
               Opts.Shard;
  }

  /// What all answers depend on.
  uint64_t salt() const {
    Hasher H;
    H.add(RETSAN_VERSION_STRING).add(Opts.Root).add(Closed);
    for (const UserFree &U : Frees)
      H.add(U.Name).add(U.Arg);
    return H.value();
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
    JOpts.Dangling = Screened->mayDangle(S);
    JOpts.Stalled = Screened->mayStall(S);
    JOpts.Unread = !Screened->loadsUsed(S);
    if (!JOpts.any() && S.LiveWhile.empty())
      return;
    BitVector Leavers;
    if (JOpts.Dangling)
      Leavers = Screened->leavers(S);
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
      if (Opts.Answers->find(Key, Data) && read(Data, Out))
        return;
      Out = {};
    }
    bool Whole = explore(S, std::move(F), std::move(Guards), JOpts, Leavers,
                         Hashes ? &Scope : nullptr, Out);
    if (Hashes && Whole)
      Opts.Answers->keep(Key, write(Out));
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
    bool Whole = true;
    // Where a focus is too wide for some function that matters, a narrower one
    // sees more.
    for (;;) {
      Engine E(Ctx, F, Frees, Base.get());
      E.watch(Scope);
      Closure C(E, Guards, Closed);
      Closure::Outcome How = C.run(Q, /*MayNarrow=*/Guards.size() > 1);
      Whole &= E.keptScope();
      if (How == Closure::Outcome::TooWide) {
        narrow(F, Guards);
        continue;
      }
      for (uint32_t Fn : E.capped())
        Out.Capped.push_back({P.nameOf(Fn).str(), E.whyCapped(Fn)});
      if (How == Closure::Outcome::Nothing)
        return Whole;
      Judge J(S, C, *Screened, Rend, JOpts);
      if (!E.exhausted()) {
        J.run(Out.Found);
        Recheck Second(S, F, E, C, *Screened, Rend, JOpts, Frees, *Base, Scope);
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
  std::optional<Time> Deadline;
  FindingsFile &Out;
  Context Ctx;
  Ownership Own;
  Renderer Rend;
  std::vector<UserFree> Frees;
  std::unique_ptr<Engine> Base;
  std::unique_ptr<Screen> Screened;
  std::unique_ptr<Keys> Hashes; ///< If answers are kept.
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
    Answers[Key] = std::move(Data);
  }

private:
  AnswerStore *Below;
  std::mutex Lock;
  std::map<uint64_t, std::string> Answers;
};

std::string fingerprint(const Finding &F, unsigned Ordinal) {
  std::string Key = F.Check + "\n" + F.Subject + "\n" + F.Function + "\n" +
                    std::to_string(Ordinal);
  // A global of internal linkage is told apart by its file.
  if (F.Suspect.RecordKey.empty() &&
      F.Suspect.Path.find('@') != std::string::npos)
    Key += "\n" + F.Decl.File;
  return utohexstr(xxh3_64bits(Key), /*LowerCase=*/true, 16);
}

} // namespace

bool isProgram(StringRef MainFile, StringRef Name) {
  for (StringRef File :
       {MainFile, MainFile.drop_back(sys::path::extension(MainFile).size())})
    if (File.consume_back(Name) && (File.empty() || File.ends_with("/")))
      return true;
  return false;
}

static bool hasMain(const Unit &U) {
  return any_of(U.Functions, [&](const Function &F) {
    return U.str(U.Callees[F.Callee].Name) == "main";
  });
}

std::vector<std::string> mainFiles(const std::vector<Unit> &Units) {
  std::vector<std::string> Files;
  for (const Unit &U : Units)
    if (hasMain(U))
      Files.push_back(U.MainFile);
  llvm::sort(Files);
  return Files;
}

FindingsFile solve(std::vector<Unit> Units, const Options &Given) {
  Options Opts = Given;
  SharedAnswers Shared(Given.Answers);
  std::optional<ProgramSolver::Time> Deadline;
  if (Opts.Limit)
    Deadline = std::chrono::steady_clock::now() + *Opts.Limit;
  FindingsFile Out;
  Out.Tool = std::string("retsan ") + RETSAN_VERSION_STRING;
  Out.Root = Opts.Root;
  Out.Cov.TranslationUnits = Units.size();
  // The order in which files were given must not matter.
  llvm::sort(Units, [](const Unit &A, const Unit &B) {
    return std::tie(A.MainFile, A.Command) < std::tie(B.MainFile, B.Command);
  });
  DefaultThreadPool Pool(hardware_concurrency(Opts.Jobs));
  auto Parts = partition(Units);
  Out.Cov.Programs = Parts.size();
  // A program that links a file whole has functions that only others call.
  StringSet<> Called;
  if (Parts.size() > 1)
    for (const Unit &U : Units)
      for (const Function &F : U.Functions)
        for (const Block &B : F.Blocks)
          for (const Instr &I : B.Instrs)
            if (I.Opcode == Op::Call && I.Callee != None &&
                I.Callee != F.Callee)
              Called.insert(U.str(U.Callees[I.Callee].Usr));
  if (!Opts.Program.empty()) {
    erase_if(Parts, [&](const std::vector<size_t> &Part) {
      return none_of(Part, [&](size_t U) {
        return hasMain(Units[U]) && isProgram(Units[U].MainFile, Opts.Program);
      });
    });
    Out.Cov.Programs = Parts.size();
    std::set<size_t> Used;
    for (const auto &Part : Parts)
      Used.insert(Part.begin(), Part.end());
    Out.Cov.TranslationUnits = Used.size();
  }
  if (Parts.size() > 1)
    Opts.Answers = &Shared;
  for (const auto &Part : Parts) {
    Program Prog = link(Units, Part);
    for (uint32_t Fn = 0; Prog.Main != None && Fn < Prog.Functions.size();
         ++Fn) {
      const Callee &C = Prog.Callees[Prog.Functions[Fn].Callee];
      if (Fn != Prog.Main && Prog.SitesOf[Fn].empty() && !C.AddressTaken &&
          !C.VirtualMethod && Called.contains(Prog.str(C.Usr)))
        Prog.CalledElsewhere[Fn] = true;
    }
    ProgramSolver S(std::move(Prog), Opts, Deadline, Out);
    S.run(Pool);
  }
  auto Order = [](const Finding &F) {
    return std::tie(F.File, F.Line, F.Subject, F.Check, F.Function, F.Message);
  };
  llvm::sort(Out.Findings, [&](const Finding &A, const Finding &B) {
    return Order(A) < Order(B);
  });
  // Units that several programs share give the same finding several times.
  auto Same = [](const Finding &A, const Finding &B) {
    return A.SubjectId == B.SubjectId && A.Check == B.Check &&
           A.File == B.File && A.Line == B.Line;
  };
  std::vector<Finding> Unique;
  for (Finding &F : Out.Findings) {
    if (!Opts.Checks.empty() && !is_contained(Opts.Checks, F.Check))
      continue;
    auto It =
        llvm::find_if(Unique, [&](const Finding &X) { return Same(X, F); });
    if (It == Unique.end())
      Unique.push_back(std::move(F));
    else if (F.Level > It->Level)
      *It = std::move(F);
  }
  std::map<std::tuple<std::string, std::string, std::string, std::string>,
           unsigned>
      Ordinals;
  for (Finding &F : Unique)
    F.Fingerprint = fingerprint(
        F, Ordinals[{F.Check, F.Subject, F.Function, F.Decl.File}]++);
  Out.Findings = std::move(Unique);
  llvm::sort(Out.Deallocators);
  Out.FindingsId = computeFindingsId(Out);
  return Out;
}

} // namespace retsan::solve
