//===- LimitsTest.cpp - little memory, many threads -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime maps far more than it uses. Where it may not, it takes less, then
// the other allocator, then leaves the program alone, and says so.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

#include <sys/resource.h>

using namespace retsan;
using namespace retsan::test;

namespace {

Outcome runLimited(const std::string &Limit, const std::string &Options = "") {
  return run({"/bin/sh", "-c",
              "ulimit " + Limit + " && exec " + program("rt-hmap") + " global"},
             Options);
}

void expectProven(const Outcome &R) {
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u) << R.Err;
  EXPECT_FALSE(R.Profiles[0].Partial);
  ASSERT_EQ(R.Profiles[0].Checkpoints.size(), 1u);
  EXPECT_EQ(R.Profiles[0].Checkpoints[0].GhostBytes, 5000u);
}

TEST(Limits, TheReservationShrinksWithTheAddressSpace) {
  for (const char *Limit : {"-v 8000000", "-v 2000000", "-d 2000000"}) {
    Outcome R = runLimited(Limit);
    EXPECT_EQ(R.Err, "") << Limit;
    expectProven(R);
  }
}

TEST(Limits, WithoutRoomForTheAllocatorGlibcsIsUsedAndSaidSo) {
  Outcome R = runLimited("-v 600000", "max_instances=1000:allocator=own");
  EXPECT_NE(R.Err.find("allocator=hooks is used"), std::string::npos) << R.Err;
  expectProven(R);
}

TEST(Limits, WithoutRoomForEitherTheProgramRunsAlone) {
  Outcome R = runLimited("-v 150000");
  EXPECT_EQ(R.Status, 0);
  EXPECT_NE(R.Err.find("nothing is tracked; raise the limit"),
            std::string::npos)
      << R.Err;
}

Outcome runCommitted(const char *Megabytes, std::vector<std::string> Command,
                     const std::string &Options = "") {
  Command.insert(Command.begin(), {program("rt-overcommit"), Megabytes});
  return run(Command, Options);
}

// With vm.overcommit_memory=2 the kernel counts what may be written.
TEST(Limits, WithoutOvercommitTheReservationShrinks) {
  Outcome R = runCommitted("1024", {program("rt-hmap"), "global"});
  EXPECT_EQ(R.Err, "");
  expectProven(R);
}

TEST(Limits, WithoutOvercommitStampsAreRefusedAndTheAlternativeNamed) {
  Outcome R = runCommitted("1024", {program("rt-modes"), "held", "stamp"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  ASSERT_EQ(R.Profiles[0].Notes.size(), 1u);
  const std::string &Note = R.Profiles[0].Notes[0];
  EXPECT_NE(Note.find("no address space for stamps"), std::string::npos);
  EXPECT_NE(Note.find("overcommit is off"), std::string::npos) << Note;
  EXPECT_NE(Note.find("mode 'suspects' needs less"), std::string::npos) << Note;
}

TEST(Limits, WithNothingToCommitTheProgramRunsAloneAndTheAlternativeIsNamed) {
  Outcome R = runCommitted("16", {program("rt-hmap"), "global"});
  EXPECT_EQ(R.Status, 0);
  for (const char *Part : {"vm.overcommit_memory=2", "nothing is tracked",
                           "run the program without RetSan"})
    EXPECT_NE(R.Err.find(Part), std::string::npos) << R.Err;
}

TEST(Limits, AnAllocationThatCannotBeGetsNull) {
  Outcome R = run({program("rt-threads"), "absurd"});
  EXPECT_EQ(R.Status, 0) << R.Err;
}

TEST(Limits, AFreeOfWhatWasFreedEndsTheProgramAsGlibcWould) {
  Outcome R = run({program("rt-threads"), "double-free"}, "allocator=own");
  EXPECT_EQ(R.Status, 128 + SIGABRT);
  EXPECT_NE(R.Err.find("freed before"), std::string::npos) << R.Err;
}

TEST(Limits, AThousandThreads) {
  Outcome R = run({program("rt-threads"), "thousand"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u);
  const profile::Profile &P = R.Profiles[0];
  ASSERT_EQ(P.Checkpoints.size(), 2u);
  EXPECT_EQ(P.Notes, std::vector<std::string>());
  EXPECT_EQ(P.Checkpoints[0].Threads, 1001u);
  // What the threads hold on their stacks is reached; 64 objects of 100 bytes
  // each.
  EXPECT_GE(P.Checkpoints[0].ReachableBytes, 6400000u);
  EXPECT_EQ(P.Checkpoints[0].UnreachableBytes, 0u);
  EXPECT_LT(P.Checkpoints[1].HeapBytes, 1000000u);
}

} // namespace
