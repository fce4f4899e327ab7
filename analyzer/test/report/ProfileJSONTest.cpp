//===- ProfileJSONTest.cpp - merged profiles ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/ProfileJSON.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan::profile;

static Profile sample() {
  Profile P;
  P.FindingsId = "0011223344556677";
  P.Program = "./server";
  P.Pid = 42;
  P.Mode = 1;
  P.Seconds = 1.5;
  P.Partial = true;
  P.Notes = {"one thread did not stop"};
  StateResult S;
  S.Fingerprint = "abc";
  S.SubjectId = ~0ull;
  S.Confirmed = 3;
  S.DragMBs = 0.125;
  S.StoredAt = {{"a.c", "f", 7}};
  P.States = {S};
  SubjectResult R;
  R.SubjectId = 5;
  R.Subject = "hmap.old";
  R.Uses = 1ull << 60;
  P.Subjects = {R};
  Checkpoint C;
  C.Why = "exit";
  C.GhostBytes = 77;
  C.Threads = 4;
  C.Subjects = {{5, 1, 2, 3, 4, 5, 6, 7}};
  C.Roots = {{1, "table", "/bin/server", 100, 2}};
  C.RootsShared = 50;
  C.Ages = {{0, 10, 1}, {-1, 20, 2}};
  P.Traps = {{"abc", 5, 1, {"a.c", "f", 7}, {{"/bin/server", 4096, "f"}}}};
  P.Cures = {{5, 12}};
  Life L;
  L.Fingerprint = "abc";
  L.SubjectId = 5;
  L.Bytes = 64;
  L.Stored = {0.5, 1};
  L.Ended = {1.5, 3};
  L.End = Ending::Owner;
  L.EndedAt = {"a.c", "drop", 9};
  P.Lives = {L};
  C.KeptBy = {{5, 64, 1, {{"/bin/server", 4096, "grow (a.c:7)"}}}};
  C.Holdings = {{0, 5, 64, 1, 64, 96, {{"/bin/server", 4096, "grow"}}},
                {1, 0, 0, 2, 32, 32, {}}};
  P.SuppressedStates = {{"abc", "subject:x"}};
  P.Moves = {{"routes", 5, 4, 3, 2, 1, 100, 1, 64}};
  P.Checkpoints = {C};
  return P;
}

static std::string textOf(const Profile &P) {
  return formatv("{0:2}", toJSON(P)).str();
}

static std::string refusal(StringRef Text) {
  Expected<Profile> P = parseJSONProfile(Text, "p.json");
  return P ? std::string() : toString(P.takeError());
}

TEST(ProfileJSON, RoundTripKeepsEverything) {
  std::string Text = textOf(sample());
  EXPECT_TRUE(isJSONProfile(Text));
  Expected<Profile> P = parseJSONProfile(Text, "p.json");
  ASSERT_TRUE(static_cast<bool>(P)) << toString(P.takeError());
  EXPECT_EQ(textOf(*P), Text);
  EXPECT_EQ(P->States[0].SubjectId, ~0ull);
  EXPECT_EQ(P->Subjects[0].Uses, 1ull << 60);
  EXPECT_EQ(P->Checkpoints[0].Subjects[0].SharedBytes, 7u);
  ASSERT_EQ(P->Lives.size(), 1u);
  EXPECT_EQ(P->Lives[0].End, Ending::Owner);
  EXPECT_EQ(P->Lives[0].EndedAt.Line, 9u);
  ASSERT_EQ(P->Checkpoints[0].Holdings.size(), 2u);
  EXPECT_EQ(P->Checkpoints[0].Holdings[0].RetainedBytes, 96u);
  EXPECT_EQ(P->Checkpoints[0].Holdings[1].Above, 1u);
  ASSERT_EQ(P->Checkpoints[0].KeptBy.size(), 1u);
  EXPECT_EQ(P->Checkpoints[0].KeptBy[0].Stack[0].Name, "grow (a.c:7)");
  ASSERT_EQ(P->Moves.size(), 1u);
  EXPECT_EQ(P->Moves[0].DeadBytes, 100u);
}

TEST(ProfileJSON, EveryTruncationIsRefused) {
  std::string Text = textOf(sample());
  for (size_t N = 0; N < Text.size(); ++N)
    ASSERT_EQ(refusal(StringRef(Text).take_front(N)).find("p.json: "), 0u) << N;
}

TEST(ProfileJSON, OtherVersionsAndFilesAreNamed) {
  EXPECT_EQ(refusal(R"({"schema": "retsan.profile/9"})"),
            "p.json: profile format retsan.profile/9 is of another version of "
            "RetSan; this one reads retsan.profile/1");
  EXPECT_EQ(refusal("{}"), "p.json: not a RetSan profile");
  EXPECT_EQ(refusal("{\"a\":" + std::string(1 << 20, '[')),
            "p.json: not a RetSan profile: nested too deeply");
}

TEST(ProfileJSON, WrongTypesAreNamedWithTheirPath) {
  std::string Text = textOf(sample());
  size_t At = Text.find("\"confirmed\": 3");
  ASSERT_NE(At, std::string::npos);
  Text.replace(At, 14, "\"confirmed\": -3");
  EXPECT_EQ(refusal(Text), "p.json: damaged profile: expected number that is "
                           "not negative at file.states[0].confirmed");
}
