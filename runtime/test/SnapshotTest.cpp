//===- SnapshotTest.cpp - marked beside the program; growth; stacks -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/snapshot.c. Stacks and registers are off as
// roots where a thread moves its only pointer about: a mark that saw memory of
// two moments would lose what it points at.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

constexpr uint64_t Payload = 11;
constexpr size_t NumMarks = 8;

profile::Profile profileOf(const std::string &Scenario,
                           const std::string &Options) {
  Outcome R = run({program("rt-snapshot"), Scenario}, Options);
  EXPECT_EQ(R.Status, 0) << "line of snapshot.c, modulo 256; " << R.Err;
  EXPECT_EQ(R.Err, "");
  EXPECT_EQ(R.Profiles.size(), 1u);
  if (R.Profiles.empty())
    return {};
  EXPECT_FALSE(R.Profiles[0].Partial) << "its footer counts all records";
  return R.Profiles[0];
}

class Snapshot : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Both, Snapshot, testing::Values("0", "1"));

TEST_P(Snapshot, IsOfOneMoment) {
  profile::Profile P =
      profileOf("mover", std::string("use_stacks=0:use_registers=0:snapshot=") +
                             GetParam());
  EXPECT_EQ(P.Notes, std::vector<std::string>());
  ASSERT_EQ(P.Checkpoints.size(), NumMarks + 1);
  P.Checkpoints.pop_back(); // glibc keeps something of the thread that ended
  for (const profile::Checkpoint &C : P.Checkpoints) {
    EXPECT_EQ(C.UnreachableBytes, 0u);
    EXPECT_GT(C.HeapObjects, 100000u);
  }
  EXPECT_EQ(P.Checkpoints[0].Why, "api");
  EXPECT_EQ(P.Checkpoints[0].Threads, 2u);
}

TEST_P(Snapshot, StoresDuringTheMarkAreNotSeen) {
  profile::Profile P = profileOf(
      "changer",
      std::string("use_stacks=0:use_registers=0:snapshot=") + GetParam());
  ASSERT_EQ(P.Checkpoints.size(), NumMarks + 1);
  for (const profile::Checkpoint &C : P.Checkpoints) {
    profile::CheckpointSubject At = atCheckpoint(C, Payload);
    EXPECT_EQ(At.Dangling, 0u);
    EXPECT_EQ(At.RetainedBytes, At.Stale * 100);
    EXPECT_EQ(C.GhostBytes, At.RetainedBytes);
  }
}

TEST(Stacks, GhostsAreToldByWhereTheyWereAllocated) {
  profile::Profile P =
      profileOf("stacks", "stacks=8:use_stacks=0:use_registers=0");
  ASSERT_EQ(P.Checkpoints.size(), 1u);
  const std::vector<profile::Kept> &Rows = P.Checkpoints[0].KeptBy;
  ASSERT_EQ(Rows.size(), 2u) << "the largest first";
  EXPECT_EQ(Rows[0].Bytes, 4000u);
  EXPECT_EQ(Rows[0].Objects, 1u);
  EXPECT_EQ(Rows[1].Bytes, 3u * 300);
  EXPECT_EQ(Rows[1].Objects, 3u);
  for (const profile::Kept &Row : Rows) {
    EXPECT_EQ(Row.SubjectId, Payload);
    ASSERT_GE(Row.Stack.size(), 4u) << "oneOf, makeX, fill, main";
    for (int I = 0; I != 4; ++I)
      EXPECT_NE(Row.Stack[I].Module.find("rt-snapshot"), std::string::npos);
  }
  EXPECT_EQ(Rows[0].Stack[0].Offset, Rows[1].Stack[0].Offset);
  EXPECT_NE(Rows[0].Stack[1].Offset, Rows[1].Stack[1].Offset);
  EXPECT_TRUE(profileOf("stacks", "").Checkpoints.at(0).KeptBy.empty());
}

bool overGlibc() {
  const char *More = getenv("RETSAN_TEST_OPTIONS");
  return More && std::string(More).find("hooks") != std::string::npos;
}

TEST(Triggers, TheHeapGrows) {
  profile::Profile P = profileOf("grow", "growth=100");
  if (overGlibc()) {
    ASSERT_EQ(P.Notes.size(), 1u);
    EXPECT_NE(P.Notes[0].find("growth= needs allocator=own"),
              std::string::npos);
    return;
  }
  // At 2, 4, 8, 16 and 32 MB, unless the helper thread is late.
  ASSERT_GE(P.Checkpoints.size(), 3u);
  ASSERT_LE(P.Checkpoints.size(), 9u);
  for (size_t I = 0; I + 1 < P.Checkpoints.size(); ++I)
    EXPECT_EQ(P.Checkpoints[I].Why, "growth");
  for (size_t I = 1; I + 1 < P.Checkpoints.size(); ++I)
    EXPECT_GE(P.Checkpoints[I].HeapBytes,
              P.Checkpoints[I - 1].HeapBytes * 3 / 2);
}

} // namespace
