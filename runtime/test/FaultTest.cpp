//===- FaultTest.cpp - faults around a watched program --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the scenarios of programs/faults.c. What each test states: the program
// ends as it would without us, what the profile holds is whole, and where
// something had to be given up there is one message.
//
//===----------------------------------------------------------------------===//

#include "RunProgram.h"

using namespace retsan;
using namespace retsan::test;

namespace {

TEST(Faults, KilledWhileItWritesTheProfile) {
  for (const char *Micros : {"0", "300", "1000", "3000", "10000", "30000"}) {
    Outcome R = run({program("rt-faults"), "killed", Micros});
    EXPECT_EQ(R.Status, 128 + SIGKILL) << R.Err;
    ASSERT_EQ(R.Profiles.size(), 1u) << "what was written is readable";
    EXPECT_TRUE(R.Profiles[0].Partial);
    ASSERT_FALSE(R.Profiles[0].Checkpoints.empty());
    for (const profile::Checkpoint &C : R.Profiles[0].Checkpoints)
      EXPECT_EQ(C.GhostBytes, 700u) << "every checkpoint in it is whole";
  }
}

/// The program on a disk of 16 KiB, whose files then go to \p Out.
Outcome runOnSmallDisk(const std::string &Disk, const std::string &Out) {
  std::string Script =
      "mount -t tmpfs -o size=16k none " + Disk + " && RETSAN_OPTIONS=\"" +
      "$RETSAN_OPTIONS:log_path=" + Disk + "\" " + program("rt-faults") +
      " checkpoints; status=$?; cp " + Disk + "/* " + Out + "; exit $status";
  return run({"/usr/bin/unshare", "-rm", "/bin/sh", "-c", Script}, "",
             /*WithLog=*/false);
}

TEST(Faults, DiskFullBelowTheProfile) {
  if (std::system("unshare -rm true 2>/dev/null"))
    GTEST_SKIP() << "no mount namespace here";
  namespace fs = std::filesystem;
  std::string Folder =
      (fs::temp_directory_path() / "retsan-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(Folder.data()), nullptr);
  fs::create_directories(Folder + "/disk");
  fs::create_directories(Folder + "/out");
  Outcome R = runOnSmallDisk(Folder + "/disk", Folder + "/out");
  EXPECT_EQ(R.Status, 0) << R.Err;
  size_t First = R.Err.find("cannot write the profile");
  ASSERT_NE(First, std::string::npos) << R.Err;
  EXPECT_NE(R.Err.find("no space left; it ends here"), std::string::npos);
  EXPECT_EQ(R.Err.find("cannot write", First + 1), std::string::npos)
      << "said once: " << R.Err;
  unsigned Files = 0;
  for (const auto &Entry : fs::directory_iterator(Folder + "/out")) {
    ++Files;
    llvm::Expected<profile::Profile> P =
        profile::parseProfile(readAll(Entry.path()), "small.retsan");
    ASSERT_TRUE(static_cast<bool>(P)) << llvm::toString(P.takeError());
    EXPECT_TRUE(P->Partial);
    EXPECT_GT(P->Checkpoints.size(), 5u);
    EXPECT_LT(P->Checkpoints.size(), 400u);
  }
  EXPECT_EQ(Files, 1u);
  fs::remove_all(Folder);
}

TEST(Faults, ForkOfAProgramWithThreads) {
  Outcome R = run({program("rt-faults"), "forks"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Err, "");
  ASSERT_EQ(R.Profiles.size(), 21u) << "each child has its own";
  unsigned OfChildren = 0;
  for (const profile::Profile &P : R.Profiles) {
    EXPECT_FALSE(P.Partial);
    if (P.Checkpoints.size() == 2 && P.Checkpoints[0].GhostBytes >= 700)
      ++OfChildren;
  }
  EXPECT_EQ(OfChildren, 20u);
}

TEST(Faults, ModulesComeAndGoUnderLoad) {
  Outcome R = run({program("rt-faults"), "modules", program("rt-plugin.so")});
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Err, "");
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_FALSE(R.Profiles[0].Partial);
  EXPECT_EQ(R.Profiles[0].Checkpoints.size(), 41u);
  EXPECT_GT(state(R.Profiles[0], "stale-input").Confirmed, 0u);
}

TEST(Faults, SignalsDuringCheckpointsAreAllDelivered) {
  Outcome R = run({program("rt-faults"), "signals"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  EXPECT_EQ(R.Err, "");
  ASSERT_EQ(R.Profiles.size(), 1u);
  EXPECT_EQ(R.Profiles[0].Checkpoints.size(), 101u);
}

TEST(Faults, AProgramThatTakesAllMemory) {
  Outcome R =
      run({"/bin/sh", "-c",
           "ulimit -v 2000000 && exec " + program("rt-faults") + " exhausted"});
  EXPECT_EQ(R.Status, 0) << R.Err;
  ASSERT_EQ(R.Profiles.size(), 1u) << R.Err;
  EXPECT_FALSE(R.Profiles[0].Partial);
  ASSERT_EQ(R.Profiles[0].Checkpoints.size(), 2u);
  EXPECT_EQ(R.Profiles[0].Checkpoints[1].GhostBytes, 700u);
  EXPECT_EQ(state(R.Profiles[0], "stale-held").Confirmed, 1u);
}

} // namespace
