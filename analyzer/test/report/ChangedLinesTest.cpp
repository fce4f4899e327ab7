//===- ChangedLinesTest.cpp - findings that a change touches --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/ChangedLines.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static ChangedLines good(StringRef Diff) {
  Expected<ChangedLines> C = ChangedLines::parse(Diff, "d");
  EXPECT_TRUE(static_cast<bool>(C)) << toString(C.takeError());
  return C ? *C : ChangedLines();
}

static std::string problem(StringRef Diff) {
  Expected<ChangedLines> C = ChangedLines::parse(Diff, "d");
  EXPECT_FALSE(static_cast<bool>(C)) << Diff.str();
  return C ? "" : toString(C.takeError());
}

/// A finding at one line and nowhere else.
static FindingsFile at(StringRef File, uint32_t Line) {
  FindingsFile F = test::sampleFile();
  Finding X;
  X.File = File.str();
  X.Line = Line;
  F.Root = "/top/sub";
  F.Findings = {X};
  return F;
}

static bool touched(const ChangedLines &C, StringRef File, uint32_t Line) {
  FindingsFile F = at(File, Line);
  C.apply(F);
  return !F.Findings[0].OutsideChange;
}

static const char Plain[] = "diff --git a/src/x.c b/src/x.c\n"
                            "--- a/src/x.c\n"
                            "+++ b/src/x.c\n"
                            "@@ -10,4 +10,5 @@ int f(void)\n"
                            " context\n"
                            "+added\n"
                            "+added\n"
                            " context\n"
                            "-gone\n"
                            " context\n";

TEST(ChangedLines, AddedLinesAndTheNeighboursOfDeletedOnes) {
  ChangedLines C = good(Plain);
  EXPECT_FALSE(touched(C, "src/x.c", 10));
  EXPECT_TRUE(touched(C, "src/x.c", 11));
  EXPECT_TRUE(touched(C, "src/x.c", 12));
  // The deletion lies between lines 13 and 14.
  EXPECT_TRUE(touched(C, "src/x.c", 13));
  EXPECT_TRUE(touched(C, "src/x.c", 14));
  EXPECT_TRUE(touched(C, "src/x.c", 16));
  EXPECT_FALSE(touched(C, "src/x.c", 17));
  EXPECT_FALSE(touched(C, "src/y.c", 11));
  EXPECT_FALSE(touched(C, "x.c", 11));
}

TEST(ChangedLines, NoContextAtAll) {
  ChangedLines C = good("--- a/x.c\n+++ b/x.c\n@@ -5,0 +6 @@\n+new\n"
                        "@@ -40 +41,0 @@\n-old\n");
  EXPECT_TRUE(touched(C, "x.c", 6));
  EXPECT_FALSE(touched(C, "x.c", 7));
  EXPECT_TRUE(touched(C, "x.c", 41));
  EXPECT_TRUE(touched(C, "x.c", 42));
  EXPECT_FALSE(touched(C, "x.c", 46));
}

TEST(ChangedLines, EveryPlaceOfAFindingCounts) {
  ChangedLines C = good("--- a/x.c\n+++ b/x.c\n@@ -5,0 +6 @@\n+new\n");
  PlaceRef P{"f", "x.c", 6};
  auto With = [&](auto Set) {
    FindingsFile F = at("other.c", 1);
    Set(F.Findings[0]);
    C.apply(F);
    return !F.Findings[0].OutsideChange;
  };
  EXPECT_FALSE(With([](Finding &) {}));
  EXPECT_TRUE(With([&](Finding &X) { X.Witness = {{"f", "x.c", 6, "", {}}}; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Decl = P; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Stores = {P}; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Uses = {P}; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Tests = {P}; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Releases = {P}; }));
  EXPECT_TRUE(With([&](Finding &X) { X.Clearers = {P}; }));
}

TEST(ChangedLines, NamesAreRelativeToTheTopOrAsGiven) {
  ChangedLines C = good("--- a/sub/x.c\n+++ b/sub/x.c\n@@ -5,0 +6 @@\n+new\n");
  EXPECT_FALSE(touched(C, "x.c", 6));
  C.setBases({"/top"});
  EXPECT_TRUE(touched(C, "x.c", 6));
  EXPECT_TRUE(touched(C, "/top/sub/x.c", 6));
}

TEST(ChangedLines, UnusualNames) {
  EXPECT_TRUE(touched(good("--- \"a/caf\\303\\251.c\"\n+++ "
                           "\"b/caf\\303\\251.c\"\n@@ -5,0 +6 @@\n+new\n"),
                      "caf\xc3\xa9.c", 6));
  EXPECT_TRUE(touched(good("--- x.c\t2024-01-01\n+++ x.c\t2024-01-02\n"
                           "@@ -5,0 +6 @@\n+new\n"),
                      "x.c", 6));
  // A line of a hunk that looks like a file's name.
  ChangedLines C = good("--- a/x.c\n+++ b/x.c\n@@ -5,0 +6,2 @@\n+++ y.c\n+z\n");
  EXPECT_TRUE(touched(C, "x.c", 6));
  EXPECT_TRUE(touched(C, "x.c", 7));
}

TEST(ChangedLines, DeletedAndBinaryFilesAreNoError) {
  good("diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n"
       "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
  good("diff --git a/i.png b/i.png\nBinary files a/i.png and b/i.png differ\n");
  good("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n"
       "+y\n\\ No newline at end of file\n");
  EXPECT_FALSE(touched(good(""), "x.c", 1));
}

TEST(ChangedLines, WhatIsNoDiffIsRefused) {
  EXPECT_EQ(problem("hello\n"), "d:1: is no unified diff");
  EXPECT_EQ(problem("@@ -1 +1 @@\n"), "d:1: is no hunk of a unified diff");
  EXPECT_EQ(problem("--- a/x\n+++ b/x\n@@ -x +1 @@\n"),
            "d:3: is no hunk of a unified diff");
  EXPECT_EQ(problem("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n x\n"),
            "d:5: the last hunk is cut off");
  EXPECT_EQ(problem("--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n x\nrubbish\n"),
            "d:5: the hunk ends too early");
  EXPECT_EQ(problem("--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n"),
            "d:3: a combined diff of a merge is not read");
}
