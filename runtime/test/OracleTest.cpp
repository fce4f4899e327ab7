//===- OracleTest.cpp - the two-phase mark against LeakSanitizer ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LeakSanitizer with a suspect slot masked loses exactly what only that slot
// retains. One seed makes the same heap in two processes; the bytes must agree,
// for one subject alone or for all together, and so must what is lost anyhow.
// Sizes of allocations are distinct, so a sum tells sets apart. A process makes
// many heaps; RETSAN_ORACLE_HEAPS says how many there are in all.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <map>

using namespace retsan;
using namespace retsan::test;

namespace {

constexpr long NumChunks = 10;

long numHeaps() {
  const char *N = getenv("RETSAN_ORACLE_HEAPS");
  return N ? std::max(atol(N), NumChunks) : 1000;
}

/// Bytes lost by seed and masked set, from LeakSanitizer's reports.
std::map<long, std::map<std::string, uint64_t>>
parseReports(const std::string &Err) {
  std::map<long, std::map<std::string, uint64_t>> Lost;
  std::istringstream In(Err);
  std::string Line, Set;
  long Seed = 0;
  while (std::getline(In, Line)) {
    if (Line.rfind("== ", 0) == 0) {
      std::istringstream Head(Line.substr(3));
      Head >> Seed >> Set;
      Lost[Seed][Set] = 0;
    }
    const std::string Key = "SUMMARY: LeakSanitizer: ";
    if (size_t At = Line.find(Key); At != std::string::npos)
      Lost[Seed][Set] = std::stoull(Line.substr(At + Key.size()));
  }
  return Lost;
}

class Oracle : public testing::TestWithParam<long> {};

TEST_P(Oracle, AgreesWithLeakSanitizersMask) {
  long Count = numHeaps() / NumChunks, First = GetParam() * Count;
  std::string From = std::to_string(First), Many = std::to_string(Count);
  // Stacks and the like are off as roots in both: copies that a compiler left
  // there are not the subject.
  setenv("LSAN_OPTIONS",
         "use_stacks=0:use_registers=0:use_tls=0:symbolize=0:max_leaks=1", 1);
  Outcome Theirs = run({program("rt-heapgen-lsan"), From, Many}, "", false);
  if (Theirs.Err.find("LeakSanitizer has encountered a fatal error") !=
          std::string::npos ||
      Theirs.Err.find("ptrace") != std::string::npos)
    GTEST_SKIP() << "LeakSanitizer may not use ptrace here:\n" << Theirs.Err;
  ASSERT_EQ(Theirs.Status, 0) << Theirs.Err;
  auto Lost = parseReports(Theirs.Err);
  ASSERT_EQ(Lost.size(), size_t(Count));
  Outcome Ours = run({program("rt-heapgen"), From, Many},
                     "use_stacks=0:use_registers=0:use_tls=0:"
                     "checkpoint_at_exit=0");
  ASSERT_EQ(Ours.Status, 0) << Ours.Err;
  ASSERT_EQ(Ours.Profiles.size(), 1u);
  ASSERT_EQ(Ours.Profiles[0].Checkpoints.size(), size_t(Count));
  uint64_t Compared = 0;
  for (long I = 0; I != Count; ++I) {
    const profile::Checkpoint &C = Ours.Profiles[0].Checkpoints[I];
    std::map<std::string, uint64_t> &Sets = Lost[First + I];
    ASSERT_EQ(Sets.size(), 2u) << "seed " << First + I;
    uint64_t Before = Sets["before"];
    ASSERT_EQ(C.UnreachableBytes, Before) << "seed " << First + I;
    for (const auto &[Set, Bytes] : Sets) {
      if (Set == "before")
        continue;
      uint64_t Retained = Set == "all"
                              ? C.GhostBytes
                              : atCheckpoint(C, std::stoul(Set)).RetainedBytes;
      ASSERT_EQ(Retained, Bytes - Before)
          << "seed " << First + I << ", subject " << Set;
      Compared += Bytes - Before;
    }
  }
  EXPECT_GT(Compared, uint64_t(Count)) << "heaps in which nothing is retained";
}

INSTANTIATE_TEST_SUITE_P(Chunks, Oracle, testing::Range(0L, NumChunks));

} // namespace
