//===- PolicyTest.cpp - .retsan.yaml --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Policy.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static Policy good(StringRef Text) {
  Expected<Policy> P = parsePolicy(Text, "p.yaml");
  EXPECT_TRUE(static_cast<bool>(P)) << toString(P.takeError());
  return P ? *P : Policy();
}

static std::string problem(StringRef Text) {
  Expected<Policy> P = parsePolicy(Text, "p.yaml");
  EXPECT_FALSE(static_cast<bool>(P)) << Text.str();
  return P ? "" : toString(P.takeError());
}

TEST(Policy, ReadsEveryKey) {
  Policy P = good("# the project's rules\n"
                  "level: medium\n"
                  "checks: retsan-*,-retsan-unread-owner\n"
                  "fail-on: confirmed\n"
                  "baseline: ci/base.json\n"
                  "suppressions: ci/supp\n"
                  "paths:\n"
                  "  - path: third_party/**\n"
                  "    level: none\n"
                  "  - path: 'src/*'\n"
                  "    level: low\n"
                  "budgets:\n"
                  "  - subject: hmap.*\n"
                  "    retained: 1.5 MB\n"
                  "    instances: 3\n"
                  "    drag: 0.25\n"
                  "  - {subject: cache, retained: 4KiB}\n");
  EXPECT_EQ(P.Level, Confidence::Medium);
  EXPECT_EQ(P.Checks, "retsan-*,-retsan-unread-owner");
  EXPECT_EQ(P.On, FailOn::Confirmed);
  EXPECT_EQ(P.Baseline, "ci/base.json");
  EXPECT_EQ(P.Suppressions, "ci/supp");
  ASSERT_EQ(P.Paths.size(), 2u);
  EXPECT_EQ(P.Paths[0].Level, std::nullopt);
  EXPECT_EQ(P.Paths[1].Level, Confidence::Low);
  ASSERT_EQ(P.Budgets.size(), 2u);
  EXPECT_EQ(P.Budgets[0].Retained, 1500000u);
  EXPECT_EQ(P.Budgets[0].Instances, 3u);
  EXPECT_EQ(P.Budgets[0].Drag, 0.25);
  EXPECT_EQ(P.Budgets[1].Retained, 4096u);
  EXPECT_EQ(P.Budgets[1].Drag, std::nullopt);
}

TEST(Policy, EmptyIsAPolicyThatSaysNothing) {
  for (StringRef Text : {"", "\n\n", "# nothing yet\n", "---\n"}) {
    Policy P = good(Text);
    EXPECT_EQ(P.Level, std::nullopt);
    EXPECT_TRUE(P.Paths.empty());
  }
}

TEST(Policy, ProblemsNameFileLineAndCause) {
  EXPECT_EQ(problem("level: high\nlevl: low\n"),
            "p.yaml:2: unknown key 'levl'");
  EXPECT_EQ(problem("\nlevel: certain\n"),
            "p.yaml:2: expected high, medium, low or none");
  EXPECT_NE(problem("level: none\n").find("none is for paths"),
            std::string::npos);
  EXPECT_EQ(problem("fail-on: always\n"),
            "p.yaml:1: expected new, high, confirmed or none");
  EXPECT_EQ(problem("budgets:\n  - subject: x\n    retained: lots\n"),
            "p.yaml:3: expected a number of bytes, such as 4096 or 1.5 MB");
  EXPECT_NE(problem("budgets:\n  - subject: x\n").find("needs one of"),
            std::string::npos);
  EXPECT_EQ(problem("budgets:\n  - subject: x\n    drag: -1\n"),
            "p.yaml:3: expected a number that is not negative");
  EXPECT_EQ(problem("paths:\n  - path: '[a'\n    level: low\n"),
            "p.yaml:2: expected a glob");
  EXPECT_NE(problem("paths: 3\n").find("p.yaml:1: "), std::string::npos);
  EXPECT_NE(problem("- a\n- b\n").find("p.yaml:1: "), std::string::npos);
  EXPECT_NE(problem("level: [high\n").find("p.yaml:"), std::string::npos);
}

static FindingsFile three() {
  FindingsFile F = test::sampleFile();
  F.Findings.resize(3, F.Findings[0]);
  const char *Files[] = {"src/a.c", "third_party/deep/b.c", "src/old/c.c"};
  for (size_t I = 0; I < 3; ++I) {
    F.Findings[I].File = Files[I];
    F.Findings[I].Fingerprint = "f" + std::to_string(I);
    F.Findings[I].Level = Confidence::Medium;
  }
  return F;
}

TEST(Policy, PathsDecideInOrder) {
  FindingsFile F = three();
  std::string Before = F.FindingsId;
  Hidden H = applyLevels(F, Confidence::Medium,
                         {{"third_party/**", std::nullopt},
                          {"src/old/*", Confidence::High},
                          {"src/**", Confidence::High},
                          {"src/a.c", Confidence::Low}});
  // The later rule for src/a.c comes too late.
  EXPECT_EQ(H.Medium, 2u);
  ASSERT_EQ(F.Findings.size(), 1u);
  EXPECT_EQ(F.Findings[0].File, "third_party/deep/b.c");
  EXPECT_EQ(F.Findings[0].Suppressed, "policy: third_party/** is not reported");
  EXPECT_NE(F.FindingsId, Before);
}

TEST(Policy, BudgetIsOnTheSumAndReplacesFailOn) {
  FindingsFile F = three();
  F.Findings[0].SubjectId = 1;
  F.Findings[1].SubjectId = 2;
  F.Findings[2].SubjectId = 2; // The same memory: counted once.
  auto Check = [&](Budget B) {
    for (Finding &X : F.Findings) {
      X.Budget.clear();
      X.OverBudget = false;
    }
    applyBudgets(F, {B});
    return fails(F, FailOn::Confirmed);
  };
  EXPECT_TRUE(fails(F, FailOn::Confirmed));
  EXPECT_FALSE(Check({"hmap.*", 2 * 4096, std::nullopt, std::nullopt}));
  EXPECT_EQ(F.Findings[0].Budget,
            "within the budget of hmap.*: 8.2 kB retained of 8.2 kB");
  EXPECT_TRUE(Check({"hmap.*", 2 * 4096 - 1, std::nullopt, std::nullopt}));
  EXPECT_TRUE(F.Findings[2].OverBudget);
  EXPECT_FALSE(Check({"*", std::nullopt, 9, std::nullopt}));
  EXPECT_TRUE(Check({"*", std::nullopt, 8, std::nullopt}));
  EXPECT_FALSE(Check({"*", std::nullopt, std::nullopt, 1.5}));
  EXPECT_TRUE(Check({"*", std::nullopt, std::nullopt, 1.4}));
}

TEST(Policy, OverBudgetFailsWhatWasKnown) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].InBaseline = true;
  applyBudgets(F, {{"*", 1, std::nullopt, std::nullopt}});
  EXPECT_TRUE(isNew(F.Findings[0]));
  EXPECT_TRUE(fails(F, FailOn::Confirmed));
  EXPECT_FALSE(fails(F, FailOn::None));
}

TEST(Policy, WhatDoesNotCountSpendsNothing) {
  FindingsFile F = test::sampleFile();
  Budget Zero{"*", 0, std::nullopt, std::nullopt};
  F.Findings[0].Suppressed = "kept";
  EXPECT_TRUE(applyBudgets(F, {Zero}).empty());
  EXPECT_TRUE(F.Findings[0].Budget.empty());
  F.Findings[0].Suppressed.clear();
  F.Findings[0].Runtime->V = Verdict::Refuted;
  applyBudgets(F, {Zero});
  EXPECT_TRUE(F.Findings[0].Budget.empty());
  F.Findings[0].Runtime.reset();
  applyBudgets(F, {Zero});
  EXPECT_TRUE(F.Findings[0].Budget.empty());
  EXPECT_EQ(applyBudgets(F, {{"nothing", 0, std::nullopt, std::nullopt}}),
            std::vector<std::string>{"nothing"});
}
