//===- MiscTest.cpp - allocation functions, modules, odd memory -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/misc.cpp, which check themselves, and asserts
// on what they leave.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

class Misc : public testing::TestWithParam<const char *> {
protected:
  profile::Profile profileOf(std::vector<std::string> Args,
                             const std::string &Options = "") {
    Args.insert(Args.begin(), program(GetParam()));
    // Copies that the compiler left on the stack are not the subject here.
    Outcome R = run(Args, "use_stacks=0:use_registers=0" + Options);
    EXPECT_EQ(R.Status, 0) << "line of misc.cpp, modulo 256; " << R.Err;
    EXPECT_EQ(R.Profiles.size(), 1u);
    return R.Profiles.empty() ? profile::Profile() : R.Profiles[0];
  }
};

INSTANTIATE_TEST_SUITE_P(Link, Misc,
                         testing::Values("rt-misc", "rt-misc-shared"),
                         [](const auto &Info) {
                           return std::string(Info.param) == "rt-misc"
                                      ? "Static"
                                      : "Shared";
                         });

TEST_P(Misc, EveryAllocationFunctionIsTracked) { profileOf({"allocators"}); }

TEST_P(Misc, AllocationFunctionsKeepTheirContracts) { profileOf({"edges"}); }

TEST_P(Misc, OwnersByRefreshAndEscape) {
  profile::Profile P = profileOf({"owner"});
  EXPECT_EQ(subject(P, 31).Slots, 1u);
  EXPECT_EQ(subject(P, 31).Uses, 1u);
  EXPECT_EQ(state(P, "stale-owner").Confirmed, 1u);
  // The string object and its characters.
  EXPECT_EQ(atCheckpoint(P.Checkpoints.at(0), 31).RetainedBytes, 32u + 101);
}

TEST_P(Misc, ProtectedPagesAreNotRead) {
  profile::Profile P = profileOf({"protected"});
  EXPECT_EQ(P.Checkpoints.size(), 2u);
}

TEST_P(Misc, ARegisteredRootIsRootAndOwner) {
  profile::Profile P = profileOf({"root"});
  EXPECT_EQ(subject(P, 32).Slots, 2u);
  EXPECT_EQ(subject(P, 32).Dropped, 1u);
}

TEST_P(Misc, APoolOfTheProgramsOwnIsTold) {
  profile::Profile P = profileOf({"pool"});
  EXPECT_EQ(state(P, "dangling-plain").Confirmed, 2u);
  EXPECT_EQ(state(P, "dangling-plain").FreedBytes, 2u * 64);
  EXPECT_EQ(state(P, "stale-plain").Confirmed, 1u);
}

TEST_P(Misc, AModuleMayBeUnloaded) {
  profile::Profile P = profileOf({"plugin", program("rt-plugin.so")});
  profile::StateResult S = state(P, "stale-input");
  EXPECT_EQ(S.Confirmed, 1u);
  ASSERT_EQ(S.StoredAt.size(), 1u);
  EXPECT_EQ(S.StoredAt[0].Function, "begin");
  EXPECT_NE(S.StoredAt[0].File.find("plugin.c"), std::string::npos);
  EXPECT_EQ(subject(P, 41).Subject, "job.input");
}

TEST_P(Misc, StacksThroughAnUnloadedModuleKeepItsName) {
  profile::Profile P =
      profileOf({"plugin-stack", program("rt-plugin.so")}, ":stacks=4");
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  ASSERT_EQ(P.Checkpoints[0].KeptBy.size(), 1u);
  const profile::Kept &Row = P.Checkpoints[0].KeptBy[0];
  EXPECT_EQ(Row.Bytes, 650u);
  ASSERT_GE(Row.Stack.size(), 2u) << "allocateInPlugin, pluginStack";
  EXPECT_EQ(Row.Stack[0].Module, program("rt-plugin.so"));
  EXPECT_LT(Row.Stack[0].Offset, 1u << 20) << "from where it was loaded";
  EXPECT_EQ(Row.Stack[0].BuildId, "00c0ffee15900d1d");
  EXPECT_NE(Row.Stack[1].Module.find("rt-misc"), std::string::npos);
}

TEST_P(Misc, AModuleOfOtherFindingsIsIgnoredAndNamed) {
  profile::Profile P =
      profileOf({"foreign-plugin", program("rt-foreign-plugin.so")});
  EXPECT_EQ(P.FindingsId, "f00d");
  ASSERT_EQ(P.Notes.size(), 1u);
  EXPECT_NE(
      P.Notes[0].find("plugin.c was instrumented for the findings beef, the "
                      "program for f00d: it is ignored"),
      std::string::npos)
      << P.Notes[0];
  EXPECT_EQ(P.Subjects.size(), 2u);
}

TEST(Copies, ASecondRuntimeYields) {
  setenv("LD_PRELOAD", RETSAN_SHARED_RUNTIME, 1);
  Outcome R = run({program("rt-hmap"), "stale"});
  unsetenv("LD_PRELOAD");
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("leaves the program to it"), std::string::npos) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_EQ(state(R.Profiles[0], "stale-oldbuckets").Confirmed, 1u);
  EXPECT_EQ(R.Profiles[0].Checkpoints.at(0).GhostBytes, 5096u);
}

TEST(Api, IsHarmlessWithoutTheRuntime) {
  Outcome R = run({program("rt-plain")});
  EXPECT_EQ(R.Status, 0);
  EXPECT_TRUE(R.Profiles.empty());
}

TEST(Copies, PreloadedIntoAPlainProgram) {
  setenv("LD_PRELOAD", RETSAN_SHARED_RUNTIME, 1);
  Outcome R = run({"/bin/ls", "/"});
  unsetenv("LD_PRELOAD");
  EXPECT_EQ(R.Status, 0);
  EXPECT_EQ(R.Err, "");
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_FALSE(R.Profiles[0].Partial);
  EXPECT_GT(R.Profiles[0].Checkpoints.at(0).HeapObjects, 10u);
}

} // namespace
