//===- HtmlTest.cpp - the page --------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Html.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

TEST(Html, Escapes) {
  EXPECT_EQ(escapeHtml("<a href='x'>&\"\x01"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot; ");
}

TEST(Html, NothingOfTheInputIsMarkup) {
  FindingsFile F = test::sampleFile();
  const std::string Evil = "</script><img src=x onerror=alert(1)>\"'";
  Finding &X = F.Findings[0];
  for (std::string *S :
       {&X.Fingerprint, &X.Check, &X.Subject, &X.Field, &X.File, &X.Message,
        &X.Why, &X.Fix, &X.Suppressed, &F.Root, &F.Tool, &X.Witness[0].Call,
        &X.Witness[1].Note, &X.Uses[0].Function, &X.State[0].second,
        &X.Reasons[0], &X.Runtime->StoredAt[0].File})
    *S = Evil;
  std::string Page = toHtml(F, nullptr);
  EXPECT_EQ(Page.find("<img"), std::string::npos);
  EXPECT_EQ(StringRef(Page).count("</script>"), 1u);
  EXPECT_NE(Page.find("&lt;img src=x"), std::string::npos);
}

TEST(Html, FetchesNothing) {
  std::string Page = toHtml(test::sampleFile(), nullptr);
  for (StringRef Word : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_EQ(Page.find(Word.str()), std::string::npos) << Word.str();
}

TEST(Html, TellsTheStory) {
  std::string Page = toHtml(test::sampleFile(), nullptr);
  for (StringRef Piece :
       {"src/hmap.c:88", "how it comes to this", "growing becomes 0",
        "hmap_get (src/hmap.c:50)", "set oldbuckets to NULL",
        "confirmed, 3 instances stale and never used again",
        "states between two calls", "[this finding]", "class=bar", "4.1 kB",
        "data-level=\"high\"", "data-verdict=\"confirmed\""})
    EXPECT_NE(Page.find(Piece.str()), std::string::npos) << Piece.str();
}
