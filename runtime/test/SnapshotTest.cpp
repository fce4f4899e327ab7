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

#include <tuple>

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

/// Bytes of an object, objects, bytes, retained, row above.
using Row = std::tuple<uint64_t, uint64_t, uint64_t, uint64_t, uint32_t>;
std::vector<Row> holdingsOf(const profile::Checkpoint &C) {
  std::vector<Row> Out;
  for (const profile::Holding &H : C.Holdings) {
    EXPECT_EQ(H.SubjectId, Payload);
    Out.emplace_back(H.ObjectBytes, H.Objects, H.Bytes, H.RetainedBytes,
                     H.Above);
  }
  return Out;
}

TEST_P(Snapshot, ObjectsRetainWhatOnlyTheyLeadTo) {
  profile::Profile P =
      profileOf("tree", std::string("use_stacks=0:use_registers=0:snapshot=") +
                            GetParam());
  ASSERT_EQ(P.Checkpoints.size(), 1u);
  const profile::Checkpoint &C = P.Checkpoints[0];
  EXPECT_EQ(C.GhostBytes, 800u + 4 * 48 + 200 + 500 + 48 + 90);
  std::vector<Row> Want = {
      {800, 1, 800, 800 + 4 * 48 + 200 + 500, 0},
      {48, 4, 192, 192 + 500, 1}, // two lists are one row
      {500, 1, 500, 500, 2},
      {200, 1, 200, 200, 1}, // both lists lead there, the array holds it
      {48, 1, 48, 48 + 90, 0},
      {90, 1, 90, 90, 5}};
  EXPECT_EQ(holdingsOf(C), Want);
  EXPECT_TRUE(profileOf("tree", "use_stacks=0:use_registers=0:mark=0")
                  .Checkpoints.at(0)
                  .Holdings.empty());
}

TEST(Stacks, ObjectsOfOneStackAreARow) {
  profile::Profile P =
      profileOf("stacks", "stacks=8:use_stacks=0:use_registers=0");
  ASSERT_EQ(P.Checkpoints.size(), 1u);
  const profile::Checkpoint &C = P.Checkpoints[0];
  std::vector<Row> Want = {{4000, 1, 4000, 4900, 0}, {300, 3, 900, 900, 1}};
  EXPECT_EQ(holdingsOf(C), Want);
  ASSERT_EQ(C.KeptBy.size(), 2u);
  for (int I = 0; I != 2; ++I)
    EXPECT_EQ(C.Holdings[I].Stack[1].Offset, C.KeptBy[I].Stack[1].Offset);
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
