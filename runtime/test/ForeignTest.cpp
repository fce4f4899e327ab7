//===- ForeignTest.cpp - over jemalloc, tcmalloc, mimalloc ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same programs with another allocator preloaded, as a program that is
// linked with it would have it: with allocator=hooks it is the one that gives
// the memory, with `own` it is there and idle. Debian's packages of them are
// skipped, visibly, where they are not installed.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <fstream>

using namespace retsan;
using namespace retsan::test;

namespace {

struct Setting {
  const char *Name, *Library;
};

class Foreign
    : public testing::TestWithParam<std::tuple<Setting, const char *>> {
protected:
  static const char *library() { return std::get<0>(GetParam()).Library; }
  static std::string options() {
    return std::string("use_stacks=0:use_registers=0:allocator=") +
           std::get<1>(GetParam());
  }
  void SetUp() override {
    const char *Folder = "/usr/lib/x86_64-linux-gnu/";
    if (!std::ifstream(std::string(Folder) + library()))
      GTEST_SKIP() << library() << " is not installed";
  }
  Outcome runOver(std::vector<std::string> Args) {
    Args[0] = program(Args[0]);
    setenv("LD_PRELOAD", library(), 1);
    Outcome R = run(Args, options());
    unsetenv("LD_PRELOAD");
    return R;
  }
  profile::Profile profileOf(std::vector<std::string> Args) {
    Outcome R = runOver(Args);
    EXPECT_EQ(R.Status, 0) << R.Err;
    EXPECT_EQ(R.Err, "");
    EXPECT_EQ(R.Profiles.size(), 1u);
    return R.Profiles.empty() ? profile::Profile() : R.Profiles[0];
  }
};

INSTANTIATE_TEST_SUITE_P(
    Allocators, Foreign,
    testing::Combine(testing::Values(Setting{"jemalloc", "libjemalloc.so.2"},
                                     Setting{"tcmalloc",
                                             "libtcmalloc_minimal.so.4"},
                                     Setting{"mimalloc", "libmimalloc.so.2"}),
                     testing::Values("hooks", "own")),
    [](const auto &Info) {
      return std::string(std::get<0>(Info.param).Name) + "_" +
             std::get<1>(Info.param);
    });

TEST_P(Foreign, EveryAllocationFunctionIsTracked) {
  profileOf({"rt-misc", "allocators"});
}

TEST_P(Foreign, WhatOperatorNewGaveIsKnown) {
  profile::Profile P = profileOf({"rt-misc", "owner"});
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), 31).RetainedBytes, 32u + 101);
}

TEST_P(Foreign, StaleDanglingAndMovedAsWithGlibc) {
  profile::Profile P = profileOf({"rt-hmap", "stale"});
  EXPECT_EQ(state(P, "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(P.Checkpoints.at(0).GhostBytes, 5096u);
  for (const char *Scenario :
       {"clean", "dangling", "moved", "copied", "array", "owner-freed"}) {
    Outcome Here = runOver({"rt-hmap", Scenario});
    Outcome There = run({program("rt-hmap"), Scenario}, options());
    EXPECT_EQ(Here.Status, There.Status) << Scenario << Here.Err;
    ASSERT_EQ(Here.Profiles.size(), 1u) << Scenario;
    ASSERT_EQ(There.Profiles.size(), 1u) << Scenario;
    for (size_t N = 0; N != There.Profiles[0].States.size(); ++N) {
      const profile::StateResult &A = Here.Profiles[0].States[N],
                                 &B = There.Profiles[0].States[N];
      EXPECT_EQ(A.Confirmed, B.Confirmed) << Scenario << A.Fingerprint;
      EXPECT_EQ(A.Dangling, B.Dangling) << Scenario << A.Fingerprint;
      EXPECT_EQ(A.TargetBytes, B.TargetBytes) << Scenario << A.Fingerprint;
    }
  }
}

TEST_P(Foreign, ThreadsUnderCheckpoints) {
  profile::Profile P = profileOf({"rt-threads", "churn"});
  EXPECT_FALSE(P.Partial);
  EXPECT_FALSE(P.Checkpoints.empty());
}

} // namespace
