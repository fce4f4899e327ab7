//===- OracleTest.cpp - the two-phase mark against LeakSanitizer ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LeakSanitizer with a suspect slot masked loses exactly what only that slot
// retains. One seed makes the same heap in two processes; the bytes must agree
// for each subject alone and for all together. Sizes of allocations are
// distinct.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <map>

using namespace retsan;
using namespace retsan::test;

namespace {

/// Bytes lost by set of masked subjects, from LeakSanitizer's reports.
std::map<std::string, uint64_t> parseReports(const std::string &Err) {
  std::map<std::string, uint64_t> Lost;
  std::istringstream In(Err);
  std::string Line, Set;
  while (std::getline(In, Line)) {
    if (Line.rfind("== ", 0) == 0) {
      Set = Line.substr(3);
      Lost[Set] = 0;
    }
    const std::string Key = "SUMMARY: LeakSanitizer: ";
    if (size_t At = Line.find(Key); At != std::string::npos)
      Lost[Set] = std::stoull(Line.substr(At + Key.size()));
  }
  return Lost;
}

class Oracle : public testing::TestWithParam<int> {};

TEST_P(Oracle, AgreesWithLeakSanitizersMask) {
  std::string Seed = std::to_string(GetParam());
  // Reports of one process; what is retained must not depend on the reporter's
  // frames.
  setenv("LSAN_OPTIONS", "use_stacks=0:use_registers=0:use_tls=0", 1);
  Outcome Theirs = run({program("rt-heapgen-lsan"), Seed}, "", false);
  if (Theirs.Err.find("LeakSanitizer has encountered a fatal error") !=
          std::string::npos ||
      Theirs.Err.find("ptrace") != std::string::npos)
    GTEST_SKIP() << "LeakSanitizer may not use ptrace here:\n" << Theirs.Err;
  ASSERT_EQ(Theirs.Status, 0) << Theirs.Err;
  std::map<std::string, uint64_t> Lost = parseReports(Theirs.Err);
  ASSERT_EQ(Lost.size(), 6u) << Theirs.Err;
  Outcome Ours = run({program("rt-heapgen"), Seed},
                     "use_stacks=0:use_registers=0:use_tls=0");
  ASSERT_EQ(Ours.Status, 0) << Ours.Err;
  ASSERT_EQ(Ours.Profiles.size(), 1u);
  ASSERT_EQ(Ours.Profiles[0].Checkpoints.size(), 1u);
  const profile::Checkpoint &C = Ours.Profiles[0].Checkpoints[0];
  EXPECT_EQ(C.GhostBytes, Lost["all"] - Lost["before"]);
  for (uint64_t Id : {20, 21, 22, 24})
    EXPECT_EQ(atCheckpoint(C, Id).RetainedBytes,
              Lost[std::to_string(Id)] - Lost["before"])
        << "subject " << Id;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Oracle, testing::Range(0, 50));

} // namespace
