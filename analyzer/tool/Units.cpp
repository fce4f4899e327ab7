//===- Units.cpp - all units of a scan ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Units are parsed in parallel, each under a limit of processor time, so that
// one that keeps the compiler busy for ever costs a scan its findings and no
// more. A thread cannot be stopped from outside without harm to the others (it
// may hold the allocator's lock): it is left to itself, at the lowest priority,
// and another one takes its place.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Cache.h"
#include "analyzer/tool/Engine.h"
#include "analyzer/tool/Verb.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace llvm;

namespace retsan::tool {

namespace {

/// What the workers share. They own it together: one that was given up may
/// outlive the scan.
struct Batch {
  Batch(const std::vector<extract::Command> &Commands, std::string CacheDir)
      : Commands(Commands), Facts(std::move(CacheDir)), Slots(Commands.size()),
        Problems(Commands.size()) {}

  struct Worker {
    size_t Unit = 0;
    bool Parsing = false, GivenUp = false;
    clockid_t Clock = 0; ///< Processor time of the thread that parses.
    pid_t Thread = 0;    ///< It.
    double Began = 0;
    std::thread Runs;
  };

  std::vector<extract::Command> Commands;
  Cache Facts;
  std::mutex Lock; ///< Guards what follows.
  std::condition_variable Changed;
  std::vector<std::optional<facts::Unit>> Slots;
  std::vector<std::string> Problems;
  std::list<Worker> Workers;
  size_t Next = 0, Done = 0;
  std::string LastDone;
};

double secondsOf(clockid_t Clock) {
  timespec T = {};
  clock_gettime(Clock, &T);
  return double(T.tv_sec) + double(T.tv_nsec) / 1e9;
}

void work(std::shared_ptr<Batch> B, Batch::Worker *W) {
  // A unit that needs a second try with other flags begins twice.
  auto Begun = [&] {
    std::lock_guard<std::mutex> G(B->Lock);
    pthread_getcpuclockid(pthread_self(), &W->Clock);
    W->Thread = gettid();
    W->Began = secondsOf(W->Clock);
    W->Parsing = true;
  };
  std::unique_lock<std::mutex> G(B->Lock);
  while (B->Next < B->Commands.size() && !W->GivenUp) {
    size_t I = W->Unit = B->Next++;
    G.unlock();
    Expected<facts::Unit> U = B->Facts.get(B->Commands[I], Begun);
    std::string Problem = U ? "" : toString(U.takeError());
    G.lock();
    W->Parsing = false;
    if (W->GivenUp)
      break; // It came to an end after all; the report is being written.
    if (Problem.empty())
      B->Slots[I] = std::move(*U);
    B->Problems[I] = std::move(Problem);
    B->LastDone = B->Commands[I].File;
    ++B->Done;
    B->Changed.notify_all();
  }
}

void start(const std::shared_ptr<Batch> &B) {
  Batch::Worker &W = B->Workers.emplace_back();
  W.Runs = std::thread(work, B, &W);
}

/// Gives up the units that have had their time. \p B is locked.
bool giveUp(const std::shared_ptr<Batch> &B, unsigned Seconds) {
  bool Any = false;
  for (Batch::Worker &W : B->Workers) {
    if (!W.Parsing || W.GivenUp || secondsOf(W.Clock) - W.Began < Seconds)
      continue;
    W.GivenUp = Any = true;
    W.Runs.detach();
    setpriority(PRIO_PROCESS, id_t(W.Thread), 19);
    B->Problems[W.Unit] = "not parsed in " + std::to_string(Seconds) +
                          " s of processor time (--unit-limit)";
    ++B->Done;
    if (B->Next < B->Commands.size())
      start(B);
  }
  return Any;
}

} // namespace

Extracted extractAll(const std::vector<extract::Command> &Commands,
                     ExtractLimits Limits, StringRef CacheDir, bool Quiet,
                     Progress &P) {
  auto B = std::make_shared<Batch>(Commands, CacheDir.str());
  size_t Total = Commands.size();
  size_t Threads = hardware_concurrency(Limits.Jobs).compute_thread_count();
  Extracted Out;
  {
    std::unique_lock<std::mutex> G(B->Lock);
    for (size_t I = 0; I < std::min(Threads, Total); ++I)
      start(B);
    while (B->Done < Total) {
      B->Changed.wait_for(G, std::chrono::milliseconds(200));
      if (Limits.Seconds && giveUp(B, Limits.Seconds))
        Out.Hung = true;
      P.step("extract", B->Done, Total, sys::path::filename(B->LastDone));
    }
    P.wipe();
    for (size_t I = 0; I < Total; ++I) {
      if (B->Slots[I]) {
        Out.Units.push_back(std::move(*B->Slots[I]));
        continue;
      }
      StringRef File = Commands[I].File;
      StringRef Why = StringRef(B->Problems[I]).trim();
      failWith(Why.contains(File) ? Why : (File + ": " + Why).str());
      Out.Failed.push_back({File.str(), Why.str()});
    }
  }
  for (Batch::Worker &W : B->Workers)
    if (!W.GivenUp)
      W.Runs.join();
  Out.FromCache = B->Facts.hits();
  B->Facts.close(Quiet);
  return Out;
}

void endProcess(int Code) {
  outs().flush();
  errs().flush();
  std::fflush(nullptr);
  std::_Exit(Code);
}

} // namespace retsan::tool
