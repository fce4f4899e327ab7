//===- SuppressionsTest.cpp - accepted findings ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Suppressions.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

static std::string suppressedBy(StringRef Text) {
  FindingsFile F = test::sampleFile();
  Expected<Suppressions> S = Suppressions::parse(Text, "s.txt");
  if (!S)
    return toString(S.takeError());
  S->apply(F);
  return F.Findings[0].Suppressed;
}

TEST(Template, MatchesAsLeakSanitizerDoes) {
  EXPECT_TRUE(matchesTemplate("old", "hmap.oldbuckets"));
  EXPECT_FALSE(matchesTemplate("new", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("hmap*old*", "hmap.oldbuckets"));
  EXPECT_FALSE(matchesTemplate("old*hmap", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("^hmap", "hmap.oldbuckets"));
  EXPECT_FALSE(matchesTemplate("^old", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("buckets$", "hmap.oldbuckets"));
  EXPECT_FALSE(matchesTemplate("old$", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("^hmap.oldbuckets$", "hmap.oldbuckets"));
  EXPECT_FALSE(matchesTemplate("^hmap$", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("^hmap*buckets$", "hmap.oldbuckets"));
  EXPECT_TRUE(matchesTemplate("*", ""));
}

TEST(Suppressions, EachKindLooksAtItsOwnPart) {
  EXPECT_EQ(suppressedBy("subject:hmap.old*"), "suppression subject:hmap.old*");
  EXPECT_EQ(suppressedBy("file:src/"), "suppression file:src/");
  EXPECT_EQ(suppressedBy("function:^evacuate$"),
            "suppression function:^evacuate$");
  EXPECT_EQ(suppressedBy("check:stale"), "suppression check:stale");
  EXPECT_EQ(suppressedBy("retsan:evacuate"), "suppression retsan:evacuate");
  EXPECT_EQ(suppressedBy("subject:evacuate"), "");
  EXPECT_EQ(suppressedBy("check:hmap"), "");
  EXPECT_EQ(suppressedBy("retsan:stale-field"), "");
}

TEST(Suppressions, CommentsAndEmptyLinesAreSkipped) {
  EXPECT_EQ(suppressedBy("# subject:hmap\n\n  \r\nsubject:nothing\r\n"), "");
}

TEST(Suppressions, WrongLinesAreNamed) {
  EXPECT_EQ(suppressedBy("\nleak:foo"),
            "s.txt:2: 'leak:foo' is not a suppression; write kind:template "
            "with kind retsan, subject, file, function or check");
  EXPECT_NE(suppressedBy("subject:").find("s.txt:1:"), std::string::npos);
}

TEST(Suppressions, UnusedLinesAreKnown) {
  FindingsFile F = test::sampleFile();
  Expected<Suppressions> S =
      Suppressions::parse("subject:hmap\nfile:gone.c\n", "s.txt");
  ASSERT_TRUE(static_cast<bool>(S));
  S->apply(F);
  EXPECT_EQ(S->unused(), std::vector<std::string>{"file:gone.c"});
}
