//===- FindingsTest.cpp - the findings file -------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sample.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;

static std::string textOf(const FindingsFile &F) {
  return formatv("{0:2}", toJSON(F)).str();
}

/// The message that \p Text is refused with; empty if it is read.
static std::string refusal(StringRef Text) {
  Expected<FindingsFile> F = parseFindings(Text, "f.json");
  return F ? std::string() : toString(F.takeError());
}

/// The sample with one piece of its text replaced.
static std::string edited(StringRef From, StringRef To) {
  std::string Text = textOf(test::sampleFile());
  size_t At = Text.find(From.str());
  EXPECT_NE(At, std::string::npos) << From.str();
  return Text.replace(At, From.size(), To.str());
}

TEST(Findings, RoundTripKeepsEverything) {
  std::string Text = textOf(test::sampleFile());
  Expected<FindingsFile> F = parseFindings(Text, "f.json");
  ASSERT_TRUE(static_cast<bool>(F)) << toString(F.takeError());
  EXPECT_EQ(textOf(*F), Text);
  ASSERT_EQ(F->Findings.size(), 1u);
  const Finding &X = F->Findings.front();
  EXPECT_EQ(X.SubjectId, 0xfedcba9876543210u);
  EXPECT_EQ(X.Predicate[1].Op, "nonnull");
  EXPECT_EQ(X.Witness[1].State.front().second, "0");
  EXPECT_EQ(X.Runtime->DanglingSeconds, 1.5);
  EXPECT_EQ(F->Cov.RecordsSkipped.front().Why, "state limit");
  ASSERT_EQ(X.Graph.Nodes.size(), 3u);
  EXPECT_TRUE(X.Graph.Nodes[2].Bad);
  EXPECT_EQ(X.Graph.Edges[1].To, 2u);
  EXPECT_EQ(X.Graph.Hidden, 4u);
  ASSERT_EQ(X.Readers.size(), 1u);
  EXPECT_EQ(X.Readers[0].Needs, "growing != 0");
}

TEST(Findings, WrittenOneByOneIsTheSame) {
  FindingsFile F = test::sampleFile();
  F.Findings.push_back(F.Findings[0]);
  std::string Text;
  raw_string_ostream OS(Text);
  writeJSON(F, OS);
  EXPECT_EQ(Text, textOf(F) + "\n");
}

TEST(Findings, MarksOfPoliciesAndChangesAreKept) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].OutsideChange = true;
  F.Findings[0].Budget = "over the budget of *";
  F.Findings[0].OverBudget = true;
  Expected<FindingsFile> G = parseFindings(textOf(F), "f.json");
  ASSERT_TRUE(static_cast<bool>(G)) << toString(G.takeError());
  EXPECT_TRUE(G->Findings[0].OutsideChange);
  EXPECT_TRUE(G->Findings[0].OverBudget);
  EXPECT_EQ(G->Findings[0].Budget, "over the budget of *");
}

TEST(Findings, EdgesLeadToStatesThatAreThere) {
  EXPECT_NE(refusal(edited("\"to\": 2", "\"to\": 3"))
                .find("names a state that is not there"),
            std::string::npos);
}

TEST(Findings, HasTheDocumentedKeys) {
  json::Value V = toJSON(test::sampleFile());
  const json::Object &O = *V.getAsObject();
  EXPECT_EQ(O.getString("schema"), "retsan.findings/1");
  const json::Object &X = *(*O.getArray("findings"))[0].getAsObject();
  for (StringRef Key :
       {"fingerprint", "subject_id", "check",   "subject", "record",
        "field",       "object",     "file",    "line",    "confidence",
        "message",     "state",      "witness", "uses",    "tests",
        "releases",    "clearers",   "runtime", "suspect", "predicate",
        "phases"})
    EXPECT_NE(X.get(Key), nullptr) << Key.str();
  EXPECT_EQ(X.getString("subject_id"), "fedcba9876543210");
  EXPECT_EQ(X.getObject("runtime")->getObject("drag")->getNumber("MB*s"), 0.25);
  const json::Object &Step = *(*X.getArray("witness"))[0].getAsObject();
  EXPECT_EQ(Step.getString("call"), "hmap_new");
}

TEST(Findings, EmptyFileIsNamed) {
  EXPECT_EQ(refusal(""), "f.json: not a RetSan findings file: it is empty");
  EXPECT_EQ(refusal(" \n"), "f.json: not a RetSan findings file: it is empty");
}

TEST(Findings, EveryTruncationIsRefused) {
  std::string Text = textOf(test::sampleFile());
  for (size_t N = 0; N < Text.size(); ++N)
    ASSERT_EQ(refusal(StringRef(Text).take_front(N)).find("f.json: "), 0u) << N;
}

TEST(Findings, AnotherVersionIsNamed) {
  EXPECT_EQ(refusal(edited("retsan.findings/1", "retsan.findings/2")),
            "f.json: findings format 2 is of another version of RetSan; this "
            "one reads retsan.findings/1");
}

TEST(Findings, AnotherKindOfFileIsNamed) {
  std::string Expected = "f.json: not a RetSan findings file: no \"schema\": "
                         "\"retsan.findings/1\" in it";
  EXPECT_EQ(refusal("[]"), Expected);
  EXPECT_EQ(refusal("{}"), Expected);
  EXPECT_EQ(refusal(R"({"schema": 1})"), Expected);
}

TEST(Findings, MissingKeyIsNamedWithItsPath) {
  EXPECT_EQ(refusal(edited("\"check\"", "\"chekc\"")),
            "f.json: damaged findings file: missing value at "
            "file.findings[0].check");
}

TEST(Findings, WrongTypesAreNamedWithTheirPath) {
  EXPECT_NE(refusal(edited("\"line\": 88", "\"line\": -1"))
                .find("at file.findings[0].line"),
            std::string::npos);
  EXPECT_NE(refusal(edited("\"line\": 88", "\"line\": 4294967296"))
                .find("at file.findings[0].line"),
            std::string::npos);
  EXPECT_NE(
      refusal(edited("\"confidence\": \"high\"", "\"confidence\": \"certain\""))
          .find("expected high, medium or low"),
      std::string::npos);
  EXPECT_NE(refusal(edited("\"op\": \"==\"", "\"op\": \"~\""))
                .find("predicate[0].op"),
            std::string::npos);
  EXPECT_NE(refusal(edited("fedcba9876543210", "fedcba987654321"))
                .find("expected 16 hexadecimal digits"),
            std::string::npos);
  EXPECT_NE(refusal(edited("fedcba9876543210", "+edcba9876543210"))
                .find("expected 16 hexadecimal digits"),
            std::string::npos);
  EXPECT_NE(
      refusal(edited("\"MB*s\": 0.25", "\"MB*s\": \"much\"")).find("drag.MB*s"),
      std::string::npos);
}

TEST(Findings, UnknownKeysAreIgnored) {
  EXPECT_EQ(refusal(edited("\"line\": 88", "\"line\": 88, \"novel\": {}")), "");
}

TEST(Findings, DeepNestingIsRefusedBeforeItIsParsed) {
  EXPECT_EQ(refusal(std::string(1 << 20, '[')),
            "f.json: not a RetSan findings file: nested too deeply");
  std::string Brackets(1000, '[');
  EXPECT_EQ(refusal(edited("set oldbuckets to NULL", Brackets)), "");
}

TEST(Findings, FlippedBitsAreReadOrRefusedInOneLine) {
  const std::string Text = textOf(test::sampleFile());
  for (size_t I = 0; I < Text.size(); ++I) {
    std::string Damaged = Text;
    Damaged[I] ^= 1 << (I % 8);
    std::string Why = refusal(Damaged);
    ASSERT_TRUE(Why.empty() || Why.find("f.json: ") == 0) << I;
  }
}

TEST(Findings, NamesOfAnyEncodingAreWritten) {
  FindingsFile F = test::sampleFile();
  F.Findings[0].Function = "caf\xe9";
  F.Findings[0].State = {{"\xff", "\xfe"}};
  EXPECT_EQ(refusal(textOf(F)), "");
}

TEST(Findings, IdDependsOnContentAndNotOnOrder) {
  FindingsFile F = test::sampleFile();
  Finding Other = F.Findings[0];
  Other.Fingerprint = "ffff";
  F.Findings.push_back(Other);
  std::string Id = computeFindingsId(F);
  EXPECT_EQ(Id.size(), 16u);
  std::swap(F.Findings[0], F.Findings[1]);
  EXPECT_EQ(computeFindingsId(F), Id);
  F.Findings[0].Line = 7;
  EXPECT_EQ(computeFindingsId(F), Id);
  F.Findings[0].Fingerprint = "fffe";
  EXPECT_NE(computeFindingsId(F), Id);
}
