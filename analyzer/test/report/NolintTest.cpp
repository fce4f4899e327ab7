//===- NolintTest.cpp - findings silenced in the source -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Nolint.h"
#include "Sample.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::report;

namespace {
class Nolint : public ::testing::Test {
protected:
  void SetUp() override {
    int FD;
    ASSERT_FALSE(sys::fs::createTemporaryFile("nolint", "c", FD, Path));
    raw_fd_ostream(FD, /*shouldClose=*/true) << "";
  }
  void TearDown() override { sys::fs::remove(Path); }

  /// Is \p Check silenced at \p Line of a file with this text?
  bool silent(StringRef Text, uint32_t Line,
              StringRef Check = "retsan-stale-field") {
    write(Text);
    Sources Src("/");
    return nolintFor(Src, Path, Line, Check).has_value();
  }
  void write(StringRef Text) {
    std::error_code EC;
    raw_fd_ostream(Path, EC) << Text;
    ASSERT_FALSE(EC);
  }
  SmallString<128> Path;
};
} // namespace

TEST_F(Nolint, OnTheLine) {
  EXPECT_TRUE(silent("x; // NOLINT\n", 1));
  EXPECT_TRUE(silent("x; /* NOLINT: kept on purpose */\n", 1));
  EXPECT_FALSE(silent("x; // NOLINT\ny;\n", 2));
  EXPECT_FALSE(silent("x;\n", 1));
  EXPECT_FALSE(silent("x; // NOLINTED\n", 1));
}

TEST_F(Nolint, ListsOfChecks) {
  EXPECT_TRUE(silent("x; // NOLINT(retsan-stale-field)\n", 1));
  EXPECT_TRUE(silent("x; // NOLINT(bugprone-*, retsan-*)\n", 1));
  EXPECT_FALSE(silent("x; // NOLINT(retsan-dangling-field)\n", 1));
  EXPECT_FALSE(silent("x; // NOLINT(*,-retsan-*)\n", 1));
  EXPECT_TRUE(silent("x; // NOLINT(a) NOLINT(retsan-stale-field)\n", 1));
  EXPECT_FALSE(silent("x; // NOLINT()\n", 1));
}

TEST_F(Nolint, NextLine) {
  EXPECT_TRUE(silent("// NOLINTNEXTLINE(retsan-*)\nx;\n", 2));
  EXPECT_FALSE(silent("// NOLINTNEXTLINE\nx;\ny;\n", 3));
  EXPECT_FALSE(silent("x; // NOLINTNEXTLINE\n", 1));
}

TEST_F(Nolint, Blocks) {
  StringRef Text = "// NOLINTBEGIN(retsan-*)\n"
                   "x;\n"
                   "// NOLINTEND(retsan-*)\n"
                   "y;\n";
  EXPECT_TRUE(silent(Text, 2));
  EXPECT_FALSE(silent(Text, 4));
  EXPECT_FALSE(silent("// NOLINTBEGIN(bugprone-*)\nx;\n", 2));
}

TEST_F(Nolint, DeclarationCountsAndTheFindingStays) {
  write("struct s {\n  char *p; // NOLINT(retsan-stale-field)\n};\n");
  FindingsFile F = test::sampleFile();
  F.Findings[0].Decl = {"", Path.str().str(), 2};
  applyNolint(F);
  ASSERT_EQ(F.Findings.size(), 1u);
  EXPECT_EQ(F.Findings[0].Suppressed, "NOLINT at " + Path.str().str() + ":2");
}

TEST_F(Nolint, EarlierReasonStaysAndMissingFilesAreNoError) {
  FindingsFile F = test::sampleFile();
  applyNolint(F);
  EXPECT_EQ(F.Findings[0].Suppressed, "");
  write("x; // NOLINT\n");
  F.Findings[0].File = Path.str().str();
  F.Findings[0].Line = 1;
  F.Findings[0].Suppressed = "RETSAN_RETAINED: cache";
  applyNolint(F);
  EXPECT_EQ(F.Findings[0].Suppressed, "RETSAN_RETAINED: cache");
}
