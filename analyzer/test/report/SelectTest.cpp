//===- SelectTest.cpp - what counts ---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sample.h"
#include "analyzer/report/Policy.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static FindingsFile withLevels(std::initializer_list<Confidence> Levels) {
  FindingsFile F = test::sampleFile();
  Finding X = F.Findings[0];
  X.Runtime.reset();
  F.Findings.clear();
  for (Confidence L : Levels) {
    X.Level = L;
    X.Fingerprint = "fp" + std::to_string(F.Findings.size());
    F.Findings.push_back(X);
  }
  F.FindingsId = computeFindingsId(F);
  return F;
}

TEST(Select, LevelDropsAndCounts) {
  FindingsFile F = withLevels(
      {Confidence::High, Confidence::Medium, Confidence::Low, Confidence::Low});
  std::string All = F.FindingsId;
  Hidden H = applyLevels(F, Confidence::High, {});
  EXPECT_EQ(F.Findings.size(), 1u);
  EXPECT_EQ(H.Medium, 1u);
  EXPECT_EQ(H.Low, 2u);
  EXPECT_NE(F.FindingsId, All);
  EXPECT_EQ(F.FindingsId, computeFindingsId(F));
}

TEST(Select, FailOn) {
  FindingsFile F = withLevels({Confidence::Medium});
  EXPECT_TRUE(fails(F, FailOn::New));
  EXPECT_FALSE(fails(F, FailOn::High));
  EXPECT_FALSE(fails(F, FailOn::Confirmed));
  EXPECT_FALSE(fails(F, FailOn::None));
  F.Findings[0].Runtime.emplace().V = Verdict::Confirmed;
  EXPECT_TRUE(fails(F, FailOn::Confirmed));
  F.Findings[0].Runtime->V = Verdict::Refuted;
  EXPECT_FALSE(fails(F, FailOn::New));
  F.Findings[0].Runtime->V = Verdict::NotExercised;
  EXPECT_TRUE(fails(F, FailOn::New));
  F.Findings[0].Suppressed = "known";
  EXPECT_FALSE(fails(F, FailOn::New));
}

TEST(Select, BaselineIsByFingerprint) {
  FindingsFile Old = withLevels({Confidence::High});
  FindingsFile New = withLevels({Confidence::High, Confidence::High});
  New.Findings[0].Line += 10;
  markBaseline(New, Old);
  EXPECT_TRUE(New.Findings[0].InBaseline);
  EXPECT_FALSE(New.Findings[1].InBaseline);
  EXPECT_TRUE(fails(New, FailOn::New));
  New.Findings.pop_back();
  EXPECT_FALSE(fails(New, FailOn::New));
}

TEST(Select, DiffHasThreeParts) {
  FindingsFile Old = withLevels({Confidence::High, Confidence::High});
  FindingsFile New = withLevels({Confidence::High, Confidence::High});
  New.Findings[1].Fingerprint = "novel";
  Difference D = diff(Old, New);
  ASSERT_EQ(D.Introduced.size(), 1u);
  EXPECT_EQ(D.Introduced[0]->Fingerprint, "novel");
  ASSERT_EQ(D.Fixed.size(), 1u);
  EXPECT_EQ(D.Fixed[0]->Fingerprint, "fp1");
  ASSERT_EQ(D.PreExisting.size(), 1u);
}

TEST(Select, ChecksByGlob) {
  auto Names = [](StringRef Globs) {
    Expected<std::vector<std::string>> N = selectChecks(Globs);
    return N ? *N : std::vector<std::string>{toString(N.takeError())};
  };
  EXPECT_EQ(Names("retsan-stale-field,retsan-dang*"),
            (std::vector<std::string>{"retsan-stale-field",
                                      "retsan-dangling-field"}));
  EXPECT_EQ(Names("retsan-*").size(), 7u);
  EXPECT_EQ(Names("retsan-*,-retsan-stale-field").size(), 6u);
  EXPECT_EQ(Names("-retsan-stale-field").size(), 6u);
  EXPECT_EQ(Names("nonsense"),
            std::vector<std::string>{"no check matches 'nonsense'; `retsan "
                                     "help checks` lists them"});
  EXPECT_EQ(Names("-*"), std::vector<std::string>{"'-*' selects no check"});
}
