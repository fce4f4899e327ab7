//===- RuntimeTest.cpp - lives of fields, as profiles tell them -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/hmap.c with the static and with the shared
// runtime.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

enum : uint64_t { OldBuckets = 1, Spare = 2, Ring = 5, TheTable = 6 };

class Hmap : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    const char *More = getenv("RETSAN_TEST_OPTIONS");
    if (More && std::string(More).find("hooks") != std::string::npos &&
        std::string(GetParam()) == "rt-hmap-static")
      GTEST_SKIP() << "a static program has no other malloc";
  }
  /// One process, one complete profile.
  profile::Profile profileOf(const std::string &Scenario,
                             const std::string &Options = "", int Status = 0) {
    Outcome R = run({program(GetParam()), Scenario}, Options);
    EXPECT_EQ(R.Status, Status) << R.Err;
    EXPECT_EQ(R.Err, "");
    EXPECT_EQ(R.Profiles.size(), 1u);
    if (R.Profiles.empty())
      return {};
    EXPECT_FALSE(R.Profiles[0].Partial);
    return R.Profiles[0];
  }
};

INSTANTIATE_TEST_SUITE_P(Link, Hmap,
                         testing::Values("rt-hmap", "rt-hmap-shared",
                                         "rt-hmap-static"),
                         [](const auto &Info) -> std::string {
                           std::string Program = Info.param;
                           return Program == "rt-hmap"          ? "Static"
                                  : Program == "rt-hmap-shared" ? "Shared"
                                                                : "NoLoader";
                         });

TEST_P(Hmap, WhatMemoryHeldBeforeIsNoValue) {
  profile::Profile P = profileOf("leftover");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 0u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Entered, 0u);
}

TEST_P(Hmap, ManyRecordsInOneAllocation) {
  profile::Profile P = profileOf("chunk");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 20u);
  EXPECT_EQ(subject(P, OldBuckets).Stores, 20u);
  EXPECT_EQ(subject(P, OldBuckets).Tests, 20u);
  EXPECT_EQ(subject(P, OldBuckets).Clears, 10u);
  profile::StateResult S = state(P, "stale-oldbuckets");
  EXPECT_EQ(S.Entered, 20u);
  EXPECT_EQ(S.Confirmed, 20u);
}

TEST_P(Hmap, StaleIsConfirmedAndItsBytesAreCounted) {
  profile::Profile P = profileOf("stale");
  EXPECT_EQ(P.FindingsId, "f00d");
  profile::StateResult S = state(P, "stale-oldbuckets");
  EXPECT_EQ(S.SubjectId, OldBuckets);
  EXPECT_EQ(S.Entered, 1u);
  EXPECT_EQ(S.Confirmed, 1u);
  EXPECT_EQ(S.Refuted, 0u);
  EXPECT_EQ(S.Dangling, 0u);
  EXPECT_EQ(S.TargetBytes, 4096u);
  ASSERT_EQ(S.StoredAt.size(), 1u);
  EXPECT_EQ(S.StoredAt[0].Function, "grow");
  ASSERT_EQ(S.LastUsedAt.size(), 1u);
  EXPECT_EQ(S.LastUsedAt[0].Function, "useOld");
  ASSERT_EQ(S.EnteredAt.size(), 1u);
  EXPECT_EQ(S.EnteredAt[0].Function, "finishGrowing");
  EXPECT_TRUE(S.UsedInStateAt.empty());
  ASSERT_EQ(P.Lives.size(), 1u);
  const profile::Life &L = P.Lives[0];
  EXPECT_EQ(L.Fingerprint, "stale-oldbuckets");
  EXPECT_EQ(L.Bytes, 4096u);
  EXPECT_EQ(L.End, profile::Ending::Program);
  EXPECT_EQ(L.StoredAt.Function, "grow");
  EXPECT_EQ(L.LastUsedAt.Function, "useOld");
  EXPECT_GE(L.Stored.MBalloc, 0);
  EXPECT_LE(L.Stored.MBalloc, L.FirstUse.MBalloc);
  EXPECT_LE(L.LastUse.MBalloc, L.Entered.MBalloc);
  EXPECT_LE(L.Entered.Seconds, L.Ended.Seconds);
  EXPECT_LT(L.Freed.Seconds, 0);
  ASSERT_EQ(P.Checkpoints.size(), 1u);
  const profile::Checkpoint &C = P.Checkpoints[0];
  EXPECT_EQ(C.Why, "exit");
  EXPECT_EQ(C.GhostBytes, 5096u);
  EXPECT_EQ(C.ReachableBytes + C.GhostBytes + C.UnreachableBytes, C.HeapBytes);
  profile::CheckpointSubject At = atCheckpoint(C, OldBuckets);
  EXPECT_EQ(At.Stale, 1u);
  EXPECT_EQ(At.RetainedBytes, 5096u);
  EXPECT_EQ(At.RetainedObjects, 2u);
  EXPECT_EQ(At.SharedBytes, 0u);
}

TEST_P(Hmap, AUseInTheStateRefutes) {
  profile::Profile P = profileOf("refuted");
  profile::StateResult S = state(P, "stale-oldbuckets");
  EXPECT_EQ(S.Entered, 1u);
  EXPECT_EQ(S.Confirmed, 0u);
  EXPECT_EQ(S.Refuted, 1u);
  ASSERT_EQ(S.UsedInStateAt.size(), 1u);
  EXPECT_EQ(S.UsedInStateAt[0].Function, "useOld");
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Live, 1u);
  EXPECT_EQ(P.Checkpoints[0].GhostBytes, 0u);
}

TEST_P(Hmap, ClearAfterThePhaseWriteIsNoState) {
  profile::Profile P = profileOf("clean");
  for (const char *F : {"stale-oldbuckets", "dangling-oldbuckets"}) {
    profile::StateResult S = state(P, F);
    EXPECT_EQ(S.Entered, 0u) << F;
    EXPECT_EQ(S.Confirmed, 0u) << F;
    EXPECT_EQ(S.Refuted, 0u) << F;
  }
  profile::SubjectResult S = subject(P, OldBuckets);
  EXPECT_EQ(S.Stores, 3u);
  EXPECT_EQ(S.Clears, 3u);
  EXPECT_EQ(S.Uses, 3u);
  EXPECT_EQ(S.Releases, 3u);
  EXPECT_EQ(S.Slots, 1u);
}

TEST_P(Hmap, ScopesSeeThroughHelpers) {
  for (const char *Scenario : {"helper", "helper-free"}) {
    profile::Profile P = profileOf(Scenario);
    EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 0u) << Scenario;
    EXPECT_EQ(state(P, "dangling-oldbuckets").Confirmed, 0u) << Scenario;
  }
  profile::Profile P = profileOf("scoped-stale");
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 2u);
}

TEST_P(Hmap, EachOverwrittenLifeCounts) {
  profile::StateResult S = state(profileOf("overwritten"), "stale-oldbuckets");
  EXPECT_EQ(S.Entered, 3u);
  EXPECT_EQ(S.Confirmed, 3u);
  EXPECT_EQ(S.TargetBytes, 100u + 64 + 64);
}

TEST_P(Hmap, UpperBitsAreNoAddress) {
  profile::SubjectResult S = subject(profileOf("tagged"), 1);
  EXPECT_EQ(S.Slots, 1u);
  EXPECT_EQ(S.Stores, 3u);
}

TEST_P(Hmap, FreedAndKeptIsDangling) {
  profile::Profile P = profileOf("dangling");
  profile::StateResult S = state(P, "dangling-oldbuckets");
  EXPECT_EQ(S.Confirmed, 1u);
  EXPECT_EQ(S.Dangling, 1u);
  EXPECT_EQ(S.FreedBytes, 100u);
  EXPECT_GT(S.DanglingMBalloc, 0);
  EXPECT_GT(S.DanglingSeconds, 0);
  ASSERT_EQ(S.FreedAt.size(), 1u);
  EXPECT_EQ(S.FreedAt[0].Function, "freeOld");
  profile::CheckpointSubject At = atCheckpoint(P.Checkpoints.at(0), OldBuckets);
  EXPECT_EQ(At.Dangling, 1u);
  EXPECT_EQ(At.RetainedBytes, 0u);
}

TEST_P(Hmap, FreedOnlyToBeOverwrittenIsNotDangling) {
  profile::Profile P = profileOf("freed-at-overwrite");
  profile::StateResult S = state(P, "stale-oldbuckets");
  EXPECT_EQ(S.Confirmed, 1u);
  EXPECT_EQ(S.Dangling, 0u);
  EXPECT_EQ(S.TargetBytes, 100u);
  EXPECT_EQ(state(P, "dangling-oldbuckets").Entered, 0u);
}

TEST_P(Hmap, DestructionIsNoState) {
  profile::Profile P = profileOf("destroyed");
  EXPECT_EQ(state(P, "dangling-oldbuckets").Confirmed, 0u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Entered, 0u);
}

TEST_P(Hmap, AStaleLifeEndsWithItsOwner) {
  profile::Profile P = profileOf("owner-freed");
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(P.Checkpoints.at(0).GhostBytes, 0u);
}

TEST_P(Hmap, NotExercised) {
  profile::Profile P = profileOf("not-exercised");
  EXPECT_EQ(state(P, "stale-oldbuckets").Entered, 0u);
  EXPECT_EQ(subject(P, OldBuckets).Slots, 0u);
}

TEST_P(Hmap, ReallocOfTheOwnerTakesTheSlotAlong) {
  profile::Profile P = profileOf("moved");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 1u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).RetainedBytes, 100u);
}

TEST_P(Hmap, ACopiedRecordHasSlotsOfItsOwn) {
  profile::Profile P = profileOf("copied");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 2u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
}

TEST_P(Hmap, MemsetOverTheRecordClears) {
  profile::Profile P = profileOf("wiped");
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Stale, 0u);
}

TEST_P(Hmap, AnnouncedOwnersOnTheStackAreTracked) {
  profile::Profile P = profileOf("local-owner");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 2u);
  EXPECT_EQ(subject(P, OldBuckets).Dropped, 0u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Refuted, 1u);
  // Both are gone before the end.
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Stale, 0u);
  P = profileOf("local-longjmp");
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 2u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Stale, 0u);
}

TEST_P(Hmap, OneThatLivesAtExitRetains) {
  profile::Profile P = profileOf("local-at-exit");
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Stale, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).RetainedBytes, 1000u);
}

TEST_P(Hmap, OwnersOnTheStackAreCountedNotTracked) {
  profile::Profile P = profileOf("stack-owner");
  EXPECT_EQ(subject(P, OldBuckets).Slots, 0u);
  EXPECT_EQ(subject(P, OldBuckets).Dropped, 1u);
}

TEST_P(Hmap, WhatTwoSubjectsReachIsShared) {
  profile::Profile P = profileOf("shared");
  const profile::Checkpoint &C = P.Checkpoints.at(0);
  EXPECT_EQ(C.GhostBytes, 300u + 400 + 700);
  EXPECT_EQ(atCheckpoint(C, OldBuckets).RetainedBytes, 300u);
  EXPECT_EQ(atCheckpoint(C, Spare).RetainedBytes, 400u);
  EXPECT_EQ(atCheckpoint(C, OldBuckets).SharedBytes, 700u);
  EXPECT_EQ(atCheckpoint(C, Spare).SharedBytes, 700u);
}

TEST_P(Hmap, AnAliasRetainsNothing) {
  profile::Profile P = profileOf("stale-shared");
  profile::CheckpointSubject At = atCheckpoint(P.Checkpoints.at(0), OldBuckets);
  EXPECT_EQ(At.StaleShared, 1u);
  EXPECT_EQ(At.Stale, 0u);
  EXPECT_EQ(At.RetainedBytes, 0u);
}

TEST_P(Hmap, SignedAndBitFieldPhases) {
  EXPECT_EQ(state(profileOf("signed"), "negative-spare").Confirmed, 1u);
  profile::Profile P = profileOf("bitfield");
  EXPECT_EQ(state(P, "mode-spare").Confirmed, 1u);
  EXPECT_EQ(state(P, "negative-spare").Entered, 0u);
}

TEST_P(Hmap, EverySlotOfAnArray) {
  profile::Profile P = profileOf("array");
  profile::StateResult S = state(P, "stale-ring");
  EXPECT_EQ(S.Confirmed, 3u);
  EXPECT_EQ(S.Refuted, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), Ring).RetainedBytes, 300u);
}

TEST_P(Hmap, Globals) {
  profile::Profile P = profileOf("global");
  EXPECT_EQ(state(P, "stale-table").Confirmed, 1u);
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), TheTable).RetainedBytes, 5000u);
  P = profileOf("global-dangling");
  profile::StateResult S = state(P, "dangling-table");
  EXPECT_EQ(S.Confirmed, 1u);
  EXPECT_EQ(S.FreedBytes, 5000u);
  EXPECT_EQ(state(P, "stale-table").Entered, 0u);
}

TEST_P(Hmap, ATestIsNoUseAnEscapeIs) {
  EXPECT_EQ(
      state(profileOf("tests-do-not-count"), "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(state(profileOf("escape"), "stale-oldbuckets").Refuted, 1u);
}

TEST_P(Hmap, RefreshSeesWhatNoStoreTold) {
  profile::Profile P = profileOf("refresh");
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), OldBuckets).Stale, 0u);
}

TEST_P(Hmap, CheckpointsOnDemand) {
  profile::Profile P = profileOf("api");
  ASSERT_EQ(P.Checkpoints.size(), 3u);
  EXPECT_EQ(P.Checkpoints[0].Why, "api");
  EXPECT_EQ(atCheckpoint(P.Checkpoints[0], OldBuckets).RetainedBytes, 100u);
  EXPECT_EQ(P.Checkpoints[1].GhostBytes, 0u);
}

TEST_P(Hmap, ExitIsACheckpointToo) {
  profile::Profile P = profileOf("exit", "", 3);
  EXPECT_EQ(P.Checkpoints.size(), 1u);
}

TEST_P(Hmap, WaysOutThatSkipExitLeaveAPartialProfile) {
  struct {
    const char *Scenario;
    int Status;
  } Cases[] = {{"quick", 7}, {"abort", 128 + 6}, {"crash", 128 + 9}};
  for (auto [Scenario, Status] : Cases) {
    Outcome R = run({program(GetParam()), Scenario});
    EXPECT_EQ(R.Status, Status) << Scenario;
    ASSERT_EQ(R.Profiles.size(), 1u) << Scenario;
    EXPECT_TRUE(R.Profiles[0].Partial) << Scenario;
    EXPECT_EQ(state(R.Profiles[0], "stale-oldbuckets").Confirmed, 1u)
        << Scenario;
  }
}

TEST_P(Hmap, ForkGivesTheChildAProfileOfItsOwn) {
  Outcome R = run({program(GetParam()), "fork"});
  EXPECT_EQ(R.Status, 0);
  ASSERT_EQ(R.Profiles.size(), 2u);
  for (const profile::Profile &P : R.Profiles) {
    EXPECT_FALSE(P.Partial);
    EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  }
  llvm::Expected<profile::Profile> Sum = profile::merge(R.Profiles);
  ASSERT_TRUE(bool(Sum));
  EXPECT_EQ(state(*Sum, "stale-oldbuckets").Confirmed, 2u);
}

TEST_P(Hmap, VforkDoesNotEndTheParentsProfile) {
  profile::Profile P = profileOf("vfork");
  EXPECT_EQ(P.Checkpoints.size(), 1u);
}

TEST_P(Hmap, ExitcodeOnlyIfConfirmed) {
  profileOf("stale", "exitcode=23", 23);
  profileOf("clean", "exitcode=23", 0);
  profileOf("exit", "exitcode=23", 23);
}

TEST_P(Hmap, WithoutLogPathASummaryOnlyIfConfirmed) {
  Outcome R = run({program(GetParam()), "stale"}, "", false);
  EXPECT_EQ(R.Status, 0);
  EXPECT_TRUE(R.Profiles.empty());
  EXPECT_NE(
      R.Err.find(
          "hmap.oldbuckets outlived its meaning 1 time, holding 4096 bytes"),
      std::string::npos)
      << R.Err;
  EXPECT_EQ(run({program(GetParam()), "clean"}, "", false).Err, "");
}

TEST_P(Hmap, WrongOptionsAreNamedAndTheProgramRuns) {
  Outcome R =
      run({program(GetParam()), "clean"}, "no_such=1:interval=often:mark");
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("unknown option 'no_such'"), std::string::npos) << R.Err;
  EXPECT_NE(R.Err.find("option interval: 'often'"), std::string::npos) << R.Err;
  EXPECT_NE(R.Err.find("option 'mark' has no value"), std::string::npos)
      << R.Err;
  R = run({program(GetParam()), "clean"}, "help=1");
  EXPECT_NE(R.Err.find("checkpoint_at_exit (default true)"), std::string::npos)
      << R.Err;
}

TEST_P(Hmap, OptionsTurnThingsOff) {
  profile::Profile P = profileOf("stale", "mark=0");
  EXPECT_EQ(P.Checkpoints.at(0).GhostBytes, 0u);
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  P = profileOf("stale", "checkpoint_at_exit=0");
  EXPECT_TRUE(P.Checkpoints.empty());
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
}

TEST_P(Hmap, WithoutTheWallClockAProfileIsTheSameTwice) {
  for (const char *Scenario : {"stale", "stale-shared", "refuted", "moved"}) {
    std::vector<std::string> Command = {program(GetParam()), Scenario};
    std::vector<std::string> First =
        run(Command, "wall_clock=0:stacks=8:use_stacks=0").Files;
    ASSERT_EQ(First.size(), 1u);
    EXPECT_EQ(run(Command, "wall_clock=0:stacks=8:use_stacks=0").Files, First)
        << Scenario;
    EXPECT_NE(run(Command, "stacks=8:use_stacks=0").Files, First) << Scenario;
  }
}

} // namespace
