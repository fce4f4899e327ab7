//===- CommandsTest.cpp - compile commands --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Commands.h"
#include "Support.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace retsan;
using namespace retsan::test;

namespace {

std::string parsed(std::vector<std::string> Args) {
  extract::Command C;
  C.Directory = "/b";
  C.File = "/s/a.c";
  C.Args = std::move(Args);
  return " " + llvm::join(extract::parserArgs(C), " ") + " ";
}

TEST(Commands, KeepWhatChangesTheProgram) {
  std::string A = parsed({"gcc", "-DA=1", "-D", "B", "-I", "inc", "-isystem",
                          "sys", "-std=gnu11", "-include", "c.h", "-UX",
                          "-march=native", "-Wp,-DC=2,-MD,x.d", "a.c"});
  for (const char *Flag :
       {" -DA=1 ", " -D B ", " -I inc ", " -isystem sys ", " -std=gnu11 ",
        " -include c.h ", " -UX ", " -march=native ", " -DC=2 ",
        " -D__RETSAN__=1 ", " /s/a.c "})
    EXPECT_HAS(A, Flag);
}

TEST(Commands, DropSideEffectsAndForeignFlags) {
  std::string A =
      parsed({"gcc", "-c", "-o", "a.o", "-MD", "-MF", "a.d", "-O2", "-Werror",
              "-Wall", "-fanalyzer", "-fno-reorder-functions", "-fplugin=x.so",
              "-g3", "--param", "max=3", "-Xclang", "-load", "a.c"});
  for (const char *Flag :
       {" -c ", "a.o", "-MD", "a.d", "-O2", "-Werror", "-fanalyzer", "reorder",
        "plugin", "-g3", "max=3", "-load"})
    EXPECT_LACKS(A, Flag);
  EXPECT_HAS(A, " -fsyntax-only ");
  EXPECT_HAS(A, " -resource-dir ");
}

TEST(Commands, CompilerNameDecidesTheLanguage) {
  EXPECT_HAS(parsed({"/usr/bin/c++", "a.c"}), "--driver-mode=g++");
  EXPECT_HAS(parsed({"ccache", "x86_64-linux-gnu-g++-12", "a.c"}),
             "--driver-mode=g++");
  EXPECT_HAS(parsed({"ccache", "cc", "a.c"}), "--driver-mode=gcc");
}

class Database : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("retsan-db", Dir));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Dir); }
  void write(llvm::StringRef Name, llvm::StringRef Text) {
    std::error_code EC;
    llvm::raw_fd_ostream OS((Dir + "/" + Name).str(), EC);
    ASSERT_FALSE(EC);
    OS << Text;
  }
  std::vector<extract::Command> load(std::vector<std::string> Paths = {},
                                     llvm::StringRef Sub = "") {
    auto C = extract::loadCommands((Dir + Sub).str(), Paths, Errors);
    if (!C) {
      Errors.push_back(llvm::toString(C.takeError()));
      return {};
    }
    return *C;
  }
  llvm::SmallString<128> Dir;
  std::vector<std::string> Errors;
};

TEST_F(Database, RepetitionsAreDroppedVariantsKept) {
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc -c a.c -o a.o"},
            {"directory": "/p", "file": "a.c", "arguments": ["cc", "-c", "a.c"]},
            {"directory": "/p", "file": "/p/x/../a.c", "arguments": ["cc", "-DX", "a.c"]},
            {"directory": "/p", "file": "sub/b.c", "command": "cc -c sub/b.c"}])");
  std::vector<extract::Command> C = load();
  ASSERT_EQ(C.size(), 3u);
  EXPECT_EQ(C[0].File, "/p/a.c");
  EXPECT_EQ(C[1].File, "/p/a.c");
  EXPECT_EQ(C[2].File, "/p/sub/b.c");
  EXPECT_EQ(load({"/p/sub"}).size(), 1u);
  EXPECT_TRUE(Errors.empty());
}

TEST_F(Database, IsFoundAbove) {
  ASSERT_FALSE(llvm::sys::fs::create_directory(Dir + "/deep"));
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc a.c"}])");
  EXPECT_EQ(load({}, "/deep").size(), 1u);
}

TEST_F(Database, UnknownPathIsNamed) {
  write("compile_commands.json",
        R"([{"directory": "/p", "file": "a.c", "command": "cc a.c"}])");
  EXPECT_TRUE(load({"/p/zzz.c"}).empty());
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_HAS(Errors[0], "/p/zzz.c: no entry of ");
}

TEST_F(Database, DamagedOrMissingIsOneError) {
  write("compile_commands.json", "[{");
  EXPECT_TRUE(load().empty());
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_HAS(Errors[0], "compile_commands.json: not a compilation database");
  Errors.clear();
  std::vector<std::string> Ignored;
  auto C = extract::loadCommands("/proc/1", {}, Ignored);
  ASSERT_FALSE(static_cast<bool>(C));
  EXPECT_HAS(llvm::toString(C.takeError()),
             "/proc/1: no compile_commands.json");
}

TEST(Extract, IsSafeFromSeveralThreads) {
  std::vector<std::thread> Threads;
  std::vector<std::string> Results(4);
  for (size_t I = 0; I < Results.size(); ++I)
    Threads.emplace_back([&Results, I] {
      auto U =
          tryExtract("struct s { int *p; }; void f(struct s *x) { x->p = 0; }",
                     "/src/lib/t" + std::to_string(I % 2) + ".c");
      if (U)
        Results[I] = listing(*U, "f");
      else
        llvm::consumeError(U.takeError());
    });
  for (std::thread &T : Threads)
    T.join();
  for (const std::string &R : Results) {
    EXPECT_HAS(R, "store (r0).p, null");
    EXPECT_EQ(R, Results[0]);
  }
}

} // namespace
