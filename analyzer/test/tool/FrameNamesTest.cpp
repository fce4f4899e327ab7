//===- FrameNamesTest.cpp - names of frames by file and by build id -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The frames are of this program, which was linked with a build id that is
// known. Where a frame's file is gone, or is another build now, a folder of
// debug files holds it under its build id.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Symbols.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace retsan;
using namespace llvm;

extern "C" __attribute__((noinline, used, visibility("default"))) int
framesAreHere(int N) {
  return N * 3 + 1;
}

namespace {

constexpr const char *BuildId = "00c0ffee15900d1d";

class FrameNames : public testing::Test {
protected:
  void SetUp() override {
    Dl_info Info = {};
    void *Here = reinterpret_cast<void *>(&framesAreHere);
    ASSERT_TRUE(dladdr(Here, &Info));
    Offset = reinterpret_cast<uint64_t>(Here) -
             reinterpret_cast<uint64_t>(Info.dli_fbase) + 1;
    Program = sys::fs::getMainExecutable(nullptr, Here);
    ASSERT_FALSE(sys::fs::createUniqueDirectory("retsan-debug", Debug));
    SmallString<128> Dir = Debug;
    sys::path::append(Dir, ".build-id", "00");
    ASSERT_FALSE(sys::fs::create_directories(Dir));
    sys::path::append(Dir, "c0ffee15900d1d.debug");
    ASSERT_FALSE(sys::fs::create_link(Program, Dir));
  }
  void TearDown() override { sys::fs::remove_directories(Debug); }

  std::string nameOf(const std::string &Module, const std::string &Id) {
    profile::Profile P;
    P.Traps.resize(1);
    P.Traps[0].Stack = {{Module, Offset, "", Id}};
    tool::nameFrames(P, {Debug.str().str()});
    return P.Traps[0].Stack[0].Name;
  }

  bool isHere(const std::string &Name) {
    return StringRef(Name).starts_with("framesAreHere (FrameNamesTest.cpp:");
  }

  uint64_t Offset = 0;
  std::string Program;
  SmallString<128> Debug;
};

TEST_F(FrameNames, AFileOfTheSameBuildIsAsked) {
  EXPECT_TRUE(isHere(nameOf(Program, BuildId))) << nameOf(Program, BuildId);
}

TEST_F(FrameNames, AFileWithoutBuildIdIsTaken) {
  EXPECT_TRUE(isHere(nameOf(Program, ""))) << nameOf(Program, "");
}

TEST_F(FrameNames, AFileOfAnotherBuildGivesNoName) {
  EXPECT_EQ(nameOf(Program, "00c0ffee00000000"), "");
  EXPECT_EQ(nameOf(Program, "no hex"), "");
}

TEST_F(FrameNames, AFileThatIsGoneIsFoundByItsBuildId) {
  EXPECT_TRUE(isHere(nameOf("/gone/plugin.so", BuildId)));
  EXPECT_EQ(nameOf("/gone/plugin.so", ""), "");
}

TEST_F(FrameNames, AFileThatWasReplacedIsFoundByItsBuildId) {
  EXPECT_TRUE(isHere(nameOf("/bin/sh", BuildId))) << nameOf("/bin/sh", BuildId);
}

} // namespace
