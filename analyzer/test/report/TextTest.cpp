//===- TextTest.cpp - the story -------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Text.h"
#include "Sample.h"
#include "analyzer/report/Words.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static std::string textOf(const FindingsFile &F, TextOptions Opts = {}) {
  std::string Out;
  raw_string_ostream OS(Out);
  printText(F, Opts, OS);
  return Out;
}

TEST(Words, Bytes) {
  EXPECT_EQ(bytesText(1), "1 byte");
  EXPECT_EQ(bytesText(999), "999 bytes");
  EXPECT_EQ(bytesText(1500), "1.5 kB");
  EXPECT_EQ(bytesText(2000000), "2.0 MB");
  EXPECT_EQ(bytesText(~0ull), "18446744.1 TB");
}

TEST(Words, StatesWithRanges) {
  EXPECT_EQ(stateText({{"n", ">= 1"}, {"p", "freed"}, {"e", ""}}),
            "n >= 1, p = freed, e = ");
}

TEST(Text, OneEntryForACause) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]);
  F.Findings[1].Check = "retsan-dangling-field";
  F.Findings[1].Fingerprint = "other";
  F.Findings[0].Level = Confidence::Medium;
  std::string Text = textOf(F);
  EXPECT_EQ(StringRef(Text).count("warning:"), 1u);
  // The surer of the two tells the story.
  EXPECT_NE(Text.find("[retsan-dangling-field, high]\n"), std::string::npos);
  EXPECT_NE(Text.find("  also: hmap.oldbuckets is kept after its life ended "
                      "[retsan-stale-field, medium] 0123456789abcdef\n"),
            std::string::npos);
  EXPECT_NE(Text.find("2 findings in 1 cause\n"), std::string::npos);
}

TEST(Text, CountsWhatItDoesNotTell) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]);
  F.Findings[0].Suppressed = "x";
  F.Findings[1].InBaseline = true;
  TextOptions Opts;
  Opts.Below = {4, 2};
  std::string Text = textOf(F, Opts);
  EXPECT_EQ(Text.find("warning:"), std::string::npos);
  EXPECT_NE(Text.find("0 findings (hidden by --level: 4 medium, 2 low; 1 "
                      "suppressed; 1 in the baseline)\n"),
            std::string::npos);
  EXPECT_NE(Text.find("1 unit failed; 1 record not solved; 2 functions too "
                      "complex\n"),
            std::string::npos);
  EXPECT_EQ(Text.find("state limit"), std::string::npos);
  Opts.Verbose = true;
  EXPECT_NE(textOf(F, Opts).find("not solved: struct big: state limit\n"),
            std::string::npos);
  EXPECT_NE(textOf(F, Opts).find("suppressed: src/hmap.c:88: hmap.oldbuckets "
                                 "[retsan-stale-field]: x\n"),
            std::string::npos);
}

TEST(Text, ASilenceThatProvesNothingSaysSo) {
  FindingsFile F;
  F.Cov.Functions = 200;
  EXPECT_NE(textOf(F).find("--dealloc="), std::string::npos);
  F.Cov.SubjectsSolved = 1;
  EXPECT_EQ(textOf(F).find("--dealloc="), std::string::npos);
  F.Cov.SubjectsSolved = 0;
  F.Cov.Functions = 5;
  EXPECT_EQ(textOf(F).find("--dealloc="), std::string::npos);
}

TEST(Text, ColoursOnlyWhenAsked) {
  TextOptions Opts;
  EXPECT_EQ(textOf(test::sampleFile(), Opts).find('\x1b'), std::string::npos);
  Opts.Color = true;
  EXPECT_NE(textOf(test::sampleFile(), Opts).find("\x1b[1;35mwarning:\x1b[0m"),
            std::string::npos);
}

TEST(Text, RunIsToldByVerdict) {
  FindingsFile F = test::sampleFile();
  EXPECT_NE(textOf(F).find("in the run: confirmed, 3 instances stale and never "
                           "used again\n"),
            std::string::npos);
  RuntimeResult &R = *F.Findings[0].Runtime;
  R.V = Verdict::NotExercised;
  R.Instances = 0;
  EXPECT_NE(textOf(F).find("in the run: not exercised, the state was never "
                           "entered with this field set\n"),
            std::string::npos);
  R.Partial = true;
  EXPECT_NE(textOf(F).find("in the run: not exercised, as far as a partial "
                           "profile can tell\n"),
            std::string::npos);
  R.V = Verdict::Refuted;
  R.RefutedInstances = 1;
  R.Partial = true;
  EXPECT_NE(textOf(F).find("in the run: refuted, 1 instance used in this state "
                           "(the profile is partial)\n"),
            std::string::npos);
}
