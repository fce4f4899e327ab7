//===- HtmlTest.cpp - the page --------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What goes into the page; what it looks like in a browser is tested by
// analyzer/test/html.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Html.h"
#include "Sample.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

/// The data that the page's script reads.
static json::Object dataOf(StringRef Page) {
  StringRef Data = Page.split("id=\"data\" data-packed=\"no\">").second;
  Data = Data.split("</script>").first;
  Expected<json::Value> V = json::parse(Data);
  if (!V) {
    ADD_FAILURE() << toString(V.takeError());
    return {};
  }
  return std::move(*V->getAsObject());
}

TEST(Html, DataCannotEndItsElement) {
  EXPECT_EQ(scriptData("{ \"a b\" :\n \"</script> \\\" <\" }"),
            "{\"a b\":\"\\u003c/script\\u003e \\\" \\u003c\"}");
}

TEST(Html, NothingOfTheInputIsMarkup) {
  FindingsFile F = test::sampleFile();
  size_t Scripts = StringRef(toHtml(F, nullptr)).count("</script>");
  const std::string Evil = "</script><img src=x onerror=alert(1)>\"'<!--";
  Finding &X = F.Findings[0];
  for (std::string *S : {&X.Fingerprint,
                         &X.Check,
                         &X.Subject,
                         &X.Field,
                         &X.File,
                         &X.Message,
                         &X.Why,
                         &X.Fix,
                         &X.Suppressed,
                         &F.Root,
                         &F.Tool,
                         &X.Witness[0].Call,
                         &X.Witness[1].Note,
                         &X.Uses[0].Function,
                         &X.State[0].second,
                         &X.State[0].first,
                         &X.Reasons[0],
                         &X.Runtime->StoredAt[0].File,
                         &X.Runtime->Life.End,
                         &X.Budget})
    *S = Evil;
  profile::Profile P;
  P.Program = Evil;
  P.Notes = {Evil};
  std::string Page = toHtml(F, &P);
  EXPECT_EQ(Page.find("<img"), std::string::npos);
  EXPECT_EQ(StringRef(Page).count("</script>"), Scripts);
  json::Object Data = dataOf(Page);
  EXPECT_EQ(Data.getObject("findings")->getString("tool"), Evil);
  EXPECT_EQ(Data.getObject("run")->getString("program"), Evil);
}

TEST(Html, FetchesNothing) {
  std::string Page = toHtml(test::sampleFile(), nullptr);
  for (StringRef Word : {"http:", "https:", " src=", "@import", "url(http"})
    EXPECT_EQ(Page.find(Word.str()), std::string::npos) << Word.str();
  EXPECT_NE(Page.find("default-src 'none'"), std::string::npos);
}

TEST(Html, NotesSayWhatTheTextReportSays) {
  FindingsFile F = test::sampleFile();
  json::Object Data = dataOf(toHtml(F, nullptr));
  const json::Object &Notes = *(*Data.getArray("notes"))[0].getAsObject();
  EXPECT_EQ(Notes.getString("title"), F.Findings[0].Message);
  EXPECT_EQ(Notes.getString("verdict"),
            "confirmed, 3 instances stale and never used again");
  EXPECT_EQ(Notes.get("status"), nullptr);
  EXPECT_TRUE(Data.get("run")->getAsNull());
  const json::Object &X =
      *(*Data.getObject("findings")->getArray("findings"))[0].getAsObject();
  EXPECT_EQ(
      X.getObject("runtime")->getObject("life")->getArray("events")->size(),
      3u);
}

TEST(Html, LargeDataIsPacked) {
  FindingsFile F = test::sampleFile();
  size_t Plain = toHtml(F, nullptr).size();
  F.Findings.resize(2000, F.Findings[0]);
  std::string Page = toHtml(F, nullptr);
  EXPECT_NE(Page.find("data-packed=\"gzip\">H4sI"), std::string::npos);
  EXPECT_LT(Page.size(), 2 * Plain);
}

TEST(Html, RanksFieldsThatNoFindingIsAbout) {
  FindingsFile F = test::sampleFile();
  profile::Profile P;
  profile::SubjectResult Known, Small, Large;
  Known.SubjectId = F.Findings[0].SubjectId;
  Known.DragMBMBalloc = 9;
  Small.Subject = "a.small";
  Small.DragMBMBalloc = 1;
  Large.SubjectId = 2;
  Large.Subject = "a.large";
  Large.DragMBMBalloc = 5;
  P.Subjects = {Known, Small, Large};
  json::Object Data = dataOf(toHtml(F, &P));
  const json::Array &Fields = *Data.getArray("fields");
  ASSERT_EQ(Fields.size(), 2u);
  EXPECT_EQ(Fields[0].getAsObject()->getString("subject"), "a.large");
}
