//===- SarifTest.cpp - formats of code-scanning services ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Sarif.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;

template <typename Fn> static json::Value parsed(Fn Write) {
  std::string Text;
  raw_string_ostream OS(Text);
  Write(OS);
  Expected<json::Value> V = json::parse(Text);
  EXPECT_TRUE(static_cast<bool>(V)) << toString(V.takeError());
  return V ? std::move(*V) : json::Value(nullptr);
}
static json::Value toSarif(const FindingsFile &F) {
  return parsed([&](raw_ostream &OS) { report::writeSarif(F, OS); });
}
static json::Value toGitLab(const FindingsFile &F) {
  return parsed([&](raw_ostream &OS) { report::writeGitLab(F, OS); });
}
static const json::Object &run(const json::Value &V) {
  return *(*V.getAsObject()->getArray("runs"))[0].getAsObject();
}
static const json::Object &result(const json::Value &V, size_t I = 0) {
  return *(*run(V).getArray("results"))[I].getAsObject();
}

TEST(Sarif, RulesAreTheListOfChecks) {
  json::Value V = toSarif(test::sampleFile());
  EXPECT_EQ(V.getAsObject()->getString("version"), "2.1.0");
  const json::Object &Driver = *run(V).getObject("tool")->getObject("driver");
  EXPECT_EQ(Driver.getString("name"), "RetSan");
  EXPECT_EQ(Driver.getString("version"), "0.1.0");
  const json::Array &Rules = *Driver.getArray("rules");
  size_t I = 0;
#define RETSAN_CHECK(Id, Name, Summary)                                        \
  ASSERT_LT(I, Rules.size());                                                  \
  EXPECT_EQ(Rules[I].getAsObject()->getString("id"), Name);                    \
  EXPECT_EQ(Rules[I]                                                           \
                .getAsObject()                                                 \
                ->getObject("shortDescription")                                \
                ->getString("text"),                                           \
            Summary);                                                          \
  ++I;
#include "analyzer/model/Checks.def"
  EXPECT_EQ(Rules.size(), I);
}

TEST(Sarif, ResultPointsAtItsRule) {
  json::Value V = toSarif(test::sampleFile());
  const json::Object &Driver = *run(V).getObject("tool")->getObject("driver");
  const json::Object &R = result(V);
  const json::Object &Rule =
      *(*Driver.getArray("rules"))[*R.getInteger("ruleIndex")].getAsObject();
  EXPECT_EQ(R.getString("ruleId"), Rule.getString("id"));
}

TEST(Sarif, FingerprintHasNoLine) {
  FindingsFile F = test::sampleFile();
  json::Value A = toSarif(F);
  F.Findings[0].Line += 5;
  json::Value B = toSarif(F);
  const json::Object *Prints = result(A).getObject("partialFingerprints");
  EXPECT_EQ(Prints->getString("retsan/v1"), "0123456789abcdef");
  EXPECT_EQ(*Prints, *result(B).getObject("partialFingerprints"));
}

TEST(Sarif, WitnessIsACodeFlow) {
  json::Value V = toSarif(test::sampleFile());
  const json::Object &Flow =
      *(*result(V).getArray("codeFlows"))[0].getAsObject();
  const json::Object &Thread =
      *(*Flow.getArray("threadFlows"))[0].getAsObject();
  const json::Array &Steps = *Thread.getArray("locations");
  ASSERT_EQ(Steps.size(), 2u);
  const json::Object &Last = *Steps[1].getAsObject();
  EXPECT_EQ(Last.getObject("location")->getObject("message")->getString("text"),
            "call of hmap_put: growing becomes 0");
  EXPECT_EQ(Last.getObject("location")
                ->getObject("physicalLocation")
                ->getObject("region")
                ->getInteger("startLine"),
            88);
}

TEST(Sarif, RelatedLocationsAreNumberedFromOne) {
  json::Value V = toSarif(test::sampleFile());
  const json::Array &Related = *result(V).getArray("relatedLocations");
  // Declared, stored, used, released, cleared, stored in the run.
  ASSERT_EQ(Related.size(), 6u);
  for (size_t I = 0; I < Related.size(); ++I)
    EXPECT_EQ(Related[I].getAsObject()->getInteger("id"),
              static_cast<int64_t>(I + 1));
}

TEST(Sarif, SuppressedAndKnownStayMarked) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]);
  F.Findings[0].Suppressed = "kept on purpose";
  F.Findings[1].InBaseline = true;
  json::Value V = toSarif(F);
  const json::Object &S =
      *(*result(V, 0).getArray("suppressions"))[0].getAsObject();
  EXPECT_EQ(S.getString("kind"), "external");
  EXPECT_EQ(S.getString("justification"), "kept on purpose");
  EXPECT_EQ(result(V, 0).getString("baselineState"), "new");
  EXPECT_EQ(result(V, 1).getString("baselineState"), "unchanged");
}

TEST(Sarif, CommentsInTheSourceAreInTheSource) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].Suppressed = "NOLINT at src/hmap.c:88";
  json::Value V = toSarif(F);
  const json::Object &S =
      *(*result(V, 0).getArray("suppressions"))[0].getAsObject();
  EXPECT_EQ(S.getString("kind"), "inSource");
  EXPECT_EQ(S.getString("status"), "accepted");
}

TEST(Sarif, ALifeInTheRunIsASecondFlow) {
  json::Value V = toSarif(test::sampleFile());
  const json::Array &Flows = *result(V).getArray("codeFlows");
  ASSERT_EQ(Flows.size(), 2u);
  EXPECT_EQ(Flows[1].getAsObject()->getObject("message")->getString("text"),
            "in the run: confirmed, 3 instances stale and never used again");
}

TEST(Sarif, TooManyResultsAreCutByRankAndSaid) {
  FindingsFile F = test::sampleFile();
  Finding X = F.Findings[0];
  X.Runtime.reset();
  X.Witness.clear();
  X.Level = Confidence::Medium;
  F.Cov.Failed.clear();
  F.Findings.assign(25001, X);
  F.Findings.back().Level = Confidence::High;
  F.Findings.back().Fingerprint = "the best";
  std::string Text;
  raw_string_ostream OS(Text);
  report::writeSarif(F, OS);
  StringRef S = Text;
  EXPECT_EQ(S.count("\"retsan/v1\""), 25000u);
  EXPECT_LT(S.find("\"retsan/v1\": \"the best\""),
            S.find("\"retsan/v1\": \"0123456789abcdef\""));
  EXPECT_TRUE(S.contains("only the first 25000 of 25001 results are here"));
}

TEST(Sarif, OverBudgetIsAnError) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].Runtime->V = Verdict::NotExercised;
  F.Findings[0].Budget = "over";
  F.Findings[0].OverBudget = true;
  json::Value V = toSarif(F);
  EXPECT_EQ(result(V).getString("level"), "error");
  EXPECT_EQ(result(V).getObject("properties")->getString("budget"), "over");
}

TEST(Sarif, LevelsFollowTheVerdict) {
  FindingsFile F = test::sampleFile();
  EXPECT_EQ(result(toSarif(F)).getString("level"), "error");
  F.Findings[0].Runtime->V = Verdict::Refuted;
  json::Value V = toSarif(F);
  EXPECT_EQ(result(V).getString("level"), "none");
  EXPECT_EQ(result(V).getString("kind"), "pass");
  F.Findings[0].Runtime.reset();
  EXPECT_EQ(result(toSarif(F)).getString("level"), "warning");
  F.Findings[0].Level = Confidence::Medium;
  EXPECT_EQ(result(toSarif(F)).getString("level"), "note");
}

TEST(Sarif, PathsAreUris) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].File = "a dir/caf\xc3\xa9#1.c";
  json::Value V = toSarif(F);
  const json::Object &Where = *(*result(V).getArray("locations"))[0]
                                   .getAsObject()
                                   ->getObject("physicalLocation")
                                   ->getObject("artifactLocation");
  EXPECT_EQ(Where.getString("uri"), "a%20dir/caf%C3%A9%231.c");
  EXPECT_EQ(Where.getString("uriBaseId"), "SRCROOT");
  EXPECT_EQ(run(V)
                .getObject("originalUriBaseIds")
                ->getObject("SRCROOT")
                ->getString("uri"),
            "file:///nowhere/project/");
}

TEST(GitLab, HasTheFormatsKeys) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].Runtime.reset();
  json::Value V = toGitLab(F);
  const json::Object &X = *(*V.getAsArray())[0].getAsObject();
  EXPECT_EQ(X.getString("check_name"), "retsan-stale-field");
  EXPECT_EQ(X.getString("fingerprint"), "0123456789abcdef");
  EXPECT_EQ(X.getString("severity"), "major");
  EXPECT_EQ(X.getObject("location")->getString("path"), "src/hmap.c");
  EXPECT_EQ(X.getObject("location")->getObject("lines")->getInteger("begin"),
            88);
}

TEST(GitLab, LeavesOutWhatIsNotNew) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].Suppressed = "x";
  EXPECT_TRUE(toGitLab(F).getAsArray()->empty());
}
