//===- FixDiffTest.cpp - suggestions as diffs -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/FixDiff.h"
#include "Sample.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;

namespace {

struct FixDiffTest : testing::Test {
  FixDiffTest() {
    EXPECT_FALSE(sys::fs::createUniqueDirectory("retsan-fix", Folder));
  }
  ~FixDiffTest() override { sys::fs::remove_directories(Folder); }

  void write(StringRef Name, StringRef Text) {
    std::error_code EC;
    raw_fd_ostream OS((Folder + "/" + Name).str(), EC);
    OS << Text;
  }

  /// A field freed in line \p Line of \p File.
  std::string dangling(StringRef File, uint32_t Line) {
    Finding X;
    X.Check = "retsan-dangling-field";
    X.Subject = "box.old";
    X.Record = "box";
    X.Field = "old";
    X.File = File.str();
    X.Line = Line;
    X.Fix = "set old to NULL right after it is freed";
    return diffOf(X);
  }

  Finding stale(StringRef Fix) {
    Finding X;
    X.Check = "retsan-stale-field";
    X.Subject = "hmap.oldbuckets";
    X.Record = "hmap";
    X.Field = "oldbuckets";
    X.Fix = Fix.str();
    return X;
  }

  std::string diffOf(const Finding &X) {
    report::Sources Src(Folder);
    return report::fixDiff(X, Src);
  }

  SmallString<128> Folder;
};

} // namespace

TEST_F(FixDiffTest, ClearsBehindTheFree) {
  write("a.c", "void f(struct box *b) {\n  free(b->old);\n}\n");
  EXPECT_EQ(dangling("a.c", 2), "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,4 @@\n"
                                " void f(struct box *b) {\n"
                                "   free(b->old);\n"
                                "+  b->old = NULL;\n"
                                " }\n");
  write("a.cpp", "void f(box &b) {\n  delete b.old;\n}\n");
  EXPECT_NE(dangling("a.cpp", 2).find("+  b.old = nullptr;\n"),
            std::string::npos);
}

TEST_F(FixDiffTest, ABodyWithoutBracesGetsThem) {
  write("a.c", "  if (b->old)\n    free(b->old);\n  return;\n");
  EXPECT_EQ(dangling("a.c", 2), "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,5 @@\n"
                                "-  if (b->old)\n"
                                "+  if (b->old) {\n"
                                "     free(b->old);\n"
                                "+    b->old = NULL;\n"
                                "+  }\n"
                                "   return;\n");
}

TEST_F(FixDiffTest, SaysNothingWhereItCannotTell) {
  write("a.c", "  if (x) free(b->old);\n"               // 1: not of its own
               "  return drop(b->old);\n"               // 2
               "  release(first,\n          b->old);\n" // 3, 4: several lines
               "  if (x)\n    free(b->old);\n  else\n    g();\n" // 5 to 8
               "  free(b->next);\n"); // 9: another field
  for (uint32_t Line : {1, 2, 4, 6, 9, 77})
    EXPECT_EQ(dangling("a.c", Line), "") << Line;
  EXPECT_EQ(dangling("gone.c", 1), "");
}

TEST_F(FixDiffTest, ReleasesAndClearsWhereThePhaseEnds) {
  write("h.c", "  if (done)\n    h->growing = false;\n}\n"
               "void drop(struct hmap *map) {\n  free(map->oldbuckets);\n}\n");
  Finding X = stale("release and clear oldbuckets where growing becomes 0, at "
                    "h.c:2");
  X.Releases = {{"drop", "h.c", 5}};
  EXPECT_EQ(diffOf(X), "--- a/h.c\n+++ b/h.c\n@@ -1,5 +1,8 @@\n"
                       "-  if (done)\n"
                       "+  if (done) {\n"
                       "     h->growing = false;\n"
                       "+    free(h->oldbuckets);\n"
                       "+    h->oldbuckets = NULL;\n"
                       "+  }\n"
                       " }\n"
                       " void drop(struct hmap *map) {\n"
                       "   free(map->oldbuckets);\n");
  X.Releases.clear();
  EXPECT_EQ(diffOf(X).find("free(h"), std::string::npos)
      << "nobody ever frees it: it is an alias";
  X.Releases = {{"drop", "h.c", 4}};
  EXPECT_EQ(diffOf(X), "") << "how it is released is not known";
}

TEST_F(FixDiffTest, OwnersAreReset) {
  write("h.cpp",
        "  std::unique_ptr<int> old_;\nvoid f() {\n  done_ = true;\n}");
  Finding X = stale("release and clear old_ where done_ becomes 1, at h.cpp:3");
  X.Field = "old_";
  X.Decl = {"", "h.cpp", 1};
  EXPECT_NE(diffOf(X).find("   done_ = true;\n+  old_.reset();\n"),
            std::string::npos);
}
