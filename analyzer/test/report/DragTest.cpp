//===- DragTest.cpp - what a run found by itself --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Drag.h"
#include "Sample.h"
#include "analyzer/report/Join.h"
#include "analyzer/report/Words.h"
#include "retsan/abi.h"
#include "retsan/profile_format.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;

namespace {

struct DragTest : testing::Test {
  DragTest() {
    P.Mode = RETSAN_MODE_ALL;
    add(1, "cache.cold", 5, 0);
    add(2, "cache.hot", 0, 0);
    add(3, "cache.never", 1, 20);
    add(0xfedcba9876543210, "hmap.oldbuckets", 100, 0);
    P.Checkpoints.emplace_back();
    P.Checkpoints[0].Why = "exit";
  }
  void add(uint64_t Id, const char *Name, double Drag, double Void) {
    profile::SubjectResult S;
    S.SubjectId = Id;
    S.Subject = Name;
    S.Stores = 1;
    S.DragMBMBalloc = Drag;
    S.VoidMBMBalloc = Void;
    P.Subjects.push_back(S);
  }
  std::string print(const FindingsFile *F) {
    std::string Text;
    raw_string_ostream OS(Text);
    report::printDrag(P, F, OS);
    return Text;
  }

  profile::Profile P;
  FindingsFile F = test::sampleFile();
};

} // namespace

TEST_F(DragTest, EveryNumberIsASubject) {
  // Those that a hash table might keep for itself, too.
  add(~uint64_t(0), "last", 300, 0);
  add(~uint64_t(0) - 1, "last.but.one", 200, 0);
  auto Fields = report::fieldsByDrag(P, &F);
  ASSERT_EQ(Fields.size(), 4u);
  EXPECT_EQ(Fields[0]->Subject, "last");
  F.Findings[0].SubjectId = ~uint64_t(0);
  Fields = report::fieldsByDrag(P, &F);
  EXPECT_EQ(Fields[0]->Subject, "last.but.one");
}

TEST_F(DragTest, RankedAndWithoutThoseOfFindings) {
  auto Fields = report::fieldsByDrag(P, &F);
  ASSERT_EQ(Fields.size(), 2u);
  EXPECT_EQ(Fields[0]->Subject, "cache.never");
  EXPECT_EQ(Fields[1]->Subject, "cache.cold");
  EXPECT_EQ(report::fieldsByDrag(P, nullptr).front()->Subject,
            "hmap.oldbuckets");
  std::string Text = print(&F);
  EXPECT_NE(Text.find("fields by drag that no finding is about:\n"
                      "  cache.never: 1.000 MB*MBalloc, 0 MB*s after the last "
                      "use, 20.0 MB*MBalloc never used (1 store)\n"
                      "  cache.cold: 5.000"),
            std::string::npos)
      << Text;
}

TEST_F(DragTest, OtherModesRankNothingBesideFindings) {
  P.Mode = RETSAN_MODE_SUSPECTS;
  EXPECT_EQ(print(&F), "");
}

TEST_F(DragTest, IdleMemory) {
  P.Subjects.clear();
  P.Checkpoints[0].Ages = {
      {0, 1000000, 3}, {1, 0, 0}, {16, 500, 1}, {-1, 7, 1}};
  EXPECT_EQ(print(nullptr),
            "heap by last use: 1.0 MB lately; 500 bytes not for 16.0 MB of "
            "allocation; 7 bytes never\n");
}

TEST_F(DragTest, Roots) {
  P.Subjects.clear();
  P.Checkpoints[0].Roots = {
      {RETSAN_ROOT_GLOBAL, "table", "/usr/bin/server", 2000, 4},
      {RETSAN_ROOT_MODULE, "/lib/libx.so", "/lib/libx.so", 1000, 1},
      {RETSAN_ROOT_THREAD, "worker (thread 7)", "", 500, 2}};
  P.Checkpoints[0].RootsShared = 300;
  EXPECT_EQ(print(nullptr), "retained by one root alone:\n"
                            "  global table of server: 2.0 kB in 4 objects\n"
                            "  module libx.so, all its globals: 1.0 kB in 1 "
                            "object\n"
                            "  thread worker (thread 7): 500 bytes in 2 "
                            "objects\n"
                            "  several roots share 300 bytes\n");
}

TEST_F(DragTest, GhostsUnderWhatHoldsThem) {
  P.Mode = RETSAN_MODE_SUSPECTS;
  P.Checkpoints[0].Holdings = {
      {0, 0xfedcba9876543210, 0, 1, 1000, 7000, {{"", 1, "grow (hmap.c:70)"}}},
      {1, 0xfedcba9876543210, 0, 20, 4000, 5000, {{"/lib/x", 16, ""}}},
      {1, 1, 100, 10, 1000, 1000, {}},
      {0, 0, 48, 1, 48, 48, {}}};
  EXPECT_EQ(print(&F),
            "retained by stale fields, each under what alone holds it:\n"
            "  hmap.oldbuckets: 1.0 kB in 1 object from grow (hmap.c:70), "
            "7.0 kB with what only it leads to\n"
            "    4.0 kB in 20 objects from x+0x10, 5.0 kB with what only they "
            "lead to\n"
            "    cache.cold: 10 objects of 100 bytes\n"
            "  several fields: 1 object of 48 bytes\n");
  P.Checkpoints[0].Holdings.assign(25, {0, 1, 8, 1, 8, 8, {}});
  EXPECT_NE(print(&F).find("\n  and 5 more\n"), std::string::npos);
}

TEST_F(DragTest, MigrationsInAnyMode) {
  P.Mode = RETSAN_MODE_SUSPECTS;
  P.Moves = {{"ghost", 12, 12, 11, 0, 1, 294912, 0, 0},
             {"prompt", 12, 11, 11, 0, 0, 0, 1, 64}};
  EXPECT_EQ(print(&F),
            "migrations of ghost: 12 begun, 12 ended; 1 old array of 294.9 kB "
            "still allocated after the end\n"
            "migrations of prompt: 12 begun, 11 ended; no old array outlived "
            "its migration; 1 under way, holding 64 bytes\n");
}

TEST_F(DragTest, WhatTheOptionsOfARunAddToAFinding) {
  Finding &X = F.Findings[0];
  X.Runtime.reset();
  P.FindingsId = F.FindingsId;
  profile::StateResult S;
  S.Fingerprint = X.Fingerprint;
  S.SubjectId = X.SubjectId;
  S.Refuted = 1;
  P.States = {S};
  profile::Trap Use{
      X.Fingerprint,
      X.SubjectId,
      RETSAN_TRAP_USE,
      {"/nowhere/project/src/hmap.c", "hmap_get", 50},
      {{"/bin/x", 16, "hmap_get (hmap.c:50)"}, {"/bin/x", 32, ""}}};
  profile::Trap Other = Use;
  Other.Fingerprint = "of another finding";
  profile::Trap Poison = Use;
  Poison.Kind = RETSAN_TRAP_POISON;
  Poison.At = {};
  P.Traps = {Use, Other, Poison};
  P.Cures = {{X.SubjectId, 3}};
  P.SuppressedStates = {{X.Fingerprint, "subject:hmap.*"}};
  ASSERT_FALSE(static_cast<bool>(report::joinProfile(F, P, "p")));
  const RuntimeResult &R = *X.Runtime;
  ASSERT_EQ(R.Caught.size(), 2u);
  EXPECT_FALSE(R.Caught[0].Poison);
  EXPECT_EQ(R.Caught[0].At.File, "src/hmap.c");
  EXPECT_EQ(R.Caught[0].Stack,
            (std::vector<std::string>{"hmap_get (hmap.c:50)", "/bin/x+0x20"}));
  EXPECT_TRUE(R.Caught[1].Poison);
  EXPECT_EQ(R.CuredSlots, 3u);
  EXPECT_EQ(X.Suppressed, "suppression subject:hmap.* in the run");

  auto Measures = report::measuresOf(R);
  auto Find = [&](StringRef Label) -> std::string {
    for (const auto &[Name, Text] : Measures)
      if (Name == Label)
        return Text;
    return "";
  };
  EXPECT_EQ(Find("caught in the act"),
            "hmap_get (src/hmap.c:50): hmap_get (hmap.c:50) <- /bin/x+0x20");
  EXPECT_EQ(Find("cured"), "3 slots cleared as they became stale");

  // And back from JSON.
  Expected<FindingsFile> Again =
      parseFindings(formatv("{0}", toJSON(F)).str(), "again.json");
  ASSERT_TRUE(static_cast<bool>(Again)) << toString(Again.takeError());
  const RuntimeResult &Back = *Again->Findings[0].Runtime;
  ASSERT_EQ(Back.Caught.size(), 2u);
  EXPECT_EQ(Back.Caught[0].Stack, R.Caught[0].Stack);
  EXPECT_EQ(Back.Caught[0].At.Line, 50u);
  EXPECT_TRUE(Back.Caught[1].Poison);
  EXPECT_EQ(Back.CuredSlots, 3u);
}
