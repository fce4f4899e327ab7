//===- ModesTest.cpp - modes stamp, all and heap --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs programs/modes.c, and programs/roots.c as any program: linked with the
// runtime, or with the runtime preloaded.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <retsan/abi.h>
#include <retsan/profile_format.h>

using namespace retsan;
using namespace retsan::test;

namespace {

profile::Profile profileOf(std::vector<std::string> Args) {
  Args.insert(Args.begin(), program("rt-modes"));
  Outcome R = run(Args);
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Profiles.size(), 1u);
  return R.Profiles.empty() ? profile::Profile() : R.Profiles[0];
}

uint64_t idleBytes(const profile::Profile &P, double AtLeast) {
  uint64_t Sum = 0;
  for (const profile::AgeClass &A : P.Checkpoints.at(0).Ages)
    if (A.MBalloc >= AtLeast)
      Sum += A.Bytes;
  return Sum;
}

// 200 rounds of 100,000 bytes: 20 MB on the allocation clock. An epoch has 64
// KB.
TEST(All, DragGoesToTheFieldThatHolds) {
  profile::Profile P = profileOf({"held", "all"});
  EXPECT_EQ(P.Mode, uint32_t(RETSAN_MODE_ALL));
  EXPECT_NEAR(subject(P, 52).DragMBMBalloc, 2.0 * 20, 1);
  EXPECT_LT(subject(P, 51).DragMBMBalloc, 0.2);
  EXPECT_GT(subject(P, 51).UseMBMBalloc, 19);
  EXPECT_EQ(subject(P, 53).DragMBMBalloc, 0);
  EXPECT_NEAR(subject(P, 53).VoidMBMBalloc, 3.0 * 20, 1);
  EXPECT_EQ(subject(P, 52).Subject, "cache.cold");
  EXPECT_EQ(subject(P, 52).Stores, 1u);
  EXPECT_EQ(subject(P, 52).Slots, 1u) << "held at the end";
}

TEST(All, StampsSurviveTheEndOf255Epochs) {
  profile::Profile P = profileOf({"folded", "all"});
  EXPECT_NEAR(subject(P, 52).DragMBMBalloc, 2.0 * 100, 2);
  EXPECT_LT(subject(P, 51).DragMBMBalloc, 0.2);
  EXPECT_NEAR(subject(P, 53).VoidMBMBalloc, 3.0 * 100, 2);
}

TEST(All, DragEndsWithTheTarget) {
  profile::Profile P = profileOf({"freed", "all"});
  EXPECT_NEAR(subject(P, 52).DragMBMBalloc, 2.0 * 10, 1);
  EXPECT_EQ(subject(P, 52).Slots, 0u);
}

TEST(All, ALifeGoesOnWhereReallocMovesIt) {
  profile::Profile P = profileOf({"moved", "all"});
  EXPECT_LT(subject(P, 51).DragMBMBalloc, 1);
  EXPECT_EQ(subject(P, 51).Slots, 1u);
}

TEST(All, AChildReportsWhatItHolds) {
  Outcome R = run({program("rt-modes"), "fork", "all"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 2u);
  for (const profile::Profile &P : R.Profiles)
    EXPECT_FALSE(P.Partial);
}

TEST(Stamp, IdleMemoryByAge) {
  profile::Profile P = profileOf({"held", "stamp"});
  EXPECT_EQ(P.Mode, uint32_t(RETSAN_MODE_STAMP));
  ASSERT_EQ(P.Checkpoints.at(0).Ages.size(), 8u);
  EXPECT_EQ(idleBytes(P, 16), 2000000u);
  uint64_t Never = 0;
  for (const profile::AgeClass &A : P.Checkpoints[0].Ages)
    if (A.MBalloc < 0)
      Never = A.Bytes;
  EXPECT_GE(Never, 3000000u);
  EXPECT_LT(Never, 3100000u);
}

TEST(Stamp, WithoutAddressSpaceItIsSaidAndTheProgramRuns) {
  Outcome R = run(
      {"/bin/sh", "-c",
       "ulimit -v 4000000000; exec " + program("rt-modes") + " held stamp"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  ASSERT_FALSE(R.Profiles[0].Notes.empty());
  EXPECT_NE(R.Profiles[0].Notes[0].find("no address space for stamps"),
            std::string::npos)
      << R.Profiles[0].Notes[0];
}

uint64_t retainedBy(const profile::Checkpoint &C, uint32_t Kind,
                    const std::string &Name) {
  for (const profile::RootResult &R : C.Roots)
    if (R.Kind == Kind && R.Name.find(Name) != std::string::npos)
      return R.Bytes;
  return 0;
}

void expectRoots(const Outcome &R) {
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_EQ(R.Profiles[0].Mode, uint32_t(RETSAN_MODE_HEAP));
  ASSERT_EQ(R.Profiles[0].Checkpoints.size(), 1u);
  const profile::Checkpoint &C = R.Profiles[0].Checkpoints[0];
  EXPECT_EQ(retainedBy(C, RETSAN_ROOT_GLOBAL, "TheList"), 10000u);
  EXPECT_EQ(retainedBy(C, RETSAN_ROOT_GLOBAL, "Table"), 5000u);
  EXPECT_EQ(retainedBy(C, RETSAN_ROOT_GLOBAL, "Index"), 300u);
  EXPECT_GE(C.RootsShared, 700u);
  EXPECT_EQ(retainedBy(C, RETSAN_ROOT_MODULE, "roots"), 16000u);
  EXPECT_GE(retainedBy(C, RETSAN_ROOT_THREAD, "keeper"), 9000u);
  EXPECT_LT(retainedBy(C, RETSAN_ROOT_THREAD, "keeper"), 10000u);
}

TEST(Heap, LinkedIntoAPlainProgram) { expectRoots(run({program("rt-roots")})); }

TEST(Heap, PreloadedIntoAPlainProgram) {
  setenv("LD_PRELOAD", RETSAN_SHARED_RUNTIME, 1);
  Outcome R = run({program("rt-roots-plain")});
  unsetenv("LD_PRELOAD");
  expectRoots(R);
}

TEST(Heap, RootsOnDemandInOtherModes) {
  Outcome R = run({program("rt-hmap"), "stale"}, "roots=1");
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_FALSE(R.Profiles[0].Checkpoints.at(0).Roots.empty());
  R = run({program("rt-hmap"), "stale"});
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_TRUE(R.Profiles[0].Checkpoints.at(0).Roots.empty());
}

} // namespace
