//===- ThreadTest.cpp - stopping threads, and what they hold --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/threads.c.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

constexpr uint64_t Payload = 11;

profile::Profile profileOf(std::vector<std::string> Args,
                           const std::string &Options = "") {
  Args.insert(Args.begin(), program("rt-threads"));
  Outcome R = run(Args, Options);
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Err, "");
  EXPECT_EQ(R.Profiles.size(), 1u);
  if (R.Profiles.empty())
    return {};
  EXPECT_FALSE(R.Profiles[0].Partial);
  return R.Profiles[0];
}

/// Whether the slot's target was found to be held by the other thread too.
void expectHeld(const std::string &Kind, const std::string &TurnOff) {
  profile::Profile P = profileOf({"held", Kind});
  ASSERT_EQ(P.Checkpoints.size(), 2u) << Kind;
  EXPECT_EQ(P.Checkpoints[0].Threads, 2u);
  profile::CheckpointSubject At = atCheckpoint(P.Checkpoints[0], Payload);
  EXPECT_EQ(At.StaleShared, 1u) << Kind;
  EXPECT_EQ(At.RetainedBytes, 0u) << Kind;
  // Thread-locals and keys are the program's word; stacks and registers may be
  // a compiler's.
  bool IsOld = TurnOff == "use_stacks" || TurnOff == "use_registers";
  ASSERT_EQ(P.Notes.size(), IsOld ? 1u : 0u) << Kind;
  if (IsOld) {
    EXPECT_NE(P.Notes[0].find("1 allocations (3000 bytes) are reached from a "
                              "stack or a register only"),
              std::string::npos)
        << P.Notes[0];
  }
  // Once the thread is gone, only the slot is left.
  At = atCheckpoint(P.Checkpoints[1], Payload);
  EXPECT_EQ(At.RetainedBytes, 3000u) << Kind;
  if (TurnOff.empty())
    return;
  P = profileOf({"held", Kind}, TurnOff + "=0");
  ASSERT_EQ(P.Checkpoints.size(), 2u) << Kind;
  EXPECT_EQ(atCheckpoint(P.Checkpoints[0], Payload).RetainedBytes, 3000u)
      << Kind;
}

TEST(Threads, AStackIsARoot) { expectHeld("stack", "use_stacks"); }
TEST(Threads, TheMainStackIsARootFromAnyOther) {
  for (const char *Kind : {"mapped", "heap", "alternate"}) {
    profile::Profile P = profileOf({"other-stack", Kind}, "use_registers=0");
    ASSERT_EQ(P.Checkpoints.size(), 2u);
    EXPECT_EQ(P.Checkpoints[0].UnreachableBytes, 0u) << Kind;
    EXPECT_GE(P.Checkpoints[0].HeapBytes, 77777u);
  }
}
TEST(Threads, ThreadLocalsAreRoots) { expectHeld("tls", "use_tls"); }
TEST(Threads, RegistersAreRoots) { expectHeld("register", "use_registers"); }
TEST(Threads, ThreadSpecificDataIsARoot) {
  expectHeld("key", "use_tls");
  expectHeld("late-key", "use_tls");
}

TEST(Threads, OneThatBlocksSignalsIsLeftRunningAndNamed) {
  profile::Profile P = profileOf({"blocked"});
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_LT(P.Checkpoints[0].PauseSeconds, 1);
  ASSERT_FALSE(P.Notes.empty());
  EXPECT_NE(P.Notes[0].find("1 threads did not stop in time"),
            std::string::npos)
      << P.Notes[0];
}

TEST(Threads, AProgramThatResetsAllSignalsIsNotKilled) {
  profile::Profile P = profileOf({"default-signals"});
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_EQ(P.Checkpoints[0].Threads, 2u);
  EXPECT_EQ(P.Notes, std::vector<std::string>());
}

TEST(Threads, AProgramKeepsTheSignalThatItHandles) {
  profile::Profile P = profileOf({"own-signals"});
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_EQ(P.Checkpoints[0].GhostBytes, 0u);
  ASSERT_EQ(P.Notes.size(), 2u);
  EXPECT_NE(P.Notes[0].find("handles signal 61 itself"), std::string::npos);
  EXPECT_EQ(state(P, "stale-payload").Confirmed, 1u);
}

TEST(Threads, ComeGoAndAllocateUnderCheckpoints) {
  profile::Profile P = profileOf({"churn"});
  ASSERT_EQ(P.Checkpoints.size(), 31u);
  EXPECT_EQ(P.Notes, std::vector<std::string>());
  for (const profile::Checkpoint &C : P.Checkpoints)
    EXPECT_EQ(C.ReachableBytes + C.GhostBytes + C.UnreachableBytes,
              C.HeapBytes);
  // All that the threads allocated is given back; glibc caches a few stacks'
  // worth, and libstdc++, where it is linked, has a pool for exceptions.
  constexpr uint64_t PoolBytes = 73728;
  EXPECT_LT(P.Checkpoints.back().HeapBytes, PoolBytes + 20000u);
}

TEST(Threads, CountsAreExact) {
  profile::Profile P = profileOf({"hot"});
  profile::SubjectResult S = subject(P, Payload);
  EXPECT_EQ(S.Stores, 20000u);
  EXPECT_EQ(S.Clears, 20000u);
  EXPECT_EQ(S.Uses, 20000u);
  EXPECT_EQ(S.Releases, 20000u);
  EXPECT_EQ(S.Slots, 20000u);
  EXPECT_EQ(state(P, "stale-payload").Entered, 0u);
}

TEST(Threads, LoadsWithoutTheLockAreCountedExactly) {
  profile::Profile P = profileOf({"readers"});
  profile::SubjectResult S = subject(P, Payload);
  EXPECT_EQ(S.Uses, 200002u);
  EXPECT_EQ(S.Tests, 200000u);
  EXPECT_EQ(S.Slots, 10u);
  profile::StateResult St = state(P, "stale-payload");
  EXPECT_EQ(St.Entered, 1u) << "by a write that nobody told of";
  EXPECT_EQ(St.Refuted, 1u);
}

TEST(Threads, CheckpointsByTimerAndBySignal) {
  profile::Profile P = profileOf({"timer"}, "interval=1");
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_EQ(P.Checkpoints[0].Why, "timer");
  EXPECT_EQ(P.Checkpoints[0].Threads, 1u);
  P = profileOf({"signal"}, "checkpoint_signal=10");
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_EQ(P.Checkpoints[0].Why, "signal");
}

TEST(Threads, ASignalHandlerMayUseWhatItInterrupts) {
  profile::Profile P = profileOf({"handlers"});
  profile::SubjectResult S = subject(P, Payload);
  EXPECT_EQ(S.Stores, 500001u);
  EXPECT_GT(S.Uses, 0u);
}

TEST(Threads, TheFirstMayLeaveBeforeTheLast) {
  // Dead words in the frames of the thread's end are not the subject here.
  profile::Profile P = profileOf({"leader-leaves"}, "use_stacks=0");
  ASSERT_EQ(P.Checkpoints.size(), 1u);
  EXPECT_EQ(P.Notes, std::vector<std::string>()) << "nobody was waited for";
  EXPECT_EQ(state(P, "stale-payload").Confirmed, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints[0], Payload).RetainedBytes, 700u);
}

} // namespace
