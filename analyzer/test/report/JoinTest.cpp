//===- JoinTest.cpp - verdicts --------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Join.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;

namespace {

struct JoinTest : testing::Test {
  JoinTest() {
    F = test::sampleFile();
    F.Findings[0].Runtime.reset();
    P.FindingsId = F.FindingsId;
    S.Fingerprint = F.Findings[0].Fingerprint;
    S.SubjectId = F.Findings[0].SubjectId;
  }

  RuntimeResult joined() {
    P.States = {S};
    Error E = report::joinProfile(F, P, "p.retsan");
    EXPECT_FALSE(static_cast<bool>(E)) << toString(std::move(E));
    return *F.Findings[0].Runtime;
  }

  std::string refusal() {
    P.States = {S};
    return toString(report::joinProfile(F, P, "p.retsan"));
  }

  FindingsFile F;
  profile::Profile P;
  profile::StateResult S;
};

} // namespace

TEST_F(JoinTest, ConfirmedWhenNeverUsed) {
  S.Confirmed = 2;
  S.DragMBs = 1.25;
  RuntimeResult R = joined();
  EXPECT_EQ(R.V, Verdict::Confirmed);
  EXPECT_EQ(R.Condition, "stale");
  EXPECT_EQ(R.Instances, 2u);
  EXPECT_EQ(R.D.MBs, 1.25);
}

TEST_F(JoinTest, TheDearestLifeIsToldInTheOrderOfTime) {
  S.Confirmed = 1;
  profile::Life L;
  L.Fingerprint = S.Fingerprint;
  L.SubjectId = S.SubjectId;
  L.Bytes = 64;
  L.Stored = {0.5, 1};
  L.LastUse = {2, 8};
  L.Entered = {2.5, 9};
  L.Freed = {2.25, 8.5};
  L.Ended = {5, 20};
  L.End = profile::Ending::Program;
  L.StoredAt = {F.Root + "/src/hmap.c", "grow", 70};
  P.Lives = {L};
  profile::SubjectResult Sums;
  Sums.SubjectId = S.SubjectId;
  Sums.DragMBMBalloc = 4.5;
  P.Subjects = {Sums};
  RuntimeResult R = joined();
  EXPECT_EQ(R.Life.Bytes, 64u);
  EXPECT_EQ(R.Life.End, "still set when the program ended");
  std::vector<std::string> Order;
  for (const LifeEvent &E : R.Life.Events)
    Order.push_back(E.What);
  EXPECT_EQ(Order, (std::vector<std::string>{"stored", "last used", "freed",
                                             "entered", "ended"}));
  EXPECT_EQ(R.Life.Events[0].At.File, "src/hmap.c");
  EXPECT_EQ(R.Life.Events[1].At.Line, 0u);
  ASSERT_TRUE(R.Phases);
  EXPECT_EQ(R.Phases->Drag.MBMBalloc, 4.5);
}

TEST_F(JoinTest, RefutedWinsAndBothCountsAreKept) {
  S.Confirmed = 2;
  S.Refuted = 1;
  RuntimeResult R = joined();
  EXPECT_EQ(R.V, Verdict::Refuted);
  EXPECT_EQ(R.Instances, 2u);
  EXPECT_EQ(R.RefutedInstances, 1u);
}

TEST_F(JoinTest, NotExercisedWithoutInstances) {
  EXPECT_EQ(joined().V, Verdict::NotExercised);
}

TEST_F(JoinTest, NotExercisedWhenTheProfileDoesNotKnowIt) {
  S.Fingerprint = "another";
  EXPECT_EQ(joined().V, Verdict::NotExercised);
}

TEST_F(JoinTest, DanglingFindingsMayDangle) {
  F.Findings[0].Check = "retsan-dangling-field";
  S.Confirmed = 2;
  S.Dangling = 1;
  S.FreedBytes = 512;
  RuntimeResult R = joined();
  EXPECT_EQ(R.Condition, "dangling");
  EXPECT_EQ(R.FreedBytes, 512u);
}

TEST_F(JoinTest, StaleSlotsReleasedBeforeTheirOverwriteWereStale) {
  S.Confirmed = S.Dangling = 1;
  S.FreedBytes = 512;
  RuntimeResult R = joined();
  EXPECT_EQ(R.Condition, "stale");
  EXPECT_EQ(R.FreedBytes, 0u);
  profile::Checkpoint C;
  C.Subjects.resize(1);
  C.Subjects[0].SubjectId = S.SubjectId;
  C.Subjects[0].Dangling = 1;
  P.Checkpoints = {C};
  EXPECT_EQ(joined().Condition, "dangling");
}

TEST_F(JoinTest, BytesComeFromTheCheckpointAtExit) {
  S.Confirmed = 1;
  auto Checkpoint = [&](StringRef Why, uint64_t Bytes) {
    profile::Checkpoint C;
    C.Why = Why.str();
    profile::CheckpointSubject Subject;
    Subject.SubjectId = S.SubjectId;
    Subject.Stale = 1;
    Subject.RetainedBytes = Bytes;
    C.Subjects = {Subject};
    P.Checkpoints.push_back(C);
  };
  Checkpoint("timer", 1);
  EXPECT_EQ(joined().RetainedBytes, 1u);
  Checkpoint("exit", 2);
  Checkpoint("api", 3);
  EXPECT_EQ(joined().RetainedBytes, 2u);
}

TEST_F(JoinTest, SharedSlotsRetainNothingToday) {
  S.Confirmed = 1;
  profile::Checkpoint C;
  C.Why = "exit";
  C.Subjects.resize(1);
  C.Subjects[0].SubjectId = S.SubjectId;
  C.Subjects[0].StaleShared = 1;
  P.Checkpoints = {C};
  EXPECT_EQ(joined().Condition, "stale-shared");
}

TEST_F(JoinTest, PlacesAreRelativeToTheRoot) {
  S.Confirmed = 1;
  S.StoredAt = {{"/nowhere/project/src/../src/hmap.c", "grow", 70},
                {"/nowhere/projector/x.c", "f", 1}};
  RuntimeResult R = joined();
  EXPECT_EQ(R.StoredAt[0].File, "src/hmap.c");
  EXPECT_EQ(R.StoredAt[0].Function, "grow");
  EXPECT_EQ(R.StoredAt[1].File, "/nowhere/projector/x.c");
}

TEST_F(JoinTest, WithoutSuspectsThereIsNothingToMatch) {
  F.Findings.clear();
  P.FindingsId.clear();
  Error E = report::joinProfile(F, P, "p.retsan");
  EXPECT_FALSE(static_cast<bool>(E)) << toString(std::move(E));
}

TEST_F(JoinTest, PartialProfilesAreMarked) {
  P.Partial = true;
  EXPECT_TRUE(joined().Partial);
}

TEST_F(JoinTest, OtherFindingsAreAnError) {
  P.FindingsId = "feedfeedfeedfeed";
  EXPECT_NE(refusal().find("p.retsan: recorded with findings feedfeedfeedfeed"),
            std::string::npos);
  P.FindingsId.clear();
  EXPECT_NE(refusal().find("(none)"), std::string::npos);
}

TEST_F(JoinTest, AFingerprintOfAnotherSubjectIsAnError) {
  S.SubjectId = 1;
  EXPECT_NE(refusal().find("of another subject"), std::string::npos);
}
