//===- MigrationTest.cpp - the receiver of migration events ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

Outcome runScenario(const std::string &What, const std::string &Options = "") {
  Outcome Out = run({program("rt-migrations"), What}, Options);
  EXPECT_EQ(Out.Status, 0) << Out.Err;
  return Out;
}

profile::Migrations row(const profile::Profile &P, const std::string &Name) {
  for (const profile::Migrations &M : P.Moves)
    if (M.Name == Name)
      return M;
  ADD_FAILURE() << "no row " << Name;
  return {};
}

TEST(Migrations, CountsWhatStaysAfterTheEnd) {
  Outcome Out = runScenario("stay");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  profile::Migrations M = row(Out.Profiles[0], "routes");
  EXPECT_EQ(M.Begun, 4u);
  EXPECT_EQ(M.Ended, 3u);
  EXPECT_EQ(M.Released, 2u);
  EXPECT_EQ(M.Pinned, 1u);
  EXPECT_EQ(M.DeadArrays, 1u);
  EXPECT_EQ(M.DeadBytes, 4096u - 96);
  EXPECT_EQ(M.MovingArrays, 1u);
  EXPECT_EQ(M.MovingBytes, 4096u);
  EXPECT_EQ(row(Out.Profiles[0], "unnamed containers").DeadBytes, 4096u);
}

TEST(Migrations, WithoutAMarkToo) {
  Outcome Out = runScenario("stay", "checkpoint_at_exit=0");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  EXPECT_EQ(row(Out.Profiles[0], "routes").DeadArrays, 1u);
}

TEST(Migrations, TheSummaryNamesDeadArrays) {
  Outcome Out = run({program("rt-migrations"), "stay"}, "", false);
  EXPECT_NE(Out.Err.find("routes: 1 old array of 4000 bytes still allocated "
                         "after the migration ended"),
            std::string::npos)
      << Out.Err;
  EXPECT_EQ(run({program("rt-migrations"), "unsaid"}, "", false).Err, "");
}

TEST(Migrations, WhatTheHeapFreedIsGone) {
  Outcome Out = runScenario("unsaid");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  profile::Migrations M = row(Out.Profiles[0], "quiet");
  EXPECT_EQ(M.Ended, 1u);
  EXPECT_EQ(M.DeadArrays, 0u);
  EXPECT_EQ(M.DeadBytes, 0u);
}

TEST(Migrations, EventsThatDoNotFit) {
  Outcome Out = runScenario("odd");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  profile::Migrations M = row(Out.Profiles[0], "odd");
  EXPECT_EQ(M.Begun, 2u);
  EXPECT_EQ(M.Ended, 2u);
  EXPECT_EQ(M.Released, 1u);
  EXPECT_EQ(M.DeadArrays, 1u);
}

TEST(Migrations, FromManyThreads) {
  for (const char *Options : {"", "snapshot=1"}) {
    Outcome Out = runScenario("threads", Options);
    ASSERT_EQ(Out.Profiles.size(), 1u);
    profile::Migrations M = row(Out.Profiles[0], "threads");
    EXPECT_EQ(M.Begun, 4 * 2001u);
    EXPECT_EQ(M.Ended, 4 * 2001u);
    EXPECT_EQ(M.Released, 4 * 2000u);
    EXPECT_EQ(M.DeadArrays, 4u);
    EXPECT_EQ(M.DeadBytes, 4 * 4096u);
  }
}

TEST(Migrations, AChildHasItsOwn) {
  Outcome Out = runScenario("fork");
  ASSERT_EQ(Out.Profiles.size(), 2u);
  ASSERT_EQ(Out.Profiles[0].Moves.size(), 1u);
  EXPECT_EQ(row(Out.Profiles[0], "parent").DeadArrays, 1u);
  ASSERT_EQ(Out.Profiles[1].Moves.size(), 1u);
  EXPECT_EQ(row(Out.Profiles[1], "child").DeadArrays, 1u);
  llvm::Expected<profile::Profile> Both = profile::merge(Out.Profiles);
  ASSERT_TRUE(bool(Both));
  EXPECT_EQ(Both->Moves.size(), 2u);
}

TEST(Migrations, ThousandsAtATime) {
  Outcome Out = runScenario("many");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  profile::Migrations M = row(Out.Profiles[0], "many");
  EXPECT_EQ(M.Released, 2000u);
  EXPECT_EQ(M.DeadArrays, 1000u);
  EXPECT_EQ(M.DeadBytes, 1000 * 4096u);
}

TEST(Migrations, NamesBeyondTheLastShareARow) {
  Outcome Out = runScenario("names");
  ASSERT_EQ(Out.Profiles.size(), 1u);
  EXPECT_EQ(Out.Profiles[0].Moves.size(), 256u);
  EXPECT_EQ(row(Out.Profiles[0], "n0254").Ended, 1u);
  EXPECT_EQ(row(Out.Profiles[0], "others").Ended, 45u);
  EXPECT_EQ(row(Out.Profiles[0], "others").Released, 45u);
}

TEST(Migrations, WithoutTheRuntimeNobodyListens) {
  Outcome Out = run({program("rt-migrations-plain"), "stay"});
  EXPECT_EQ(Out.Status, 0) << Out.Err;
  EXPECT_TRUE(Out.Profiles.empty());
}

} // namespace
