//===- SourcesTest.cpp - quoting lines ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Sources.h"
#include "Sample.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

/// The underlined part, with a '^' before the caret.
static std::string underlined(StringRef Line, StringRef Field = "oldbuckets") {
  Finding F;
  F.Field = Field.str();
  Span S = guiltySpan(Line, F);
  return (Line.slice(S.Begin, S.Caret) + "^" + Line.slice(S.Caret, S.End))
      .str();
}

TEST(GuiltySpan, FindsTheFieldWithItsObject) {
  EXPECT_EQ(underlined("  h->oldbuckets = h->buckets;"), "h->^oldbuckets");
  EXPECT_EQ(underlined("  free(t.map[i + 1].oldbuckets);"),
            "t.map[i + 1].^oldbuckets");
  EXPECT_EQ(underlined("  free(get(x)->oldbuckets);"), "get(x)->^oldbuckets");
  EXPECT_EQ(underlined("  free(oldbuckets);"), "^oldbuckets");
  EXPECT_EQ(underlined("noldbuckets = oldbuckets2; oldbuckets"), "^oldbuckets");
  EXPECT_EQ(underlined("x = (h)->pr.oldbuckets;", "pr.oldbuckets"),
            "(h)->pr.^oldbuckets");
}

TEST(GuiltySpan, ElseTheStatement) {
  EXPECT_EQ(underlined("\th->growing = 0; // oldbucket stays"),
            "^h->growing = 0");
  EXPECT_EQ(underlined("   "), "^");
  EXPECT_EQ(underlined(""), "^");
}

TEST(Sources, LinesOfAFileAndNoneBeyond) {
  SmallString<128> Path;
  int FD;
  ASSERT_FALSE(sys::fs::createTemporaryFile("sources", "c", FD, Path));
  {
    raw_fd_ostream OS(FD, /*shouldClose=*/true);
    OS << "one\r\ntwo";
  }
  Sources S("/");
  EXPECT_EQ(S.line(Path, 1), StringRef("one"));
  EXPECT_EQ(S.line(Path, 2), StringRef("two"));
  EXPECT_EQ(S.line(Path, 3), std::nullopt);
  EXPECT_EQ(S.line(Path, 0), std::nullopt);
  EXPECT_EQ(S.line("no/such/file.c", 1), std::nullopt);
  sys::fs::remove(Path);
}
