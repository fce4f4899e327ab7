//===- HarmlessTest.cpp - the program is not harmed -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/harmless.c. Each test states what becomes of
// the program, which is what it would be without us, and of the profile.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

Outcome runHarmless(const std::string &Scenario,
                    const std::string &Options = "") {
  return run({program("rt-harmless"), Scenario}, Options);
}

/// One complete profile with one confirmed instance.
void expectOneComplete(const std::string &Scenario) {
  Outcome R = runHarmless(Scenario);
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Err, "");
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_FALSE(R.Profiles[0].Partial);
  EXPECT_EQ(state(R.Profiles[0], "stale-kept").Confirmed, 1u);
  ASSERT_FALSE(R.Profiles[0].Checkpoints.empty());
  EXPECT_EQ(R.Profiles[0].Checkpoints.back().GhostBytes, 1000u);
}

TEST(Harmless, HooksBeforeRegistrationAndAfterTheEnd) {
  expectOneComplete("plain");
}

TEST(Harmless, ExecKeepsBothProfiles) {
  for (const char *Scenario : {"exec", "execl"}) {
    Outcome R = runHarmless(Scenario);
    EXPECT_EQ(R.Status, 0) << R.Err;
    ASSERT_EQ(R.Profiles.size(), 2u) << "one process, two programs";
    EXPECT_EQ(R.Profiles[0].Pid, R.Profiles[1].Pid);
    EXPECT_NE(R.Profiles[0].Partial, R.Profiles[1].Partial);
    for (const profile::Profile &P : R.Profiles)
      EXPECT_EQ(state(P, "stale-kept").Confirmed, 1u) << Scenario;
  }
}

TEST(Harmless, AFailedExecIsNoEnd) { expectOneComplete("exec-fails"); }
TEST(Harmless, AChildThatExecsLeavesNothing) {
  expectOneComplete("fork-exec");
  expectOneComplete("spawn");
}

TEST(Harmless, ACrashLeavesAPartialProfile) {
  Outcome R = runHarmless("segv");
  EXPECT_EQ(R.Status, 128 + 11);
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_TRUE(R.Profiles[0].Partial);
}

TEST(Harmless, AProgramThatHandlesItsFaults) {
  for (const char *Options : {"", "tripwire=poison"}) {
    Outcome R = runHarmless("segv-handled", Options);
    EXPECT_EQ(R.Status, 0) << Options << R.Err;
    ASSERT_EQ(R.Profiles.size(), 1u);
    EXPECT_FALSE(R.Profiles[0].Partial);
  }
}

TEST(Harmless, LongjmpOverScopes) {
  Outcome R = runHarmless("longjmp");
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  // The one of the start, overwritten; the one of the jump.
  EXPECT_EQ(state(R.Profiles[0], "stale-kept").Confirmed, 2u);
}

// POSIX lets no handler allocate, but programs do. One that interrupts the
// allocator gets memory aside; glibc's malloc may hang.
TEST(Harmless, SignalHandlersThatAllocate) {
  Outcome R = runHarmless("signals", "allocator=own");
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_FALSE(R.Profiles[0].Partial);
  EXPECT_GT(state(R.Profiles[0], "stale-kept").Confirmed, 10u);
}

// What a quick store left untold is told before anybody asks.
TEST(Harmless, OverwrittenValuesDangleWhenFreed) {
  Outcome R = runHarmless("overwritten");
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_EQ(state(R.Profiles[0], "stale-kept").Dangling, 100u);
  EXPECT_EQ(state(R.Profiles[0], "stale-kept").FreedBytes, 100u * 100);
}

// The tables are mapped for the largest heap: terabytes, of which a debugger
// needs what is in use.
TEST(Harmless, CoresAreSmall) {
  for (const char *Options : {"allocator=own", "allocator=hooks"}) {
    Outcome R = runHarmless("core-size", Options);
    EXPECT_EQ(R.Status, 0) << Options << R.Err;
  }
}

uint64_t freedBefore(const std::string &Out, const std::string &Size) {
  size_t At = Out.find(Size + " ");
  return At == std::string::npos ? 0 : std::stoull(Out.substr(At + 6));
}

TEST(Defaults, AQuarantineThatTheProgramAsksFor) {
  if (const char *More = std::getenv("RETSAN_TEST_OPTIONS");
      More && std::string(More).find("allocator=hooks") != std::string::npos)
    GTEST_SKIP() << "what the program's own malloc gives back is its affair";
  std::string Said = ::testing::TempDir() + "defaults.txt";
  auto RunIt = [&](const char *Options) {
    Outcome R =
        run({"/bin/sh", "-c", "exec " + program("rt-defaults") + " >" + Said},
            Options);
    EXPECT_EQ(R.Status, 0) << R.Err;
    std::ifstream In(Said);
    return std::string(std::istreambuf_iterator<char>(In), {});
  };
  std::string Own = RunIt("");
  EXPECT_GE(freedBefore(Own, "small"), 1000000u) << Own;
  EXPECT_LT(freedBefore(Own, "small"), 2u << 20) << "it comes back";
  EXPECT_GE(freedBefore(Own, "large"), 1000000u) << Own;
  std::string Without = RunIt("quarantine_size_mb=0");
  EXPECT_EQ(freedBefore(Without, "small"), 100u) << "the environment wins";
  Outcome R = run({program("rt-defaults"), "twice"}, "");
  EXPECT_EQ(R.Status, 128 + SIGABRT);
  EXPECT_NE(R.Err.find("freed before"), std::string::npos) << R.Err;
}

TEST(Harmless, SeccompWithoutPtraceOrFiles) {
  for (const char *Scenario : {"no-ptrace", "no-open"}) {
    Outcome R = runHarmless(Scenario);
    if (R.Status == 77)
      GTEST_SKIP() << "seccomp filters are refused here";
    EXPECT_EQ(R.Status, 0) << Scenario << R.Err;
    ASSERT_EQ(R.Profiles.size(), 1u) << Scenario;
    EXPECT_FALSE(R.Profiles[0].Partial) << Scenario;
    EXPECT_EQ(R.Profiles[0].Checkpoints.size(), 2u) << Scenario;
  }
}

TEST(Harmless, AProgramThatClosesAllFiles) {
  expectOneComplete("closes-all-files");
}

TEST(Harmless, FileNumbersAreTheProgramsOwn) {
  expectOneComplete("lowest-file");
  expectOneComplete("read-only-folder");
  EXPECT_EQ(runHarmless("no-files-left").Status, 0);
}

} // namespace
